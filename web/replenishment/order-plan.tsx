import { Drawer, Group, Stack, Text, Title } from '@mantine/core'
import { useState } from 'react'
import type { Output } from '../api.ts'
import { Goods } from '../catalog/variants.tsx'
import { useBranch } from '../identity/session.ts'
import { PartyName, parties } from '../parties/party-name.tsx'
import { PickSupplier } from '../parties/pick-party.tsx'
import { useCommonWords } from '../ui/common-words.ts'
import { Facts } from '../ui/facts.tsx'
import { day, quantity } from '../ui/format.ts'
import { type Column, List } from '../ui/list.tsx'
import { Empty } from '../ui/page.tsx'
import { Tag } from '../ui/tag.tsx'
import { useFilters } from '../ui/use-filters.ts'
import { defineWords } from '../ui/words.ts'
import { ReorderPage } from './reorder-page.tsx'
import { useReorderWords } from './words.ts'

const useWords = defineWords('order-plan', {
  anySupplier: ['Any supplier', 'Tous les fournisseurs', 'كل الموردين'],
  why: ['Why so much', 'Pourquoi cette quantité', 'لماذا هذه الكمية'],
  numbers: ['The numbers', 'Les chiffres', 'الأرقام'],
  soldIn: ['Sold from {{from}} to {{until}}', 'Vendu du {{from}} au {{until}}', 'المبيع من {{from}} إلى {{until}}'],
  outDays: ['Days without stock', 'Jours de rupture', 'أيام النفاد'],
  position: ['Available and coming', 'Disponible et attendu', 'المتاح والقادم'],
  onOrder: ['On order', 'En commande', 'قيد الطلب'],
  economic: ['Economic order quantity', 'Quantité économique', 'كمية الطلب الاقتصادية'],
  rule_at_reorder_point: ['It is at the reorder point.', 'Le seuil de commande est atteint.', 'بلغ حد إعادة الطلب.'],
  rule_below_minimum: ['It is below the minimum.', 'Il est sous le minimum.', 'دون الحد الأدنى.'],
  rule_reorder_quantity: ['The policy says how much.', 'La règle fixe la quantité.', 'السياسة تحدد الكمية.'],
  rule_up_to_maximum: ['It is filled up to the maximum.', 'Complété jusqu’au maximum.', 'يُكمل حتى الحد الأقصى.'],
  rule_up_to_days_of_supply: [
    'It is to last the days that are wanted.',
    'Pour couvrir les jours visés.',
    'ليكفي الأيام المستهدفة.',
  ],
  rule_economic_order_quantity: [
    'This quantity costs least.',
    'C’est la quantité la moins coûteuse.',
    'الكمية الأقل كلفة.',
  ],
  rule_above_reorder_point: [
    'So much as to be above the reorder point.',
    'De quoi repasser au-dessus du seuil.',
    'ما يكفي لتجاوز حد الطلب.',
  ],
  rule_raised_above_reorder_point: [
    'Raised, to be above the reorder point.',
    'Relevé pour dépasser le seuil.',
    'رُفعت لتتجاوز حد الطلب.',
  ],
  rule_cut_to_maximum: [
    'Cut, not to be above the maximum.',
    'Réduit pour ne pas dépasser le maximum.',
    'خُفضت كي لا تتجاوز الحد الأقصى.',
  ],
  rule_rounded_up_to_pack: ['Rounded up to whole packs.', 'Arrondi au colis entier.', 'قُرّبت إلى عبوات كاملة.'],
  empty: ['Nothing is to be ordered', 'Rien à commander', 'لا شيء للطلب'],
  emptySays: [
    'A policy says when to order how much; what it leaves out is computed from what was sold.',
    'Une règle dit quand commander combien ; le reste est calculé d’après les ventes.',
    'تحدد السياسة متى يُطلب وكم، ويُحسب الباقي من المبيعات.',
  ],
})

type Proposal = Output<'replenishment.propose'>['items'][number]

