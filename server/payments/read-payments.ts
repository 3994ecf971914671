import { z } from 'zod'
import type { QueryContext } from '../platform/operation.ts'
import { platformRefusals, type RefusalKind, refuse } from '../platform/refusal.ts'
import { readCursor, toPage } from '../platform/schema.ts'
import { assertInScope } from '../platform/scope.ts'
import { readBranch } from '../tenants/index.ts'
import { type listPaymentsInput, paidSessionNotFound, tenderNotFound } from './contract.ts'
import { findPayment, listPayments } from './payment-queries.ts'
import { findTender } from './tender-queries.ts'

/** A time of recording as PostgreSQL writes it: a Date would cut the microseconds off. */
export const instantKey = z.string().regex(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d{1,6})?$/)

/** Where sessions are read: cash stands above payments. */
export interface Sessions {
  /** A session that the caller works with; refuses as given. */
  readSession(context: QueryContext, id: string, kind: RefusalKind): Promise<unknown>
}

/** A page of payments in the caller's part of the tenant, the latest first. */
export async function readPayments(
  context: QueryContext,
  { readSession }: Sessions,
  { cursor, ...filter }: z.output<typeof listPaymentsInput>,
) {
  const { branch_id, tender_id, session_id, limit } = filter
  if (branch_id !== undefined) await readBranch(context, branch_id)
  if (tender_id !== undefined && !(await findTender(context, tender_id))) refuse(tenderNotFound)
  if (session_id !== undefined) await readSession(context, session_id, paidSessionNotFound)
  const after = readCursor(cursor, z.tuple([instantKey, z.uuid()]))
  const branchIds = context.caller.scope?.branchIds ?? null
  const { items, next_cursor } = toPage(await listPayments(context, filter, { branchIds, after }), limit, (row) => [
    row.recorded_key,
    row.id,
  ])
  return { items, next_cursor }
}

/** One payment; `not_found` beyond the caller's part of the tenant, too. */
export async function readPayment(context: QueryContext, id: string) {
  const found = (await findPayment(context, id)) ?? refuse(platformRefusals.notFound)
  assertInScope(context, { branchId: found.branch_id })
  return found
}
