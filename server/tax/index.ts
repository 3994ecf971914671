export { addClassesOf } from './classes.ts'
export { constraints as taxConstraints } from './contract.ts'
export { taxOperations } from './operations.ts'
export { taxReference } from './reference.ts'