/** What to order for the branch, and why. */
export function OrderPlan() {
  const t = useWords()
  const words = useReorderWords()
  const branch = useBranch()
  const [shown, setShown] = useState<Proposal>()
  const { filters, set } = useFilters(['supplier'])
  const amount = (head: string, of: (one: Proposal) => string | null): Column<Proposal> => ({
    head,
    cell: (one) => {
      const text = of(one)
      return text === null ? '' : quantity(text)
    },
    text: of,
    isAmount: true,
  })
  return (
    <ReorderPage>
      <List
        operation="replenishment.propose"
        input={{
          ...(branch ? { branch_id: branch.id } : {}),
          ...(filters.supplier ? { supplier_id: filters.supplier } : {}),
        }}
        keyOf={({ variant_id }) => variant_id}
        onOpen={setShown}
        loadAlong={(items) => parties.load(items.map((item) => item.supplier_id))}
        columns={[
          { head: words('goods'), cell: (one) => <Goods name={one.name} sku={one.sku} />, text: (one) => one.name },
          amount(words('available'), (one) => one.available),
          amount(words('inTransit'), (one) => one.in_transit),
          amount(words('reorderPoint'), (one) => one.reorder_point.used),
          amount(words('perDay'), (one) => one.demand.per_day),
          {
            head: words('toOrder'),
            cell: (one) => <Tag tone="info">{quantity(one.suggested_quantity)}</Tag>,
            text: (one) => one.suggested_quantity,
            isAmount: true,
          },
          amount(words('packs'), (one) => one.packs),
          {
            head: words('supplier'),
            cell: (one) => (one.supplier_id ? <PartyName id={one.supplier_id} /> : null),
            text: (one) => parties.known(one.supplier_id)?.name ?? null,
          },
        ]}
        label={words('plan')}
        file="order-plan"
        filters={
          <PickSupplier
            aria-label={words('supplier')}
            placeholder={t('anySupplier')}
            value={filters.supplier ?? ''}
            onChange={(supplier) => set({ supplier })}
          />
        }
        empty={<Empty title={t('empty')}>{t('emptySays')}</Empty>}
      />
      {shown ? <Why proposal={shown} onClose={() => setShown(undefined)} /> : null}
    </ReorderPage>
  )
}

/** What decided how much to order, and the numbers that it went by. */
function Why({ proposal, onClose }: { proposal: Proposal; onClose: () => void }) {
  const t = useWords()
  const words = useReorderWords()
  const common = useCommonWords()
  const { demand } = proposal
  const number = (text: string | null) => text && quantity(text)
  return (
    <Drawer
      opened
      onClose={onClose}
      position="right"
      title={proposal.name}
      closeButtonProps={{ 'aria-label': common('close') }}
    >
      <Stack>
        <Group gap="xs">
          <Text>{words('toOrder')}</Text>
          <Tag tone="info">{quantity(proposal.suggested_quantity)}</Tag>
        </Group>
        <Title order={2} size="h5">
          {t('why')}
        </Title>
        <Stack component="ol" gap={4} m={0} ps="lg">
          {proposal.rules.map((rule) => (
            <Text component="li" size="sm" key={rule}>
              {t(`rule_${rule}`)}
            </Text>
          ))}
        </Stack>
        <Title order={2} size="h5">
          {t('numbers')}
        </Title>
        <Facts
          columns={2}
          of={[
            [words('available'), quantity(proposal.available)],
            [t('onOrder'), quantity(proposal.on_order)],
            [words('inTransit'), quantity(proposal.in_transit)],
            [t('position'), quantity(proposal.position)],
            [words('reorderPoint'), number(proposal.reorder_point.used)],
            [words('safetyStock'), number(proposal.safety_stock.used)],
            [t('economic'), number(proposal.economic_order_quantity.used)],
            [words('minimum'), number(proposal.minimum_stock)],
            [words('maximum'), number(proposal.maximum_stock)],
            [t('soldIn', { from: day(demand.from), until: day(demand.until) }), quantity(demand.sold)],
            [words('perDay'), quantity(demand.per_day)],
            [t('outDays'), demand.out_of_stock_days],
            [words('leadTime'), number(proposal.lead_time_days)],
            [words('serviceLevel'), number(proposal.service_level)],
            [words('daysOfSupply'), number(proposal.days_of_supply)],
          ]}
        />
      </Stack>
    </Drawer>
  )
}
