export {
  type CostBook,
  costKey,
  type Move,
  type Valued,
  type ValuedMovement,
  valueMovements,
} from './value-movements.ts'
export { type CostChange, type CostState, weighCost } from './weigh-cost.ts'
