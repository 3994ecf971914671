import { Button, Select } from '@mantine/core'
import { IconCheck, IconRefresh } from '@tabler/icons-react'
import { useNavigate } from '@tanstack/react-router'
import { type Output, useCommand, useRead } from '../api.ts'
import { nameOfVariant, VariantName, variants } from '../catalog/variants.tsx'
import { useBranch, useMay } from '../identity/session.ts'
import { Figure, Figures } from '../ui/figure.tsx'
import { day, fromNow, quantity } from '../ui/format.ts'
import { List } from '../ui/list.tsx'
import { Empty } from '../ui/page.tsx'
import { Tag, type Tone } from '../ui/tag.tsx'
import { tell } from '../ui/tell.tsx'
import { useFilters } from '../ui/use-filters.ts'
import { When } from '../ui/when.tsx'
import { defineWords } from '../ui/words.ts'
import { ReorderPage } from './reorder-page.tsx'
import { useReorderWords } from './words.ts'

const useWords = defineWords('alerts', {
  negative: ['Below zero', 'Stock négatif', 'رصيد سالب'],
  out: ['Out of stock', 'Rupture', 'نفد'],
  low: ['Low', 'Stock bas', 'منخفض'],
  expired: ['Expired', 'Périmé', 'منتهي الصلاحية'],
  expiring: ['Expiring', 'Péremption proche', 'قارب الانتهاء'],
  open: ['Open', 'En cours', 'قائمة'],
  unacknowledged: ['Not seen yet', 'Non vues', 'لم تُطّلع'],
  closed: ['Over', 'Terminées', 'منتهية'],
  unseen: ['{{count}} not seen yet', '{{count}} non vues', '{{count}} لم يُطّلع عليها'],
  state: ['State', 'État', 'الحالة'],
  kind: ['Alert', 'Alerte', 'التنبيه'],
  about: ['Threshold', 'Seuil', 'الحد'],
  since: ['Since', 'Depuis', 'منذ'],
  seen: ['Seen', 'Vu', 'تم الاطلاع'],
  refresh: ['Refresh', 'Actualiser', 'تحديث'],
  empty: ['All is well', 'Tout va bien', 'كل شيء على ما يرام'],
  emptySays: [
    'Goods that run low, are out, or are about to expire stand here. It is looked every hour.',
    'Les articles bas, en rupture ou proches de la péremption apparaissent ici, vérifiés chaque heure.',
    'تظهر هنا الأصناف المنخفضة أو النافدة أو القريبة من الانتهاء، وتُفحص كل ساعة.',
  ],
})

const kinds = ['negative', 'out', 'low', 'expired', 'expiring'] as const
type Kind = (typeof kinds)[number]
type Alert = Output<'replenishment.list-alerts'>['items'][number]
const tones: Record<Kind, Tone> = { negative: 'bad', out: 'bad', low: 'soon', expired: 'bad', expiring: 'warn' }
const states = ['open', 'unacknowledged', 'closed'] as const

/** What of the branch is low, out, below zero, or about to expire. */
export function Alerts() {
  const t = useWords()
  const words = useReorderWords()
  const may = useMay()
  const branch = useBranch()
  const navigate = useNavigate()
  const { filters, set } = useFilters(['kind', 'state'])
  const kind = kinds.find((one) => one === filters.kind)
  const state = states.find((one) => one === filters.state) ?? 'open'
  const where = branch ? { branch_id: branch.id } : {}
  const about = ({ threshold, expires_on }: Alert) =>
    expires_on === null ? threshold && quantity(threshold) : day(expires_on)
  return (
    <ReorderPage actions={may('replenishment.refresh-alerts') ? <Refresh where={where} /> : null}>
      <Kinds where={where} kind={kind} choose={(next) => set({ kind: next })} />
      <List
        operation="replenishment.list-alerts"
        input={{ ...where, state, ...(kind ? { kind } : {}) }}
        keyOf={({ id }) => id}
        onOpen={({ variant_id }) => void navigate({ to: '/stock/goods/$variantId', params: { variantId: variant_id } })}
        loadAlong={(items) => variants.load(items.map((item) => item.variant_id))}
        toneOf={(one) => tones[one.kind]}
        columns={[
          {
            head: words('goods'),
            cell: (one) => <VariantName id={one.variant_id} />,
            text: (one) => nameOfVariant(variants.known(one.variant_id)),
          },
          {
            head: t('kind'),
            cell: (one) => <Tag tone={tones[one.kind]}>{t(one.kind)}</Tag>,
            text: (one) => t(one.kind),
          },
          {
            head: words('quantity'),
            cell: (one) => quantity(one.quantity),
            text: (one) => one.quantity,
            isAmount: true,
          },
          { head: t('about'), cell: (one) => <When>{about(one)}</When>, text: about, isAmount: true },
          { head: t('since'), cell: (one) => <When>{fromNow(one.opened_at)}</When>, text: (one) => one.opened_at },
          { head: t('seen'), cell: (one) => <Seen alert={one} />, text: ({ acknowledged_at }) => acknowledged_at },
        ]}
        label={words('alerts')}
        file="stock-alerts"
        filters={
          <Select
            aria-label={t('state')}
            allowDeselect={false}
            data={states.map((value) => ({ value, label: t(value) }))}
            value={state}
            onChange={(value) => set({ state: value === 'open' ? null : value })}
          />
        }
        filteredBy={['kind']}
        empty={<Empty title={t('empty')}>{t('emptySays')}</Empty>}
      />
    </ReorderPage>
  )
}

type Where = { readonly branch_id?: string }

function Kinds(props: { where: Where; kind: Kind | undefined; choose: (kind: Kind | null) => void }) {
  const t = useWords()
  const { data } = useRead('replenishment.count-alerts', props.where)
  if (!data) return null
  const counts = new Map(data.kinds.map((one) => [one.kind, one]))
  return (
    <Figures columns={5}>
      {kinds.map((kind) => {
        const { open = 0, unacknowledged = 0 } = counts.get(kind) ?? {}
        return (
          <Figure
            key={kind}
            label={t(kind)}
            value={open}
            about={unacknowledged > 0 ? t('unseen', { count: unacknowledged }) : ' '}
            tone={open > 0 ? tones[kind] : 'plain'}
            isPressed={props.kind === kind}
            onPress={() => props.choose(props.kind === kind ? null : kind)}
          />
        )
      })}
    </Figures>
  )
}

function Refresh({ where }: { where: Where }) {
  const t = useWords()
  const refresh = useCommand('replenishment.refresh-alerts')
  return (
    <Button
      variant="default"
      leftSection={<IconRefresh size={18} />}
      loading={refresh.isPending}
      onClick={() => refresh.mutate(where, { onError: tell })}
    >
      {t('refresh')}
    </Button>
  )
}

/** Whether somebody has seen an alert, or the button that says so. */
function Seen({ alert }: { alert: Alert }) {
  const t = useWords()
  const may = useMay()
  const acknowledge = useCommand('replenishment.acknowledge-alert')
  if (alert.acknowledged_at !== null) return <IconCheck size={18} aria-label={t('seen')} />
  if (alert.closed_at !== null || !may('replenishment.acknowledge-alert')) return null
  const { id, version } = alert
  return (
    <Button
      size="compact-sm"
      variant="light"
      loading={acknowledge.isPending}
      onClick={(event) => {
        event.stopPropagation()
        acknowledge.mutate({ id, version }, { onError: tell })
      }}
      onKeyDown={(event) => event.stopPropagation()}
    >
      {t('seen')}
    </Button>
  )
}
