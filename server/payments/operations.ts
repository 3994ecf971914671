import { z } from 'zod'
import { command, query } from '../platform/operation.ts'
import { platformRefusals, refuse } from '../platform/refusal.ts'
import { page, readCursor, toPage } from '../platform/schema.ts'
import { branchNotFound } from '../tenants/index.ts'
import * as contract from './contract.ts'
import { readPayment, readPayments, type Sessions } from './read-payments.ts'
import { findTender, listTenders } from './tender-queries.ts'
import { changeTender, switchTender } from './tenders.ts'

const { permissions } = contract

const tenderReads = [
  query({
    name: 'payments.list-tenders',
    route: 'GET /v1/tenders',
    summary: 'What customers pay with, by code.',
    permission: permissions.viewTenders,
    reach: 'any',
    input: contract.listTendersInput,
    output: page(contract.tender),
    async handle(context, { cursor, ...filter }) {
      const [after] = readCursor(cursor, z.tuple([contract.tenderCode, z.uuid()])) ?? []
      return toPage(await listTenders(context, filter, after), filter.limit, (row) => [row.code, row.id])
    },
  }),
  query({
    name: 'payments.get-tender',
    route: 'GET /v1/tenders/:id',
    summary: 'One tender.',
    permission: permissions.viewTenders,
    reach: 'any',
    input: contract.byId,
    output: contract.tender,
    handle: async (context, { id }) => (await findTender(context, id)) ?? refuse(platformRefusals.notFound),
  }),
] as const

const tenderChanges = [
  command({
    name: 'payments.update-tender',
    route: 'PATCH /v1/tenders/:id',
    summary: 'Change what a tender is called and how it is used.',
    permission: permissions.manageTenders,
    reach: 'tenant',
    input: contract.updateTenderInput,
    output: contract.tender,
    handle: changeTender,
  }),
  command({
    name: 'payments.deactivate-tender',
    route: 'POST /v1/tenders/:id/deactivation',
    summary: 'Let a tender take no more payments. What it took is still given back by it.',
    permission: permissions.manageTenders,
    reach: 'tenant',
    input: contract.stateInput,
    output: contract.tender,
    refusals: [contract.tenderInactive],
    handle: (context, input) => switchTender(context, input, false),
  }),
  command({
    name: 'payments.activate-tender',
    route: 'POST /v1/tenders/:id/activation',
    summary: 'Let a tender take payments again.',
    permission: permissions.manageTenders,
    reach: 'tenant',
    input: contract.stateInput,
    output: contract.tender,
    refusals: [contract.tenderActive],
    handle: (context, input) => switchTender(context, input, true),
  }),
] as const

/** Tenders that there are, and payments. */
export function paymentOperations(sessions: Sessions) {
  return [
    ...tenderReads,
    ...tenderChanges,
    query({
      name: 'payments.list-payments',
      route: 'GET /v1/payments',
      summary: 'What was paid, changed, given back and taken back, the latest first.',
      permission: permissions.viewPayments,
      reach: 'branch',
      input: contract.listPaymentsInput,
      output: page(contract.payment),
      refusals: [branchNotFound, contract.tenderNotFound, contract.paidSessionNotFound],
      handle: (context, input) => readPayments(context, sessions, input),
    }),
    query({
      name: 'payments.get-payment',
      route: 'GET /v1/payments/:id',
      summary: 'One payment.',
      permission: permissions.viewPayments,
      reach: 'branch',
      input: contract.byId,
      output: contract.payment,
      handle: (context, { id }) => readPayment(context, id),
    }),
  ] as const
}
