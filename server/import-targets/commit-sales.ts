import { createProducts } from '../catalog/index.ts'
import { type GivenDocument, type RecordedDocument, recordDocuments } from '../history/index.ts'
import type { Made, RowOutcome, TargetRow } from '../imports/index.ts'
import { createParties } from '../parties/index.ts'
import { definedOf } from '../platform/defined.ts'
import type { CommandContext } from '../platform/operation.ts'
import { Refusal, type RefusalKind, refusal as refusalKind } from '../platform/refusal.ts'
import type { Settings } from '../settings/index.ts'
import { findOriginals } from './sale-queries.ts'
import { headOf, kindOf, type SaleHead, type SaleOptions, type SaleRow } from './sale-row.ts'
import { lookUpSold, momentOf, packBarcode, type SaleWorld } from './sale-world.ts'

const originalUnknown = refusalKind('original_unknown', 422, 'There is no sale of this number to give back of')
const documentContradicted = refusalKind(
  'document_contradicted',
  422,
  'Rows of one document say different things of it',
)

/** The rows of a document, with what they had to make first. */
interface Draft {
  readonly number: string
  readonly rows: readonly SaleRow[]
  readonly head: SaleHead
  readonly id: string
  readonly made: Made[]
  /** Whether it gives back of a sale that an earlier batch of a dry run took, and that was rolled back. */
  isOfCarried: boolean
  refused: Refusal | undefined
}

/**
 * Records the documents that rows are of, with the goods and customers that are not there yet. Where a document is refused for
 * which something was made, the refusal is thrown, so that nothing of it stays.
 */
export async function commitSales(
  context: CommandContext,
  settings: Settings,
  world: SaleWorld,
  rows: readonly TargetRow<SaleRow>[],
): Promise<RowOutcome[]> {
  const drafts = [...Map.groupBy(rows, ({ values }) => values.number)].map(([number, of]) =>
    draftOf(
      context,
      number,
      of.map(({ values }) => values),
    ),
  )
  await lookUpSold(context, world, {
    skus: rows.map(({ values }) => values.sku),
    buyers: rows.map(({ values }) => values.customer),
  })
  refusePacks(world, drafts)
  await makeProducts(context, world, drafts)
  await makeCustomers(context, world, drafts)
  const originals = await originalsOf(context, world, drafts)
  const right = salesFirst(sound(drafts), originals)
  const { ledger, stock } = world.options
  const recorded = await recordDocuments(
    context,
    right.map((draft) => documentOf(world, originals, draft)),
    { settings, ledger, stock, importId: world.importId },
  )
  const states = new Map(right.map((draft, at) => [draft, recorded[at]]))
  carry(world, states)
  const outcomes = new Map(drafts.map((draft) => [draft.number, outcomesOf(draft, states.get(draft))]))
  return rows.map(({ values }) => outcomes.get(values.number)?.shift() ?? { what: 'skipped', made: [] })
}

/** Rows that contradict each other are of no document: nothing is made for it. */
function draftOf(context: CommandContext, number: string, rows: readonly SaleRow[]): Draft {
  const { head, contradicted } = headOf(rows)
  const detail = `${documentContradicted.title}: ${contradicted.join(', ')}`
  const refused = contradicted.length > 0 ? new Refusal(documentContradicted, detail) : undefined
  return { number, rows, head, id: context.newId(), made: [], isOfCarried: false, refused }
}

function refusePacks({ packs, options }: SaleWorld, drafts: readonly Draft[]): void {
  for (const draft of drafts)
    if (draft.rows.some((row) => packs.has(row.sku ?? '') && kindOf(row, options) !== 'adjustment'))
      draft.refused ??= new Refusal(packBarcode)
}

/** The drafts that nothing was wrong with so far. */
function sound(drafts: readonly Draft[]): Draft[] {
  return drafts.filter(({ refused }) => refused === undefined)
}

function kindOfDraft({ number, head }: Draft, options: SaleOptions) {
  return kindOf({ number, original: head.original }, options)
}

async function makeProducts(context: CommandContext, world: SaleWorld, drafts: readonly Draft[]): Promise<void> {
  const { options, products, unitId } = world
  const missing = new Map<string, { draft: Draft; name: string }>()
  for (const draft of sound(drafts))
    for (const row of draft.rows) {
      const { sku, name } = row
      if (sku === undefined || products.has(sku) || kindOf(row, options) === 'adjustment') continue
      const known = missing.get(sku)
      if (!known) missing.set(sku, { draft, name: name ?? sku })
      else if (known.name === sku && name !== undefined) missing.set(sku, { draft: known.draft, name })
    }
  if (missing.size === 0) return
  const inputs = [...missing].map(([sku, { name }]) => ({
    kind: options.service_codes.has(sku) ? ('service' as const) : ('stocked' as const),
    name,
    labels: [],
    unit_id: unitId,
    tax_class_id: options.tax_class_id ?? '',
    is_expiry_tracked: false,
    is_prescription_only: false,
    is_open_price: false,
    is_sellable: true,
    variants: [{ sku, options: [], barcodes: [] }],
  }))
  // What is rolled back is not searched for.
  const { items } = await createProducts(context, { products: inputs }, { areFindable: world.carried === undefined })
  for (const [at, [sku, { draft }]] of [...missing].entries()) {
    const answer = items[at]
    const variantId = answer?.variant_ids[0]
    if (answer?.id && variantId) {
      products.set(sku, variantId)
      draft.made.push({ resource: 'product', id: answer.id, what: 'created', version_after: 1, name: `sku ${sku}` })
    } else {
      const { code = 'product_refused', title = 'The goods were refused' } = answer?.refused ?? {}
      const kind: RefusalKind = { code, title, status: 409 }
      for (const one of drafts) if (one.rows.some((row) => row.sku === sku)) one.refused ??= new Refusal(kind)
    }
  }
}

