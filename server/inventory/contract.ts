import { z } from 'zod'
import { quantity } from '../catalog/index.ts'
import { refusal } from '../platform/refusal.ts'
import { day, exact, id, line, pageInput, time } from '../platform/schema.ts'

export const permissions = {
  viewStock: 'inventory.view-stock',
  receiveStock: 'inventory.receive-stock',
  adjustStock: 'inventory.adjust-stock',
  writeOffStock: 'inventory.write-off-stock',
  returnStock: 'inventory.return-stock',
} as const

export const postingKinds = [
  'receipt',
  'sale',
  'return',
  'adjustment',
  'write_off',
  'count',
  'dispatch',
  'arrival',
  'supplier_return',
  'production',
] as const
/** Why something moves. */
export type PostingKind = (typeof postingKinds)[number]
/** Why stock is not what it was said to be. */
const adjustmentReasons = ['found', 'misplaced', 'wrong_entry', 'wrong_delivery', 'repacked', 'other'] as const
/** Why goods cannot be sold any more, or were not sold. */
export const writeOffReasons = [
  'damaged',
  'expired',
  'stolen',
  'lost',
  'recalled',
  'sample',
  'own_use',
  'donated',
  'other',
] as const

const mostLines = 1_000
const batchNumber = line(60)
const paperFields = {
  document_number: line(60).optional().meta({ description: 'What is printed on the paper, such as a delivery note.' }),
  document_on: day.optional().meta({
    description:
      'The day on the document; today in the branch unless given. Where the books are closed it counts on the first open day.',
  }),
  note: line(200).optional().meta({ description: 'Stays for ever: no names of persons.' }),
}
const documentFields = { id: id.optional(), branch_id: id, ...paperFields }
const lineFields = {
  variant_id: id,
  quantity,
  pack_id: id.optional().meta({ description: 'The quantity is in packs.' }),
  unit_id: id.optional().meta({ description: 'The quantity is in this unit, not in that of the product.' }),
}
const batchChoice = {
  batch_id: id.optional().meta({ description: 'Of this batch; unless given, of whatever expires first.' }),
  without_batch: z.boolean().optional().meta({ description: 'Of what lies in no batch.' }),
}
/** A batch and none at once is neither. */
function withOneBatch(given: { batch_id?: string | undefined; without_batch?: boolean | undefined }): boolean {
  return given.batch_id === undefined || given.without_batch !== true
}
const batchUnclear = { error: 'must be of a batch or of none, not both', path: ['batch_id'] }
/** The words of a list that explain themselves, and 'other', which does not. */
export function withNote(input: { reason: string; note?: string | undefined }): boolean {
  return input.reason !== 'other' || input.note !== undefined
}
export const noteMissing = { error: 'must say in a note what other reason there is', path: ['note'] }

export const byId = z.strictObject({ id })
export const receiveStockInput = z
  .strictObject({
    ...documentFields,
    supplier_id: id.optional(),
    is_opening: z.boolean().default(false).meta({ description: 'It was there before the books were opened.' }),
    accepts_expired: z.boolean().default(false).meta({ description: 'Goods that have expired come in all the same.' }),
    lines: z
      .array(
        z.strictObject({
          ...lineFields,
          unit_cost: exact.meta({
            description: 'Of one of what is counted, pack or unit, without tax, in the currency of the legal entity.',
          }),
          batch_number: batchNumber.optional().meta({ description: 'A batch with this number is gone on with.' }),
          manufactured_on: day.optional(),
          expires_on: day.optional().meta({ description: 'The last day on which it may be sold.' }),
        }),
      )
      .min(1)
      .max(mostLines),
  })
  .refine((input) => !input.accepts_expired || input.note !== undefined, {
    error: 'must say in a note why goods that have expired come in',
    path: ['note'],
  })
export const adjustStockInput = z
  .strictObject({
    ...documentFields,
    reason: z.enum(adjustmentReasons),
    lines: z
      .array(
        z
          .strictObject({ ...lineFields, ...batchChoice, direction: z.enum(['found', 'lost']) })
          .refine(withOneBatch, batchUnclear),
      )
      .min(1)
      .max(mostLines),
  })
  .refine(withNote, noteMissing)
/** What is said of whatever is written off. */
export const writeOffFields = { ...paperFields, reason: z.enum(writeOffReasons) }
export const writeOffStockInput = z
  .strictObject({
    ...documentFields,
    ...writeOffFields,
    lines: z
      .array(z.strictObject({ ...lineFields, ...batchChoice }).refine(withOneBatch, batchUnclear))
      .min(1)
      .max(mostLines),
  })
  .refine(withNote, noteMissing)
