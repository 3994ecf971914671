import { Alert, Button, Group, Modal, NativeSelect, NumberInput, Select, Stack, Text, TextInput } from '@mantine/core'
import { useEffect, useState } from 'react'
import { money as decimal, toText } from '../../server/platform/money.ts'
import { useCommonWords } from '../ui/common-words.ts'
import { money, quantity as shown } from '../ui/format.ts'
import { explain, explainCode } from '../ui/problem.ts'
import { decimalText } from './amount-text.ts'
import type { AtTill } from './cashier.ts'
import { tillNow } from './clock.ts'
import { useDialogWords } from './dialog-words.ts'
import { useTill } from './engine.tsx'
import { giveBack, type Refunding, type Returned, refundingOf, type SoFar, soFarOf } from './give-back.ts'
import type { Sold } from './store.ts'
import { useTillWords } from './words.ts'

interface Props {
  readonly sold: Sold
  readonly cashier: AtTill
  readonly close: () => void
  readonly done: (refund: Sold) => void
}

/** Takes goods of a sale of this till back, and gives money for them; without the server, too. */
export function Refund(props: Props) {
  const t = useDialogWords()
  const common = useCommonWords()
  const { kept } = useTill()
  const { sold, cashier, close } = props
  const refund = useRefund(props)
  const { refunding } = refund.computed
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
          if (refunding) void refund.go(refunding)
        }}
      >
        <Stack>
          <Lines sold={sold} back={refund.soFar?.back} counts={refund.counts} change={refund.setCounts} />
          <Select
            label={t('restock')}
            data={restocks.map((value) => ({ value, label: t(value) }))}
            value={refund.restock}
            allowDeselect={false}
            onChange={(value) => value && refund.setRestock(value)}
          />
          <GivenBackBy {...{ sold, cashier, refunding }} tenderId={refund.tenderId} choose={refund.setTender} />
          <TextInput
            label={t('refundReason')}
            required
            maxLength={200}
            value={refund.reason}
            onChange={(event) => refund.setReason(event.currentTarget.value)}
          />
          <Refused why={refund.refusal ?? refund.computed.refusal} />
          <Group justify="flex-end">
            <Button type="submit" color="red" loading={refund.isBusy} disabled={!refunding}>
              {t('giveBack', { amount: money(refunding?.due ?? '0', kept.ground.branch.currency) })}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  )
}

/** What is taken back and given for it, as far as it is said, and what that comes to. */
function useRefund({ sold, cashier, done }: Props) {
  const { kept, send } = useTill()
  const [id] = useState(() => crypto.randomUUID())
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
    setRefusal(undefined)
    try {
      done(await giveBack({ id, kept, cashier, sold, refunding, reason: reason.trim(), now: tillNow() }))
      void send()
    } catch (error) {
      setRefusal(explain(error))
      setBusy(false)
    }
  }
  return {
    ...{ soFar, computed, counts, setCounts, restock, setRestock, tenderId, setTender, reason, setReason },
    ...{ refusal, isBusy, go },
  }
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
  refunding: Refunding | undefined
  tenderId: string | undefined
  choose: (tenderId: string | undefined) => void
}) {
  const t = useDialogWords()
  const { kept } = useTill()
  const { sold, cashier, refunding, tenderId, choose } = props
  const { tenders, branch } = kept.ground
  const { permissions } = cashier
  const paidWith = new Set(sold.settled.payments.map(({ tender_id }) => tender_id))
  const mayOtherwise = permissions.has('*') || permissions.has('sales.refund-otherwise')
  const offered = tenders.filter(({ id, is_active }) => paidWith.has(id) || (mayOtherwise && is_active))
  const parts = refunding?.given.map(({ tender_id, amount }) => {
    const name = tenders.find(({ id }) => id === tender_id)?.name ?? ''
    return `${name} ${money(amount, branch.currency)}`
  })
  return (
    <NativeSelect
      label={t('givenBackBy')}
      description={parts?.join(' · ')}
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
