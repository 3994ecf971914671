import type { NewPosting } from '../inventory/index.ts'
import type { NewJournal } from '../ledger/index.ts'
import type { CommandContext } from '../platform/operation.ts'
import type { GivenDocument, Kind, Role } from './contract.ts'

type Scope = Pick<CommandContext, 'client' | 'tenantId'>

export interface NumberedRow {
  readonly id: string
  readonly edition: number
  /** In hexadecimal digits. */
  readonly content_sha256: string
  readonly is_reversed: boolean
}

/** The newest document of each of these numbers, and those of the ids that were given which are taken. */
export async function readNumbered(
  { client, tenantId }: Scope,
  documents: readonly Pick<GivenDocument, 'id' | 'kind' | 'source' | 'number'>[],
): Promise<{
  numbers: (NumberedRow & Pick<GivenDocument, 'kind' | 'source' | 'number'>)[]
  ids: string[]
}> {
  const [numbers, ids] = await Promise.all([
    client.query({
      name: 'history-read-numbered',
      text: `SELECT d.source, d.number, d.kind, d.id, d.edition, encode(d.content_sha256, 'hex') AS content_sha256,
                    EXISTS (SELECT FROM history.reversal r WHERE r.tenant_id = $1 AND r.document_id = d.id) AS is_reversed
             FROM unnest($2::text[], $3::text[], $4::text[]) AS w (source, number, kind)
             CROSS JOIN LATERAL (
               SELECT * FROM history.document d
               WHERE d.tenant_id = $1 AND d.source = w.source AND d.number = w.number AND d.kind = w.kind
               ORDER BY d.edition DESC LIMIT 1) d`,
      values: [
        tenantId,
        documents.map(({ source }) => source),
        documents.map(({ number }) => number),
        documents.map(({ kind }) => kind),
      ],
    }),
    client.query({
      name: 'history-read-ids',
      text: 'SELECT id FROM history.document WHERE tenant_id = $1 AND id = ANY ($2::uuid[])',
      values: [tenantId, documents.flatMap(({ id }) => id ?? [])],
    }),
  ])
  return { numbers: numbers.rows, ids: ids.rows.map(({ id }) => id) }
}

/** What moved of which batch at which value; above zero for what left. */
export interface Allocation {
  readonly variant_id: string
  readonly batch_id: string | null
  readonly quantity: string
  readonly value: string
}

/** A document that is held. */
export interface Held {
  readonly id: string
  readonly kind: Kind
  readonly number: string
  readonly entity_id: string
  readonly branch_id: string
  readonly customer_id: string | null
  readonly currency: string
  readonly effective_on: string
  readonly is_stock_moved: boolean
  readonly journal_id: string | null
  /** The day its journal counts. */
  readonly counts_on: string | null
  readonly is_reversed: boolean
  /** Those that name it and still count; only where it is held for a change. */
  readonly refunds: readonly { readonly id: string; readonly number: string }[] | null
  readonly allocations: readonly Allocation[] | null
}

/**
 * Holds documents until the end of the transaction, and answers with the last recorded first; `forChange` keeps others from naming
 * them meanwhile.
 */
export async function holdDocuments(
  { client, tenantId }: Scope,
  ids: readonly string[],
  { forChange }: { forChange: boolean },
): Promise<Held[]> {
  const { rows } = await client.query({
    name: 'history-hold',
    text: `SELECT id, kind, number, entity_id, branch_id, customer_id, currency, effective_on, is_stock_moved, journal_id, counts_on,
                  is_reversed, refunds, allocations
           FROM history.hold($1, $2::uuid[], $3)`,
    values: [tenantId, ids, forChange],
  })
  return rows
}

/** A document as history.record takes it; the columns that are computed are left out. */
export interface NewDocument {
  readonly id: string
  readonly kind: Kind
  readonly source: string
  readonly number: string
  readonly edition: number
  readonly entity_id: string
  readonly branch_id: string
  readonly customer_id: string | null
  readonly channel_id: string | null
  readonly original_id: string | null
  readonly is_price_with_tax: boolean
  readonly currency: string
  readonly base_currency: string
  readonly fx_rate: string
  readonly gross_revenue: string
  readonly discount: string
  readonly tax: string
  readonly adjustment: string
  readonly platform_fees: string
  readonly shipping_cost: string
  readonly cost_of_goods: string | null
  readonly base_tax: string
  readonly base_total: string
  readonly line_count: number
  readonly content_sha256: string
  readonly data_quality_score: string | null
  readonly is_validated: boolean
  readonly validation_notes: string | null
  readonly note: string | null
  readonly reference: string | null
  readonly import_id: string | null
  readonly is_stock_moved: boolean
  readonly journal_id: string | null
  readonly effective_on: string
  readonly made_at: string | null
  readonly last_made_at: string | null
  readonly actor_id: string | null
  /** Among those recorded together, from 1. */
  readonly position: number
}

/** A line as history.record takes it; what is left out is null. */
export interface NewLine {
  readonly document_id: string
  readonly line: number
  readonly role: Role
  readonly variant_id?: string | undefined
  readonly name?: string | undefined
  readonly sku?: string | undefined
  readonly quantity: string
  readonly unit_price: string
  readonly gross: string
  readonly discount: string
  readonly net_discount: string
  readonly tax_class_id?: string | undefined
  readonly tax_rate?: string | undefined
  readonly net: string
  readonly tax: string
  readonly cost?: string | undefined
  readonly allocations?: readonly Allocation[] | undefined
}

interface Posted {
  readonly postings: readonly NewPosting[]
  readonly journals: readonly NewJournal[]
}

/** Something that is wrong with what was to be recorded: which part, and the item of it from 1. */
export interface Fault {
  readonly part: 'posting' | 'journal'
  readonly item: number
  readonly code: string
  readonly line: number | null
  readonly detail: string | null
}

/** Records documents with their stock and journals; what it answers is wrong, and then nothing may be committed. */
export async function insertDocuments(
  { client, tenantId }: Scope,
  given: Posted & { readonly documents: readonly NewDocument[]; readonly lines: readonly NewLine[] },
): Promise<Fault[]> {
  const { rows } = await client.query({
    name: 'history-record',
    text: 'SELECT part, item, code, line, detail FROM history.record($1, $2)',
    values: [tenantId, JSON.stringify(given)],
  })
  return rows
}

export interface NewReversal {
  readonly id: string
  readonly document_id: string
  readonly reason: string
  readonly effective_on: string
  readonly actor_id: string | null
}

/** Takes documents back with their stock and journals; what it answers is wrong, and then nothing may be committed. */
export async function insertReversals(
  { client, tenantId }: Scope,
  given: Posted & { readonly reversals: readonly NewReversal[] },
): Promise<Fault[]> {
  const { rows } = await client.query({
    name: 'history-reverse',
    text: 'SELECT part, item, code, line, detail FROM history.reverse($1, $2)',
    values: [tenantId, JSON.stringify(given)],
  })
  return rows
}
