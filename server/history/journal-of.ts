import type { PlannedPosting } from '../inventory/index.ts'
import type { PurposeJournal } from '../ledger/index.ts'
import { type Money, money, roundToMinorUnit, toText } from '../platform/money.ts'
import type { Author, Draft } from './judge-document.ts'

type Line = PurposeJournal['lines'][number]

/**
 * The one journal of a document: what it came to at the account for what was settled elsewhere, and what its stock posts. Made in
 * another currency than that of the books, each amount is converted and rounded, and what that leaves over goes to the account for
 * rounding differences. None where nothing has a value.
 */
export function journalOf(
  draft: Draft,
  { postings, isPosted, by }: { postings: readonly PlannedPosting[]; isPosted: boolean; by: Author },
): PurposeJournal | undefined {
  const stock = postings.flatMap(({ journal }) => journal ?? [])
  const lines = joined([...(isPosted ? revenueOf(draft) : []), ...stock.flatMap((journal) => journal.lines)])
  if (lines.length === 0) return undefined
  const { id, given, place, effective_on } = draft
  return {
    id,
    entity_id: place.entity_id,
    currency: place.currency,
    document_type: `history_${given.kind}`,
    document_id: id,
    document_number: given.number,
    document_on: effective_on,
    effective_on: stock[0]?.effective_on ?? effective_on,
    description: null,
    actor_id: by.caller.userId,
    lines,
    by,
  }
}

function revenueOf({ sums, platform_fees, place, currency, fx_rate }: Draft): Line[] {
  const amounts: [purpose: string, amount: Money][] = [
    ['history_clearing', sums.total.minus(platform_fees)],
    ['platform_fees', platform_fees],
    ['sales', sums.sold.negated()],
    ['sales_returns', sums.returned.negated()],
    ['discounts_given', sums.discount],
    ['vat_collected', sums.tax.negated()],
    ['bad_debts', sums.adjustment.negated()],
  ]
  if (currency === place.currency)
    return amounts.map(([purpose, amount]) => ({ purpose, holder: null, amount: toText(amount) }))
  const converted = amounts.map(([purpose, amount]) => ({
    purpose,
    holder: null,
    amount: toText(inBooks(amount, { place, currency, fx_rate })),
    foreign: { currency, amount: toText(amount), rate: fx_rate },
  }))
  const left = converted.reduce((sum, { amount }) => sum.minus(amount), money('0'))
  return [...converted, { purpose: 'rounding_differences', holder: null, amount: toText(left) }]
}

/** An amount of a document in the currency of the books, rounded to its minor unit. */
export function inBooks(
  amount: Money,
  { place, currency, fx_rate }: Pick<Draft, 'place' | 'currency' | 'fx_rate'>,
): Money {
  return currency === place.currency ? amount : roundToMinorUnit(amount.times(fx_rate), place.minor_unit)
}

/** One line an account; those that come to nothing are left out. What was made in another currency stands by itself. */
function joined(lines: readonly Line[]): Line[] {
  const sums = new Map<string, Line>()
  for (const line of lines) {
    const key = `${line.purpose} ${line.holder?.id ?? ''} ${line.foreign?.currency ?? ''}`
    sums.set(key, { ...line, amount: toText(money(line.amount).plus(sums.get(key)?.amount ?? '0')) })
  }
  return [...sums.values()].filter(({ amount }) => amount !== '0')
}
