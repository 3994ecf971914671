export { ticketOperations } from './operations.ts'
export { forgetCustomer as forgetCustomerOfTickets } from './queries.ts'
