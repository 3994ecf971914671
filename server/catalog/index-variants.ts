import type { CommandContext } from '../platform/operation.ts'
import { barcodesOf } from './pack-queries.ts'
import { indexTerms, type ProductRow } from './product-queries.ts'
import { termsOf } from './terms.ts'
import type { VariantRow } from './variant-queries.ts'

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
  const ofProduct = [product.name, ...product.labels.map((label) => label.name)]
  await indexTerms(
    context,
    variants.map(({ id, sku, options }) => ({
      variant_id: id,
      terms: termsOf({
        texts: [...ofProduct, ...options.map((option) => option.value), sku ?? ''],
        codes: [...(sku ? [sku] : []), ...barcodes.filter((one) => one.variant_id === id).map((one) => one.code)],
      }),
    })),
  )
}
