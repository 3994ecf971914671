import { Anchor } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { useRead } from '../api.ts'
import { useMay } from '../identity/session.ts'
import { PartyName } from '../parties/party-name.tsx'
import { useChannels } from '../pricing/use-price-lists.ts'
import { useBranchOf } from '../tenants/use-branch-of.ts'
import { useEmployeeName } from '../tenants/use-employees.ts'
import { useCommonWords } from '../ui/common-words.ts'
import { dateTime, isZero, money, percent, quantity, unitPrice } from '../ui/format.ts'
import { Line, Part } from '../ui/part.tsx'
import type { DocumentInFull } from './document.tsx'
import { useImportName } from './history-filters.tsx'
import { useHistoryWords } from './words.ts'

interface OfDocument {
  readonly of: DocumentInFull
}

/** What a document comes to, in its currency and in that of the books. */
export function DocumentAmounts({ of }: OfDocument) {
  const t = useHistoryWords()
  const { currency, base_currency } = of
  return (
    <Part title={t('amounts')}>
      {of.kind === 'adjustment' ? (
        <Line label={t('adjustment')}>{money(of.adjustment, currency)}</Line>
      ) : (
        <>
          <Line label={t('gross')}>{money(of.gross_revenue, currency)}</Line>
          {isZero(of.discount) ? null : <Line label={t('discount')}>{money(of.discount, currency)}</Line>}
          <Line label={t('netRevenue')}>{money(of.net_revenue, currency)}</Line>
        </>
      )}
      <Line label={t('tax')}>{money(of.tax, currency)}</Line>
      <Line label={t('total')} isStrong>
        {money(of.total, currency)}
      </Line>
      <Line label={t('exact')}>{unitPrice(of.exact_amount, currency)}</Line>
      {currency === base_currency ? null : (
        <>
          <Line label={t('fxRate')}>
            <bdi>
              1 {currency} = {quantity(of.fx_rate)} {base_currency}
            </bdi>
          </Line>
          <Line label={t('inBooks')}>{money(of.base_total, base_currency)}</Line>
        </>
      )}
    </Part>
  )
}

/** What was earned with it; costs are told to those who may see them. */
export function DocumentProfit({ of }: OfDocument) {
  const t = useHistoryWords()
  const { currency } = of
  const isBare = isZero(of.platform_fees) && isZero(of.shipping_cost)
  if (of.cost_of_goods === null && isBare) return null
  return (
    <Part title={t('profit')}>
      <Line label={t('netRevenue')}>{money(of.net_revenue, currency)}</Line>
      {of.cost_of_goods === null ? null : <Line label={t('costOfGoods')}>{money(of.cost_of_goods, currency)}</Line>}
      {isZero(of.platform_fees) ? null : <Line label={t('fees')}>{money(of.platform_fees, currency)}</Line>}
      {isZero(of.shipping_cost) ? null : <Line label={t('shipping')}>{money(of.shipping_cost, currency)}</Line>}
      {of.net_profit === null ? null : (
        <Line label={t('profit')} isStrong>
          {money(of.net_profit, currency)}
        </Line>
      )}
    </Part>
  )
}

/** Where, when and for whom it was, and where it came from. */
export function DocumentFacts({ of }: OfDocument) {
  const t = useHistoryWords()
  const common = useCommonWords()
  const { branchName, zoneOf } = useBranchOf()
  const nameOf = useEmployeeName()
  const channel = useChannels().find(({ id }) => id === of.channel_id)?.name
  const at = (time: string | Date | null) => time && dateTime(time, zoneOf(of.branch_id))
  const [kept, posted] = [t(of.is_price_with_tax ? 'pricesWithTax' : 'pricesWithoutTax'), of.journal_id !== null]
  const facts: readonly (readonly [string, ReactNode])[] = [
    [t('source'), <SourceLink key="source" name={of.source} />],
    [t('import'), of.import_id && <ImportLink key="import" id={of.import_id} />],
    [t('reference'), of.reference && <bdi>{of.reference}</bdi>],
    [common('branch'), branchName(of.branch_id)],
    [t('customer'), of.customer_id && <CustomerLink key="customer" id={of.customer_id} />],
    [t('channel'), channel],
    [t('original'), of.original_id && <DocumentLink key="original" id={of.original_id} />],
    [t('time'), at(of.made_at)],
    [t('lastTime'), at(of.last_made_at)],
    [t('withTax'), kept],
    [t('books'), t(posted ? 'posted' : 'notPosted')],
    [t('stock'), t(of.is_stock_moved ? 'stockMoved' : 'stockLeft')],
    [t('edition'), of.edition > 1 ? quantity(String(of.edition)) : null],
    [t('recorded'), at(of.recorded_at)],
    [t('by'), of.actor_id && <bdi key="by">{nameOf(of.actor_id)}</bdi>],
    [t('note'), of.note],
  ]
  return (
    <Part title={t('facts')}>
      {facts.map(([label, value]) =>
        value ? (
          <Line key={label} label={label}>
            {value}
          </Line>
        ) : null,
      )}
    </Part>
  )
}

/** How good what it says is. */
export function DocumentQuality({ of }: OfDocument) {
  const t = useHistoryWords()
  const common = useCommonWords()
  return (
    <Part title={t('quality')}>
      {of.data_quality_score === null ? null : <Line label={t('score')}>{percent(of.data_quality_score)}</Line>}
      <Line label={t('validated')}>{common(of.is_validated ? 'yes' : 'no')}</Line>
      {of.validation_notes ? <Line label={t('notes')}>{of.validation_notes}</Line> : null}
    </Part>
  )
}

function SourceLink({ name }: { name: string }) {
  return (
    <Anchor
      size="sm"
      renderRoot={(props) => <Link to="/sales/earlier" search={{ source: name } as never} {...props} />}
    >
      <bdi>{name}</bdi>
    </Anchor>
  )
}

function ImportLink({ id }: { id: string }) {
  const may = useMay()
  const name = useImportName(id)
  if (!may('imports.get-import')) return null
  return (
    <Anchor size="sm" renderRoot={(props) => <Link to="/imports/$id" params={{ id }} {...props} />}>
      <bdi>{name ?? '…'}</bdi>
    </Anchor>
  )
}

function CustomerLink({ id }: { id: string }) {
  return (
    <Anchor size="sm" renderRoot={(props) => <Link to="/parties/$id" params={{ id }} {...props} />}>
      <PartyName id={id} />
    </Anchor>
  )
}

/** The number of a document, which leads to it. */
export function DocumentLink({ id }: { id: string }) {
  const may = useMay()
  const isAsked = may('history.get-document')
  const { data } = useRead('history.get-document', { id }, { enabled: isAsked, staleTime: 300_000 })
  if (!isAsked) return null
  return (
    <Anchor
      size="sm"
      className="code"
      renderRoot={(props) => <Link to="/sales/earlier/$id" params={{ id }} {...props} />}
    >
      {data?.number ?? '…'}
    </Anchor>
  )
}
