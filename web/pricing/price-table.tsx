import { ActionIcon, Badge, Group, Table, Text, Tooltip } from '@mantine/core'
import { IconCalendarOff, IconTrash } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import { type Output, useCommand } from '../api.ts'
import { useMay, useWorkplace } from '../identity/session.ts'
import { confirm } from '../ui/confirm.tsx'
import { day, quantity, todayIn } from '../ui/format.ts'
import { tell } from '../ui/tell.tsx'
import { usePricingWords } from './words.ts'

export type Price = Output<'pricing.list-prices'>['items'][number]
type State = 'now' | 'later' | 'past' | 'withdrawn'

/** How a price stands on a day. */
export function stateOf({ withdrawn_at, valid_from, valid_through }: Price, today: string): State {
  if (withdrawn_at !== null) return 'withdrawn'
  if (valid_from > today) return 'later'
  return valid_through !== null && valid_through < today ? 'past' : 'now'
}

const colours = { now: 'green', later: 'blue', past: 'gray', withdrawn: 'orange' } as const

/** The state of a price as a mark. */
export function PriceState({ price }: { price: Price }) {
  const t = usePricingWords()
  const { tenant } = useWorkplace()
  const state = stateOf(price, todayIn(tenant.time_zone))
  return (
    <Badge variant="light" color={colours[state]} tt="none">
      {t(state)}
    </Badge>
  )
}

/** From when until when a price counts. */
export function Period({ price }: { price: Price }) {
  const t = usePricingWords()
  return (
    <Text size="sm" span style={{ whiteSpace: 'nowrap' }}>
      {day(price.valid_from)} – {price.valid_through ? day(price.valid_through) : t('openEnd')}
    </Text>
  )
}

/** True of the price of a single one. */
export const isForOne = (minQuantity: string) => /^0(\.0*)?$/.test(minQuantity)

/** From which quantity on a price counts; nothing for that of a single one. */
export function Tier({ price, unit }: { price: Price; unit: string }) {
  if (isForOne(price.min_quantity)) return null
  return (
    <Text size="xs" c="dimmed">
      ≥ {quantity(price.min_quantity)} {unit}
    </Text>
  )
}

/** What can be done to a price as it stands. */
export function PriceSteps({ price }: { price: Price }) {
  const t = usePricingWords()
  const may = useMay()
  const { tenant } = useWorkplace()
  const today = todayIn(tenant.time_zone)
  const end = useCommand('pricing.end-price')
  const withdraw = useCommand('pricing.withdraw-price')
  const state = stateOf(price, today)
  const { id, version } = price
  const canEnd = state === 'now' && price.valid_through !== today && may('pricing.end-price')
  const canWithdraw = price.valid_from >= today && state !== 'withdrawn' && may('pricing.withdraw-price')
  return (
    <Group gap={4} justify="flex-end" wrap="nowrap">
      {canEnd ? (
        <Step
          label={t('endPrice')}
          icon={<IconCalendarOff size={16} />}
          act={() =>
            confirm({
              title: t('endPriceTitle'),
              says: t('endPriceSays'),
              button: t('endPrice'),
              act: () => end.mutate({ id, version, valid_through: today }, { onError: tell }),
            })
          }
        />
      ) : null}
      {canWithdraw ? (
        <Step
          label={t('withdraw')}
          icon={<IconTrash size={16} />}
          color="red"
          act={() =>
            confirm({
              title: t('withdrawTitle'),
              says: t('withdrawSays'),
              button: t('withdraw'),
              act: () => withdraw.mutate({ id, version }, { onError: tell }),
            })
          }
        />
      ) : null}
    </Group>
  )
}

function Step(props: { label: string; icon: ReactNode; color?: string; act: () => void }) {
  return (
    <Tooltip label={props.label}>
      <ActionIcon variant="subtle" color={props.color ?? 'green'} aria-label={props.label} onClick={props.act}>
        {props.icon}
      </ActionIcon>
    </Tooltip>
  )
}

/** The head of a table of prices of one variant. */
export function PriceHead() {
  const t = usePricingWords()
  return (
    <Table.Thead>
      <Table.Tr>
        <Table.Th>{t('list')}</Table.Th>
        <Table.Th className="amount">{t('price')}</Table.Th>
        <Table.Th>{t('state')}</Table.Th>
        <Table.Th aria-label={t('prices')} />
      </Table.Tr>
    </Table.Thead>
  )
}
