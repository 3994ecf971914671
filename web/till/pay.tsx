import { Alert, Badge, Button, Group, Modal, SimpleGrid, Stack, Text, TextInput } from '@mantine/core'
import { useMemo, useState } from 'react'
import type { PricedBasket } from '../../server/basket/price-basket.ts'
import { cashDue } from '../../server/payments/settle-tenders.ts'
import { money as decimal, toMinorText, toText } from '../../server/platform/money.ts'
import { assertPermitted, settle } from '../sales/finish-sale.ts'
import { cashRoundingOf } from '../sales/kept.ts'
import { useCommonWords } from '../ui/common-words.ts'
import { money } from '../ui/format.ts'
import { explain, explainCode } from '../ui/problem.ts'
import { decimalText } from './amount-text.ts'
import type { Basket } from './basket.ts'
import type { AtTill } from './cashier.ts'
import { tillNow } from './clock.ts'
import { useDialogWords } from './dialog-words.ts'
import { useTill } from './engine.tsx'
import { sell } from './sell.ts'
import type { Ground, Sold } from './store.ts'
import { useEarlyEnter } from './use-early-enter.ts'
import { useTillWords } from './words.ts'

type Tender = Ground['tenders'][number]

interface Given {
  readonly tender_id: string
  readonly amount: string
  readonly reference?: string | undefined
}

interface Props {
  readonly basket: Basket
  readonly priced: PricedBasket
  readonly cashier: AtTill
  readonly close: () => void
  readonly finish: (sold: Sold) => void
}

/** Takes the money: in one tender or several, with change on cash. Enter takes what is left in the tender that is chosen. */
export function Pay({ basket, priced, cashier, close, finish }: Props) {
  const t = useTillWords()
  const say = useDialogWords()
  const common = useCommonWords()
  const { kept } = useTill()
  const { currency } = kept.ground.branch
  const taking = useTaking(priced)
  const [isBusy, setBusy] = useState(false)
  const [refusal, setRefusal] = useState<string>()
  const go = async () => {
    if (taking.isUnreadable) return
    const given = taking.withTyped()
    setRefusal(undefined)
    try {
      assertPermitted(kept, priced, cashier.permissions)
      const settled = settle(kept, priced.totals.total, given)
      setBusy(true)
      finish(await sell({ kept, cashier, basket, priced, given, settled, now: tillNow() }))
    } catch (error) {
      const { kind, message } = error as { kind?: { code: string }; message: string }
      setRefusal(kind ? explainCode(kind.code, message) : explain(error))
      setBusy(false)
    }
  }
  const submit = () => {
    if (!isBusy) void go()
  }
  useEarlyEnter(submit)
  return (
    <Modal
      opened
      onClose={isBusy ? () => {} : close}
      size="lg"
      title={t('pay')}
      closeButtonProps={{ 'aria-label': common('close') }}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault()
          submit()
        }}
      >
        <Stack>
          <Group justify="space-between">
            <Text size="xl">{say(taking.given.length > 0 ? 'left' : 'due')}</Text>
            <Text size="xl" fw={700} className="amount" data-testid="due">
              {money(taking.left, currency)}
            </Text>
          </Group>
          <Tenders taking={taking} />
          <TakenSoFar taking={taking} />
          <AmountFields taking={taking} />
          {refusal ? (
            <Alert color="red" role="alert">
              {refusal}
            </Alert>
          ) : null}
          <Group justify="space-between">
            <Text fw={600}>{taking.change ? `${say('change')}: ${money(taking.change, currency)}` : ''}</Text>
            <Button type="submit" size="lg" loading={isBusy}>
              {say('finish')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  )
}

type Taking = ReturnType<typeof useTaking>

