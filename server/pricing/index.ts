export { constraints as pricingConstraints } from './contract.ts'
export { pricingOperations } from './operations.ts'
export { hasPriceLists } from './queries.ts'
