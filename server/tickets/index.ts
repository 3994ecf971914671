export { ticketOperations } from './operations.ts'
