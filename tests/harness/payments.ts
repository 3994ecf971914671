import { createHmac } from 'node:crypto'
import {
  type HeldPayments,
  holdPayments,
  type NewPayment,
  type PaidDocument,
  type RecordedPayments,
  recordPayments,
} from '../../server/payments/index.ts'
import { inTransaction, withRetries } from '../../server/platform/database.ts'
import { uuidv7 } from '../../server/platform/identifiers.ts'
import type { TestOwner, TestServer } from './server.ts'

/** What the simulator of a test server signs its messages with. */
export const simulatorSecret = createHmac('sha256', 'b'.repeat(40))
  .update('comptoir: messages of the payment simulator')
  .digest()

/** The ids of the tenders of an owner, by code. */
export async function tendersOfOwner({ client }: TestOwner): Promise<Record<string, string>> {
  const { items } = await client.call('payments.list-tenders', {})
  return Object.fromEntries(items.map(({ code, id }) => [code, id]))
}

/** A payment as payments.record takes it. */
export function newPayment(tender_id: string, amount: string, more: Partial<NewPayment> = {}): NewPayment {
  const kind = amount.startsWith('-') ? 'refund' : 'payment'
  return { id: uuidv7(), tender_id, kind, amount, ...more }
}

/** What was paid for a sale of an owner. */
export function paidFor(
  { branchId, userId }: TestOwner,
  payments: readonly NewPayment[],
  more: Partial<PaidDocument> = {},
): PaidDocument {
  return {
    document_type: 'sale',
    document_id: uuidv7(),
    branch_id: branchId,
    session_id: null,
    currency: 'MAD',
    actor_id: userId,
    payments,
    ...more,
  }
}

/** Calls payments.record as requests do: in a transaction of the tenant, run again when PostgreSQL gave it up. */
export function record(
  { product }: TestServer,
  tenantId: string,
  documents: readonly PaidDocument[],
  onRetry: (error: Error) => void = () => {},
): Promise<RecordedPayments[]> {
  return withRetries(
    () => inTransaction(product.databases.app, tenantId, (tx) => recordPayments({ ...tx, tenantId }, documents)),
    onRetry,
  )
}

/** What payments.hold answers. */
export function hold(
  { product }: TestServer,
  tenantId: string,
  asked: Parameters<typeof holdPayments>[1],
): Promise<HeldPayments> {
  return inTransaction(product.databases.app, tenantId, (tx) => holdPayments({ ...tx, tenantId }, asked))
}
