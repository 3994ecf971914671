import { announcePosting, type PlannedPosting } from '../inventory/index.ts'
import { journalsByPurpose, type NewJournal } from '../ledger/index.ts'
import { toMinorText, toText } from '../platform/money.ts'
import type { CommandContext } from '../platform/operation.ts'
import { Refusal } from '../platform/refusal.ts'
import { type GivenDocument, originalNotFound } from './contract.ts'
import { inBooks, journalOf } from './journal-of.ts'
import { type Author, type Draft, judgeDocument, take } from './judge-document.ts'
import { type Moved, planMoves, worthOf } from './move-stock.ts'
import { insertDocuments, type NewDocument, type NewLine } from './queries.ts'
import { recordedDocument } from './read-contract.ts'
import { throwFault } from './throw-fault.ts'
import { costOfGoods } from './total-lines.ts'
import { type RecordingOptions, readWorld, type World } from './world.ts'

/** What became of a document: recorded now, or before with the same content, with its total in its currency. */
export interface RecordedDocument {
  readonly id: string
  readonly state: 'recorded' | 'already_recorded'
  readonly total: string
}

type Judged = Planned | RecordedDocument | Refusal

/** A draft with what it does to stock and books. */
interface Planned extends Moved {
  readonly draft: Draft
  readonly journal: NewJournal | undefined
}

/**
 * Records documents inside the transaction of the caller, each right or refused by itself, in the order of the list: a refund may
 * name a sale before it. What only the database finds wrong, such as an account that is closed or a level that is frozen, is
 * thrown, and then nothing of the transaction may be committed. A number that somebody takes at the same moment is a
 * serialization failure: run the transaction again.
 */
export async function recordDocuments(
  context: CommandContext,
  documents: readonly GivenDocument[],
  options: RecordingOptions,
): Promise<(RecordedDocument | Refusal)[]> {
  const world = await readWorld(context, documents, options)
  const judged = await withJournals(
    context,
    documents.map((given) => attempt(() => plan(world, given, { context, options }))),
    options,
  )
  const planned = judged.filter(isPlanned)
  const rows = planned.map((one, at) => rowsOf(one, { context, options, position: at + 1 }))
  const [fault] =
    planned.length === 0
      ? []
      : await insertDocuments(context, {
          documents: rows.map(({ document }) => document),
          lines: rows.flatMap(({ lines }) => lines),
          postings: planned.flatMap(({ postings }) => postings.map(({ posting }) => posting)),
          journals: planned.flatMap(({ journal }) => journal ?? []),
        })
  if (fault)
    throwFault(
      fault,
      planned.flatMap(({ postings }) => postings),
    )
  for (const [at, one] of planned.entries()) announce(context, one, rows[at]?.document)
  return judged.map((one) => (isPlanned(one) ? recordedOf(one.draft) : one))
}

interface Recording {
  readonly context: CommandContext
  readonly options: RecordingOptions
}

interface Unjournalled extends Moved {
  readonly draft: Draft
}

function plan(world: World, given: GivenDocument, { context }: Recording): Unjournalled | RecordedDocument {
  const draft = judgeDocument(world, given, context)
  if ('already' in draft) return { id: draft.already.id, state: 'already_recorded', total: draft.total }
  const { stock, goods } = world
  const moved = stock ? planMoves({ stock, goods }, draft, context) : { postings: [], allocations: [] }
  take(world, draft)
  return { draft, ...moved }
}

/** Gives each document its journal; one for which the books have no account is refused, and so is what names it. */
async function withJournals(
  context: CommandContext,
  judged: readonly (Unjournalled | RecordedDocument | Refusal)[],
  { ledger }: RecordingOptions,
): Promise<Judged[]> {
  const isPosted = ledger === 'at_its_date'
  const planned = judged.filter((one) => 'draft' in one)
  const asked = planned.flatMap(({ draft, postings }) => journalOf(draft, { postings, isPosted, by: context }) ?? [])
  const made = await journalsByPurpose(context, asked)
  const journals = new Map(asked.map(({ id }, at) => [id, made[at]]))
  const refused = new Set<string>()
  return judged.map((one) => {
    if (!('draft' in one)) return one
    const { draft, postings } = one
    const journal = refused.has(draft.given.original_id ?? '') ? new Refusal(originalNotFound) : journals.get(draft.id)
    if (!(journal instanceof Refusal)) return { ...one, journal }
    // Others were planned on the stock that this one left.
    if (postings.length > 0) throw journal
    refused.add(draft.id)
    return journal
  })
}

