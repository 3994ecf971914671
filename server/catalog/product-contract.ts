import { z } from 'zod'
import { currencyCode, exact, id, line, locale, name, pageInput, paragraph, version } from '../platform/schema.ts'
import { quantity, stamps } from './contract.ts'

export const kinds = ['stocked', 'service', 'kit'] as const
export const barcodeKinds = ['ean_8', 'upc_a', 'ean_13', 'itf_14', 'internal', 'in_store'] as const
export type BarcodeKind = (typeof barcodeKinds)[number]

const label = z.strictObject({ locale, name: name(200) })
const labels = z
  .array(label)
  .max(50)
  .refine((all) => new Set(all.map((one) => one.locale)).size === all.length, { error: 'must have one for a locale' })
  .meta({ description: 'What it is called in other languages.' })
const option = z.strictObject({ name: name(40), value: name(80) })
const options = z
  .array(option)
  .max(10)
  .refine((all) => new Set(all.map((one) => one.name.toLowerCase())).size === all.length, {
    error: 'must have one value for a name',
  })
  .transform((all) => all.toSorted((a, b) => (a.name < b.name ? -1 : 1)))
  .meta({ description: 'What makes it this variant, such as its size and colour.' })
const hsnCode = z
  .string()
  .regex(/^\d{4,12}$/, { error: 'must be a code of 4 to 12 digits' })
  .meta({
    description: 'The number in the Harmonized System, or that of a country which is built on it.',
  })
const sku = line(64)
const allowsNegativeStock = z.boolean().optional().meta({
  description: 'Whether more may leave than is there, as where deliveries are entered late.',
})
const barcodeCode = z.string().regex(/^[\x21-\x7e]{1,48}$/, { error: 'must be 1 to 48 visible characters of ASCII' })

const measures = {
  weight_kg: exact,
  length_cm: exact,
  width_cm: exact,
  height_cm: exact,
  production_hours: exact,
  batch_size_min: quantity,
  batch_size_max: quantity,
}
type Measures = typeof measures
const optionalMeasures = Object.fromEntries(
  Object.entries(measures).map(([key, schema]) => [key, schema.optional()]),
) as { [K in keyof Measures]: z.ZodOptional<Measures[K]> }
const changedMeasures = Object.fromEntries(
  Object.entries(measures).map(([key, schema]) => [key, schema.nullable().optional()]),
) as { [K in keyof Measures]: z.ZodOptional<z.ZodNullable<Measures[K]>> }
const answeredMeasures = Object.fromEntries(Object.keys(measures).map((key) => [key, z.string().nullable()])) as {
  [K in keyof Measures]: z.ZodNullable<z.ZodString>
}

export const barcode = z.object({
  id,
  variant_id: id,
  pack_id: id.nullable(),
  kind: z.enum(barcodeKinds),
  code: z.string(),
  ...stamps,
})
export const addBarcodeInput = z.strictObject({
  id: id.optional(),
  variant_id: id,
  pack_id: id.optional().meta({ description: 'The pack that bears it; a single one unless given.' }),
  code: barcodeCode,
  kind: z.enum(barcodeKinds).optional().meta({
    description:
      '8, 12, 13 or 14 digits are EAN-8, UPC-A, EAN-13 or ITF-14 unless it says internal; in_store is the item number that a scale prints.',
  }),
})

export const pack = z.object({ id, variant_id: id, name: z.string(), quantity: z.string(), ...stamps })
export const addPackInput = z.strictObject({
  id: id.optional(),
  variant_id: id,
  name: name(60),
  quantity: quantity.meta({ description: 'How much is in it, in the unit of the product.' }),
})
export const updatePackInput = z.strictObject({ id, version, name: name(60).optional(), quantity: quantity.optional() })

const kitLine = z.object({ variant_id: id, quantity: z.string() })
export const setKitLinesInput = z.strictObject({
  id,
  version,
  lines: z
    .array(z.strictObject({ variant_id: id, quantity }))
    .max(200)
    .refine((all) => new Set(all.map((one) => one.variant_id)).size === all.length, {
      error: 'must have one line for a component',
    }),
})

export const variant = z.object({
  id,
  product_id: id,
  sku: z.string().nullable(),
  options: z.array(z.object({ name: z.string(), value: z.string() })),
  ...answeredMeasures,
  allows_negative_stock: z.boolean(),
  ...stamps,
})
export const variantInFull = z.object({
  ...variant.shape,
  packs: z.array(pack),
  barcodes: z.array(barcode),
  kit_lines: z.array(kitLine),
})
export const addVariantInput = z.strictObject({
  id: id.optional(),
  product_id: id,
  sku: sku.optional(),
  options: options.default([]),
  ...optionalMeasures,
  allows_negative_stock: allowsNegativeStock,
})
export const updateVariantInput = z.strictObject({
  id,
  version,
  sku: sku.nullable().optional(),
  options: options.optional(),
  ...changedMeasures,
  allows_negative_stock: allowsNegativeStock,
})

export const cost = z.object({
  id: id.meta({ description: 'The id of the variant.' }),
  cost: z.string().nullable().meta({ description: 'Of one, in the unit of the product; null until it was set.' }),
  currency: z.string().nullable(),
  ...stamps,
})
export const setCostInput = z
  .strictObject({ id, version, cost: exact.nullable(), currency: currencyCode.nullable() })
  .refine(({ cost, currency }) => (cost === null) === (currency === null), {
    error: 'must have cost and currency, or neither',
  })

