import { sql } from 'kysely'
import type { Transaction } from '../platform/database.ts'
import type { Caller } from '../platform/operation.ts'
import type { TaxedComponent } from '../tax/index.ts'
import type { kinds, priceSources, restocks } from './contract.ts'
import type { Allocation } from './queries.ts'
import type { formats, statuses } from './read-contract.ts'

interface Scope {
  readonly db: Transaction['db']
  readonly client: Transaction['client']
  readonly tenantId: string
}

type Kind = (typeof kinds)[number]

export interface SaleFilter {
  /** From the first, and until before the last, in a time zone. */
  readonly days: { readonly from: string | null; readonly until: string | null; readonly timeZone: string }
  readonly branch_id?: string | undefined
  readonly register_id?: string | undefined
  readonly session_id?: string | undefined
  readonly employee_id?: string | undefined
  readonly customer_id?: string | undefined
  readonly channel_id?: string | undefined
  readonly variant_id?: string | undefined
  readonly kind?: string | undefined
  readonly number?: string | undefined
  readonly is_offline?: boolean | undefined
}

const equals = ['branch_id', 'register_id', 'session_id', 'employee_id', 'customer_id', 'channel_id', 'kind'] as const

const headColumns = [
  's.id',
  sql<Kind>`s.kind`.as('kind'),
  's.number',
  sql<(typeof statuses)[number]>`t.status`.as('status'),
  's.register_id',
  's.session_id',
  's.branch_id',
  's.entity_id',
  's.employee_id',
  's.customer_id',
  's.channel_id',
  's.original_id',
  's.is_offline',
  's.currency',
  'c.minor_unit',
  's.gross',
  's.discount',
  's.net',
  's.tax',
  's.total',
  's.rounding',
  's.made_at',
  's.recorded_at',
] as const

function sales({ db, tenantId }: Scope) {
  return db
    .selectFrom('sales.sale as s')
    .innerJoin('sales.read_status as t', (join) =>
      join.onRef('t.tenant_id', '=', 's.tenant_id').onRef('t.id', '=', 's.id'),
    )
    .innerJoin('reference.currency as c', 'c.code', 's.currency')
    .select(headColumns)
    .where('s.tenant_id', '=', tenantId)
}

export type SaleItemRow = Awaited<ReturnType<typeof listSales>>[number]

/** Sales of branches that the caller works with, the latest first, after one of them. */
export function listSales(
  { caller: { scope }, ...context }: Scope & { caller: Pick<Caller, 'scope'> },
  filter: SaleFilter,
  limit: number,
  after: readonly unknown[] | undefined,
) {
  const { days, variant_id, is_offline } = filter
  const number = filter.number?.toUpperCase()
  const midnight = (day: string | null) => sql<Date>`(${day}::date::timestamp AT TIME ZONE ${days.timeZone})`
  let query = sales(context)
    .$if(scope !== null, (qb) => qb.where('s.branch_id', '=', sql<string>`any(${scope?.branchIds}::uuid[])`))
    .$if(days.from !== null, (qb) => qb.where('s.made_at', '>=', midnight(days.from)))
    .$if(days.until !== null, (qb) => qb.where('s.made_at', '<', midnight(days.until)))
    .$if(number !== undefined, (qb) =>
      qb.where('s.number', '>=', number ?? '').where('s.number', '<', `${number}\u{10ffff}`),
    )
    .$if(is_offline !== undefined, (qb) => qb.where('s.is_offline', '=', is_offline ?? false))
    .$if(variant_id !== undefined, (qb) =>
      qb.where(
        sql<boolean>`EXISTS (SELECT FROM sales.line l WHERE l.tenant_id = s.tenant_id AND l.sale_id = s.id AND l.variant_id = ${variant_id}::uuid)`,
      ),
    )
    .$if(after !== undefined, (qb) =>
      qb.where(sql<boolean>`(s.made_at, s.id) < (${after?.[0]}::timestamptz, ${after?.[1]}::uuid)`),
    )
  for (const name of equals) {
    const value = filter[name]
    if (value !== undefined) query = query.where(`s.${name}`, '=', value)
  }
  return query.orderBy('s.made_at', 'desc').orderBy('s.id', 'desc').limit(limit).execute()
}

/** The numbers of these sales, of those in branches that the caller works with. */
export function lookUpSales(
  { db, tenantId, caller: { scope } }: Scope & { caller: Pick<Caller, 'scope'> },
  ids: readonly string[],
) {
  return db
    .selectFrom('sales.sale as s')
    .select(['s.id', headColumns[1], 's.number', 's.branch_id', 's.made_at'])
    .where('s.tenant_id', '=', tenantId)
    .where('s.id', '=', sql<string>`any(${ids}::uuid[])`)
    .$if(scope !== null, (qb) => qb.where('s.branch_id', '=', sql<string>`any(${scope?.branchIds}::uuid[])`))
    .orderBy('s.id')
    .execute()
}

export type SaleRow = NonNullable<Awaited<ReturnType<typeof findSale>>>

