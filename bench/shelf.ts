import type { PostingKind } from '../server/inventory/contract.ts'
import type { NewPosting } from '../server/inventory/stock-queries.ts'
import { uuidv7 } from '../server/platform/identifiers.ts'

/** A tenant with goods that lie in its branches. */
export interface Shelf {
  readonly tenantId: string
  readonly branchIds: readonly string[]
  readonly goods: readonly { readonly variant_id: string; readonly batch_id: string }[]
  readonly partyIds: readonly string[]
}

/** A document without movements, to one of the parties. */
export function headOf(kind: PostingKind, { partyIds }: Pick<Shelf, 'partyIds'>): Omit<NewPosting, 'movements'> {
  const id = uuidv7()
  return {
    id,
    kind,
    document_type: kind,
    document_id: id,
    document_number: null,
    document_on: '2026-01-15',
    party_id: partyIds[Math.floor(Math.random() * partyIds.length)] ?? null,
    reason: null,
    note: null,
    actor_id: null,
  }
}