const flags = {
  is_expiry_tracked: z.boolean(),
  is_prescription_only: z.boolean(),
  is_open_price: z.boolean(),
  is_sellable: z.boolean(),
  is_discontinued: z.boolean(),
}
export const variantName = z.object({
  id,
  product_id: id,
  name: z.string().meta({ description: 'Of the product.' }),
  options: z.string().nullable().meta({ description: 'Which one of it, such as: Blue, 500 ml.' }),
  sku: z.string().nullable(),
  barcode: z.string().nullable().meta({ description: 'The first that one of it bears.' }),
  kind: z.enum(kinds),
  unit_code: z.string(),
  unit_decimals: z.int(),
  image_sha256: z.string().nullable().meta({ description: 'For those who may see images.' }),
  ...flags,
  is_deleted: z.boolean(),
})
export const product = z.object({
  id,
  kind: z.enum(kinds),
  name: z.string(),
  description: z.string().nullable(),
  labels: z.array(z.object({ locale: z.string(), name: z.string() })),
  unit_id: id,
  tax_class_id: id,
  category_id: id.nullable(),
  hsn_code: z.string().nullable(),
  ...flags,
  ...stamps,
})
export const productInFull = z.object({ ...product.shape, variants: z.array(variant) })
export const listProductsInput = z.strictObject({
  category_id: id.optional().meta({ description: 'Those in it and in the categories below it.' }),
  kind: z.enum(kinds).optional(),
  is_sellable: z.boolean().optional(),
  is_discontinued: z.boolean().optional(),
  ...pageInput,
})
function saysSomething({ options, barcodes, ...others }: { options: unknown[]; barcodes: unknown[] }): boolean {
  return options.length + barcodes.length + Object.values(others).filter((value) => value !== undefined).length > 0
}

export const createProductInput = z.strictObject({
  id: id.optional(),
  kind: z.enum(kinds),
  name: name(200),
  description: paragraph(4_000).optional(),
  labels: labels.default([]),
  unit_id: id,
  tax_class_id: id,
  category_id: id.optional(),
  hsn_code: hsnCode.optional(),
  is_expiry_tracked: z.boolean().default(false),
  is_prescription_only: z.boolean().default(false),
  is_open_price: z.boolean().default(false),
  is_sellable: z.boolean().default(true),
  variants: z
    .array(
      z
        .strictObject({
          sku: sku.optional(),
          options: options.default([]),
          barcodes: z.array(barcodeCode).max(20).default([]),
          ...optionalMeasures,
          allows_negative_stock: allowsNegativeStock,
        })
        .refine(saysSomething, { error: 'must say something of the variant' }),
    )
    .min(1)
    .max(200)
    .default([{ options: [], barcodes: [] }]),
})
export const createProductsInput = z.strictObject({ products: z.array(createProductInput).min(1).max(1_000) })
export const createdProducts = z.object({
  items: z
    .array(
      z.object({
        id: id.nullable(),
        variant_ids: z.array(id),
        refused: z.object({ code: z.string(), title: z.string() }).nullable(),
      }),
    )
    .meta({ description: 'One for each product of the list, in its order.' }),
})
export const updateProductInput = z.strictObject({
  id,
  version,
  name: name(200).optional(),
  description: paragraph(4_000).nullable().optional(),
  labels: labels.optional(),
  tax_class_id: id.optional(),
  category_id: id.nullable().optional(),
  hsn_code: hsnCode.nullable().optional(),
  is_expiry_tracked: z.boolean().optional(),
  is_prescription_only: z.boolean().optional(),
  is_open_price: z.boolean().optional(),
  is_sellable: z.boolean().optional(),
  is_discontinued: z.boolean().optional(),
})

/** What a scanner reads. */
export const scannedText = z
  .string()
  .min(1)
  .max(200)
  .refine((text) => /^[ -~]+$/.test(text.replaceAll('\u001d', '')), {
    error: 'must be what a scanner reads: ASCII, and GS for FNC1',
  })
export const scanInput = z.strictObject({
  text: scannedText.meta({ description: 'As the scanner sent it, FNC1 as the character GS.' }),
})
const foundVariant = {
  product_id: id,
  variant_id: id,
  name: z.string(),
  labels: z.array(z.object({ locale: z.string(), name: z.string() })),
  sku: z.string().nullable(),
  options: z.array(z.object({ name: z.string(), value: z.string() })),
  unit_id: id,
  tax_class_id: id,
  kind: z.enum(kinds),
  ...flags,
}
const dayOrNone = z.iso.date().nullable()
export const scanned = z.object({
  found_by: z.enum(['barcode', 'in_store', 'sku']),
  ...foundVariant,
  pack_id: id.nullable(),
  quantity: z
    .string()
    .nullable()
    .meta({ description: 'In the unit of the product; null where the price was printed and not the weight.' }),
  price: z.string().nullable().meta({ description: 'Of the whole, as printed.' }),
  price_currency: z.string().nullable().meta({
    description: 'Where the code says it; else a printed price is in the currency of the place.',
  }),
  lot: z.string().nullable(),
  serial: z.string().nullable(),
  produced_on: dayOrNone,
  packed_on: dayOrNone,
  best_before_on: dayOrNone,
  expires_on: dayOrNone,
  elements: z.array(z.object({ ai: z.string(), title: z.string(), value: z.string() })),
})
export const searchInput = z.strictObject({
  text: line(100).meta({
    description: 'Words or their beginnings, a SKU or a barcode; accents and slips are forgiven.',
  }),
  category_id: id.optional(),
  is_sellable: z.boolean().optional(),
  ...pageInput,
})
export const searchHit = z.object({
  ...foundVariant,
  category_id: id.nullable(),
  score: z.int().meta({ description: 'How well it fits, from 0 to 1000; they come in this order.' }),
})
