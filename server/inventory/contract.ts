import { refusal } from '../platform/refusal.ts'

export const insufficientStock = refusal('insufficient_stock', 409, 'There is not that much left')
export const batchNotFound = refusal('batch_not_found', 422, 'There is no such batch of this variant')
export const batchBlocked = refusal('batch_blocked', 409, 'This batch is blocked')
export const batchExpired = refusal('batch_expired', 409, 'This batch has expired')
export const batchRequired = refusal('batch_required', 422, 'Goods that expire come in batches: say which')
export const expiryRequired = refusal('expiry_required', 422, 'Goods that expire have a last day: say which')
export const batchDiffers = refusal('batch_differs', 409, 'The batch with this number has other dates')
export const expiryBeforeManufacture = refusal('expiry_before_manufacture', 422, 'It expires before it was made')
export const stockFrozen = refusal('stock_frozen', 409, 'It is being counted: nothing of it moves until then')
export const notStocked = refusal('not_stocked', 422, 'Only goods that are stocked have stock')
export const dayNotYetCome = refusal('day_not_yet_come', 422, 'Stock does not move on a day that has not come yet')
export const tooFewMovements = refusal('too_few_movements', 422, 'Nothing would move')
export const tooManyMovements = refusal('too_many_movements', 422, 'At most ten thousand movements are posted together')
export const stockOutOfRange = refusal('stock_out_of_range', 422, 'That is more than stock can be')
export const supplierNotFound = refusal('supplier_not_found', 422, 'There is no such supplier')

/** Constraint names of this module's tables and the refusals they stand for. */
export const constraints = {
  posting_party_id_fkey: supplierNotFound,
} as const