function isPlanned(one: Judged): one is Planned {
  return 'draft' in one
}

function rowsOf(
  { draft, journal, allocations }: Planned,
  { context, options, position }: Recording & { position: number },
) {
  const { given, place, sums, currency, minorUnit } = draft
  const costed = draft.lines.map((line, at) => ({ ...line, cost: worthOf(allocations[at]) ?? line.cost }))
  const cost = costOfGoods(costed)
  const document: NewDocument = {
    id: draft.id,
    kind: given.kind,
    source: given.source,
    number: given.number,
    edition: draft.edition,
    entity_id: place.entity_id,
    branch_id: place.id,
    customer_id: given.customer_id ?? null,
    channel_id: given.channel_id ?? null,
    original_id: given.original_id ?? null,
    is_price_with_tax: given.is_price_with_tax,
    currency,
    base_currency: place.currency,
    fx_rate: draft.fx_rate,
    gross_revenue: toText(sums.sold.plus(sums.returned)),
    discount: toText(sums.discount),
    tax: toText(sums.tax),
    adjustment: toText(sums.adjustment),
    platform_fees: toText(draft.platform_fees),
    shipping_cost: toText(draft.shipping_cost),
    cost_of_goods: cost && toText(cost),
    base_tax: toText(inBooks(sums.tax, draft)),
    base_total: toText(inBooks(sums.total, draft)),
    line_count: draft.lines.length,
    content_sha256: draft.content_sha256,
    data_quality_score: given.data_quality_score ?? null,
    is_validated: given.is_validated,
    validation_notes: given.validation_notes ?? null,
    note: given.note ?? null,
    reference: given.reference ?? null,
    import_id: options.importId ?? null,
    is_stock_moved: options.stock === 'move',
    journal_id: journal?.id ?? null,
    effective_on: draft.effective_on,
    made_at: given.made_at ?? null,
    last_made_at: given.last_made_at ?? null,
    actor_id: context.caller.userId,
    position,
  }
  return { document, lines: linesOf(draft, costed, allocations), minorUnit }
}

function linesOf({ id: document_id }: Draft, lines: Draft['lines'], allocations: Moved['allocations']): NewLine[] {
  return lines.map(({ given, role, quantity, unit_price, gross, discount, net_discount, net, tax, cost }, at) => ({
    document_id,
    line: at + 1,
    role,
    variant_id: given.variant_id,
    name: given.name,
    sku: given.sku,
    quantity,
    unit_price,
    gross: toText(gross),
    discount: toText(discount),
    net_discount: toText(net_discount),
    tax_class_id: given.tax_class_id,
    tax_rate: given.tax_rate,
    net: toText(net),
    tax: toText(tax),
    cost: cost === null ? undefined : toText(cost),
    allocations: allocations[at],
  }))
}

/** One audit entry a document: its lines are in their own table, and the digest is of all that they say. */
function announce(
  by: Author,
  { postings }: { postings: readonly PlannedPosting[] },
  document: NewDocument | undefined,
) {
  if (document)
    by.changed({ resource: 'history_document', id: document.id, new: { ...document }, schema: recordedDocument })
  for (const { posting } of postings) announcePosting(by, posting)
}

function recordedOf({ id, sums, minorUnit }: Draft): RecordedDocument {
  return { id, state: 'recorded', total: toMinorText(sums.total, minorUnit) }
}

function attempt<T>(work: () => T): T | Refusal {
  try {
    return work()
  } catch (error) {
    if (error instanceof Refusal) return error
    throw error
  }
}
