import { z } from 'zod'
import { basketTooLong } from '../basket/index.ts'
import { quantityRefusals, variantNotFound } from '../catalog/index.ts'
import { channelNotFound } from '../channels/index.ts'
import { command, query } from '../platform/operation.ts'
import { platformRefusals } from '../platform/refusal.ts'
import { page, readCursor, toPage } from '../platform/schema.ts'
import { branchNotFound, readBranch } from '../tenants/index.ts'
import * as contract from './contract.ts'
import { listTickets } from './queries.ts'
import { assertCustomer, changeTicket, moveOn, parkTicket, ticketInFullOf } from './tickets.ts'

const { permissions } = contract
const contentRefusals = [
  basketTooLong,
  contract.ticketCustomerNotFound,
  channelNotFound,
  variantNotFound,
  ...quantityRefusals,
  contract.ticketRegisterNotFound,
]

const reads = [
  query({
    name: 'tickets.list-tickets',
    route: 'GET /v1/tickets',
    summary: 'Parked tickets, the newest first; those that wait, unless asked for others.',
    permission: permissions.viewTickets,
    reach: 'branch',
    input: contract.listTicketsInput,
    output: page(contract.ticket),
    refusals: [branchNotFound, contract.ticketCustomerNotFound],
    async handle(context, { cursor, ...filter }) {
      const [after] = readCursor(cursor, z.tuple([z.string().regex(/^\d{1,18}$/)])) ?? []
      if (filter.branch_id !== undefined) await readBranch(context, filter.branch_id)
      if (filter.customer_id !== undefined) await assertCustomer(context, filter.customer_id)
      return toPage(await listTickets(context, filter, after), filter.limit, (row) => [row.number])
    },
  }),
  query({
    name: 'tickets.get-ticket',
    route: 'GET /v1/tickets/:id',
    summary: 'One ticket, with its lines and what was done with it.',
    permission: permissions.viewTickets,
    reach: 'branch',
    input: contract.byId,
    output: contract.ticketInFull,
    handle: (context, { id }) => ticketInFullOf(context, id),
  }),
] as const

/** Parked tickets: baskets that wait at a branch. */
export const ticketOperations = [
  ...reads,
  command({
    name: 'tickets.park-ticket',
    route: 'POST /v1/tickets',
    summary: 'Park a basket at a branch. It holds no stock.',
    permission: permissions.parkTickets,
    reach: 'branch',
    input: contract.parkTicketInput,
    output: contract.ticketInFull,
    refusals: [branchNotFound, ...contentRefusals, platformRefusals.alreadyExists],
    handle: parkTicket,
  }),
  command({
    name: 'tickets.change-ticket',
    route: 'PUT /v1/tickets/:id',
    summary: 'Change all that a ticket is about; one that was taken up is parked again so.',
    permission: permissions.parkTickets,
    reach: 'branch',
    input: contract.changeTicketInput,
    output: contract.ticketInFull,
    refusals: [...contentRefusals, contract.ticketSold, contract.ticketDiscarded],
    handle: changeTicket,
  }),
  command({
    name: 'tickets.take-ticket',
    route: 'POST /v1/tickets/:id/take',
    summary: 'Take a ticket up at a till of the branch, whoever parked it; nobody else can then.',
    permission: permissions.parkTickets,
    reach: 'branch',
    input: contract.stepInput,
    output: contract.ticketInFull,
    refusals: [contract.ticketTaken, contract.ticketSold, contract.ticketDiscarded, contract.ticketRegisterNotFound],
    handle: (context, input) => moveOn(context, { ...input, action: 'take' }),
  }),
  command({
    name: 'tickets.put-back-ticket',
    route: 'POST /v1/tickets/:id/put-back',
    summary: 'Park a ticket again, as it was, that was taken up: by a till that broke down, say.',
    permission: permissions.parkTickets,
    reach: 'branch',
    input: contract.stepInput,
    output: contract.ticketInFull,
    refusals: [contract.ticketNotTaken, contract.ticketSold, contract.ticketDiscarded, contract.ticketRegisterNotFound],
    handle: (context, input) => moveOn(context, { ...input, action: 'put_back' }),
  }),
  command({
    name: 'tickets.discard-ticket',
    route: 'POST /v1/tickets/:id/discard',
    summary: 'Void a ticket before it is paid: it stays to be read, with who did so and why.',
    permission: permissions.discardTickets,
    reach: 'branch',
    input: contract.discardTicketInput,
    output: contract.ticketInFull,
    refusals: [contract.ticketSold, contract.ticketDiscarded, contract.ticketRegisterNotFound],
    handle: (context, input) => moveOn(context, { ...input, action: 'discard' }),
  }),
] as const
