import type { Dependent } from '../imports/index.ts'
import type { Transaction } from '../platform/database.ts'
import { cameOtherwise, stands } from './product-queries.ts'

interface Scope {
  readonly client: Transaction['client']
  readonly tenantId: string
}

export interface KnownParty {
  readonly id: string
  readonly version: number
  readonly name: string
  readonly email: string | null
  readonly phone: string | null
  readonly note: string | null
  readonly role: {
    readonly version: number
    readonly is_ended: boolean
    readonly code: string | null
    readonly payment_days: number | null
    readonly payment_terms: string | null
    readonly currency: string | null
    readonly lead_time_days: string | null
    readonly minimum_order: string | null
  } | null
  readonly addresses: readonly { street: string | null; city: string | null; postal_code: string | null }[]
  readonly tax_numbers: readonly string[]
}

const shown = `p.id, p.version, p.name, p.email, p.phone, p.note,
  (SELECT jsonb_build_object('version', r.version, 'is_ended', r.ended_at IS NOT NULL, 'code', r.code, 'payment_days', r.payment_days, 'payment_terms', r.payment_terms,
     'currency', r.currency, 'lead_time_days', trim_scale(r.lead_time_days)::text, 'minimum_order', trim_scale(r.minimum_order)::text)
   FROM parties.party_role r WHERE r.tenant_id = $1 AND r.party_id = p.id AND r.role = $2) AS role,
  (SELECT coalesce(jsonb_agg(jsonb_build_object('street', a.street, 'city', a.city, 'postal_code', a.postal_code)), '[]')
   FROM parties.address a WHERE a.tenant_id = $1 AND a.party_id = p.id AND a.deleted_at IS NULL) AS addresses,
  (SELECT coalesce(jsonb_agg(t.number), '[]') FROM parties.tax_number t
   WHERE t.tenant_id = $1 AND t.party_id = p.id AND t.deleted_at IS NULL) AS tax_numbers`

/** The parties with these codes in a role, or these e-mail addresses; deleted ones are left out. */
export async function findKnownParties(
  { client, tenantId }: Scope,
  role: string,
  { codes, emails }: Readonly<Record<'codes' | 'emails', readonly string[]>>,
): Promise<KnownParty[]> {
  const { rows } = await client.query({
    name: 'imports-known-parties',
    text: `SELECT ${shown} FROM parties.party p
           WHERE p.tenant_id = $1 AND p.deleted_at IS NULL AND p.anonymised_at IS NULL AND p.id IN (
             SELECT party_id FROM parties.party_role WHERE tenant_id = $1 AND role = $2 AND code = ANY ($3::text[]) AND ended_at IS NULL
             UNION ALL SELECT id FROM parties.party WHERE tenant_id = $1 AND email = ANY ($4::text[]) AND deleted_at IS NULL)
           ORDER BY p.id`,
    values: [tenantId, role, codes, emails],
  })
  return rows
}

/** Of these parties, the versions of those that are open. */
export async function versionsOfParties(
  { client, tenantId }: Scope,
  ids: readonly string[],
): Promise<Map<string, number>> {
  if (ids.length === 0) return new Map()
  const { rows } = await client.query<{ id: string; version: number }>({
    name: 'imports-versions-of-parties',
    text: `SELECT id, version FROM parties.party
           WHERE tenant_id = $1 AND id = ANY ($2::uuid[]) AND deleted_at IS NULL AND anonymised_at IS NULL`,
    values: [tenantId, ids],
  })
  return new Map(rows.map(({ id, version }) => [id, version]))
}

export interface PartyDetail {
  readonly id: string
  readonly party_id: string
  readonly version: number
  /** Of roles only. */
  readonly role: string | null
}

/** Of these roles, addresses and tax numbers, those that are in force and of open parties. */
export async function findPartyDetails({ client, tenantId }: Scope, ids: readonly string[]): Promise<PartyDetail[]> {
  if (ids.length === 0) return []
  const { rows } = await client.query<PartyDetail>({
    name: 'imports-party-details',
    text: `SELECT d.id, d.party_id, d.version, d.role FROM (
             SELECT r.id, r.party_id, r.version, r.role FROM parties.party_role r
             WHERE r.tenant_id = $1 AND r.id = ANY ($2::uuid[]) AND r.ended_at IS NULL
             UNION ALL SELECT a.id, a.party_id, a.version, NULL FROM parties.address a
             WHERE a.tenant_id = $1 AND a.id = ANY ($2::uuid[]) AND a.deleted_at IS NULL
             UNION ALL SELECT t.id, t.party_id, t.version, NULL FROM parties.tax_number t
             WHERE t.tenant_id = $1 AND t.id = ANY ($2::uuid[]) AND t.deleted_at IS NULL) d
           JOIN parties.party p ON p.tenant_id = $1 AND p.id = d.party_id AND p.deleted_at IS NULL AND p.anonymised_at IS NULL`,
    values: [tenantId, ids],
  })
  return rows
}

const belongings = {
  party_role: 'ended_at',
  address: 'deleted_at',
  tax_number: 'deleted_at',
  contact: 'deleted_at',
}

