import type { z } from 'zod'
import { together } from '../platform/database.ts'
import { definedOf } from '../platform/defined.ts'
import type { CommandContext, QueryContext } from '../platform/operation.ts'
import { platformRefusals, refuse } from '../platform/refusal.ts'
import { classNotFound, findClasses } from '../tax/index.ts'
import { readBarcode } from './barcodes.ts'
import {
  categoryNotFound,
  type endInput,
  kindHasNoExpiry,
  unitNotFound,
  variantInKit,
  variantInStock,
} from './contract.ts'
import { insertBarcodes } from './pack-queries.ts'
import {
  type createProductInput,
  productInFull,
  product as productSchema,
  type updateProductInput,
  variant,
} from './product-contract.ts'
import {
  endProducts,
  findProduct,
  indexTerms,
  insertProduct,
  lockProducts,
  type ProductRow,
  updateProduct,
} from './product-queries.ts'
import { findCategory, findUnit } from './queries.ts'
import { assertBatchSizes } from './units.ts'
import { endVariants, insertVariants, isInKit, lockVariantsOf, variantsOf } from './variant-queries.ts'
import { asVariant, index, measuresOf } from './variants.ts'

/** Makes a product with its variants and their barcodes. */
export async function createProduct(context: CommandContext, input: z.output<typeof createProductInput>) {
  const { row, variants, barcodes } = draftProduct(context, input)
  await assertSound(context, row)
  const unit = (await findUnit(context, row.unit_id)) ?? refuse(unitNotFound)
  for (const one of variants) assertBatchSizes(unit, one)
  const made = await insertProduct(context, row)
  const madeVariants = await insertVariants(context, variants)
  await insertBarcodes(context, barcodes)
  await index(context, made, madeVariants)
  const answered = madeVariants.map(asVariant)
  context.changed({ resource: 'product', id: row.id, new: { ...made, variants: answered } })
  for (const one of answered) context.changed({ resource: 'variant', id: one.id, new: one, schema: variant })
  return { ...made, variants: answered }
}

/** Tells whether anything lies anywhere of one of these variants, is on its way, or is owed to a place. */
export type HoldsStock = (context: QueryContext, variantIds: readonly string[]) => Promise<boolean>

/** A product as it is to be kept, with its variants and their barcodes. */
export type ProductDraft = ReturnType<typeof draftProduct>

/** Works out what to keep of a new product. Refuses with `batch_sizes_crossed` and `wrong_check_digit`. */
export function draftProduct(context: Pick<CommandContext, 'newId'>, input: z.output<typeof createProductInput>) {
  const { id = context.newId(), variants, category_id = null, description = null, hsn_code = null, ...given } = input
  const row = { ...given, id, category_id, description, hsn_code, is_discontinued: false }
  // In the order in which they were given: ids of one moment have none.
  const ids = variants.map(() => context.newId()).toSorted()
  const rows = variants.map((one, at) => ({
    ...measuresOf(one),
    allows_negative_stock: one.allows_negative_stock ?? false,
    id: ids[at] ?? context.newId(),
    product_id: id,
    sku: one.sku ?? null,
    options: one.options,
  }))
  const barcodes = variants.flatMap((one, at) =>
    one.barcodes.map((code) => ({
      ...readBarcode(code),
      id: context.newId(),
      variant_id: rows[at]?.id ?? '',
      pack_id: null,
    })),
  )
  return { row, variants: rows, barcodes }
}

/** A product with its variants. */
export async function readProduct(context: QueryContext, id: string) {
  const found = (await findProduct(context, id)) ?? refuse(platformRefusals.notFound)
  return { ...found, variants: (await variantsOf(context, id)).map(asVariant) }
}

/**
 * Changes what a product says. It is found by its new name in the same moment. Refuses with `variant_in_stock` to begin or
 * end the tracking of expiry where there is stock: it would lie in the wrong batches, or in none.
 */
export async function changeProduct(
  context: CommandContext,
  holdsStock: HoldsStock,
  { id, version, ...values }: z.output<typeof updateProductInput>,
) {
  const old = (await findProduct(context, id, true)) ?? refuse(platformRefusals.notFound)
  if (old.version !== version) refuse(platformRefusals.versionConflict)
  const given = definedOf(values)
  await assertSound(context, { ...given, kind: old.kind })
  const variants = await variantsOf(context, id)
  const { is_expiry_tracked = old.is_expiry_tracked } = given
  if (is_expiry_tracked !== old.is_expiry_tracked) await assertNoStock(context, holdsStock, variants)
  const changed = await updateProduct(context, id, given)
  const isFoundOtherwise = [given.name, given.labels, given.is_sellable].some((one) => one !== undefined)
  if (isFoundOtherwise) await index(context, changed, variants)
  context.changed({ resource: 'product', id, old, new: changed, schema: productSchema })
  return { ...changed, variants: variants.map(asVariant) }
}

/** Takes a product with its variants out of the catalogue. Their SKUs and barcodes are free again. */
export async function deleteProduct(context: CommandContext, holdsStock: HoldsStock, input: z.output<typeof endInput>) {
  const [ended] = await deleteProducts(context, holdsStock, [input])
  return ended ?? refuse(platformRefusals.notFound)
}

/** Deletes products as `deleteProduct` does, all of them or none; answers with them in the order of the list. */
export async function deleteProducts(
  context: CommandContext,
  holdsStock: HoldsStock,
  given: readonly z.output<typeof endInput>[],
) {
  const ids = given.map(({ id }) => id)
  const held = new Map((await lockProducts(context, ids)).map((one) => [one.id, one]))
  for (const { id, version } of given) {
    const old = held.get(id) ?? refuse(platformRefusals.notFound)
    if (old.version !== version) refuse(platformRefusals.versionConflict)
  }
  const variants = await lockVariantsOf(context, ids)
  const variantIds = variants.map((one) => one.id)
  if (await isInKit(context, variantIds)) refuse(variantInKit)
  await assertNoStock(context, holdsStock, variants)
  const [, ended] = await together([
    endVariants(context, variantIds),
    endProducts(context, ids),
    indexTerms(
      context,
      variantIds.map((variant_id) => ({ variant_id, terms: [] })),
    ),
  ] as const)
  const variantsBy = Map.groupBy(variants, (one) => one.product_id)
  for (const id of ids) {
    const old = { ...held.get(id), variants: (variantsBy.get(id) ?? []).map(asVariant) }
    context.changed({ resource: 'product', id, old, schema: productInFull })
  }
  const endedById = new Map(ended.map((one) => [one.id, one]))
  return ids.flatMap((id) => endedById.get(id) ?? [])
}

/** Refuses with `variant_in_stock` where anything is there of one of these. */
async function assertNoStock(
  context: CommandContext,
  holdsStock: HoldsStock,
  variants: readonly { readonly id: string }[],
): Promise<void> {
  const ids = variants.map((one) => one.id)
  if (await holdsStock(context, ids)) refuse(variantInStock)
}

interface Judged {
  readonly kind: ProductRow['kind']
  readonly is_expiry_tracked?: boolean
  readonly category_id?: string | null
  readonly tax_class_id?: string
}

async function assertSound(context: CommandContext, { kind, is_expiry_tracked, category_id, tax_class_id }: Judged) {
  if (is_expiry_tracked && kind !== 'stocked') refuse(kindHasNoExpiry)
  if (category_id && !(await findCategory(context, category_id, 'place'))) refuse(categoryNotFound)
  if (tax_class_id !== undefined && (await findClasses(context, [tax_class_id])).length === 0) refuse(classNotFound)
}
