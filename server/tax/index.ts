export {
  calculateTax,
  type RoundingRule,
  type TaxComponent,
  type TaxedComponent,
} from './calculate-tax.ts'
export { addClassesOf } from './classes.ts'
export { classNotFound, constraints as taxConstraints } from './contract.ts'
export { addMissingClasses } from './jobs.ts'
export { taxOperations } from './operations.ts'
export { findClasses } from './queries.ts'
export { taxReference } from './reference.ts'
export { pricesIncludeTaxSetting } from './settings.ts'
export {
  assertTaxable,
  componentsOf,
  type Jurisdiction,
  type OwnRate,
  pathOf,
  type ReferenceRate,
  ruleOf,
  type Treatment,
} from './stack.ts'
