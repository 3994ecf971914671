import { Select, Text } from '@mantine/core'
import { useNavigate } from '@tanstack/react-router'
import { Decimal } from 'decimal.js'
import { type Input, type Output, useRead } from '../api.ts'
import { nameOfVariant, VariantName, variants } from '../catalog/variants.tsx'
import { useMay } from '../identity/session.ts'
import { useCurrency } from '../tenants/use-currency.ts'
import { Figure, Figures } from '../ui/figure.tsx'
import { money, percent, quantity, todayIn } from '../ui/format.ts'
import { List } from '../ui/list.tsx'
import { Empty, Pending } from '../ui/page.tsx'
import { Tag, type Tone } from '../ui/tag.tsx'
import { useFilters } from '../ui/use-filters.ts'
import { defineWords } from '../ui/words.ts'
import { Expiry, horizons, plusDays, toneOfExpiry, useStockTotal } from './expiry.tsx'
import { QuarantineExpired } from './quarantine-expired.tsx'
import { StockPage } from './stock-page.tsx'
import { useStockWords } from './words.ts'

const useWords = defineWords('expiring', {
  expired: ['Expired', 'Périmés', 'منتهية الصلاحية'],
  near: ['Up to 30 days', 'Jusqu’à 30 jours', 'حتى 30 يومًا'],
  far: ['31 to 90 days', '31 à 90 jours', 'من 31 إلى 90 يومًا'],
  later: ['Later', 'Plus tard', 'لاحقًا'],
  all: ['All batches', 'Tous les lots', 'كل التشغيلات'],
  batches: ['{{count}} batches', '{{count}} lots', '{{count}} تشغيلة'],
  batches_one: ['{{count}} batch', '{{count}} lot', 'تشغيلة واحدة'],
  batches_two: ['{{count}} batches', '{{count}} lots', 'تشغيلتان'],
  batches_few: ['{{count}} batches', '{{count}} lots', '{{count}} تشغيلات'],
  atRisk: ['Value at risk', 'Valeur à risque', 'قيمة معرّضة للخطر'],
  ofStock: ['of {{total}} in stock', 'sur {{total}} en stock', 'من {{total}} في المخزون'],
  empty: ['No batch is like that', 'Aucun lot', 'لا توجد تشغيلات'],
  emptySays: [
    'Goods that expire come in batches with a last day. They stand here, those that expire first on top.',
    'Les articles périssables arrivent par lots avec une date limite. Ils sont listés ici, les plus proches en premier.',
    'تصل الأصناف ذات الصلاحية في تشغيلات لها تاريخ انتهاء. تظهر هنا، الأقرب انتهاءً أولًا.',
  ],
})

const bands = ['expired', 'near', 'far', 'later'] as const
type Band = (typeof bands)[number]
type Batch = Output<'inventory.list-batches'>['items'][number]
const toneOf: Record<Band, Tone> = { expired: 'bad', near: 'warn', far: 'soon', later: 'good' }

function daysOf(
  band: Band | undefined,
  today: string,
): Pick<Input<'inventory.list-batches'>, 'expires_from' | 'expires_until'> {
  const at = (days: number) => plusDays(today, days)
  if (band === undefined) return {}
  const { near, far } = horizons
  return {
    expired: { expires_until: at(-1) },
    near: { expires_from: today, expires_until: at(near) },
    far: { expires_from: at(near + 1), expires_until: at(far) },
    later: { expires_from: at(far + 1) },
  }[band]
}

/** The batches of the branch, those that expire first on top, and what may be lost with them. */
export function Expiring() {
  const { filters, set } = useFilters(['within'])
  const may = useMay()
  const band = bands.find((one) => one === filters.within)
  const choose = (next: Band | null) => set({ within: next })
  return (
    <StockPage actions={may('inventory.quarantine-expired') ? <QuarantineExpired /> : null}>
      {(branch) => {
        const today = todayIn(branch.time_zone)
        return (
          <>
            <AtRisk {...{ branchId: branch.id, today, band, choose }} />
            <Batches {...{ branchId: branch.id, today, band, choose }} />
          </>
        )
      }}
    </StockPage>
  )
}

interface Shown {
  readonly branchId: string
  readonly today: string
  readonly band: Band | undefined
  readonly choose: (band: Band | null) => void
}

type Sums = NonNullable<Output<'overview.get-day'>['expiring']>[number]

/** What is in each band, of what the server sums up to each horizon. */
function bandsOf({ expired, within_30_days: near, within_90_days: all }: Sums) {
  const far = {
    batches: all.batches - near.batches,
    value: all.value === null || near.value === null ? null : new Decimal(all.value).minus(near.value).toFixed(),
  }
  return [
    { band: 'expired' as const, ...expired },
    { band: 'near' as const, ...near },
    { band: 'far' as const, ...far },
  ]
}

