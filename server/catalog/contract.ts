import { z } from 'zod'
import { dimensions } from '../codes/index.ts'
import { refusal } from '../platform/refusal.ts'
import { id, name, pageInput, time, version } from '../platform/schema.ts'

export const permissions = {
  viewProducts: 'catalog.view-products',
  manageProducts: 'catalog.manage-products',
  viewCosts: 'catalog.view-costs',
  manageCosts: 'catalog.manage-costs',
} as const

export const stamps = { version, created_at: time, updated_at: time }
export const byId = z.strictObject({ id })
export const endInput = z.strictObject({ id, version })
export const listInput = z.strictObject(pageInput)

/** As `exact`, above zero. */
export const quantity = z.string().regex(/^(?=.*[1-9])(0|[1-9]\d{0,12})(\.\d{1,6})?$/, {
  error: 'must be a decimal string above zero with at most 13 digits and 6 decimals',
})

/** What lists of units are ordered by. */
export const unitCode = z
  .string()
  .regex(/^[a-z][a-z0-9_]{0,19}$/, { error: 'must be a word of small letters such as piece, kg or box_of_6' })
const size = z.string().regex(/^(?=.*[1-9])(0|[1-9]\d{0,8})(\.\d{1,12})?$/, {
  error: 'must be a decimal string above zero with at most 9 digits and 12 decimals',
})
export const unit = z.object({
  id,
  code: z.string(),
  name: z.string(),
  dimension: z.enum(dimensions),
  size: z.string().meta({ description: 'In pieces, kilograms, litres, metres, square metres or hours.' }),
  decimals: z.int(),
  ...stamps,
})
export const createUnitInput = z.strictObject({
  id: id.optional(),
  code: unitCode,
  name: name(60),
  dimension: z.enum(dimensions),
  size: size.default('1').meta({ description: 'In pieces, kilograms, litres, metres, square metres or hours.' }),
  decimals: z.int().min(0).max(6).default(0).meta({ description: 'The most that a quantity in it has.' }),
})
export const updateUnitInput = z.strictObject({ id, version, name: name(60) })
export const addedUnits = z.object({ items: z.array(unit) })

export const category = z.object({ id, parent_id: id.nullable(), name: z.string(), ...stamps })
export const createCategoryInput = z.strictObject({ id: id.optional(), parent_id: id.optional(), name: name(100) })
export const updateCategoryInput = z.strictObject({
  id,
  version,
  parent_id: id.nullable().optional().meta({ description: 'Null: to the top of the tree.' }),
  name: name(100).optional(),
})

export const unitCodeTaken = refusal('unit_code_taken', 409, 'Another unit has this code')
export const unitNotFound = refusal('unit_not_found', 422, 'There is no such unit')
export const categoryNotFound = refusal('category_not_found', 422, 'There is no such category')
export const categoryNameTaken = refusal('category_name_taken', 409, 'A category beside it has this name')
export const categoryCycle = refusal('category_cycle', 422, 'A category does not lie within itself')
export const categoryTooDeep = refusal('category_too_deep', 422, 'The tree of categories is eight levels deep at most')
export const categoryInUse = refusal('category_in_use', 409, 'There are categories or products in it')
export const productNotFound = refusal('product_not_found', 422, 'There is no such product')
export const kindHasNoExpiry = refusal('kind_has_no_expiry', 422, 'Only what is stocked has an expiry date')
export const skuTaken = refusal('sku_taken', 409, 'Another variant has this SKU')
export const variantOptionsTaken = refusal('variant_options_taken', 409, 'Another variant of it has these options')
export const variantInKit = refusal('variant_in_kit', 409, 'It is in a kit; take it out first')
export const variantInStock = refusal('variant_in_stock', 409, 'There is stock of it; move or write that off first')
export const lastVariant = refusal('last_variant', 409, 'A product has a variant: delete the product instead')
export const batchSizesCrossed = refusal('batch_sizes_crossed', 422, 'The smallest batch is above the largest')
export const packNameTaken = refusal('pack_name_taken', 409, 'Another pack of it has this name')
export const barcodeTaken = refusal('barcode_taken', 409, 'Another variant or pack has this barcode')
export const barcodeMalformed = refusal('barcode_malformed', 422, 'A barcode of this kind does not look like that')
export const notAKit = refusal('not_a_kit', 422, 'Only a kit has lines')
export const kitInKit = refusal('kit_in_kit', 422, 'A kit contains no kit, itself included')

export {
  barcodeUnknown,
  gs1DateInvalid,
  gs1Malformed,
  quantityZero,
  unitMismatch,
  wrongCheckDigit,
} from '../codes/index.ts'
export { packNotFound, tooManyDecimals, variantNotFound } from './goods.ts'

/** Constraint names of this module's tables and the refusals they stand for. */
export const constraints = {
  unit_code_key: unitCodeTaken,
  category_name_key: categoryNameTaken,
  variant_sku_key: skuTaken,
  variant_options_key: variantOptionsTaken,
  pack_name_key: packNameTaken,
  barcode_key_key: barcodeTaken,
} as const
