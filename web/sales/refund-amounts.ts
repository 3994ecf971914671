import { useQueries } from '@tanstack/react-query'
import { type LineAmounts, shareRefund } from '../../server/basket/share-refund.ts'
import { money, toText } from '../../server/platform/money.ts'
import { call, keyOf, type Output, useRead } from '../api.ts'
import type { SaleInFull } from './sale-in-full.ts'

type Line = SaleInFull['lines'][number]

/** What is still to be had of a sale. */
export interface LeftOf {
  /** What came back of each line so far, by its number. */
  readonly back: ReadonlyMap<number, LineAmounts>
  /** What was paid by each tender, less what went back by it. */
  readonly paid: ReadonlyMap<string, string>
  /** What all totals come to, before cash was rounded. */
  readonly total: string
  /** What rounding kept of the cash that was due back so far. */
  readonly rounded: string
  readonly minorUnit: number
}

/** Reads the receipts that goods of a sale came back by; `left` is undefined until they are there. */
export function useLeftOf(sale: SaleInFull) {
  const currencies = useRead('reference.list-currencies', {}, { staleTime: 3_600_000 })
  const returns = useQueries({
    queries: sale.returns.map(({ id }) => ({
      queryKey: keyOf('sales.get-sale', { id }),
      queryFn: () => call('sales.get-sale', { id }),
    })),
  })
  const asked = [currencies, ...returns]
  const failed = asked.filter(({ data, error }) => !data && error)
  return {
    left: leftOf(
      sale,
      returns.flatMap(({ data }) => data ?? []),
      currencies.data?.items.find(({ code }) => code === sale.currency)?.minor_unit,
    ),
    error: failed[0]?.error ?? null,
    retry: () => {
      for (const { refetch } of failed) void refetch()
    },
  }
}

function leftOf(
  sale: SaleInFull,
  returns: readonly Output<'sales.get-sale'>[],
  minorUnit: number | undefined,
): LeftOf | undefined {
  if (minorUnit === undefined || returns.length < sale.returns.length) return undefined
  return {
    ...{ back: backOf(returns), paid: paidOf([sale, ...returns]), minorUnit },
    total: [sale, ...returns].map(({ total }) => total).reduce(sum),
    rounded: returns.map(({ rounding }) => rounding).reduce(sum, '0'),
  }
}

const amountsOf = ({ quantity, gross, discount, net_discount, net, taxes }: Line): LineAmounts => ({
  quantity,
  gross,
  discount,
  net_discount,
  net,
  taxes: taxes.map(({ tax }) => tax),
})
const sum = (one: string, other: string) => toText(money(one).plus(other))
const negative = (text: string) => toText(money(text).negated())

function backOf(returns: readonly Output<'sales.get-sale'>[]): Map<number, LineAmounts> {
  const back = new Map<number, LineAmounts>()
  for (const line of returns.flatMap(({ lines }) => lines)) {
    if (line.of_line === null) continue
    const now = amountsOf(line)
    const before = back.get(line.of_line)
    const add = (field: Exclude<keyof LineAmounts, 'taxes'>) => sum(before?.[field] ?? '0', negative(now[field]))
    back.set(line.of_line, {
      quantity: add('quantity'),
      gross: add('gross'),
      discount: add('discount'),
      net_discount: add('net_discount'),
      net: add('net'),
      taxes: now.taxes.map((tax, at) => sum(before?.taxes[at] ?? '0', negative(tax))),
    })
  }
  return back
}

function paidOf(receipts: readonly Output<'sales.get-sale'>[]): Map<string, string> {
  const paid = new Map<string, string>()
  for (const { tender_id, amount, is_standing } of receipts.flatMap(({ payments }) => payments)) {
    if (is_standing) paid.set(tender_id, sum(paid.get(tender_id) ?? '0', amount))
  }
  return paid
}

/** How much of a line can still come back. */
export function leftOfLine(line: Pick<Line, 'quantity' | 'returned'>): string {
  return toText(money(line.quantity).minus(line.returned))
}

/** What goes back for so much of some lines, as the server will find it before cash is rounded; null where that cannot be. */
export function refundOf(
  sale: SaleInFull,
  left: LeftOf,
  lines: readonly { line: number; quantity: string }[],
): string | null {
  try {
    return lines.reduce((total, { line, quantity }) => {
      const sold = sale.lines.find((one) => one.line === line)
      if (!sold) return total
      const none = { ...amountsOf(sold), quantity: '0', gross: '0', discount: '0', net_discount: '0', net: '0' }
      const back = left.back.get(line) ?? { ...none, taxes: sold.taxes.map(() => '0') }
      return sum(total, shareRefund(amountsOf(sold), back, { quantity, minor_unit: left.minorUnit }).total)
    }, '0')
  } catch {
    return null
  }
}

/** What is not given back yet: above zero where more is due, below where it is too much. */
export function missing(total: string, given: Record<string, string>): string {
  const known = Object.values(given).filter((text) => /^\d+(\.\d+)?$/.test(text))
  return toText(known.reduce((rest, text) => rest.minus(text), money(total)))
}

/** One more or less, between nothing and what is left. */
export function step(text: string, by: 1 | -1, most: string): string {
  const now = /^\d+(\.\d+)?$/.test(text) ? money(text) : money('0')
  const next = now.plus(String(by))
  if (!next.greaterThan(0)) return '0'
  return next.greaterThan(most) ? most : toText(next)
}
