import type { Dependent } from '../imports/index.ts'
import type { Transaction } from '../platform/database.ts'

interface Scope {
  readonly client: Transaction['client']
  readonly tenantId: string
}

export interface PairDay {
  readonly base: string
  readonly quote: string
  readonly quoted_on: string
}

/** The newest rates of the tenant of these pairs, this way round, and days. */
export async function findOwnRates({ client, tenantId }: Scope, asked: readonly PairDay[]) {
  const { rows } = await client.query<PairDay & { id: string; rate: string }>({
    name: 'imports-own-rates',
    text: `SELECT DISTINCT ON (r.base, r.quote, r.quoted_on) r.id, r.base, r.quote, r.quoted_on, trim_scale(r.rate)::text AS rate
           FROM jsonb_to_recordset($2) AS w (base text, quote text, quoted_on date)
           JOIN fx.rate r ON r.tenant_id = $1 AND r.base = w.base AND r.quote = w.quote AND r.quoted_on = w.quoted_on
           ORDER BY r.base, r.quote, r.quoted_on, r.revision DESC`,
    values: [tenantId, JSON.stringify(asked)],
  })
  return rows
}

/** The tax classes of the tenant, by code. */
export async function findTaxClasses({ client, tenantId }: Scope): Promise<ReadonlyMap<string, string>> {
  const { rows } = await client.query<{ id: string; code: string }>({
    name: 'imports-classes-by-code',
    text: 'SELECT id, code FROM tax.class WHERE tenant_id = $1',
    values: [tenantId],
  })
  return new Map(rows.map(({ id, code }) => [code, id]))
}

/** The tenant's own tax rates that begin on these days, in these places, for these classes. */
export async function findTaxRates(
  { client, tenantId }: Scope,
  asked: readonly { jurisdiction_code: string; class_id: string; valid_from: string }[],
) {
  const { rows } = await client.query<{
    id: string
    jurisdiction_code: string
    class_id: string
    valid_from: string
    rate: string
    version: number
  }>({
    name: 'imports-tax-rates',
    text: `SELECT r.id, r.jurisdiction_code, r.class_id, lower(r.valid) AS valid_from, trim_scale(r.rate)::text AS rate, r.version
           FROM jsonb_to_recordset($2) AS w (jurisdiction_code text, class_id uuid, valid_from date)
           JOIN tax.rate r ON r.tenant_id = $1 AND r.jurisdiction_code = w.jurisdiction_code AND r.class_id = w.class_id
             AND lower(r.valid) = w.valid_from AND r.deleted_at IS NULL`,
    values: [tenantId, JSON.stringify(asked)],
  })
  return rows
}

/** The tax rates of an import that have begun somewhere, or were changed: they stay. */
export async function findRateDependents(
  { client, tenantId, now }: Scope & { now: Date },
  importId: string,
  most: number,
): Promise<Dependent[]> {
  const { rows } = await client.query<Dependent>({
    name: 'imports-rate-dependents',
    text: `SELECT r.jurisdiction_code || ' ' || r.name AS name, CASE WHEN r.version <> p.version_after THEN 'changed' ELSE 'in_use' END AS reason
           FROM imports.provenance p
           JOIN tax.rate r ON r.tenant_id = $1 AND r.id = p.resource_id AND r.deleted_at IS NULL
           WHERE p.tenant_id = $1 AND p.import_id = $2 AND p.resource = 'tax_rate' AND p.what = 'created'
             AND (r.version <> p.version_after OR lower(r.valid) <= ($3::timestamptz AT TIME ZONE 'Etc/GMT-14')::date)
           ORDER BY name LIMIT $4`,
    values: [tenantId, importId, now, most],
  })
  return rows
}

/** The version of a tax rate that was not withdrawn. */
export async function versionOfTaxRate({ client, tenantId }: Scope, id: string): Promise<number | undefined> {
  const { rows } = await client.query<{ version: number }>({
    name: 'imports-version-of-tax-rate',
    text: 'SELECT version FROM tax.rate WHERE tenant_id = $1 AND id = $2 AND deleted_at IS NULL',
    values: [tenantId, id],
  })
  return rows[0]?.version
}
