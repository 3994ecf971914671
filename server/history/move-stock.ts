import { type Goods, tooManyDecimals } from '../catalog/index.ts'
import {
  batchRequired,
  noteStock,
  notStocked,
  type PlannedPosting,
  type PostingKind,
  planStock,
  type StockDocument,
  type StockLine,
  type StockWorld,
} from '../inventory/index.ts'
import { type Money, money, toText } from '../platform/money.ts'
import { refuse } from '../platform/refusal.ts'
import type { Role } from './contract.ts'
import type { Author, Draft } from './judge-document.ts'
import type { Allocation } from './queries.ts'

/** The postings of a document, and what each of its lines moved; undefined for a line that moved nothing. */
export interface Moved {
  readonly postings: readonly PlannedPosting[]
  readonly allocations: readonly (readonly Allocation[] | undefined)[]
}

// What comes back is planned first: it may leave again.
const parts: readonly { role: Role; kind: PostingKind }[] = [
  { role: 'returned', kind: 'return' },
  { role: 'sold', kind: 'sale' },
  { role: 'stock_adjustment', kind: 'adjustment' },
]

/**
 * Plans what the goods of a document do to the stock of today: it happened, so it goes below zero and takes any batch. Services
 * move nothing. Refused, it leaves the world as it was; refuses with `not_stocked` for a kit, `batch_required` for goods that
 * expire and came back, `too_many_decimals`.
 */
export function planMoves(
  { stock, goods }: { stock: StockWorld; goods: ReadonlyMap<string, Goods> },
  draft: Draft,
  by: Author,
): Moved {
  const moving = draft.lines.flatMap((line, at) => {
    const found = goods.get(line.given.variant_id ?? '')
    if (!found || found.kind === 'service') return []
    assertMoves(found, { line, at })
    return [{ line, at }]
  })
  const undo = noteStock(
    stock,
    moving.map(({ line }) => ({ branch_id: draft.place.id, variant_id: line.given.variant_id ?? '' })),
  )
  const allocations: Allocation[][] = draft.lines.map(() => [])
  const postings: PlannedPosting[] = []
  try {
    for (const { role, kind } of parts) {
      const mine = moving.filter(({ line }) => line.role === role)
      if (mine.length === 0) continue
      const document = documentOf(draft, { kind, id: postings.length === 0 ? draft.id : by.newId() })
      const lines = mine.map(({ line }) => stockLineOf(draft, line))
      const planned = planStock(stock, { ...document, lines }, by)
      postings.push(planned)
      for (const { line, variant_id, batch_id, quantity, value } of planned.posted.movements)
        allocations[mine[line - 1]?.at ?? -1]?.push({ variant_id, batch_id, ...negated({ quantity, value }) })
    }
  } catch (error) {
    undo()
    throw error
  }
  return { postings, allocations: allocations.map((some) => (some.length > 0 ? some : undefined)) }
}

function assertMoves(goods: Goods, { line, at }: { line: Draft['lines'][number]; at: number }): void {
  const place = `line ${at + 1}`
  if (goods.kind === 'kit') refuse(notStocked, `${place}: a kit has no stock of its own`)
  if (goods.is_expiry_tracked && line.role === 'returned')
    refuse(batchRequired, `${place}: nobody knows of which batch`)
  if (money(line.quantity).decimalPlaces() > goods.unit.decimals)
    refuse(tooManyDecimals, `${place}: ${goods.unit.code} takes ${goods.unit.decimals} decimals`)
}

function documentOf({ id: document_id, given, effective_on }: Draft, { kind, id }: { kind: PostingKind; id: string }) {
  const document: Omit<StockDocument, 'lines'> = {
    id,
    kind,
    document_type: `history_${given.kind}`,
    document_id,
    document_number: given.number,
    party_id: given.customer_id ?? null,
    reason: kind === 'adjustment' ? 'other' : null,
    note: kind === 'adjustment' ? 'A line below zero that cost nothing' : null,
    on: effective_on,
  }
  return document
}

function stockLineOf({ place }: Draft, { role, given, quantity }: Draft['lines'][number]): StockLine {
  const [variant_id, size] = [given.variant_id ?? '', toText(money(quantity).abs())]
  const there = { branch_id: place.id, variant_id, is_already_sold: true }
  if (role === 'returned') return { ...there, batch_id: null, change: { kind: 'return', quantity: size, of: null } }
  const against = role === 'sold' ? 'cost_of_sales' : 'stock_loss'
  return { ...there, batch_id: 'fefo', change: { kind: 'issue', quantity: size, against } }
}

function negated({ quantity, value }: Pick<Allocation, 'quantity' | 'value'>) {
  const minus = (text: string) => toText(money(text).negated())
  return { quantity: minus(quantity), value: minus(value) }
}

/** What left, by its value; undefined where nothing moved. */
export function worthOf(allocations: readonly Allocation[] | undefined): Money | undefined {
  return allocations?.reduce<Money>((sum, { value }) => sum.plus(value), money('0'))
}
