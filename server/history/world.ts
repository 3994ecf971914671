import { type Goods, readGoods } from '../catalog/index.ts'
import { findChannel } from '../channels/index.ts'
import { readRates } from '../fx/index.ts'
import { holdStock, type StockWorld, stockWorld } from '../inventory/index.ts'
import { holdBooksOpen } from '../ledger/index.ts'
import { findParties } from '../parties/index.ts'
import { together } from '../platform/database.ts'
import type { CommandContext } from '../platform/operation.ts'
import { findCurrency } from '../reference/index.ts'
import type { Settings } from '../settings/index.ts'
import { findClasses } from '../tax/index.ts'
import { type PlaceOfBusiness, placesOfBusiness } from '../tenants/index.ts'
import type { GivenDocument } from './contract.ts'
import { type Held, holdDocuments, type NumberedRow, readNumbered } from './queries.ts'

export interface RecordingOptions {
  readonly settings: Settings
  readonly ledger: 'at_its_date' | 'none'
  readonly stock: 'none' | 'move'
  /** What brought the documents, kept with each. */
  readonly importId?: string | undefined
}

/** The document that has a number: the newest, should all before it have been reversed. */
export type Numbered = NumberedRow

type Original = Pick<Held, 'id' | 'kind' | 'entity_id' | 'branch_id' | 'currency' | 'is_reversed'>

/** What documents are judged on. Numbers, ids and originals grow with each that is right. */
export interface World {
  readonly ledger: RecordingOptions['ledger']
  readonly places: ReadonlyMap<string, PlaceOfBusiness>
  readonly goods: ReadonlyMap<string, Goods>
  readonly customers: ReadonlySet<string>
  readonly channels: ReadonlySet<string>
  readonly classes: ReadonlySet<string>
  readonly minorUnits: ReadonlyMap<string, number>
  readonly rateOn: Awaited<ReturnType<typeof readRates>>
  readonly closedThrough: ReadonlyMap<string, string | null>
  /** Of documents that move stock; undefined where none is to be moved. */
  readonly stock: StockWorld | undefined
  readonly numbers: Map<string, Numbered>
  readonly ids: Set<string>
  readonly originals: Map<string, Original>
}

/** Names the number of a document among those of its tenant. */
export function numberKey({ kind, source, number }: Pick<GivenDocument, 'kind' | 'source' | 'number'>): string {
  return JSON.stringify([source, number, kind])
}

/** Reads and holds what documents are judged on: documents first, then stock, then books. */
export async function readWorld(
  context: CommandContext,
  documents: readonly GivenDocument[],
  options: RecordingOptions,
): Promise<World> {
  const [places, numbered, held, goods, parties, channels, classes, minorUnits] = await Promise.all([
    placesOfBusiness(context, distinct(documents.map((one) => one.branch_id))),
    readNumbered(context, documents),
    holdOriginals(context, distinct(documents.map((one) => one.original_id))),
    readGoods(context, distinct(documents.flatMap(({ lines }) => lines.map((one) => one.variant_id)))),
    findParties(context, distinct(documents.map((one) => one.customer_id))),
    channelsOf(context, distinct(documents.map((one) => one.channel_id))),
    findClasses(context, distinct(documents.flatMap(({ lines }) => lines.map((one) => one.tax_class_id)))),
    minorUnitsOf(context, distinct(documents.map((one) => one.currency))),
  ])
  const days = documents.flatMap((one) => daysAsked(one, places.get(one.branch_id)))
  const rateOn = days.length > 0 ? await readRates(context, options.settings, { days }) : unasked
  const entityIds = distinct([...places.values()].map(({ entity_id }) => entity_id))
  const isPosted = options.ledger !== 'none' || options.stock !== 'none'
  // They travel together, in this order: stock is held before books.
  const [shelves, closedThrough] = await together([
    options.stock === 'move' ? holdGoods(context, documents, goods) : undefined,
    isPosted ? holdBooksOpen(context, entityIds) : new Map<string, string | null>(),
  ] as const)
  return {
    ledger: options.ledger,
    places,
    goods,
    customers: new Set(
      parties.filter((one) => one.anonymised_at === null && one.deleted_at === null).map(({ id }) => id),
    ),
    channels,
    classes: new Set(classes.map(({ id }) => id)),
    minorUnits: new Map([
      ...[...places.values()].map((one): [string, number] => [one.currency, one.minor_unit]),
      ...minorUnits,
    ]),
    rateOn,
    closedThrough,
    stock: shelves && stockWorld({ now: context.now, places, goods, closedThrough }, shelves),
    numbers: new Map(numbered.numbers.map((one) => [numberKey(one), one])),
    ids: new Set(numbered.ids),
    originals: new Map(held.map((one) => [one.id, one])),
  }
}

async function holdOriginals(context: CommandContext, ids: readonly string[]): Promise<Held[]> {
  return ids.length === 0 ? [] : holdDocuments(context, ids, { forChange: false })
}

/** Channels that ended are those of what was sold there. */
async function channelsOf(context: CommandContext, ids: readonly string[]): Promise<Set<string>> {
  const found = await Promise.all(ids.map((id) => findChannel(context, id, { ended: true })))
  return new Set(found.flatMap((one) => one?.id ?? []))
}

async function minorUnitsOf(context: CommandContext, codes: readonly string[]): Promise<[string, number][]> {
  const found = await Promise.all(codes.map((code) => findCurrency(context, code)))
  return found.flatMap((one): [string, number][] => (one ? [[one.code, one.minor_unit]] : []))
}

/** The days on which a rate may be asked for; that of the time in the branch is one of three. */
function daysAsked({ currency, fx_rate, effective_on, made_at }: GivenDocument, place: PlaceOfBusiness | undefined) {
  if (currency === undefined || currency === place?.currency || fx_rate !== undefined) return []
  if (effective_on !== undefined) return [effective_on]
  if (made_at === undefined) return []
  const at = Date.parse(made_at)
  return [-dayMs, 0, dayMs].map((shift) => new Date(at + shift).toISOString().slice(0, 10))
}

const dayMs = 86_400_000

function unasked(): never {
  throw new Error('a rate was asked for that nobody foresaw')
}

async function holdGoods(
  context: CommandContext,
  documents: readonly GivenDocument[],
  goods: ReadonlyMap<string, Goods>,
) {
  const keys = new Map(
    documents.flatMap(({ branch_id, lines }) =>
      lines.flatMap(({ variant_id = '' }) =>
        goods.get(variant_id)?.kind === 'stocked'
          ? [[`${branch_id} ${variant_id}`, { branch_id, variant_id }] as const]
          : [],
      ),
    ),
  )
  return holdStock(context, [...keys.values()])
}

function distinct(ids: readonly (string | undefined)[]): string[] {
  return [...new Set(ids.flatMap((one) => one ?? []))]
}
