export { assortmentOperations } from './operations.ts'
