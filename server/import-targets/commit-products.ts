import { addBarcode, changeProduct, createCategory, createProducts, type HoldsStock } from '../catalog/index.ts'
import type { Made, RowOutcome, TargetRow } from '../imports/index.ts'
import type { CommandContext } from '../platform/operation.ts'
import { Refusal, type RefusalKind, refusal } from '../platform/refusal.ts'
import { createFirstPrices, createPrice } from '../pricing/index.ts'
import { openStock, refuseOpened } from './open-stock.ts'
import { findKnownProducts, type KnownProduct } from './product-queries.ts'
import { barcodeKeyOf, type ProductRow, productKey } from './product-row.ts'
import { type ProductWorld, pathKey, pathOf } from './product-world.ts'
import { packBarcode } from './sale-world.ts'

const barcodeElsewhere = refusal('barcode_taken', 409, 'Another product has this barcode')
const kindStays = refusal('product_kind_stays', 409, 'What kind of thing a product is stays as it is')
const unitStays = refusal('product_unit_stays', 409, 'The unit of a product stays as it is')

/** The rows of a batch that are of one product, in the order of the file. */
export interface Group {
  readonly rows: readonly TargetRow<ProductRow>[]
  readonly first: ProductRow
  readonly barcodes: readonly string[]
  known: KnownProduct | undefined
  /** Set once it is known or made. */
  variantId: string | undefined
  readonly made: Made[]
  refused: Refusal | undefined
}

/** Makes and changes products; what is wrong with one of them leaves nothing of it, and all others as they would be. */
export async function commitProducts(
  context: CommandContext,
  holdsStock: HoldsStock,
  world: ProductWorld,
  rows: readonly TargetRow<ProductRow>[],
): Promise<RowOutcome[]> {
  const groups = [...Map.groupBy(rows, ({ values }) => productKey(values)).values()].map(groupOf)
  await findKnown(context, world, groups)
  await refuseOpened(context, world, groups)
  await makeCategories(context, world, groups)
  await makeNew(context, world, groups)
  for (const group of sound(groups)) if (group.known) await changeKnown(context, holdsStock, world, group)
  await setPrices(context, world, groups)
  const postings = await openStock(context, world, sound(groups))
  const outcomes = new Map(groups.flatMap((group) => outcomesOf(group, postings)))
  return rows.map(({ number }) => outcomes.get(number) ?? { what: 'skipped', made: [] })
}

/** The groups that nothing was wrong with so far. */
function sound(groups: readonly Group[]): Group[] {
  return groups.filter(({ refused }) => refused === undefined)
}

function groupOf(rows: readonly TargetRow<ProductRow>[]): Group {
  const [first] = rows
  if (!first) throw new Error('a group has a row')
  const barcodes = [...new Map(rows.flatMap(({ values }) => values.barcodes.map((code) => [keyOf(code), code])))]
  return {
    rows,
    first: first.values,
    barcodes: barcodes.map(([, code]) => code),
    known: undefined,
    variantId: undefined,
    made: [],
    refused: undefined,
  }
}

function keyOf(code: string): string {
  const read = barcodeKeyOf(code)
  return read instanceof Refusal ? code : read.key
}

async function findKnown(context: CommandContext, world: ProductWorld, groups: readonly Group[]): Promise<void> {
  const asked = {
    skus: groups.flatMap(({ first }) => first.sku ?? []),
    keys: groups.flatMap(({ barcodes }) => barcodes.map(keyOf)),
    names: groups.filter(({ first }) => isByName(first)).map(({ first }) => first.name),
  }
  const found = await findKnownProducts(context, asked, { priceListId: world.priceListId, on: world.today })
  const bySku = new Map(found.map((one) => [one.sku, one]))
  const byKey = new Map(found.flatMap((one) => one.barcodes.map(({ key }) => [key, one])))
  const byName = new Map(found.filter(({ sku }) => sku === null).map((one) => [one.name, one]))
  for (const group of groups) {
    const { first, barcodes } = group
    const bearers = barcodes.flatMap((code) => byKey.get(keyOf(code)) ?? [])
    group.known =
      first.sku === undefined
        ? (bearers[0] ?? (isByName(first) ? byName.get(first.name) : undefined))
        : bySku.get(first.sku)
    group.variantId = group.known?.variant_id
    if (bearers.some((one) => one.variant_id !== group.known?.variant_id)) group.refused = new Refusal(barcodeElsewhere)
    else if (first.sku === undefined && isOfPack(group)) group.refused = new Refusal(packBarcode)
    else if (group.known) group.refused = staysOf(world, group.known, first)
  }
}

