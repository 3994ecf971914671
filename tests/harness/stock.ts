import { type Move, valueMovements } from '../../server/costing/index.ts'
import {
  type Posted,
  type PostingKind,
  postStockDocuments,
  type StockDocument,
  type StockLine,
} from '../../server/inventory/index.ts'
import {
  blockBatches,
  holdStock,
  type NewPosting,
  type RecordedPosting,
  recordPostings,
} from '../../server/inventory/stock-queries.ts'
import { inTransaction, withRetries } from '../../server/platform/database.ts'
import { uuidv7 } from '../../server/platform/identifiers.ts'
import type { Employee } from '../../server/platform/operation.ts'
import { Refusal } from '../../server/platform/refusal.ts'
import { now } from '../../server/platform/time.ts'
import { withClient } from './postgres.ts'
import type { TestOwner, TestServer } from './server.ts'

/** A posting as inventory.record takes it. */
export function newPosting(values: Partial<NewPosting>): NewPosting {
  const id = values.id ?? uuidv7()
  return {
    id,
    kind: 'adjustment',
    document_type: 'test',
    document_id: id,
    document_number: null,
    document_on: '2026-03-02',
    party_id: null,
    reason: null,
    note: null,
    actor_id: null,
    movements: [],
    ...values,
  }
}

/** Calls inventory.record as requests do: in a transaction of the tenant, run again when PostgreSQL gave it up. */
export function recordStock(
  { product }: TestServer,
  tenantId: string,
  postings: readonly NewPosting[],
): Promise<RecordedPosting[]> {
  return withRetries(
    () => inTransaction(product.databases.app, tenantId, (tx) => recordPostings({ ...tx, tenantId }, postings)),
    () => {},
  )
}

/**
 * Holds the stock, weighs the moves on it and records them as one posting. `whileHeld` runs between the two, `onRetry` is told
 * why PostgreSQL gave it up.
 */
export function moveStock(
  { product }: TestServer,
  tenantId: string,
  given: {
    kind: PostingKind
    moves: readonly Move[]
    id?: string
    below?: boolean
    whileHeld?: () => Promise<unknown>
    onRetry?: (error: Error) => void
  },
): Promise<RecordedPosting> {
  const { kind, moves, id = uuidv7(), below = false, whileHeld, onRetry = () => {} } = given
  const once = () =>
    inTransaction(product.databases.app, tenantId, async (tx) => {
      const held = await holdStock({ ...tx, tenantId }, moves)
      await whileHeld?.()
      const { movements } = valueMovements(moves, {
        stateOf: ({ branch_id, variant_id }) =>
          held.find((one) => one.branch_id === branch_id && one.variant_id === variant_id) ?? {
            quantity: '0',
            value: '0',
            last_cost: '0',
          },
        minorUnitOf: () => 2,
      })
      const posting = newPosting({
        id,
        kind,
        movements: movements.map((one) => ({ ...one, may_go_below_zero: below })),
      })
      const [answer] = await recordPostings({ ...tx, tenantId }, [posting])
      return answer ?? { code: 'unanswered', line: null, available: null }
    })
  return withRetries(once, onRetry)
}

/** A document that moves stock, its own. */
export function documentOf(kind: PostingKind, lines: readonly StockLine[], more: Partial<StockDocument> = {}) {
  const id = uuidv7()
  const head = { document_type: 'test', document_id: id, document_number: null, party_id: null, reason: null, on: null }
  return { ...head, id, kind, lines, ...more } satisfies StockDocument
}

/**
 * Posts a document as a command would: in a transaction of the tenant, run again when PostgreSQL gave it up. `onRetry` is told
 * why.
 */
export async function post(
  server: TestServer,
  owner: TestOwner,
  document: StockDocument,
  onRetry: (error: Error) => void = () => {},
): Promise<Posted> {
  const [posted] = await postTogether(server, owner, [document], onRetry)
  if (posted === undefined || posted instanceof Refusal) throw posted ?? new Error('nothing was posted')
  return posted
}

/** Posts documents in one recording call, as a batch of commands would. */
export function postTogether(
  { product }: TestServer,
  { tenantId, userId }: TestOwner,
  documents: readonly StockDocument[],
  onRetry: (error: Error) => void = () => {},
): Promise<readonly (Posted | Refusal)[]> {
  const by = { caller: { userId } as Employee, newId: uuidv7, changed: () => {} }
  return withRetries(
    () =>
      inTransaction(product.databases.app, tenantId, (tx) =>
        postStockDocuments(
          { ...tx, tenantId, now: now() },
          documents.map((document) => ({ document, by })),
        ),
      ),
    onRetry,
  )
}

/** What all movements of a branch of the owner are worth together. */
export async function stockWorth(server: TestServer, { tenantId, branchId }: TestOwner, branch = branchId) {
  const { rows } = await withClient(server.database.superuserUrl, (client) =>
    client.query(
      'SELECT coalesce(sum(value), 0) AS sum FROM inventory.movement WHERE tenant_id = $1 AND branch_id = $2',
      [tenantId, branch],
    ),
  )
  return rows[0].sum as string
}

/** Makes a batch of a variant as a receipt would. */
export async function makeBatch(
  server: TestServer,
  { tenantId }: Pick<TestOwner, 'tenantId'>,
  batch: { variant_id: string; expires_on?: string | null; number?: string },
): Promise<string> {
  const id = uuidv7()
  await withClient(server.database.superuserUrl, (client) =>
    client.query(
      'INSERT INTO inventory.batch (tenant_id, id, variant_id, number, expires_on) VALUES ($1, $2, $3, $4, $5)',
      [tenantId, id, batch.variant_id, batch.number ?? id, batch.expires_on ?? null],
    ),
  )
  return id
}

/** Blocks a batch. */
export async function blockBatch(
  { product }: TestServer,
  { tenantId, employeeId }: TestOwner,
  batch_id: string,
): Promise<void> {
  await inTransaction(product.databases.app, tenantId, (tx) =>
    blockBatches({ ...tx, tenantId }, [
      { id: uuidv7(), batch_id, action: 'block', reason: 'Test', actor_id: employeeId },
    ]),
  )
}
