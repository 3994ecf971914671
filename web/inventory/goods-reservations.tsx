import { Switch, Text } from '@mantine/core'
import type { Output } from '../api.ts'
import { readEmployeeName, useEmployeeName } from '../tenants/use-employees.ts'
import { dateTime, quantity } from '../ui/format.ts'
import { List } from '../ui/list.tsx'
import { Empty } from '../ui/page.tsx'
import { useFilters } from '../ui/use-filters.ts'
import { When } from '../ui/when.tsx'
import { defineWords } from '../ui/words.ts'
import { useStockWords } from './words.ts'

const useWords = defineWords('goods-reservations', {
  for: ['For', 'Pour', 'لأجل'],
  until: ['Until', 'Jusqu’au', 'حتى'],
  open: ['Kept', 'Réservé', 'المحجوز'],
  ended: ['Those that ended, too', 'Y compris celles qui sont finies', 'مع ما انتهى منها'],
  order: ['Order', 'Commande', 'طلبية'],
  quotation: ['Quotation', 'Devis', 'عرض سعر'],
  quarantine: ['Quarantine', 'Quarantaine', 'الحجر'],
  empty: ['Nothing of it is kept', 'Rien n’est réservé', 'لا شيء محجوز منه'],
  emptySays: [
    'What is kept for an order until a time stands here.',
    'Ce qui est réservé pour une commande jusqu’à une date apparaît ici.',
    'يظهر هنا ما حُجز لطلبية حتى موعد محدد.',
  ],
})

type Reservation = Output<'inventory.list-reservations'>['items'][number]

/** What is kept of a variant in a branch, for what and until when. */
export function GoodsReservations({ place, zone }: { place: { branch_id: string; variant_id: string }; zone: string }) {
  const t = useWords()
  const stock = useStockWords()
  const nameOf = useEmployeeName()
  const linesOf = ({ lines }: Reservation) => lines.filter(({ variant_id }) => variant_id === place.variant_id)
  const word = (type: string) => (type === 'order' || type === 'quotation' || type === 'quarantine' ? t(type) : type)
  const { filters, set } = useFilters(['kept'])
  const isAll = filters.kept === 'all'
  const untilOf = (one: Reservation) => linesOf(one)[0]?.expires_at
  return (
    <List
      operation="inventory.list-reservations"
      input={{ ...place, status: isAll ? 'all' : 'open' }}
      filters={
        <Switch
          label={t('ended')}
          checked={isAll}
          onChange={(event) => set({ kept: event.currentTarget.checked ? 'all' : null })}
        />
      }
      keyOf={({ id }) => id}
      columns={[
        {
          head: stock('when'),
          cell: (one) => <When>{dateTime(one.recorded_at, zone)}</When>,
          text: (one) => one.recorded_at,
        },
        { head: t('for'), cell: (one) => word(one.document_type), text: (one) => one.document_type },
        {
          head: t('open'),
          cell: (one) =>
            linesOf(one).map((line) => (
              <Text key={line.line} size="sm">
                {quantity(line.open)}
              </Text>
            )),
          text: (one) =>
            linesOf(one)
              .map((line) => line.open)
              .join(' + '),
          isAmount: true,
        },
        {
          head: t('until'),
          cell: (one) => {
            const until = untilOf(one)
            return until ? dateTime(until, zone) : ''
          },
          text: (one) => untilOf(one) ?? null,
        },
        { head: stock('who'), cell: (one) => nameOf(one.actor_id), text: (one) => readEmployeeName(one.actor_id) },
      ]}
      label={t('open')}
      file="reservations"
      empty={<Empty title={t('empty')}>{t('emptySays')}</Empty>}
    />
  )
}
