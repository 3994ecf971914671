import { z } from 'zod'
import { refusal } from '../platform/refusal.ts'
import { id, locale } from '../platform/schema.ts'
import { type SizeName, sizeNames } from './sizes.ts'

export const permissions = { printLabels: 'labels.print-labels' } as const

/** Labels that differ, and labels in all, that one file holds: what is drawn keeps others waiting. */
const mostItems = 50
export const mostLabels = 2_000

const symbols = ['barcode', 'gs1_128', 'gs1_datamatrix'] as const
export type Symbology = (typeof symbols)[number]
const formats = ['pdf', 'png'] as const

const netContent = z.strictObject({
  quantity: z
    .string()
    .regex(/^(0\.\d{1,6}|[1-9]\d{0,8}(\.\d{1,6})?)$/, { error: 'must be a decimal string above zero' }),
  unit_id: id,
})
const item = z.strictObject({
  variant_id: id,
  batch_id: id.optional().meta({ description: 'Puts its number and last day on the label.' }),
  pack_id: id.optional().meta({ description: 'The pack that bears the label; a single one unless given.' }),
  copies: z.int().min(1).max(1_000).default(1),
  net_content: netContent.optional().meta({
    description: 'What is in one of it, for the price by kilogram, litre, metre or square metre.',
  }),
})
export type Item = z.output<typeof item>
export const printLabelsInput = z.strictObject({
  format: z.enum(formats).meta({ description: 'A PNG is one label; a PDF is as many as asked for.' }),
  size: z.enum(sizeNames as [SizeName, ...SizeName[]]).meta({
    description: 'Width and height in millimetres on a roll, or a sheet of paper with so many labels.',
  }),
  symbol: z.enum(symbols).default('barcode').meta({
    description: 'Its own barcode, or one of GS1 with its number, lot and last day.',
  }),
  locale: locale.optional().meta({ description: 'Of names and prices; that of the tenant unless given.' }),
  branch_id: id.optional().meta({ description: 'Where the prices are from; without it none is printed.' }),
  first_position: z.int().min(1).max(100).default(1).meta({
    description: 'The first label of the sheet that is still there, row by row.',
  }),
  items: z.array(item).min(1).max(mostItems),
})
export const printed = z.object({
  file_name: z.string(),
  content_type: z.enum(['application/pdf', 'image/png']),
  content_base64: z.base64(),
  labels: z.int(),
  pages: z.int(),
})

export const barcodeMissing = refusal('label_barcode_missing', 422, 'It has no barcode to print')
export const numberMissing = refusal('label_gtin_missing', 422, 'A barcode of GS1 needs an EAN, UPC or ITF-14 number')
export const lotUnfit = refusal(
  'label_lot_unfit',
  422,
  'A barcode of GS1 takes lots of at most 20 characters of its set',
)
export const symbolTooWide = refusal('label_too_small', 422, 'The barcode does not fit on this label')
export const batchUnknown = refusal('label_batch_not_found', 422, 'There is no such batch of this variant')
export const packUnknown = refusal('label_pack_not_found', 422, 'There is no such pack of this variant')
export const unitUnfit = refusal('label_unit_unfit', 422, 'What is in it is measured by mass, volume, length or area')
export const oneLabelOnly = refusal('label_png_is_one', 422, 'A PNG is one label on a roll: ask for a PDF')
export const tooManyLabels = refusal('too_many_labels', 422, `At most ${mostLabels} labels are printed at once`)
