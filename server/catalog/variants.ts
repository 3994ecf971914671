import type { z } from 'zod'
import { definedOf } from '../platform/defined.ts'
import { money } from '../platform/money.ts'
import type { CommandContext, QueryContext } from '../platform/operation.ts'
import { platformRefusals, refuse } from '../platform/refusal.ts'
import { assertCurrency } from '../reference/index.ts'
import {
  batchSizesCrossed,
  type endInput,
  lastVariant,
  productNotFound,
  variantInKit,
  variantInStock,
} from './contract.ts'
import { barcodesOf, kitLinesOf, packsOf } from './pack-queries.ts'
import type { addVariantInput, setCostInput, updateVariantInput } from './product-contract.ts'
import { findProduct, indexTerms, type ProductRow } from './product-queries.ts'
import type { HoldsStock } from './products.ts'
import { findUnit } from './queries.ts'
import { termsOfVariant } from './terms.ts'
import { assertBatchSizes, plain } from './units.ts'
import {
  endVariants,
  findCost,
  findVariants,
  insertVariants,
  isInKit,
  type Measures,
  putCost,
  updateVariant,
  type VariantRow,
  variantsOf,
} from './variant-queries.ts'

/** Adds a variant to a product. */
export async function addVariant(context: CommandContext, input: z.output<typeof addVariantInput>) {
  const { id = context.newId(), product_id, sku = null, options } = input
  const product = (await findProduct(context, product_id, true)) ?? refuse(productNotFound)
  const { allows_negative_stock = false } = input
  await assertCountable(context, product, input)
  const row = { ...measuresOf(input), id, product_id, sku, options, allows_negative_stock }
  const [made = refuse(platformRefusals.notFound)] = await insertVariants(context, [row])
  await index(context, product, [made])
  const answered = asVariant(made)
  context.changed({ resource: 'variant', id, new: answered })
  return answered
}

/** A variant with its packs and barcodes, and what is in it if it is a kit. */
export async function readVariant(context: QueryContext, id: string) {
  const [found = refuse(platformRefusals.notFound)] = await findVariants(context, [id])
  const [packs, barcodes, lines] = await Promise.all([
    packsOf(context, id),
    barcodesOf(context, [id]),
    kitLinesOf(context, id),
  ])
  return { ...asVariant(found), packs: packs.map(asQuantity), barcodes, kit_lines: lines.map(asQuantity) }
}

/** Changes a variant. */
export async function changeVariant(
  context: CommandContext,
  { id, version, ...values }: z.output<typeof updateVariantInput>,
) {
  const { old, product } = await lockVariant(context, id, version)
  const given = definedOf(values)
  assertInOrder({ ...old, ...given })
  await assertCountable(context, product, given)
  const changed = await updateVariant(context, id, given)
  if (given.sku !== undefined || given.options !== undefined) await index(context, product, [changed])
  const answered = asVariant(changed)
  context.changed({ resource: 'variant', id, old: asVariant(old), new: answered })
  return answered
}

/** Takes a variant out of the catalogue, with its packs and barcodes. */
export async function deleteVariant(
  context: CommandContext,
  holdsStock: HoldsStock,
  { id, version }: z.output<typeof endInput>,
) {
  const { old } = await lockVariant(context, id, version)
  if (await isInKit(context, [id])) refuse(variantInKit)
  if ((await variantsOf(context, old.product_id)).length === 1) refuse(lastVariant)
  if (await holdsStock(context, [id])) refuse(variantInStock)
  await endVariants(context, [id])
  await indexTerms(context, [{ variant_id: id, terms: [] }])
  const answered = asVariant(old)
  context.changed({ resource: 'variant', id, old: answered })
  return answered
}

/** What a variant costs. */
export async function readCost(context: QueryContext, id: string) {
  return asCost((await findCost(context, id)) ?? refuse(platformRefusals.notFound))
}

/** Sets what a variant costs, or that nobody knows it. */
export async function setCost(context: CommandContext, { id, version, ...given }: z.output<typeof setCostInput>) {
  await lockVariant(context, id, version)
  if (given.currency !== null) await assertCurrency(context, given.currency)
  const old = await readCost(context, id)
  const changed = asCost(await putCost(context, id, given))
  context.changed({ resource: 'variant', id, old, new: changed })
  return changed
}

/**
 * A variant and its product, both held until the end of the transaction, the product first. Refuses with `not_found`, or as
 * given, and, where a version was read, with `version_conflict`.
 */
export async function lockVariant(
  context: CommandContext,
  id: string,
  version?: number,
  missing = platformRefusals.notFound as { code: string; status: number; title: string },
) {
  const [found = refuse(missing)] = await findVariants(context, [id])
  const product = (await findProduct(context, found.product_id, true)) ?? refuse(missing)
  const [old = refuse(missing)] = await findVariants(context, [id], true)
  if (version !== undefined && old.version !== version) refuse(platformRefusals.versionConflict)
  return { old, product }
}

/** Makes these variants of a product found by what it, they and their barcodes say. The product is locked, or new. */
export async function index(
  context: CommandContext,
  product: Pick<ProductRow, 'name' | 'labels'>,
  variants: readonly VariantRow[],
): Promise<void> {
  const barcodes = await barcodesOf(
    context,
    variants.map((one) => one.id),
  )
  await indexTerms(
    context,
    variants.map((one) => ({ variant_id: one.id, terms: termsOfVariant(product, one, barcodes) })),
  )
}

/** The measures of a new variant. Refuses with `batch_sizes_crossed`. */
export function measuresOf(given: { [K in keyof Measures]?: string | undefined }): Measures {
  const measures = {
    weight_kg: given.weight_kg ?? null,
    length_cm: given.length_cm ?? null,
    width_cm: given.width_cm ?? null,
    height_cm: given.height_cm ?? null,
    production_hours: given.production_hours ?? null,
    batch_size_min: given.batch_size_min ?? null,
    batch_size_max: given.batch_size_max ?? null,
  }
  assertInOrder(measures)
  return measures
}

/** A variant as clients read it: without the zeros that its columns fill up with. */
export function asVariant(row: VariantRow): VariantRow {
  return {
    ...row,
    weight_kg: plain(row.weight_kg),
    length_cm: plain(row.length_cm),
    width_cm: plain(row.width_cm),
    height_cm: plain(row.height_cm),
    production_hours: plain(row.production_hours),
    batch_size_min: plain(row.batch_size_min),
    batch_size_max: plain(row.batch_size_max),
  }
}

/** A pack or a kit line as clients read it. */
export function asQuantity<R extends { quantity: string }>(row: R): R {
  return { ...row, quantity: plain(row.quantity) }
}

async function assertCountable(
  context: CommandContext,
  { unit_id }: Pick<ProductRow, 'unit_id'>,
  sizes: Parameters<typeof assertBatchSizes>[1],
): Promise<void> {
  const unit = await findUnit(context, unit_id)
  if (unit) assertBatchSizes(unit, sizes)
}

function asCost({ cost, cost_currency, ...row }: NonNullable<Awaited<ReturnType<typeof findCost>>>) {
  return { ...row, cost: plain(cost), currency: cost_currency }
}

function assertInOrder({ batch_size_min, batch_size_max }: Pick<Measures, 'batch_size_min' | 'batch_size_max'>): void {
  if (batch_size_min === null || batch_size_max === null) return
  if (money(batch_size_min).greaterThan(money(batch_size_max))) refuse(batchSizesCrossed)
}
