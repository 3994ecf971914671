export { branchNotFound, constraints as pricingConstraints, priceUnknown } from './contract.ts'
export { getPrice } from './get-price.ts'
export { pricingOperations } from './operations.ts'
export { hasPriceLists } from './queries.ts'
