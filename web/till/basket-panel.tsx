import { ActionIcon, Alert, Badge, Box, Button, Group, Paper, Stack, Text, UnstyledButton } from '@mantine/core'
import { useHotkeys } from '@mantine/hooks'
import { IconDiscount2, IconMinus, IconPlus, IconUser, IconX } from '@tabler/icons-react'
import { type ReactNode, Suspense, useState } from 'react'
import { nameOf } from '../../server/basket/read-lines.ts'
import { takeFromShelves } from '../sales/rules.ts'
import { day, money, quantity } from '../ui/format.ts'
import { explainCode } from '../ui/problem.ts'
import { type Basket, type BasketLine, type Change, goodsIdOf } from './basket.ts'
import type { Rung } from './counter.tsx'
import { BasketDiscount, LineDialog } from './dialogs.ts'
import { useTill } from './engine.tsx'
import { useTillWords } from './words.ts'

interface Props {
  readonly basket: Basket
  readonly rung: Rung
  readonly change: (change: Change) => void
  readonly pay: () => void
  readonly park: () => void
  readonly choose: () => void
  readonly menu: ReactNode
}

/** The basket: its lines, what they come to, and the way to the end of it. */
export function BasketPanel({ basket, rung, change, pay, park, choose, menu }: Props) {
  const t = useTillWords()
  const [edited, setEdited] = useState<string>()
  const [isReducing, setReducing] = useState(false)
  const last = basket.lines.at(-1)
  useHotkeys(
    [
      ['F6', () => setReducing(true)],
      ['F7', () => last && setEdited(last.key)],
      ['alt+ArrowUp', () => last && change({ do: 'count', key: last.key, by: '1' })],
      ['alt+ArrowDown', () => last && change({ do: 'count', key: last.key, by: '-1' })],
      ['alt+Delete', () => last && change({ do: 'remove', key: last.key })],
    ],
    [],
  )
  const line = basket.lines.find(({ key }) => key === edited)
  return (
    <Paper withBorder className="till-basket">
      <Group justify="space-between" p="xs" wrap="nowrap">
        <CustomerButton
          basket={basket}
          choose={choose}
          clear={() => change({ do: 'customer', customerId: undefined })}
        />
        {menu}
      </Group>
      <Box className="till-scroll" px="xs">
        {basket.lines.length === 0 ? <EmptyBasket /> : null}
        <Stack gap={4} component="ul" className="till-lines" aria-label={t('total')}>
          {basket.lines.map((one, at) => (
            <Line key={one.key} line={one} at={at} rung={rung} change={change} edit={() => setEdited(one.key)} />
          ))}
        </Stack>
      </Box>
      <Totals rung={rung} />
      <Group p="xs" gap="xs" grow>
        <Button
          variant="default"
          size="lg"
          onClick={() => setReducing(true)}
          disabled={basket.lines.length === 0}
          leftSection={<IconDiscount2 size={18} />}
        >
          {t('discount')}
        </Button>
        <Button variant="default" size="lg" onClick={park} disabled={basket.lines.length === 0}>
          {t('park')}
        </Button>
      </Group>
      <Box p="xs" pt={0}>
        <Button size="xl" fullWidth onClick={pay} disabled={!rung.priced}>
          {t('pay')}
        </Button>
      </Box>
      <Suspense>
        {line ? <LineDialog line={line} change={change} close={() => setEdited(undefined)} /> : null}
        {isReducing ? <BasketDiscount basket={basket} change={change} close={() => setReducing(false)} /> : null}
      </Suspense>
    </Paper>
  )
}

function EmptyBasket() {
  const t = useTillWords()
  return (
    <Stack align="center" py="xl" gap={4}>
      <Text fw={600}>{t('empty')}</Text>
      <Text c="dimmed" size="sm">
        {t('emptyLead')}
      </Text>
    </Stack>
  )
}

function CustomerButton({ basket, choose, clear }: { basket: Basket; choose: () => void; clear: () => void }) {
  const t = useTillWords()
  const { kept } = useTill()
  const customer = basket.customer_id === undefined ? undefined : kept.customer(basket.customer_id)
  return (
    <Group gap={4} wrap="nowrap">
      <Button variant="subtle" size="sm" leftSection={<IconUser size={16} />} onClick={choose}>
        {customer?.name ?? t('customer')}
      </Button>
      {customer ? (
        <ActionIcon variant="subtle" color="gray" aria-label={t('noCustomer')} onClick={clear}>
          <IconX size={16} />
        </ActionIcon>
      ) : null}
    </Group>
  )
}