export const returnStockInput = z.strictObject({
  ...documentFields,
  supplier_id: id,
  lines: z
    .array(
      z
        .strictObject({
          ...lineFields,
          ...batchChoice,
          unit_cost: exact.meta({ description: 'What the supplier gives back for one of what is counted.' }),
        })
        .refine(withOneBatch, batchUnclear),
    )
    .min(1)
    .max(mostLines),
})

const dayOrNone = z.iso.date().nullable()
const costOrHidden = z.string().nullable().meta({ description: 'Null for those who may not see costs.' })
const movementFields = {
  posting_id: id,
  line: z.int().meta({ description: 'Its place in the posting, from 1.' }),
  branch_id: id,
  variant_id: id,
  batch_id: id.nullable(),
  quantity: z.string().meta({ description: 'Above zero for what came; in the unit of the product.' }),
  previous_quantity: z.string(),
  running_quantity: z.string().meta({ description: 'What lies in the branch afterwards, of this batch.' }),
  unit_cost: costOrHidden,
  value: costOrHidden,
  effective_on: z.iso.date().meta({ description: 'The day it counts, in stock and in the books.' }),
  recorded_at: time,
}
const documentShown = {
  kind: z.enum(postingKinds),
  document_type: z.string(),
  document_id: id,
  document_number: z.string().nullable(),
  document_on: z.iso.date(),
  party_id: id.nullable(),
  reason: z.string().nullable(),
}
export const posting = z.object({
  id,
  ...documentShown,
  note: z.string().nullable(),
  actor_id: id.nullable(),
  recorded_at: time,
  movements: z.array(z.object(movementFields)),
})
export const movement = z.object({ ...movementFields, ...documentShown })
export const listMovementsInput = z.strictObject({
  branch_id: id.optional(),
  variant_id: id.optional(),
  batch_id: id.optional(),
  document_id: id.optional(),
  from: day.optional().meta({ description: 'The first day that counts.' }),
  until: day.optional().meta({ description: 'The last day that counts.' }),
  ...pageInput,
})

export const level = z.object({
  id,
  branch_id: id,
  variant_id: id,
  batch_id: id.nullable(),
  batch_number: z.string().nullable(),
  manufactured_on: dayOrNone,
  expires_on: dayOrNone,
  is_blocked: z.boolean(),
  on_hand: z.string(),
  reserved: z.string(),
  available: z.string().meta({ description: 'On hand less reserved.' }),
  unit_cost: costOrHidden.meta({ description: 'What one is worth in the branch; null for those who may not see it.' }),
  version: z.string().meta({ description: 'Counts its movements.' }),
  created_at: time,
  updated_at: time,
})
export const listLevelsInput = z.strictObject({
  branch_id: id.optional(),
  variant_id: id.optional(),
  batch_id: id.optional(),
  include_empty: z.boolean().default(false).meta({ description: 'Places where nothing lies any more, too.' }),
  ...pageInput,
})

export const insufficientStock = refusal('insufficient_stock', 409, 'There is not that much left')
export const batchBlocked = refusal('batch_blocked', 409, 'This batch is blocked')
export const batchExpired = refusal('batch_expired', 409, 'This batch has expired')
export const batchRequired = refusal('batch_required', 422, 'Goods that expire come in batches: say which')
export const expiryRequired = refusal('expiry_required', 422, 'Goods that expire have a last day: say which')
export const batchNotMade = refusal('batch_not_made', 422, 'It was made on a day that has not come yet')
export const batchDiffers = refusal('batch_differs', 409, 'The batch with this number has other dates')
export const expiryBeforeManufacture = refusal('expiry_before_manufacture', 422, 'It expires before it was made')
export const stockFrozen = refusal('stock_frozen', 409, 'It is being counted: nothing of it moves until then')
export const notStocked = refusal('not_stocked', 422, 'Only goods that are stocked have stock')
export const dayNotYetCome = refusal('day_not_yet_come', 422, 'Stock does not move on a day that has not come yet')
export const tooFewMovements = refusal('too_few_movements', 422, 'Nothing would move')
export const tooManyMovements = refusal('too_many_movements', 422, 'At most ten thousand movements are posted together')
export const stockOutOfRange = refusal('stock_out_of_range', 422, 'That is more than stock can be')
export const supplierNotFound = refusal('supplier_not_found', 422, 'There is no such supplier')

export { batchNotFound } from './allocate-batches.ts'

/** Constraint names of this module's tables and the refusals they stand for. */
export const constraints = {
  batch_expires_after_manufacture: expiryBeforeManufacture,
} as const
