export {
  changeTicketInput,
  permissions as ticketPermissions,
  ticketDiscarded,
  ticketNotFound,
  ticketRefusals,
  ticketSold,
} from './contract.ts'
export { ticketOperations } from './operations.ts'
export { findTicket, forgetCustomer as forgetCustomerOfTickets } from './queries.ts'
export { changeTicket, moveOn, parkTicket, ticketInFullOf } from './tickets.ts'
