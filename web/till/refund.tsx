import { Alert, Button, Group, Modal, NativeSelect, NumberInput, Select, Stack, Text, TextInput } from '@mantine/core'
import { useEffect, useState } from 'react'
import { money as decimal, toText } from '../../server/platform/money.ts'
import { useCommonWords } from '../ui/common-words.ts'
import { money, quantity as shown } from '../ui/format.ts'
import { explain, explainCode } from '../ui/problem.ts'
import { decimalText } from './amount-text.ts'
import type { AtTill } from './cashier.ts'
import { useTill } from './engine.tsx'
import { giveBack, type Refunding, type Returned, refundingOf, type SoFar, soFarOf } from './give-back.ts'
import type { Sold } from './store.ts'
import { useTillWords } from './words.ts'

/** Takes goods of a sale of this till back, and gives money for them; without the server, too. */
export function Refund(props: { sold: Sold; cashier: AtTill; close: () => void; done: (refund: Sold) => void }) {
  const t = useTillWords()
  const common = useCommonWords()
  const { kept, send } = useTill()
  const { sold, cashier, close, done } = props
  const [soFar, setSoFar] = useState<SoFar>()
  const [tenderId, setTender] = useState<string>()
  const [counts, setCounts] = useState<Counts>({})
  const [restock, setRestock] = useState<Returned['restock']>('shelf')
  const [reason, setReason] = useState('')
  const [refusal, setRefusal] = useState<string>()
  const [isBusy, setBusy] = useState(false)
  useEffect(() => {
    void soFarOf(sold).then(setSoFar)
  }, [sold])
  const returned = sold.lines.flatMap(({ line }) => {
    const quantity = decimalText(counts[line] ?? '')
    return quantity && decimal(quantity).greaterThan(0) ? [{ line, quantity, restock }] : []
  })
  const computed = compute(() =>
    soFar && returned.length > 0
      ? refundingOf(kept, { sold, returned, soFar }, { tenderId, permissions: cashier.permissions })
      : undefined,
  )
  const go = async (refunding: Refunding) => {
    setBusy(true)
    try {
      done(await giveBack({ kept, cashier, sold, refunding, reason: reason.trim(), now: new Date() }))
      void send()
    } catch (error) {
      setRefusal(explain(error))
      setBusy(false)
    }
  }
  return (
    <Modal
      opened
      onClose={close}
      size="lg"
      title={`${t('refundTitle')} · ${sold.number}`}
      closeButtonProps={{ 'aria-label': common('close') }}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault()
          if (computed.refunding) void go(computed.refunding)
        }}
      >
        <Stack>
          <Lines sold={sold} back={soFar?.back} counts={counts} change={setCounts} />
          <Select
            label={t('restock')}
            data={restocks.map((value) => ({ value, label: t(value) }))}
            value={restock}
            allowDeselect={false}
            onChange={(value) => value && setRestock(value)}
          />
          <GivenBackBy sold={sold} cashier={cashier} tenderId={tenderId} choose={setTender} />
          <TextInput
            label={t('refundReason')}
            required
            maxLength={200}
            value={reason}
            onChange={(event) => setReason(event.currentTarget.value)}
          />
          <Refused why={refusal ?? computed.refusal} />
          <Group justify="flex-end">
            <Button type="submit" color="red" loading={isBusy} disabled={!computed.refunding}>
              {t('giveBack', { amount: money(computed.refunding?.due ?? '0', kept.ground.branch.currency) })}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  )
}

const restocks = ['shelf', 'quarantine', 'none'] as const
/** How much comes back, by line. */
type Counts = Readonly<Record<number, string>>

/** What was sold, and how much of each line comes back of what is not back yet. */
function Lines(props: {
  sold: Sold
  back: SoFar['back'] | undefined
  counts: Counts
  change: (counts: Counts) => void
}) {
  const t = useTillWords()
  const { sold, back, counts, change } = props
  return sold.lines.map(({ line, name, quantity }) => {
    const left = toText(decimal(quantity).minus(decimal(back?.get(line)?.quantity ?? '0')))
    return (
      <Group key={line} justify="space-between" wrap="nowrap">
        <Text flex={1}>{name}</Text>
        <NumberInput
          aria-label={`${t('back')}: ${name}`}
          w={150}
          min={0}
          max={Number(left)}
          value={counts[line] ?? ''}
          onChange={(value) => change({ ...counts, [line]: String(value) })}
          rightSectionWidth={64}
          rightSection={<Text size="xs">/ {shown(left)}</Text>}
        />
      </Group>
    )
  })
}

/** By what it was paid with, or another tender where somebody may do otherwise. */
function GivenBackBy(props: {
  sold: Sold
  cashier: AtTill
  tenderId: string | undefined
  choose: (tenderId: string | undefined) => void
}) {
  const t = useTillWords()
  const { kept } = useTill()
  const { sold, cashier, tenderId, choose } = props
  const { permissions } = cashier
  const paidWith = new Set(sold.settled.payments.map(({ tender_id }) => tender_id))
  const mayOtherwise = permissions.has('*') || permissions.has('sales.refund-otherwise')
  const offered = kept.ground.tenders.filter(({ id, is_active }) => paidWith.has(id) || (mayOtherwise && is_active))
  return (
    <NativeSelect
      label={t('givenBackBy')}
      data={[{ value: '', label: t('asPaid') }, ...offered.map(({ id, name }) => ({ value: id, label: name }))]}
      value={tenderId ?? ''}
      onChange={(event) => choose(event.currentTarget.value || undefined)}
    />
  )
}

function Refused({ why }: { why: string | undefined }) {
  if (why === undefined) return null
  return (
    <Alert color="red" role="alert">
      {why}
    </Alert>
  )
}

function compute(work: () => Refunding | undefined): { refunding?: Refunding | undefined; refusal?: string } {
  try {
    return { refunding: work() }
  } catch (error) {
    const { kind, message } = error as { kind?: { code: string }; message: string }
    if (!kind) throw error
    return { refusal: explainCode(kind.code, message) }
  }
}
