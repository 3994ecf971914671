import { purposeOfTender, type TenderKind, tenderKinds } from '../payments/index.ts'
import { money, toText } from '../platform/money.ts'

/** What came to an account of a session and left it, by kind of document. */
export interface Sum {
  readonly purpose: string
  readonly document_type: string
  readonly entries: number
  readonly debit: string
  readonly credit: string
}

/** What the end of a session posts, beside what happened in it: not expected to be in the drawer. */
const afterwards: ReadonlySet<string> = new Set(['cash_write_off', 'cash_close'])

/** The lines of a report, a kind of tender each, and their totals: of what the books say, and of what was counted last. */
export function makeReport(
  { sums, balances }: { sums: readonly Sum[]; balances: readonly { purpose: string; balance: string }[] },
  counted: ReadonlyMap<TenderKind, string> | null,
) {
  const tenders = tenderKinds.flatMap((kind) => {
    const purpose = purposeOfTender[kind]
    const own = sums.filter((sum) => sum.purpose === purpose)
    const found = counted?.get(kind)
    if (kind !== 'cash' && own.length === 0 && found === undefined) return []
    const expected = netOf(own.filter((sum) => !afterwards.has(sum.document_type)))
    const count = counted === null ? null : money(found ?? '0')
    return [
      {
        tender_kind: kind,
        movements: own
          .filter((sum) => sum.document_type !== 'cash_close')
          .map(({ document_type, entries, debit, credit }) => ({
            document_type,
            entries,
            received: toText(money(debit)),
            given: toText(money(credit)),
          })),
        expected: toText(expected),
        counted: count === null ? null : toText(count),
        variance: count === null ? null : toText(count.minus(expected)),
        written_off: toText(netOf(own.filter((sum) => sum.document_type === 'cash_write_off'))),
        balance: toText(money(balances.find((one) => one.purpose === purpose)?.balance ?? '0')),
      },
    ]
  })
  const total = (texts: readonly (string | null)[]) =>
    toText(texts.reduce((sum, text) => sum.plus(text ?? '0'), money('0')))
  return {
    tenders,
    expected: total(tenders.map((line) => line.expected)),
    counted: counted === null ? null : total(tenders.map((line) => line.counted)),
    variance: counted === null ? null : total(tenders.map((line) => line.variance)),
  }
}

function netOf(sums: readonly Sum[]) {
  return sums.reduce((net, { debit, credit }) => net.plus(debit).minus(credit), money('0'))
}
