export { batchConstraints, batchRecalled } from './batch-contract.ts'
export { batchOperations } from './batch-operations.ts'
export {
  type BatchRow,
  batchesOfVariants,
  findBatches,
  findBatchesOfLots,
  holdBatches,
  levelsOfBatches,
} from './batch-queries.ts'
export { batchNameRefusals, changeBlocks, nameBatches } from './batches.ts'
export {
  batchNotFound,
  batchRequired,
  constraints as inventoryConstraints,
  notStocked,
  type PostingKind,
  receiveStockInput,
  stockFrozen,
} from './contract.ts'
export { expireReservationsJob } from './end-reservations.ts'
export { inventoryOperations } from './operations.ts'
export type { StockLine } from './plan-movements.ts'
export { planMovements, refusalOfPosting, stockRefusals, withBatches } from './plan-movements.ts'
export {
  announcePosting,
  firstOpenDay,
  noteStock,
  type PlannedPosting,
  type Posted,
  type PostedMovement,
  planStock,
  postStock,
  postStockDocuments,
  type StockDocument,
  type StockWorld,
  stockWorld,
} from './post-stock.ts'
export { quarantineReturned } from './quarantine.ts'
export { receiveStock } from './receive-stock.ts'
export { quarantineOperations, reservationOperations } from './reservation-operations.ts'
export { reservationDaysSetting } from './reserve-stock.ts'
export { freezeStock, type HeldStock, holdStock, holdsStock, type NewPosting, unfreezeStock } from './stock-queries.ts'
export { faultOfStock, verifyStock } from './verify-stock.ts'