async function makeCustomers(context: CommandContext, world: SaleWorld, drafts: readonly Draft[]): Promise<void> {
  if (world.options.unknown_customers !== 'make') return
  const missing = new Map<string, Draft>()
  for (const draft of sound(drafts)) {
    const { customer: code } = draft.head
    if (code !== undefined && !world.customers.has(code) && !missing.has(code)) missing.set(code, draft)
  }
  if (missing.size === 0) return
  const parties = [...missing.keys()].map((code) => ({
    kind: 'person' as const,
    name: code,
    role: 'customer' as const,
    terms: { code },
    addresses: [],
    tax_numbers: [],
  }))
  const made = await createParties(context, parties)
  for (const [at, [code, draft]] of [...missing].entries()) {
    const one = made[at]
    if (one instanceof Refusal) {
      for (const of of drafts) if (of.head.customer === code) of.refused ??= one
    } else if (one) {
      world.customers.set(code, one.id)
      draft.made.push({ resource: 'party', id: one.id, what: 'created', version_after: 1, name: `party ${code}` })
    }
  }
}

/** The ids of the sales that are given back of, by number: those that there are, and those before it among these. */
async function originalsOf(context: CommandContext, world: SaleWorld, drafts: readonly Draft[]) {
  const numbers = drafts.flatMap(({ head }) => head.original ?? [])
  const found = await findOriginals(context, world.options.source, numbers)
  const originals = new Map(found.map(({ number, document_id }) => [number, document_id]))
  for (const draft of sound(drafts))
    if (kindOfDraft(draft, world.options) === 'sale')
      originals.set(draft.number, originals.get(draft.number) ?? draft.id)
  for (const draft of sound(drafts)) {
    const { original } = draft.head
    if (original === undefined || originals.has(original)) continue
    if (world.carried?.has(original)) draft.isOfCarried = true
    else draft.refused = new Refusal(originalUnknown)
  }
  return originals
}

/** In the order of the file, but for what gives back of a sale behind it: that comes after all. */
function salesFirst(drafts: readonly Draft[], originals: ReadonlyMap<string, string>): Draft[] {
  const places = new Map(drafts.map(({ id }, at) => [id, at]))
  const isEarly = ({ head }: Draft, at: number) => (places.get(originals.get(head.original ?? '') ?? '') ?? at) > at
  return [...drafts.filter((draft, at) => !isEarly(draft, at)), ...drafts.filter(isEarly)]
}

/** Where rows may name sales, a dry run remembers them: those of earlier batches are rolled back when later rows name them. */
function carry(
  { carried, options, namesOriginals }: SaleWorld,
  states: ReadonlyMap<Draft, RecordedDocument | Refusal | undefined>,
) {
  if (!carried || !namesOriginals) return
  for (const [draft, state] of states)
    if (kindOfDraft(draft, options) === 'sale' && !(state instanceof Refusal)) carried.add(draft.number)
}

function documentOf(world: SaleWorld, originals: ReadonlyMap<string, string>, draft: Draft): GivenDocument {
  const { options, timeZone, customers, channels } = world
  const { id, number, rows, head, isOfCarried } = draft
  const { original, customer, channel, is_validated = false, ...said } = head
  // What gives back of no known sale does the same to stock and books as what gives back of one.
  const kind = isOfCarried ? 'credit' : kindOfDraft(draft, options)
  const moments = rows.flatMap(({ made_at }) => momentOf(timeZone, made_at) ?? []).toSorted()
  const [made_at, last_made_at] = [moments[0], moments.at(-1)]
  return {
    id,
    kind,
    source: options.source,
    number,
    branch_id: options.branch_id,
    is_price_with_tax: options.is_price_with_tax,
    is_validated,
    ...said,
    ...definedOf({
      made_at,
      last_made_at: last_made_at === made_at ? undefined : last_made_at,
      customer_id: customers.get(customer ?? ''),
      channel_id: channels.get(channel ?? ''),
      original_id: kind === 'refund' ? originals.get(original ?? '') : undefined,
    }),
    lines: rows.map((row) => lineOf(world, row, kind)),
  }
}

function lineOf({ products }: SaleWorld, row: SaleRow, kind: GivenDocument['kind']) {
  const { sku, name, quantity, unit_price, discount, tax_rate, tax, unit_cost } = row
  const printed = definedOf({ name, sku })
  if (kind === 'adjustment') return { quantity, unit_price, ...printed }
  return {
    quantity,
    unit_price,
    ...printed,
    ...definedOf({ variant_id: products.get(sku ?? ''), discount, tax_rate, tax, unit_cost }),
  }
}

/** One outcome a row; what had to be made for the document is of its first row. */
function outcomesOf(
  { number, rows, made, refused }: Draft,
  recorded: RecordedDocument | Refusal | undefined,
): RowOutcome[] {
  const refusal = refused ?? (recorded instanceof Refusal ? recorded : undefined)
  if (refusal && made.length > 0) throw refusal
  if (refusal) return rows.map(() => refusal)
  if (!recorded || recorded instanceof Refusal) return []
  const what = recorded.state === 'recorded' ? 'created' : 'skipped'
  const document: Made = { resource: 'history_document', id: recorded.id, what, name: `document ${number}` }
  return rows.map((_, at) => ({ what, made: at === 0 ? [document, ...made] : [document] }))
}