/** What was handed over so far, and what is being typed. */
function useTaking(priced: PricedBasket) {
  const { kept, isOnline } = useTill()
  const { ground } = kept
  const tenders = ground.tenders.filter(({ is_active }) => is_active)
  const [given, setGiven] = useState<readonly Given[]>([])
  const [tenderId, choose] = useState(tenders.find(({ kind }) => kind === 'cash')?.id ?? tenders[0]?.id ?? '')
  const [typed, setTyped] = useState('')
  const [reference, setReference] = useState('')
  const tender = tenders.find(({ id }) => id === tenderId)
  const { minor_unit } = ground.branch
  const rest = decimal(priced.totals.total).minus(
    given.reduce((sum, { amount }) => sum.plus(decimal(amount)), decimal('0')),
  )
  const left = useMemo(() => {
    const whole = toText(rest.isNegative() ? decimal('0') : rest)
    return toMinorText(decimal(tender?.kind === 'cash' ? cashDue(whole, cashRoundingOf(ground)) : whole), minor_unit)
  }, [rest, tender, ground, minor_unit])
  const amount = decimalText(typed, minor_unit) || left
  const isUnreadable = typed.trim() !== '' && decimalText(typed, minor_unit) === ''
  const withTyped = (): Given[] => {
    const isNeeded = given.length === 0 || decimal(left).greaterThan(0) || typed.trim() !== ''
    return isNeeded && tender
      ? [...given, { tender_id: tender.id, amount, reference: reference.trim() || undefined }]
      : [...given]
  }
  const isToCome = typed.trim() !== '' || decimal(left).greaterThan(0)
  const over = tender?.kind === 'cash' && isToCome ? decimal(amount).minus(decimal(left)) : rest.negated()
  return {
    ...{
      tenders,
      tender,
      choose,
      given,
      typed,
      setTyped,
      reference,
      setReference,
      left,
      withTyped,
      isOnline,
      isUnreadable,
    },
    change: over.greaterThan(0) ? toMinorText(over, minor_unit) : undefined,
    add() {
      if (isUnreadable) return
      setGiven(withTyped())
      setTyped('')
      setReference('')
    },
    takeBack: (at: number) => setGiven(given.filter((_, index) => index !== at)),
  }
}

function Tenders({ taking }: { taking: Taking }) {
  const t = useTillWords()
  const say = useDialogWords()
  const isOutOfReach = (tender: Tender) => !taking.isOnline && !tender.is_allowed_offline
  const whyNot = (tender: Tender) => {
    if (tender.provider !== null) return say('needsTerminal')
    return isOutOfReach(tender) ? say('needsServer') : undefined
  }
  return (
    <SimpleGrid cols={{ base: 2, xs: 3 }} role="radiogroup" aria-label={t('pay')}>
      {taking.tenders.map((tender) => (
        <Button
          key={tender.id}
          size="md"
          px="xs"
          role="radio"
          aria-checked={tender.id === taking.tender?.id}
          variant={tender.id === taking.tender?.id ? 'filled' : 'default'}
          disabled={whyNot(tender) !== undefined}
          onClick={() => taking.choose(tender.id)}
        >
          {tender.name}
          {whyNot(tender) ? ` (${whyNot(tender)})` : ''}
        </Button>
      ))}
    </SimpleGrid>
  )
}

function TakenSoFar({ taking }: { taking: Taking }) {
  const t = useTillWords()
  const { kept } = useTill()
  if (taking.given.length === 0) return null
  return (
    <Group gap="xs">
      {taking.given.map(({ tender_id, amount }, at) => (
        <Badge
          // biome-ignore lint/suspicious/noArrayIndexKey: tenders are told apart by their place alone
          key={at}
          size="lg"
          variant="light"
          component="button"
          type="button"
          aria-label={`${t('remove')}: ${amount}`}
          onClick={() => taking.takeBack(at)}
        >
          {taking.tenders.find(({ id }) => id === tender_id)?.name} {money(amount, kept.ground.branch.currency)} ×
        </Badge>
      ))}
    </Group>
  )
}

function AmountFields({ taking }: { taking: Taking }) {
  const t = useTillWords()
  const say = useDialogWords()
  const { kept } = useTill()
  const { currency } = kept.ground.branch
  return (
    <>
      <Group align="flex-end" wrap="nowrap">
        <TextInput
          flex={1}
          size="xl"
          label={say('handedOver')}
          inputMode="decimal"
          dir="ltr"
          data-autofocus
          placeholder={taking.left}
          value={taking.typed}
          error={taking.isUnreadable ? t('unreadable') : null}
          onChange={(event) => taking.setTyped(event.currentTarget.value)}
        />
        <Button size="xl" variant="default" onClick={taking.add}>
          {say('addTender')}
        </Button>
      </Group>
      {taking.tender?.kind === 'cash' ? (
        <Group gap="xs">
          {notesAbove(taking.left).map((note) => (
            <Button key={note} variant="light" onClick={() => taking.setTyped(note)}>
              {money(note, currency)}
            </Button>
          ))}
        </Group>
      ) : (
        <TextInput
          label={say('reference')}
          maxLength={60}
          required={taking.tender?.needs_reference ?? false}
          value={taking.reference}
          onChange={(event) => taking.setReference(event.currentTarget.value)}
        />
      )}
    </>
  )
}

/** What people hand over for an amount: the next notes above it. */
function notesAbove(left: string): string[] {
  const due = decimal(left)
  const found = [1, 5, 10, 20, 50, 100, 200].map((note) => due.dividedBy(note).ceil().times(note))
  return [...new Set(found.filter((one) => one.greaterThan(due)).map(toText))].slice(0, 4)
}
