import type { Counter } from '../basket/index.ts'
import { type Goods, inStoreCodesSetting } from '../catalog/index.ts'
import { keysOfCode } from '../codes/index.ts'
import { maxAgeSetting } from '../fx/index.ts'
import { type StockWorld, stockWorld } from '../inventory/index.ts'
import { cashRoundingModeSetting, cashStepSetting } from '../payments/index.ts'
import type { BatchContext } from '../platform/operation.ts'
import type { Setting, Settings } from '../settings/index.ts'
import { pricesIncludeTaxSetting, taxGroundOf } from '../tax/index.ts'
import { baseCurrencySetting } from '../valuation/index.ts'
import { clockToleranceSetting, discountLimitSetting, overrideLimitSetting } from './contract.ts'
import {
  type AccountHeld,
  type GoodsHeld,
  type Held,
  holdSales,
  type PlaceHeld,
  type RegisterHeld,
  type SessionHeld,
} from './queries.ts'

/** Goods with the units that quantities of them may be given in. */
export type SellableGoods = GoodsHeld & Pick<Goods, 'units'>

/** What receipts are decided on, all of it held. A receipt that is right moves it on. */
export interface World {
  readonly held: Held
  readonly now: Date
  readonly settings: Settings
  readonly tenantId: string
  readonly sessions: ReadonlyMap<string, SessionHeld>
  readonly registers: ReadonlyMap<string, RegisterHeld>
  readonly places: ReadonlyMap<string, PlaceHeld>
  readonly goods: ReadonlyMap<string, SellableGoods>
  readonly stock: StockWorld
  /** The last sequence of each register, as far as it is decided. */
  readonly sequences: Map<string, bigint>
  readonly usedAuthorizations: Set<string>
  readonly soldTickets: Set<string>
  /** What receipts say of each branch from now on, where it was never said so. */
  readonly sellers: Map<string, string>
  readonly accounts: Map<string, AccountHeld>
}

/** What the inputs of one operation name that must be read and held. */
export interface Named {
  readonly session_id: string
  readonly register_id?: string | undefined
  readonly customer_id?: string | undefined
  readonly channel_id?: string | undefined
  readonly original_id?: string | undefined
  readonly ticket_id?: string | undefined
  readonly lines?: readonly {
    readonly variant_id?: string | undefined
    readonly barcode?: string | undefined
    readonly batch_id?: string | undefined
  }[]
  readonly payments: readonly { readonly authorization_id?: string | undefined }[]
  /** Of what was paid already: its day has prices and taxes of its own. */
  readonly paid_at?: Date | undefined
}

const lotDigits = /^[ -~]{1,20}$/

/** Holds all that receipts name, in one statement. */
export async function readWorld(
  context: BatchContext,
  settings: Settings,
  { named, answers }: { named: readonly Named[]; answers: readonly string[] },
): Promise<World> {
  const held = await holdSales(context, wantedOf(settings, named, answers))
  const places = byId(held.places)
  const units = held.units ?? []
  const goods = new Map(
    (held.goods ?? []).map((one) => [
      one.variant_id,
      { ...one, units: units.filter(({ dimension }) => dimension === one.unit.dimension) },
    ]),
  )
  const closedThrough = new Map(Object.entries(held.books ?? {}))
  const now = new Date(held.now)
  return {
    settings,
    held,
    now,
    tenantId: context.tenantId,
    sessions: byId(held.sessions),
    registers: byId(held.registers),
    places,
    goods,
    stock: stockWorld({ now, places, goods, closedThrough }, held.stock ?? []),
    sequences: new Map((held.registers ?? []).map((one) => [one.id, BigInt(one.last_sequence)])),
    usedAuthorizations: new Set(),
    soldTickets: new Set(),
    sellers: new Map(),
    accounts: new Map((held.accounts ?? []).map((one) => [accountKey(one), one])),
  }
}

/** What goods are sold or come back in a session: by one of these. Keys are those of barcodes, SKUs in capital letters. */
interface WantedGoods {
  readonly session_id: string
  readonly variant_id?: string
  readonly key?: string
  readonly sku?: string
  readonly original_id?: string
}

/** What sales.hold is asked for. */
interface Wanted {
  readonly answers: readonly string[]
  readonly sessions: readonly string[]
  readonly goods: readonly WantedGoods[]
  readonly batches: readonly string[]
  readonly lots: readonly string[]
  readonly authorizations: readonly string[]
  readonly channels: readonly string[]
  readonly customers: readonly string[]
  readonly tickets: readonly string[]
  readonly registers: readonly string[]
  readonly made: readonly string[]
  readonly settings: readonly string[]
  readonly environment: string
}

