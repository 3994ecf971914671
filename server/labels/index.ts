export { labelOperations } from './operations.ts'