/** Whether a product is named by barcodes of packs alone: what its row says of one is then of how many nobody knows. */
function isOfPack({ known, barcodes }: Group): boolean {
  const keys = new Set(barcodes.map(keyOf))
  const borne = known?.barcodes.filter(({ key }) => keys.has(key)) ?? []
  return borne.length > 0 && borne.every(({ is_pack }) => is_pack)
}

function isByName({ sku, barcodes }: ProductRow): boolean {
  return sku === undefined && barcodes.length === 0
}

function staysOf(
  { fields, units }: ProductWorld,
  known: KnownProduct,
  { kind, unit }: ProductRow,
): Refusal | undefined {
  if (fields.has('kind') && kind !== known.kind) return new Refusal(kindStays)
  return unit !== undefined && units.idOf(unit) !== known.unit_id ? new Refusal(unitStays) : undefined
}

async function makeCategories(context: CommandContext, world: ProductWorld, groups: readonly Group[]): Promise<void> {
  for (const group of sound(groups)) {
    const path = pathOf(group.first.category ?? '')
    let parentId: string | undefined
    for (const at of path.keys()) {
      const key = pathKey(path.slice(0, at + 1))
      const known = world.categories.get(key)
      const name = path[at] ?? ''
      const id: string = known ?? (await createCategory(context, { name, parent_id: parentId })).id
      world.categories.set(key, id)
      if (!known)
        group.made.push({ resource: 'category', id, what: 'created', version_after: 1, name: `category ${key}` })
      parentId = id
    }
  }
}

async function makeNew(context: CommandContext, world: ProductWorld, groups: readonly Group[]): Promise<void> {
  const fresh = sound(groups).filter(({ known }) => known === undefined)
  if (fresh.length === 0) return
  const products = fresh.map((group) => inputOf(world, group))
  // What is rolled back is not searched for.
  const { items } = await createProducts(context, { products }, { areFindable: !world.isTried })
  for (const [at, group] of fresh.entries()) {
    const answer = items[at]
    if (answer?.refused) {
      const { code, title } = answer.refused
      const kind: RefusalKind = { code, title, status: 409 }
      // A category that was made for it goes with it.
      if (group.made.length > 0) throw new Refusal(kind)
      group.refused = new Refusal(kind)
    } else if (answer?.id) {
      group.variantId = answer.variant_ids[0]
      const name = productKey(group.first)
      group.made.push({ resource: 'product', id: answer.id, what: 'created', version_after: 1, name })
    }
  }
}

function inputOf(world: ProductWorld, { first, rows, barcodes }: Group) {
  const { options, classes, units, categories, unitId } = world
  const category_id = categories.get(pathKey(pathOf(first.category ?? '')))
  return {
    kind: first.kind,
    name: first.name,
    description: first.details,
    labels: [],
    unit_id: (first.unit === undefined ? unitId : units.idOf(first.unit)) ?? '',
    tax_class_id: (first.tax_class === undefined ? options.tax_class_id : classes.idOf(first.tax_class)) ?? '',
    category_id: category_id === undefined ? undefined : category_id,
    is_expiry_tracked: first.is_expiry_tracked ?? rows.some(({ values }) => values.expires_on !== undefined),
    is_prescription_only: first.is_prescription_only ?? false,
    is_open_price: false,
    is_sellable: true,
    variants: [{ sku: first.sku, options: [], barcodes: [...barcodes] }],
  }
}

