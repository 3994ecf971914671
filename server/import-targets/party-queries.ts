import type { Dependent } from '../imports/index.ts'
import type { Transaction } from '../platform/database.ts'

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
  (SELECT jsonb_build_object('version', r.version, 'code', r.code, 'payment_days', r.payment_days, 'payment_terms', r.payment_terms,
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

/** One party in a role, whatever it is called; undefined when it is deleted. */
export async function findParty(
  { client, tenantId }: Scope,
  role: string,
  id: string,
): Promise<KnownParty | undefined> {
  const { rows } = await client.query({
    name: 'imports-known-party',
    text: `SELECT ${shown} FROM parties.party p WHERE p.tenant_id = $1 AND p.id = $3 AND p.deleted_at IS NULL AND p.anonymised_at IS NULL`,
    values: [tenantId, role, id],
  })
  return rows[0]
}

/** Whom an import brought who was dealt with since, or changed: names and reasons, at most so many. */
export async function findPartyDependents(
  { client, tenantId }: Scope,
  importId: string,
  most: number,
): Promise<Dependent[]> {
  const { rows } = await client.query<Dependent>({
    name: 'imports-party-dependents',
    text: `WITH brought AS MATERIALIZED (
             SELECT resource_id AS id, bool_or(what = 'created') AS is_new, max(version_after) AS version_after
             FROM imports.provenance WHERE tenant_id = $1 AND import_id = $2 AND resource = 'party' AND what <> 'skipped' GROUP BY resource_id
           ), found AS (
             SELECT b.id, 'sold' AS reason FROM brought b WHERE b.is_new
               AND (EXISTS (SELECT FROM sales.sale s WHERE s.tenant_id = $1 AND s.customer_id = b.id)
                 OR EXISTS (SELECT FROM history.read_document d
                            WHERE d.tenant_id = $1 AND d.customer_id = b.id AND d.import_id IS DISTINCT FROM $2))
             UNION SELECT b.id, 'in_use' FROM brought b WHERE b.is_new AND (
               EXISTS (SELECT FROM inventory.posting o WHERE o.tenant_id = $1 AND o.party_id = b.id AND NOT EXISTS (
                 SELECT FROM history.document d LEFT JOIN history.reversal r ON r.tenant_id = $1 AND r.document_id = d.id
                 WHERE d.tenant_id = $1 AND d.id = o.document_id AND (d.import_id = $2 OR r.id IS NOT NULL)))
               OR EXISTS (SELECT FROM inventory.batch h WHERE h.tenant_id = $1 AND h.supplier_id = b.id)
               OR EXISTS (SELECT FROM tickets.ticket t WHERE t.tenant_id = $1 AND t.customer_id = b.id))
             UNION SELECT b.id, 'changed' FROM brought b JOIN parties.party p ON p.tenant_id = $1 AND p.id = b.id
               WHERE p.deleted_at IS NULL AND p.version <> b.version_after)
           SELECT coalesce(p.name, '') AS name, f.reason FROM found f JOIN parties.party p ON p.tenant_id = $1 AND p.id = f.id
           ORDER BY name, f.reason LIMIT $3`,
    values: [tenantId, importId, most],
  })
  return rows
}
