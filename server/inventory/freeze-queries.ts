import type { Transaction } from '../platform/database.ts'
import type { StockKey } from './stock-queries.ts'

interface Scope {
  readonly client: Transaction['client']
  readonly tenantId: string
}

/**
 * Freezes stock for a document until a time: nothing of it moves then but what that document posts, and what has left already.
 * Answers with what another document freezes; when there is any, nothing was frozen.
 */
export async function freezeStock(
  { client, tenantId }: Scope,
  keys: readonly StockKey[],
  { by, until }: { by: string; until: Date },
): Promise<StockKey[]> {
  const { rows } = await client.query({
    name: 'inventory-freeze',
    text: 'SELECT branch_id, variant_id FROM inventory.freeze($1, $2, $3, $4)',
    values: [tenantId, JSON.stringify(keys), by, until],
  })
  return rows
}

/** Lets what a document froze move again, and holds it until the end of the transaction. */
export async function unfreezeStock({ client, tenantId }: Scope, by: string): Promise<void> {
  await client.query({
    name: 'inventory-unfreeze',
    text: 'SELECT inventory.unfreeze($1, $2)',
    values: [tenantId, by],
  })
}