function AtRisk(props: Shown) {
  const may = useMay()
  const { data, error, refetch } = useRead(
    'overview.get-day',
    { branch_id: props.branchId },
    { enabled: may('overview.get-day') },
  )
  if (!may('overview.get-day')) return null
  if (!data) return <Pending error={error} retry={() => void refetch()} />
  const sums = data.expiring?.[0]
  return sums ? <Sums {...props} sums={sums} /> : null
}

function Sums({ branchId, band, choose, sums }: Shown & { sums: Sums }) {
  const t = useWords()
  const may = useMay()
  const total = useStockTotal(branchId, may('valuation.list-totals'))
  const parts = bandsOf(sums)
  const atRisk = sumOf(parts.flatMap(({ value }) => value ?? []))
  return (
    <>
      <Figures columns={total ? 4 : 3}>
        {parts.map((one) => (
          <Figure
            key={one.band}
            label={t(one.band)}
            value={one.value === null ? one.batches : money(one.value, sums.currency)}
            about={t('batches', { count: one.batches })}
            tone={toneOf[one.band]}
            isPressed={band === one.band}
            onPress={() => choose(band === one.band ? null : one.band)}
          />
        ))}
        {total ? (
          <Figure
            label={t('atRisk')}
            value={money(atRisk.toFixed(), total.currency)}
            about={`${shareOf(atRisk, total.value)} ${t('ofStock', { total: money(total.value, total.currency) })}`}
          />
        ) : null}
      </Figures>
      {total ? (
        <Share
          parts={parts.map((one) => ({ band: one.band, value: new Decimal(one.value ?? 0) }))}
          total={total.value}
        />
      ) : null}
    </>
  )
}

/** How much of what stock is worth is in each band, as a bar; the figures above say it in words. */
function Share({ parts, total }: { parts: readonly { band: Band; value: Decimal }[]; total: string }) {
  const rest = Decimal.max(
    0,
    parts.reduce((left, { value }) => left.minus(value), new Decimal(total)),
  )
  const all = [...parts, { band: 'later' as const, value: rest }].filter(({ value }) => value.gt(0))
  if (all.length === 0) return null
  return (
    <div className="share" aria-hidden>
      {all.map(({ band, value }) => (
        <span key={band} data-tone={toneOf[band]} style={{ flexGrow: value.toNumber() }} />
      ))}
    </div>
  )
}

function Batches({ branchId, today, band, choose }: Shown) {
  const t = useWords()
  const stock = useStockWords()
  const currency = useCurrency()
  const navigate = useNavigate()
  const onHand = (batch: Batch) => batch.levels.find((level) => level.branch_id === branchId)?.on_hand ?? '0'
  return (
    <List
      operation="inventory.list-batches"
      input={{ branch_id: branchId, is_in_stock: true, ...daysOf(band, today) }}
      keyOf={({ id }) => id}
      onOpen={({ id }) => void navigate({ to: '/stock/batches/$id', params: { id } })}
      loadAlong={(items) => variants.load(items.map((item) => item.variant_id))}
      toneOf={({ expires_on }) => toneOfExpiry(expires_on, today)}
      columns={[
        {
          head: stock('goods'),
          cell: (batch) => <VariantName id={batch.variant_id} />,
          text: (batch) => nameOfVariant(variants.known(batch.variant_id)),
        },
        {
          head: stock('batch'),
          cell: (batch) => (
            <>
              <span className="code">{batch.number}</span>{' '}
              {batch.is_blocked ? <Tag tone="bad">{stock('blocked')}</Tag> : null}
            </>
          ),
          text: (batch) => batch.number,
        },
        {
          head: stock('expires'),
          cell: (batch) => <Expiry on={batch.expires_on} today={today} />,
          text: (batch) => batch.expires_on,
        },
        { head: stock('onHand'), cell: (batch) => quantity(onHand(batch)), text: onHand, isAmount: true },
        {
          head: t('atRisk'),
          cell: (batch) => {
            const value = worthOf(batch, branchId)
            return value === null || !currency ? <Text c="dimmed">–</Text> : money(value, currency)
          },
          text: (batch) => worthOf(batch, branchId),
          isAmount: true,
        },
      ]}
      label={stock('expiry')}
      file="batches-by-expiry"
      filters={
        <Select
          aria-label={stock('expires')}
          placeholder={t('all')}
          clearable
          data={bands.map((value) => ({ value, label: t(value) }))}
          value={band ?? null}
          onChange={(value) => choose(value as Band | null)}
        />
      }
      filteredBy={['within']}
      empty={<Empty title={t('empty')}>{t('emptySays')}</Empty>}
    />
  )
}

function worthOf(batch: Batch, branchId: string): string | null {
  return batch.levels.find((level) => level.branch_id === branchId)?.value ?? null
}

function sumOf(amounts: readonly string[]): Decimal {
  return amounts.reduce((sum, one) => sum.plus(one), new Decimal(0))
}

function shareOf(part: Decimal, total: string): string {
  const whole = new Decimal(total)
  return percent(whole.gt(0) ? part.div(whole).times(100).toDecimalPlaces(1).toFixed() : '0')
}
