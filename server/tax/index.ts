export {
  calculateTax,
  type RoundingRule,
  type TaxComponent,
  type TaxedAmounts,
  type TaxedComponent,
  type TaxedDocument,
  type TaxLine,
} from './calculate-tax.ts'
export { addClassesOf } from './classes.ts'
export { constraints as taxConstraints } from './contract.ts'
export { taxOperations } from './operations.ts'
export { taxReference } from './reference.ts'
