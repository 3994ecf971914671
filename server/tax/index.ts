export {
  calculateTax,
  type RoundingRule,
  type TaxComponent,
  type TaxedComponent,
} from './calculate-tax.ts'
export { addClassesOf } from './classes.ts'
export {
  classNotFound,
  constraints as taxConstraints,
  createRateInput as createTaxRateInput,
  kinds as jurisdictionKinds,
  treatments,
} from './contract.ts'
export { addMissingClasses } from './jobs.ts'
export { taxOperations } from './operations.ts'
export { findClasses } from './queries.ts'
export { createRate as createTaxRate, withdrawRate as withdrawTaxRate } from './rates.ts'
export { taxReference } from './reference.ts'
export { pricesIncludeTaxSetting } from './settings.ts'
export { type TaxesHeld, taxGroundOf } from './tax-ground.ts'