async function changeKnown(
  context: CommandContext,
  holdsStock: HoldsStock,
  world: ProductWorld,
  group: Group,
): Promise<void> {
  const { known, barcodes, made } = group
  if (!known) return
  const { values, old } = differences(world, known, group.first)
  const name = productKey(group.first)
  if (Object.keys(values).length > 0) {
    const changed = await changeProduct(context, holdsStock, {
      id: known.product_id,
      version: known.version,
      ...values,
    })
    made.push({ resource: 'product', id: known.product_id, what: 'updated', version_after: changed.version, old, name })
  } else made.push({ resource: 'product', id: known.product_id, what: 'skipped', version_after: known.version, name })
  const borne = new Set(known.barcodes.map(({ key }) => key))
  for (const code of barcodes.filter((one) => !borne.has(keyOf(one)))) {
    const added = await addBarcode(context, { variant_id: known.variant_id, code })
    made.push({
      resource: 'barcode',
      id: added.id,
      what: 'created',
      version_after: added.version,
      name: `barcode ${code}`,
    })
  }
}

/** What a row says otherwise than the product does. An empty cell says nothing. */
function differences(world: ProductWorld, known: KnownProduct, row: ProductRow) {
  const said = {
    name: row.name,
    description: row.details,
    category_id: row.category === undefined ? undefined : world.categories.get(pathKey(pathOf(row.category))),
    tax_class_id: row.tax_class === undefined ? undefined : world.classes.idOf(row.tax_class),
    is_expiry_tracked: row.is_expiry_tracked,
    is_prescription_only: row.is_prescription_only,
  }
  const names = (Object.keys(said) as (keyof typeof said)[]).filter(
    (name) => said[name] !== undefined && said[name] !== known[name],
  )
  const pick = (from: Partial<Record<keyof typeof said, unknown>>) =>
    Object.fromEntries(names.map((name) => [name, from[name]]))
  return { values: pick(said) as Partial<typeof said>, old: pick(known) }
}

async function setPrices(context: CommandContext, world: ProductWorld, groups: readonly Group[]): Promise<void> {
  const { priceListId, today } = world
  if (priceListId === null) return
  const priced = sound(groups).flatMap((group) => {
    const { price } = group.rows.findLast(({ values }) => values.price !== undefined)?.values ?? {}
    if (price === undefined || group.variantId === undefined || price === group.known?.price) return []
    return { group, price, variant_id: group.variantId, old: group.known?.price ?? null }
  })
  const first = priced.filter(({ old }) => old === null)
  const inputs = first.map(({ variant_id, price }) => ({ variant_id, unit_price: price }))
  const made = inputs.length === 0 ? [] : await createFirstPrices(context, priceListId, inputs)
  for (const [at, { group, variant_id }] of first.entries()) {
    const one = made[at]
    if (one)
      group.made.push({ resource: 'price', id: one.id, what: 'created', version_after: 1, name: `price ${variant_id}` })
  }
  for (const { group, price, variant_id, old } of priced) {
    if (old === null) continue
    const input = { price_list_id: priceListId, variant_id, unit_price: price, min_quantity: '0', valid_from: today }
    const one = await createPrice(context, { ...input, replaces: true })
    const valid_through = group.known?.price_through ?? null
    const id = group.known?.price_id ?? null
    const before = { id, price_list_id: priceListId, variant_id, unit_price: old, valid_through }
    group.made.push({
      resource: 'price',
      id: one.id,
      what: 'updated',
      version_after: 1,
      old: before,
      name: `price ${variant_id}`,
    })
  }
}

/** What became of the rows of a group: the first stands for the product, the others for what they add. */
function outcomesOf(
  { rows, made, refused, known }: Group,
  postings: ReadonlyMap<number, Made>,
): (readonly [number, RowOutcome])[] {
  if (refused) return rows.map(({ number }) => [number, refused] as const)
  const changes = made.some(({ what }) => what !== 'skipped')
  return rows.map(({ number }, at) => {
    const posting = postings.get(number)
    const all = [...(at === 0 ? made : []), ...(posting ? [posting] : [])]
    if (at > 0) return [number, { what: posting ? 'updated' : 'skipped', made: all }] as const
    const found = changes || posting ? 'updated' : 'skipped'
    const what = known === undefined ? 'created' : found
    return [number, { what, made: all }] as const
  })
}
