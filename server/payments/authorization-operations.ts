import { z } from 'zod'
import { command, outsideCommand, type QueryContext, query } from '../platform/operation.ts'
import { platformRefusals } from '../platform/refusal.ts'
import { page, readCursor, toPage } from '../platform/schema.ts'
import { unknownCurrency } from '../reference/index.ts'
import { settingInvalid } from '../settings/index.ts'
import { branchNotFound, readBranch } from '../tenants/index.ts'
import * as contract from './authorization-contract.ts'
import { listAuthorizations, listEvents } from './authorization-queries.ts'
import {
  type Authorizing,
  askingRefusals,
  authorize,
  authorizeRefund,
  readAuthorization,
  reverseAuthorization,
} from './authorize.ts'
import {
  authorizationNotApproved,
  authorizationUsed,
  byId,
  createTenderInput,
  permissions,
  tender,
  tenderCodeTaken,
} from './contract.ts'
import { instantKey } from './read-payments.ts'
import { createTender } from './tenders.ts'

/** What providers of payments are asked for. */
export function authorizationOperations(parts: Authorizing) {
  return [
    ...authorizationReads,
    command({
      name: 'payments.create-tender',
      route: 'POST /v1/tenders',
      summary: 'Make a tender, such as a second card terminal.',
      permission: permissions.manageTenders,
      reach: 'tenant',
      input: createTenderInput,
      output: tender,
      refusals: [tenderCodeTaken, contract.providerNotOffered, platformRefusals.alreadyExists],
      handle: (context, input) => createTender(context, parts.providers, input),
    }),
    outsideCommand({
      name: 'payments.authorize',
      route: 'POST /v1/payment-authorizations',
      summary: 'Ask the provider of a tender for money, before the sale that is paid with it.',
      scope: 'tenant',
      permission: permissions.takePayments,
      reach: 'branch',
      input: contract.authorizeInput,
      output: contract.authorization,
      refusals: [...askingRefusals, contract.providerNotOffered, branchNotFound, unknownCurrency, settingInvalid],
      handle: (context, input) => authorize(context, parts, input),
    }),
    outsideCommand({
      name: 'payments.authorize-refund',
      route: 'POST /v1/payment-authorizations/:charge_id/refunds',
      summary:
        'Ask the provider to give back money of a charge that paid a sale, before what is taken back is recorded.',
      scope: 'tenant',
      permission: permissions.refundPayments,
      reach: 'branch',
      severity: 'notice',
      input: contract.authorizeRefundInput,
      output: contract.authorization,
      refusals: [...askingRefusals, contract.providerNotOffered, branchNotFound, settingInvalid],
      handle: (context, input) => authorizeRefund(context, parts, input),
    }),
    outsideCommand({
      name: 'payments.reverse-authorization',
      route: 'POST /v1/payment-authorizations/:id/reversal',
      summary: 'Undo an authorization that stands for no payment.',
      scope: 'tenant',
      permission: permissions.reverseAuthorizations,
      reach: 'branch',
      severity: 'notice',
      input: byId,
      output: contract.authorization,
      refusals: [authorizationUsed, authorizationNotApproved, contract.providerNotOffered, settingInvalid],
      handle: (context, input) => reverseAuthorization(context, parts, input),
    }),
  ] as const
}

const authorizationReads = [
  query({
    name: 'payments.list-authorizations',
    route: 'GET /v1/payment-authorizations',
    summary: 'What providers were asked for, the newest first.',
    permission: permissions.viewPayments,
    reach: 'branch',
    input: contract.listAuthorizationsInput,
    output: page(contract.authorization),
    refusals: [branchNotFound],
    handle: readAuthorizations,
  }),
  query({
    name: 'payments.get-authorization',
    route: 'GET /v1/payment-authorizations/:id',
    summary: 'What a provider was asked for, and what it said.',
    permission: permissions.viewPayments,
    reach: 'branch',
    input: byId,
    output: contract.authorizationInFull,
    async handle(context, { id }) {
      const found = await readAuthorization(context, id)
      return { ...found, events: await listEvents(context, id) }
    },
  }),
] as const

async function readAuthorizations(
  context: QueryContext,
  { cursor, ...filter }: z.output<typeof contract.listAuthorizationsInput>,
) {
  const { branch_id, limit } = filter
  if (branch_id !== undefined) await readBranch(context, branch_id)
  const after = readCursor(cursor, z.tuple([instantKey, z.uuid()]))
  const branchIds = context.caller.scope?.branchIds ?? null
  const rows = await listAuthorizations(context, filter, { branchIds, after })
  return toPage(rows, limit, (row) => [row.created_key, row.id])
}