/** One sale with all that is kept of it but its lines. */
export function findSale(scope: Scope, id: string) {
  return sales(scope)
    .innerJoin('tenants.branch as b', (join) =>
      join.onRef('b.tenant_id', '=', 's.tenant_id').onRef('b.id', '=', 's.branch_id'),
    )
    .select([
      's.sequence',
      's.root_id',
      's.device_id',
      's.is_price_with_tax',
      's.net_discount',
      's.paid',
      's.change',
      's.base_currency',
      's.fx_rate',
      's.base_total',
      's.platform_fees',
      's.fees_returned',
      's.payment_fees',
      's.shipping_cost',
      's.cost',
      's.profit',
      's.data_quality_score',
      's.validation_notes',
      's.note',
      's.effective_on',
      sql<string>`((s.made_at AT TIME ZONE b.time_zone)::date)::text`.as('sold_on'),
      sql<TaxedComponent[]>`s.taxes`.as('taxes'),
      sql<number>`(SELECT count(*)::integer FROM sales.print p WHERE p.tenant_id = s.tenant_id AND p.sale_id = s.id)`.as(
        'printed',
      ),
    ])
    .where('s.id', '=', id)
    .executeTakeFirst()
}

/** The lines of a sale, with how much of each came back. */
export function linesOf({ db, tenantId }: Scope, saleId: string) {
  return db
    .selectFrom('sales.line as l')
    .leftJoin('sales.prescription as p', (join) =>
      join.onRef('p.tenant_id', '=', 'l.tenant_id').onRef('p.sale_id', '=', 'l.sale_id').onRef('p.line', '=', 'l.line'),
    )
    .select([
      'l.line',
      'l.of_line',
      'l.variant_id',
      'l.name',
      'l.sku',
      'l.barcode',
      'l.hsn_code',
      'l.unit_code',
      'l.quantity',
      'l.list_price',
      'l.unit_price',
      sql<(typeof priceSources)[number]>`l.price_source`.as('price_source'),
      'l.price_id',
      'l.price_reason',
      'l.gross',
      'l.discount',
      'l.discount_reason',
      'l.net_discount',
      'l.net',
      'l.tax',
      'l.total',
      'l.cost',
      'l.tax_class_id',
      'l.tax_class_code',
      'p.number as prescription',
      sql<TaxedComponent[]>`l.taxes`.as('taxes'),
      sql<Allocation[]>`l.allocations`.as('allocations'),
      sql<(typeof restocks)[number] | null>`l.restock`.as('restock'),
      sql<string>`(SELECT coalesce(-sum(b.quantity), 0) FROM sales.sale r
        JOIN sales.line b ON b.tenant_id = r.tenant_id AND b.sale_id = r.id AND b.of_line = l.line
        WHERE r.tenant_id = l.tenant_id AND r.original_id = l.sale_id)`.as('returned'),
    ])
    .where('l.tenant_id', '=', tenantId)
    .where('l.sale_id', '=', saleId)
    .orderBy('l.line')
    .execute()
}

/** The receipts by which goods of a sale came back, the first first. */
export function returnsOf({ db, tenantId }: Scope, saleId: string) {
  return db
    .selectFrom('sales.sale as s')
    .select(['s.id', sql<Kind>`s.kind`.as('kind'), 's.number', 's.total', 's.made_at'])
    .where('s.tenant_id', '=', tenantId)
    .where('s.original_id', '=', saleId)
    .orderBy('s.made_at')
    .orderBy('s.id')
    .execute()
}

export interface PaymentRow {
  readonly id: string
  readonly kind: string
  readonly tender_id: string
  readonly code: string
  readonly name: string
  readonly tender_kind: string
  readonly opens_drawer: boolean
  readonly amount: string
  readonly reference: string | null
  readonly authorization_id: string | null
  /** Recorded when the session was reconciled, and not on the receipt. */
  readonly is_correction: boolean
  readonly is_standing: boolean
}

/** What was paid for sales, by their ids. */
export async function paymentsOf({ client, tenantId }: Scope, saleIds: readonly string[]) {
  const { rows } = await client.query<{ sale_id: string; payments: PaymentRow[] }>({
    name: 'sales-payments-of',
    text: 'SELECT sale_id, payments FROM sales.payments_of($1, $2::uuid[])',
    values: [tenantId, saleIds],
  })
  return new Map(rows.map(({ sale_id, payments }) => [sale_id, payments]))
}

export interface NamesOn {
  readonly legal_name: string
  readonly tax_number: string | null
  readonly branch_name: string
  readonly address: string | null
  readonly phone: string | null
  readonly time_zone: string
  readonly locale: string
  readonly register: string
  readonly cashier: string | null
  readonly customer: string | null
  readonly original_number: string | null
  readonly minor_unit: number
}

/** What the ids on a receipt are called today. */
export async function namesOn({ client, tenantId }: Scope, saleId: string): Promise<NamesOn> {
  const { rows } = await client.query({
    name: 'sales-names-on',
    text: 'SELECT sales.names_on($1, $2) AS names',
    values: [tenantId, saleId],
  })
  return rows[0].names
}

/** Notes a print of a receipt; answers with its number, from 1. */
export async function recordPrint(
  { client, tenantId }: Scope,
  print: { saleId: string; format: (typeof formats)[number]; locale: string; actorId: string },
): Promise<number> {
  const { rows } = await client.query({
    name: 'sales-record-print',
    text: 'SELECT sales.record_print($1, $2, $3, $4, $5) AS number',
    values: [tenantId, print.saleId, print.format, print.locale, print.actorId],
  })
  return rows[0].number
}