/** Whom an import brought, and somebody else gave something since: by hand, or by another import that stands. */
const givenOtherwise = Object.entries(belongings)
  .map(
    ([
      table,
      end,
    ]) => `UNION SELECT b.id, 'changed' FROM brought b JOIN parties.${table} d ON d.tenant_id = $1 AND d.party_id = b.id
               WHERE b.resource = 'party' AND b.is_new AND d.${end} IS NULL AND (d.created_at > b.since AND ${cameOtherwise('d.id')} OR EXISTS (
                 SELECT FROM imports.provenance p JOIN imports.import i ON i.tenant_id = $1 AND i.id = p.import_id
                 WHERE p.tenant_id = $1 AND p.resource_id = d.id AND p.import_id <> $2 AND p.what <> 'skipped' AND ${stands}))`,
  )
  .join('\n             ')

/**
 * Whom an import brought, or gave a role, who was dealt with since, and whom it changed, or gave something, that was changed since:
 * names and reasons, at most so many.
 */
export async function findPartyDependents(
  { client, tenantId }: Scope,
  importId: string,
  most: number,
): Promise<Dependent[]> {
  const { rows } = await client.query<Dependent>({
    name: 'imports-party-dependents',
    text: `WITH brought AS MATERIALIZED (
             SELECT resource, resource_id AS id, bool_or(what = 'created') AS is_new, max(version_after) AS version_after, min(created_at) AS since
             FROM imports.provenance WHERE tenant_id = $1 AND import_id = $2 AND what <> 'skipped'
               AND resource IN ('party', 'party_role', 'party_address', 'party_tax_number') GROUP BY resource, resource_id
           ), roles AS MATERIALIZED (
             SELECT r.party_id, r.role, r.version, b.version_after, b.since,
               b.is_new OR EXISTS (SELECT FROM imports.provenance p JOIN imports.former f ON f.tenant_id = $1 AND f.id = p.id
                 WHERE p.tenant_id = $1 AND p.import_id = $2 AND p.resource = 'party_role' AND p.resource_id = b.id AND f.old_values ->> 'is_ended' = 'true') AS is_given
             FROM brought b JOIN parties.party_role r ON r.tenant_id = $1 AND r.id = b.id AND r.ended_at IS NULL WHERE b.resource = 'party_role'
           ), given AS MATERIALIZED (
             SELECT b.id, true AS buys, true AS sells, '-infinity'::timestamptz AS since FROM brought b WHERE b.resource = 'party' AND b.is_new
             UNION ALL SELECT r.party_id, r.role = 'customer', r.role = 'supplier', r.since FROM roles r WHERE r.is_given
           ), found AS (
             SELECT g.id, 'sold' AS reason FROM given g WHERE g.buys
               AND (EXISTS (SELECT FROM sales.sale s WHERE s.tenant_id = $1 AND s.customer_id = g.id AND s.recorded_at > g.since)
                 OR EXISTS (SELECT FROM history.document d
                            WHERE d.tenant_id = $1 AND d.customer_id = g.id AND d.import_id IS DISTINCT FROM $2 AND d.recorded_at > g.since
                              AND NOT EXISTS (SELECT FROM history.reversal v WHERE v.tenant_id = $1 AND v.document_id = d.id)))
             UNION SELECT g.id, 'in_use' FROM given g WHERE
               EXISTS (SELECT FROM inventory.posting o WHERE o.tenant_id = $1 AND o.party_id = g.id AND o.recorded_at > g.since
                 AND (g.buys AND g.sells OR g.sells = (o.kind IN ('receipt', 'supplier_return'))) AND NOT EXISTS (
                   SELECT FROM history.document d LEFT JOIN history.reversal r ON r.tenant_id = $1 AND r.document_id = d.id
                   WHERE d.tenant_id = $1 AND d.id = o.document_id AND (d.import_id = $2 OR r.id IS NOT NULL)))
               OR g.sells AND EXISTS (SELECT FROM inventory.batch h WHERE h.tenant_id = $1 AND h.supplier_id = g.id AND h.created_at > g.since)
               OR g.sells AND EXISTS (SELECT FROM replenishment.policy y WHERE y.tenant_id = $1 AND y.supplier_id = g.id AND y.created_at > g.since)
               OR g.sells AND EXISTS (SELECT FROM recalls.recall e WHERE e.tenant_id = $1 AND e.supplier_id = g.id AND e.created_at > g.since)
               OR g.buys AND EXISTS (SELECT FROM tickets.ticket t WHERE t.tenant_id = $1 AND t.customer_id = g.id AND t.created_at > g.since)
             UNION SELECT b.id, 'changed' FROM brought b JOIN parties.party p ON p.tenant_id = $1 AND p.id = b.id
               WHERE b.resource = 'party' AND p.deleted_at IS NULL AND p.version <> b.version_after
             UNION SELECT r.party_id, 'changed' FROM roles r WHERE r.version <> r.version_after
             UNION SELECT a.party_id, 'changed' FROM brought b JOIN parties.address a ON a.tenant_id = $1 AND a.id = b.id
               WHERE b.resource = 'party_address' AND a.deleted_at IS NULL AND a.version <> b.version_after
             ${givenOtherwise})
           SELECT coalesce(p.name, '') AS name, f.reason FROM found f JOIN parties.party p ON p.tenant_id = $1 AND p.id = f.id AND p.deleted_at IS NULL
           ORDER BY name, f.reason LIMIT $3`,
    values: [tenantId, importId, most],
  })
  return rows
}
