export { type CostChange, type CostState, weighCost } from './weigh-cost.ts'
