export { batchConstraints, batchRecalled } from './batch-contract.ts'
export { batchOperations } from './batch-operations.ts'
export { type BatchRow, findBatches, findBatchesByNumber, levelsOfBatches } from './batch-queries.ts'
export { changeBlocks } from './batches.ts'
export {
  batchBlocked,
  batchExpired,
  batchNotFound,
  constraints as inventoryConstraints,
  insufficientStock,
  notStocked,
} from './contract.ts'
export type { StockLine } from './plan-movements.ts'
export {
  type Posted,
  type PostedMovement,
  postStock,
  postStockDocuments,
  type StockAuthor,
  type StockDocument,
  stockRefusals,
} from './post-stock.ts'
export { holdsStock, type PostingKind } from './stock-queries.ts'
export { type CostChange, type CostState, weighCost } from './weigh-cost.ts'
