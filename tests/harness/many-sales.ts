import type pg from 'pg'

/** What a sale writes to; rows that a copy must differ in from its original: those that are of one thing get the same new id. */
const written: Readonly<
  Record<string, { ids: readonly string[]; numbers?: readonly string[]; hashes?: readonly string[]; of?: string }>
> = {
  'sales.sale': { ids: ['id', 'original_id', 'root_id'], numbers: ['sequence'] },
  'sales.line': { ids: ['sale_id'] },
  'payments.payment': { ids: ['id', 'document_id', 'origin_id'] },
  'inventory.posting': { ids: ['id', 'document_id'], of: `kind = 'sale'` },
  'inventory.movement': {
    ids: ['posting_id'],
    numbers: ['level_version'],
    of: `posting_id IN (SELECT id FROM inventory.posting WHERE kind = 'sale')`,
  },
  'ledger.journal': { ids: ['id', 'document_id'], of: `document_type = 'sale'` },
  'ledger.entry': {
    ids: ['journal_id'],
    numbers: ['account_version'],
    of: `journal_id IN (SELECT id FROM ledger.journal WHERE document_type = 'sale')`,
  },
  'audit.entry': { ids: [], numbers: ['seq'], hashes: ['previous_hash', 'hash'], of: `event = 'sales.checkout'` },
  'platform.idempotency_key': { ids: ['id'] },
}
/** What there is of each of the goods, and by what they are found. */
const goods: typeof written = {
  'catalog.product': { ids: ['id'] },
  'catalog.variant': { ids: ['id', 'product_id'] },
  'pricing.price': { ids: ['id', 'variant_id'] },
  'inventory.level': { ids: ['id', 'variant_id'] },
  'inventory.cost': { ids: ['variant_id'] },
}
const terms: typeof written = { 'catalog.term': { ids: ['variant_id'] } }

/** The tables that are long once there are many sales. */
export const bigTables = [written, goods, terms].flatMap(Object.keys)

/**
 * Makes so many `products` of those that a tenant has, with all that is kept of each; one in ten is another tenant's. So many are `found`
 * by their terms: a product has a dozen.
 */
export async function multiplyGoods(
  superuser: pg.ClientBase,
  tenantId: string,
  { products, found }: { products: number; found: number },
): Promise<void> {
  const { rows } = await superuser.query<{ many: number }>(
    'SELECT count(*)::integer AS many FROM catalog.product WHERE tenant_id = $1',
    [tenantId],
  )
  const copiesFor = (many: number) => `${Math.trunc(many / (rows[0]?.many ?? 1))}`
  await multiplyAll(superuser, goods, { tenantId, copies: copiesFor(products) })
  await multiplyAll(superuser, terms, { tenantId, copies: copiesFor(found) })
}

/**
 * Makes so many rows of each table that sales write to, copies of those of a tenant; one in ten is another tenant's. Written past
 * the recording functions: sums and chains do not hold.
 */
export function multiplySales(superuser: pg.ClientBase, tenantId: string, rows: number): Promise<void> {
  return multiplyAll(superuser, written, { tenantId, copies: `(SELECT ${rows} / count(*)::int FROM kept)` })
}

async function multiplyAll(
  superuser: pg.ClientBase,
  tables: typeof written,
  size: { tenantId: string; copies: string },
): Promise<void> {
  await superuser.query('SET session_replication_role = replica')
  await superuser.query(
    `CREATE OR REPLACE FUNCTION pg_temp.copy_of(uuid, integer) RETURNS uuid LANGUAGE sql IMMUTABLE 
     RETURN overlay(overlay(md5($1::text || $2) PLACING '4' FROM 13) PLACING '8' FROM 17)::uuid`,
  )
  for (const [table, changes] of Object.entries(tables)) await multiply(superuser, { table, ...size, ...changes })
}

async function multiply(
  superuser: pg.ClientBase,
  {
    table,
    tenantId,
    copies,
    ids,
    numbers = [],
    hashes = [],
    of = 'true',
  }: (typeof written)[string] & { table: string; tenantId: string; copies: string },
): Promise<void> {
  const { rows: columns } = await superuser.query<{ name: string }>(
    `SELECT attname AS name FROM pg_attribute WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''`,
    [table],
  )
  const copied = ({ name }: { name: string }) => {
    if (name === 'tenant_id') return 'CASE n % 10 WHEN 0 THEN pg_temp.copy_of(t.tenant_id, n % 7) ELSE t.tenant_id END'
    // A register and its shift sell a hundred times.
    if (name === 'account_id')
      return 'CASE WHEN t.account_id = ANY (drawers) THEN pg_temp.copy_of(t.account_id, n / 100) ELSE t.account_id END'
    if (name === 'session_id' || name === 'register_id') return `pg_temp.copy_of(t.${name}, n / 100)`
    if (ids.includes(name)) return `pg_temp.copy_of(t.${name}, n)`
    if (numbers.includes(name)) return `t.${name} + n * 1000000::bigint`
    if (hashes.includes(name)) return `sha256(t.${name} || int4send(n))`
    return `t."${name}"`
  }
  await superuser.query(
    `WITH kept AS (SELECT * FROM ${table} WHERE tenant_id = '${tenantId}' AND ${of})
     INSERT INTO ${table} (${columns.map(({ name }) => `"${name}"`).join(', ')})
     SELECT ${columns.map(copied).join(', ')}
     FROM kept t, (SELECT array(SELECT id FROM ledger.account WHERE holder_type = 'session') AS drawers) a, generate_series(1, ${copies}) n`,
  )
}
