import { type PlannedPosting, planStock, type StockDocument, type StockLine } from '../inventory/index.ts'
import { money, toText } from '../platform/money.ts'
import { dayIn } from '../platform/time.ts'
import { receiptNumberOf } from '../registers/index.ts'
import type { Allocation } from './queries.ts'
import type { Author, DraftLine, ReceiptDraft } from './receipt.ts'
import type { World } from './world.ts'

interface PlannedPart {
  readonly posting: PlannedPosting
  /** The lines of the receipt that the lines of the document stand for. */
  readonly of: readonly { readonly at: number; readonly of?: number; readonly value?: string }[]
}

/** What comes back is planned before what leaves: it may leave again. */
export function planPostings(world: World, draft: ReceiptDraft, by: Author): PlannedPart[] {
  const back = partOf(draft, true)
  const out = partOf(draft, false)
  const parts: PlannedPart[] = []
  for (const { kind, lines, of } of [back, out]) {
    if (lines.length === 0) continue
    const isSecond = kind === 'return' && out.lines.length > 0
    const document: StockDocument = {
      id: isSecond ? by.newId() : draft.id,
      kind,
      document_type: draft.kind,
      document_id: draft.id,
      document_number: receiptNumberOf(draft.register.code, nextSequence(world, draft)),
      party_id: draft.customer_id,
      reason: null,
      on: dayIn(draft.place.time_zone, draft.made_at),
      lines,
    }
    parts.push({ posting: planStock(world.stock, document, by), of })
  }
  return parts
}

function nextSequence(world: World, { offline, register }: ReceiptDraft): string {
  return offline?.sequence ?? String((world.sequences.get(register.id) ?? 0n) + 1n)
}

function partOf({ lines, place, offline }: ReceiptDraft, isBack: boolean) {
  const mine = lines.flatMap((line, at) =>
    (line.of_line !== null) === isBack ? line.stock.map((one) => ({ ...one, at })) : [],
  )
  return {
    kind: isBack ? ('return' as const) : ('sale' as const),
    lines: mine.map(
      ({ variant_id, batch_id, change }): StockLine => ({
        branch_id: place.id,
        variant_id,
        batch_id,
        change,
        is_already_sold: offline !== null,
      }),
    ),
    of: mine.map(({ at, of, value }) => ({
      at,
      ...(of === undefined ? {} : { of }),
      ...(value === undefined ? {} : { value }),
    })),
  }
}

/** A line with what it took from the shelves, and what that cost. */
export type CostedLine = Omit<DraftLine, 'stock'> & { line: number; cost: string; allocations: Allocation[] }

/** What of the stock was the line's: what of which batch, and at which cost. */
export function costedLine({ stock: _, ...line }: DraftLine, at: number, parts: readonly PlannedPart[]): CostedLine {
  const mine = parts.flatMap(({ posting, of }) =>
    posting.posted.movements.flatMap((movement) => {
      const source = of[movement.line - 1]
      return source?.at === at ? [{ movement, source }] : []
    }),
  )
  return {
    ...line,
    line: at + 1,
    cost: sumOf(mine.map(({ movement }) => toText(money(movement.value).negated()))),
    allocations: mine.map(({ movement: { variant_id, batch_id, quantity, value }, source }) => ({
      variant_id,
      batch_id,
      quantity: toText(money(quantity).negated()),
      value: toText(money(source.value ?? value).negated()),
      ...(source.of === undefined ? {} : { of: source.of }),
    })),
  }
}

/** The sum of amounts. */
export function sumOf(amounts: readonly string[]): string {
  return toText(amounts.reduce((sum, one) => sum.plus(one), money('0')))
}
