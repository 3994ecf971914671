import { drawerShort } from '../cash/index.ts'
import { refusalOfPosting, stockRefusals } from '../inventory/index.ts'
import { balanceBelowFloor, purposeRefusals } from '../ledger/index.ts'
import { tenderRefusals } from '../payments/index.ts'
import type { Seal } from '../platform/idempotency.ts'
import type { BatchContext } from '../platform/operation.ts'
import { platformRefusals, Refusal } from '../platform/refusal.ts'
import { ticketRefusals } from '../tickets/index.ts'
import { type Fault, recordSales } from './queries.ts'
import type { Decision } from './receipt.ts'

const nothingSealed: Seal = { answers: [], entries: [] }

/** Records receipts in one call, and what stays of their commands with them. Throws the refusal of what only the database found. */
export async function recordReceipts(
  context: BatchContext,
  decisions: readonly Decision[],
  { answers, entries }: Seal = nothingSealed,
): Promise<void> {
  const postings = decisions.flatMap((one) => one.postings)
  const heads = new Map<string, bigint>()
  for (const { sale, sequence } of decisions)
    if (sequence > (heads.get(sale.register_id) ?? 0n)) heads.set(sale.register_id, sequence)
  const fault = await recordSales(context, {
    accounts: decisions.flatMap((one) => one.accounts),
    sellers: decisions.flatMap((one) => one.sellers),
    tickets: decisions.flatMap((one) => one.tickets),
    sales: decisions.map((one) => one.sale),
    lines: decisions.flatMap((one) => one.lines),
    payments: decisions.map((one) => one.payments),
    postings: postings.map(({ posting }) => posting),
    journals: decisions.flatMap((one) => one.journal ?? []),
    registers: [...heads].map(([id, sequence]) => ({ id, last_sequence: String(sequence), head_hash: null })),
    answers,
    entries,
  })
  if (!fault) return
  const { drawer } = decisions.filter(({ journal }) => journal !== undefined)[fault.item - 1] ?? {}
  const isShort = fault.code === balanceBelowFloor.code && fault.detail === `line ${drawer}`
  throw isShort ? new Refusal(drawerShort) : refusalOfFault(fault, postings)
}

function refusalOfFault({ part, item, code, line, detail }: Fault, postings: Decision['postings']): Refusal {
  if (part === 'posting') return refusalOfPosting(postings[item - 1]?.moves ?? [], { code, line, available: detail })
  const known = [
    ...tenderRefusals,
    ...purposeRefusals,
    ...stockRefusals,
    ...ticketRefusals,
    platformRefusals.alreadyExists,
  ]
  const kind = known.find((one) => one.code === code)
  if (!kind) throw new Error(`a receipt was not recorded: ${part} ${item}: ${code} ${detail ?? ''}`)
  return new Refusal(kind, detail ?? undefined)
}
