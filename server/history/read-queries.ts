import { sql } from 'kysely'
import type { Transaction } from '../platform/database.ts'
import type { Caller } from '../platform/operation.ts'
import type { Kind, Role } from './contract.ts'
import type { Allocation } from './queries.ts'

interface Scope {
  readonly db: Transaction['db']
  readonly tenantId: string
}

const headColumns = [
  'd.id',
  sql<Kind>`d.kind`.as('kind'),
  'd.source',
  'd.number',
  'd.entity_id',
  'd.branch_id',
  'd.customer_id',
  'd.channel_id',
  'd.original_id',
  'd.currency',
  'c.minor_unit',
  'd.gross_revenue',
  'd.discount',
  'd.net_revenue',
  'd.tax',
  'd.adjustment',
  'd.total',
  'd.line_count',
  'd.data_quality_score',
  'd.is_validated',
  'd.effective_on',
  'd.made_at',
  'd.recorded_at',
  'r.id as reversal_id',
] as const

function documents({ db, tenantId }: Scope) {
  return db
    .selectFrom('history.document as d')
    .innerJoin('reference.currency as c', 'c.code', 'd.currency')
    .leftJoin('history.reversal as r', (join) =>
      join.onRef('r.tenant_id', '=', 'd.tenant_id').onRef('r.document_id', '=', 'd.id'),
    )
    .select(headColumns)
    .where('d.tenant_id', '=', tenantId)
}

export interface DocumentFilter {
  readonly branch_id?: string | undefined
  readonly customer_id?: string | undefined
  readonly kind?: string | undefined
  readonly source?: string | undefined
  readonly number?: string | undefined
  readonly from?: string | undefined
  readonly through?: string | undefined
  readonly import_id?: string | undefined
  readonly is_reversed?: boolean | undefined
  readonly limit: number
}

const equals = ['branch_id', 'customer_id', 'kind', 'source', 'import_id'] as const

export type DocumentRow = Awaited<ReturnType<typeof listDocuments>>[number]

/** A page of documents of branches that the caller works with, the latest day first, and one row more when there is a next page. */
export function listDocuments(
  { caller: { scope }, ...context }: Scope & { caller: Pick<Caller, 'scope'> },
  filter: DocumentFilter,
  after: readonly [day: string, id: string] | undefined,
) {
  const { number, from, through, is_reversed, limit } = filter
  let query = documents(context)
    .$if(scope !== null, (qb) => qb.where('d.branch_id', '=', sql<string>`any(${scope?.branchIds}::uuid[])`))
    .$if(number !== undefined, (qb) =>
      qb.where('d.number', '>=', number ?? '').where('d.number', '<', `${number}\u{10ffff}`),
    )
    .$if(from !== undefined, (qb) => qb.where('d.effective_on', '>=', from ?? ''))
    .$if(through !== undefined, (qb) => qb.where('d.effective_on', '<=', through ?? ''))
    .$if(is_reversed !== undefined, (qb) => qb.where('r.id', is_reversed ? 'is not' : 'is', null))
    .$if(after !== undefined, (qb) =>
      qb.where(sql<boolean>`(d.effective_on, d.id) < (${after?.[0]}::date, ${after?.[1]}::uuid)`),
    )
  for (const name of equals) {
    const value = filter[name]
    if (value !== undefined) query = query.where(`d.${name}`, '=', value)
  }
  return query
    .orderBy('d.effective_on', 'desc')
    .orderBy('d.id', 'desc')
    .limit(limit + 1)
    .execute()
}

/** One document with all that is kept of it but its lines, and what these come to before rounding. */
export function findDocument(scope: Scope, id: string) {
  return documents(scope)
    .innerJoin('reference.currency as b', 'b.code', 'd.base_currency')
    .select([
      'b.minor_unit as base_minor_unit',
      'd.edition',
      'd.is_price_with_tax',
      'd.base_currency',
      'd.fx_rate',
      'd.base_net',
      'd.base_tax',
      'd.base_total',
      'd.platform_fees',
      'd.shipping_cost',
      'd.cost_of_goods',
      'd.net_profit',
      'd.validation_notes',
      'd.note',
      'd.reference',
      'd.import_id',
      'd.is_stock_moved',
      'd.journal_id',
      'd.last_made_at',
      'd.actor_id',
      'r.reason',
      'r.effective_on as reversed_on',
      'r.actor_id as reversed_by',
      'r.recorded_at as reversed_at',
      sql<string>`(SELECT sum(l.exact_amount) FROM history.line l WHERE l.tenant_id = d.tenant_id AND l.document_id = d.id)`.as(
        'exact_amount',
      ),
    ])
    .where('d.id', '=', id)
    .executeTakeFirst()
}

/** A page of the lines of a document, and one row more when there is a next page. */
export function listLines({ db, tenantId }: Scope, id: string, limit: number, after: number) {
  return db
    .selectFrom('history.line')
    .select([
      'line',
      sql<Role>`role`.as('role'),
      'variant_id',
      'name',
      'sku',
      'quantity',
      'unit_price',
      'exact_amount',
      'gross',
      'discount',
      'net_discount',
      'tax_class_id',
      'tax_rate',
      'net',
      'tax',
      'total',
      'cost',
      sql<Allocation[] | null>`allocations`.as('allocations'),
    ])
    .where('tenant_id', '=', tenantId)
    .where('document_id', '=', id)
    .where('line', '>', after)
    .orderBy('line')
    .limit(limit + 1)
    .execute()
}
