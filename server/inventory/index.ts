export {
  batchBlocked,
  batchExpired,
  batchNotFound,
  constraints as inventoryConstraints,
  insufficientStock,
  notStocked,
  type PostingKind,
} from './contract.ts'
export { type Consumption, consumeReservations, endingRefusals } from './end-reservations.ts'
export { inventoryOperations } from './operations.ts'
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
export { expireReservationsJob } from './reservation-jobs.ts'
export { quarantineOperations, reservationOperations } from './reservation-operations.ts'
export type { FreedLine } from './reservation-queries.ts'
export { reservationDaysSetting } from './reserve-stock.ts'
export { type CostChange, type CostState, weighCost } from './weigh-cost.ts'
