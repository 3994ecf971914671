import { refusal } from '../platform/refusal.ts'

export const insufficientStock = refusal('insufficient_stock', 409, 'There is not that much left')
export const batchNotFound = refusal('batch_not_found', 422, 'There is no such batch of this variant')
export const batchBlocked = refusal('batch_blocked', 409, 'This batch is blocked')
export const batchExpired = refusal('batch_expired', 409, 'This batch has expired')
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