function Line(props: { line: BasketLine; at: number; rung: Rung; change: (change: Change) => void; edit: () => void }) {
  const t = useTillWords()
  const { kept } = useTill()
  const { line, at, rung, change, edit } = props
  const priced = rung.priced?.lines[at]
  const totals = rung.priced?.totals.lines[at]
  const { currency } = kept.ground.branch
  const name = priced ? nameOf(priced.goods) : (kept.goods(goodsIdOf(line))?.name ?? line.barcode ?? '')
  const isAtFault = rung.refusal?.line === at
  return (
    <Group component="li" gap="xs" wrap="nowrap" className="till-line" data-fault={isAtFault || undefined}>
      <Stepper line={line} name={name} change={change} />
      <UnstyledButton flex={1} miw={0} onClick={edit} aria-label={`${t('edit')}: ${name}`}>
        <Text size="sm" fw={600} truncate>
          {name}
        </Text>
        <Group gap={6}>
          {totals ? (
            <Text size="xs" c="dimmed">
              {money(totals.unit_price, currency)}
            </Text>
          ) : null}
          {line.discount ? (
            <Badge size="xs" variant="light" color="orange">
              −
              {'percent' in line.discount
                ? `${quantity(line.discount.percent)} %`
                : money(line.discount.amount, currency)}
            </Badge>
          ) : null}
          <Expiry rung={rung} at={at} />
        </Group>
        {isAtFault && rung.refusal ? (
          <Text size="xs" c="red">
            {explainCode(rung.refusal.code, rung.refusal.message)}
          </Text>
        ) : null}
      </UnstyledButton>
      <Text fw={600} className="amount">
        {totals ? money(totals.total, currency) : '–'}
      </Text>
      <ActionIcon
        variant="subtle"
        color="gray"
        aria-label={`${t('remove')}: ${name}`}
        onClick={() => change({ do: 'remove', key: line.key })}
      >
        <IconX size={16} />
      </ActionIcon>
    </Group>
  )
}

function Stepper({ line, name, change }: { line: BasketLine; name: string; change: (change: Change) => void }) {
  const t = useTillWords()
  const count = (by: string) => () => change({ do: 'count', key: line.key, by })
  return (
    <Group gap={2} wrap="nowrap">
      <ActionIcon variant="default" size="lg" aria-label={`${t('less')}: ${name}`} onClick={count('-1')}>
        <IconMinus size={14} />
      </ActionIcon>
      <Text w={40} ta="center" fw={600} className="code">
        {quantity(line.quantity)}
      </Text>
      <ActionIcon variant="default" size="lg" aria-label={`${t('more')}: ${name}`} onClick={count('1')}>
        <IconPlus size={14} />
      </ActionIcon>
    </Group>
  )
}

/** The last day of what will be handed over first, where it is kept in batches. */
function Expiry({ rung, at }: { rung: Rung; at: number }) {
  const t = useTillWords()
  const { kept } = useTill()
  const line = rung.priced?.lines[at]
  if (!rung.priced || !line) return null
  const [first] = takeFromShelves(kept, { ...rung.priced, lines: [line] }, new Date()).flatMap(
    ({ parts = [] }) => parts,
  )
  const levels = kept.stock(line.goods.variant_id)?.levels ?? []
  const level = levels.find(({ batch_id }) => batch_id !== null && batch_id === first?.batch_id)
  if (!level?.expires_on) return null
  return (
    <Text size="xs" c="dimmed">
      {level.number} · {t('expires', { day: day(level.expires_on) })}
    </Text>
  )
}

function Totals({ rung }: { rung: Rung }) {
  const t = useTillWords()
  const { kept } = useTill()
  const { currency } = kept.ground.branch
  const totals = rung.priced?.totals
  const hasDiscount =
    totals && (totals.line_discount !== '0' || totals.basket_discount !== '0') && totals.gross !== totals.total
  return (
    <Box px="md" py="xs" className="till-totals">
      {rung.refusal && rung.refusal.line === undefined ? (
        <Alert color="red" py="xs" role="alert">
          {explainCode(rung.refusal.code, rung.refusal.message)}
        </Alert>
      ) : null}
      {totals && hasDiscount ? <Amount label={t('subtotal')} value={money(totals.gross, currency)} /> : null}
      {totals ? <Amount label={t('tax')} value={money(totals.tax, currency)} /> : null}
      <Group justify="space-between" aria-live="polite">
        <Text fw={700} size="xl">
          {t('total')}
        </Text>
        <Text fw={700} size="xl" className="amount" data-testid="total">
          {money(totals?.total ?? '0', currency)}
        </Text>
      </Group>
    </Box>
  )
}

function Amount({ label, value }: { label: string; value: string }) {
  return (
    <Group justify="space-between">
      <Text size="sm" c="dimmed">
        {label}
      </Text>
      <Text size="sm" className="amount">
        {value}
      </Text>
    </Group>
  )
}
