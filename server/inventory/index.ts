export { batchesOfVariants } from './batch-queries.ts'
export {
  batchBlocked,
  batchExpired,
  batchNotFound,
  batchRequired,
  constraints as inventoryConstraints,
  insufficientStock,
  notStocked,
  stockFrozen,
} from './contract.ts'
export { freezeStock, unfreezeStock } from './freeze-queries.ts'
export { batchNameRefusals, nameBatches } from './name-batches.ts'
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
export type { PostingKind } from './stock-queries.ts'
export { type CostChange, type CostState, weighCost } from './weigh-cost.ts'
