import type { z } from 'zod'
import { together } from '../platform/database.ts'
import type { CommandContext } from '../platform/operation.ts'
import { platformRefusals, Refusal, refuse } from '../platform/refusal.ts'
import { classNotFound, findClasses } from '../tax/index.ts'
import {
  barcodeTaken,
  categoryNotFound,
  kindHasNoExpiry,
  skuTaken,
  unitNotFound,
  variantOptionsTaken,
} from './contract.ts'
import { insertProducts, readTaken, type Taken } from './many-product-queries.ts'
import { type createProductInput, type createProductsInput, productInFull, variant } from './product-contract.ts'
import { indexNewTerms } from './product-queries.ts'
import { draftProduct, type ProductDraft } from './products.ts'
import { lockCategoriesOf } from './queries.ts'
import { termsOfVariant } from './terms.ts'
import { assertBatchSizes } from './units.ts'
import { findUnits } from './variant-queries.ts'

/**
 * Makes many products, each right or refused by itself, in the order of the list: the second of two with the same SKU is
 * refused. Without `areFindable` no search finds them, which is for a transaction that is rolled back. When somebody else takes a SKU or a barcode of it at the same moment, all of it is judged again.
 */
export async function createProducts(
  context: CommandContext,
  { products }: z.output<typeof createProductsInput>,
  { areFindable = true }: { areFindable?: boolean } = {},
) {
  const drafts = products.map((input) => attempt(() => draftProduct(context, input)))
  const world = await readWorld(context, products, drafts)
  const judged = drafts.map((draft) => (draft instanceof Refusal ? draft : attempt(() => take(world, draft))))
  const made = judged.filter((one): one is ProductDraft => !(one instanceof Refusal))
  const terms = (areFindable ? made : []).flatMap(({ row, variants, barcodes }) =>
    variants.map((one) => ({ variant_id: one.id, terms: termsOfVariant(row, one, barcodes) })),
  )
  // They travel together, in this order.
  await together([insertProducts(context, made), indexNewTerms(context, terms)] as const).catch(runAgainIfTaken)
  for (const { row, variants } of made) {
    context.changed({ resource: 'product', id: row.id, new: { ...row, variants }, schema: productInFull })
    for (const one of variants) context.changed({ resource: 'variant', id: one.id, new: { ...one }, schema: variant })
  }
  return { items: judged.map(answerOf) }
}

type Unit = Awaited<ReturnType<typeof findUnits>>[number]

interface World extends Taken {
  readonly units: ReadonlyMap<string, Unit>
  readonly classes: ReadonlySet<string>
  readonly categories: ReadonlySet<string>
}

async function readWorld(
  context: CommandContext,
  inputs: readonly z.output<typeof createProductInput>[],
  drafts: readonly (ProductDraft | Refusal)[],
): Promise<World> {
  const sound = drafts.filter((one): one is ProductDraft => !(one instanceof Refusal))
  const [units, classes, categories, taken] = await Promise.all([
    findUnits(context),
    findClasses(context, [...new Set(inputs.map((one) => one.tax_class_id))]),
    lockCategoriesOf(context, [...new Set(inputs.flatMap((one) => one.category_id ?? []))]),
    readTaken(context, {
      ids: sound.map(({ row }) => row.id),
      skus: sound.flatMap(({ variants }) => variants.flatMap((one) => (one.sku === null ? [] : one.sku))),
      keys: sound.flatMap(({ barcodes }) => barcodes.map((one) => one.key)),
    }),
  ])
  const idsOf = (rows: readonly { id: string }[]) => new Set(rows.map(({ id }) => id))
  return {
    units: new Map(units.map((one) => [one.id, one])),
    classes: idsOf(classes),
    categories: new Set(categories),
    ...taken,
  }
}

/** Judges a draft on what there is and on those before it; what it takes is taken from then on. */
function take(world: World, draft: ProductDraft): ProductDraft {
  const { row, variants, barcodes } = draft
  if (row.is_expiry_tracked && row.kind !== 'stocked') refuse(kindHasNoExpiry)
  if (row.category_id !== null && !world.categories.has(row.category_id)) refuse(categoryNotFound)
  if (!world.classes.has(row.tax_class_id)) refuse(classNotFound)
  const unit = world.units.get(row.unit_id) ?? refuse(unitNotFound)
  for (const one of variants) assertBatchSizes(unit, one)
  if (world.ids.has(row.id)) refuse(platformRefusals.alreadyExists)
  const skus = variants.flatMap((one) => (one.sku === null ? [] : one.sku))
  const keys = barcodes.map((one) => one.key)
  if (hasTwice(variants.map((one) => JSON.stringify(one.options).toLowerCase()))) refuse(variantOptionsTaken)
  if (hasTwice(skus) || skus.some((sku) => world.skus.has(sku))) refuse(skuTaken)
  if (hasTwice(keys) || keys.some((key) => world.keys.has(key))) refuse(barcodeTaken)
  world.ids.add(row.id)
  for (const sku of skus) world.skus.add(sku)
  for (const key of keys) world.keys.add(key)
  return draft
}

function answerOf(judged: ProductDraft | Refusal) {
  if (judged instanceof Refusal) {
    const { code, title } = judged.kind
    return { id: null, variant_ids: [], refused: { code, title } }
  }
  return { id: judged.row.id, variant_ids: judged.variants.map(({ id }) => id), refused: null }
}

function attempt<T>(work: () => T): T | Refusal {
  try {
    return work()
  } catch (error) {
    if (error instanceof Refusal) return error
    throw error
  }
}

/** What was free when it was read has been taken since: a serialization failure, which is run again and then sees it. */
function runAgainIfTaken(error: unknown): never {
  if ((error as { code?: string }).code !== '23505') throw error
  throw Object.assign(new Error('somebody took a SKU, a barcode or an id meanwhile', { cause: error }), {
    code: '40001',
  })
}

function hasTwice(texts: readonly string[]): boolean {
  return new Set(texts).size < texts.length
}