function wantedOf(settings: Settings, named: readonly Named[], answers: readonly string[]): Wanted {
  const lines = named.flatMap((one) => one.lines ?? [])
  const codes = new Map(
    lines.flatMap(({ barcode }) => (barcode === undefined ? [] : [[barcode, keysOfCode(barcode)] as const])),
  )
  const list = (values: readonly (string | undefined)[]) => [
    ...new Set(values.filter((value): value is string => value !== undefined)),
  ]
  return {
    answers,
    sessions: list(named.map((one) => one.session_id)),
    goods: named.flatMap((one) => goodsOf(one, codes)),
    batches: list(lines.map((line) => line.batch_id)),
    lots: list([...codes.values()].map(({ lot }) => lot ?? undefined).filter((lot) => lotDigits.test(lot ?? ''))),
    authorizations: list(named.flatMap((one) => one.payments.map((payment) => payment.authorization_id))),
    channels: list(named.map((one) => one.channel_id)),
    customers: list(named.map((one) => one.customer_id)),
    tickets: list(named.map((one) => one.ticket_id)),
    registers: list(named.map((one) => one.register_id)),
    made: list(named.map((one) => one.paid_at?.toISOString())),
    settings: settingsRead.map(({ name }) => name),
    environment: settings.environment,
  }
}

/** What of one input is held in the branch of its session: only that, or tills of other branches wait for nothing. */
function goodsOf(
  { session_id, original_id, lines = [] }: Named,
  codes: ReadonlyMap<string, ReturnType<typeof keysOfCode>>,
): WantedGoods[] {
  const variants = new Set(lines.flatMap(({ variant_id }) => variant_id ?? []))
  const read = [...new Set(lines.flatMap(({ barcode }) => barcode ?? []))].flatMap((code) => codes.get(code) ?? [])
  return [
    ...[...variants].map((variant_id) => ({ session_id, variant_id })),
    ...read.flatMap(({ keys }) => keys).map((key) => ({ session_id, key })),
    ...read.map(({ sku }) => ({ session_id, sku: sku.toUpperCase() })),
    ...(original_id === undefined ? [] : [{ session_id, original_id }]),
  ]
}

const settingsRead = [
  pricesIncludeTaxSetting,
  inStoreCodesSetting,
  discountLimitSetting,
  overrideLimitSetting,
  clockToleranceSetting,
  cashStepSetting,
  cashRoundingModeSetting,
  maxAgeSetting,
  baseCurrencySetting,
] as const

/** The value of a setting in force for a branch. */
export function settingOf<T>({ held, settings, tenantId }: World, setting: Setting<T>, branchId: string): T {
  const rows = (held.settings ?? []).filter(({ place_id }) => place_id === branchId)
  return settings.valueOf(rows, setting, tenantId)
}

/** Names an account by whom and what it serves. */
export function accountKey(one: Pick<AccountHeld, 'entity_id' | 'currency' | 'purpose' | 'holder_id'>): string {
  return `${one.entity_id} ${one.currency} ${one.purpose} ${one.holder_id ?? ''}`
}

/** A branch as what its baskets are priced on, on the day of the place. */
export function counterOf(world: World, place: PlaceHeld): Counter<SellableGoods> {
  const { held, goods } = world
  return {
    place,
    templates: () => settingOf(world, inStoreCodesSetting, place.id),
    taxes: () =>
      taxGroundOf(held.taxes, {
        ...{ id: place.id, today: place.today },
        set: () => settingOf(world, pricesIncludeTaxSetting, place.id),
      }),
    goodsOf: (id) => goods.get(id),
    bearerOf: (key) => held.bearers?.find((one) => one.key === key),
    bearerOfSku: (sku) =>
      held.bearers?.find((one) => one.sku === sku) ?? held.bearers?.find((one) => one.sku_key === sku.toUpperCase()),
    partsOf: (id) => (held.kit_lines ?? []).filter(({ kit_id }) => kit_id === id),
    pricesOf: (id) =>
      (held.prices ?? []).filter(
        (one) => one.variant_id === id && one.currency === place.currency && one.today === place.today,
      ),
    batchOf: (variantId, named) =>
      held.batches?.find(
        (one) => one.variant_id === variantId && ('id' in named ? one.id === named.id : one.number === named.number),
      )?.id,
    isInBatches(id) {
      const shelf = held.stock?.find((one) => one.branch_id === place.id && one.variant_id === id)
      return shelf?.levels.some(({ batch_id }) => batch_id !== null) ?? false
    },
    groupOf: (id) => held.customers?.find((one) => one.id === id)?.group_id,
    hasChannel: (id) => held.channels?.some((one) => one.id === id) ?? false,
  }
}

function byId<T extends { readonly id: string }>(rows: readonly T[] | null): ReadonlyMap<string, T> {
  return new Map((rows ?? []).map((row) => [row.id, row]))
}
