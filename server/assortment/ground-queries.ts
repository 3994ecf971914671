import type { z } from 'zod'
import type { ground } from './contract.ts'
import type { Scope } from './queries.ts'

type Told = z.input<typeof ground>

/** What the small lists of a till are made of. */
interface GroundHeld extends Omit<Told, 'as_of' | 'settings' | 'taxes' | 'days' | 'tenders'> {
  /** What is usual for the currency. */
  readonly cash_step: string | null
  readonly tenders: readonly Omit<Told['tenders'][number], 'is_allowed_offline'>[]
}

/** The small lists of a branch, in one statement. Price lists that ended before `today` are left out. */
export async function readGround(
  { client, tenantId }: Scope,
  { branch_id, today }: { readonly branch_id: string; readonly today: string },
): Promise<GroundHeld | undefined> {
  const { rows } = await client.query({
    name: 'assortment-read-ground',
    text: `
      SELECT jsonb_build_object('id', t.tenant_id, 'legal_name', t.legal_name, 'locale', t.locale) AS tenant,
        jsonb_build_object('id', b.id, 'entity_id', e.id, 'code', b.code, 'name', b.name, 'time_zone', b.time_zone, 'currency', c.code,
          'currency_number', c.number, 'minor_unit', c.minor_unit) AS branch,
        trim_scale(c.cash_step)::text AS cash_step,
        jsonb_build_object('legal_name', e.legal_name, 'tax_number', e.tax_number, 'branch_name', b.name,
          'address', coalesce(b.address, e.address), 'phone', b.phone) AS seller,
        (SELECT coalesce(jsonb_agg(jsonb_build_object('id', n.id, 'code', n.code, 'name', n.name, 'kind', n.kind, 'provider', n.provider,
                  'needs_reference', n.needs_reference, 'opens_drawer', n.opens_drawer, 'is_active', n.is_active) ORDER BY n.code), '[]')
         FROM payments.tender n WHERE n.tenant_id = $1) AS tenders,
        (SELECT coalesce(jsonb_agg(jsonb_build_object('id', u.id, 'code', u.code, 'name', u.name, 'dimension', u.dimension,
                  'size', u.size::text, 'decimals', u.decimals) ORDER BY u.code), '[]')
         FROM catalog.unit u WHERE u.tenant_id = $1) AS units,
        (SELECT coalesce(jsonb_agg(jsonb_build_object('id', g.id, 'parent_id', g.parent_id, 'name', g.name) ORDER BY g.name, g.id), '[]')
         FROM catalog.category g WHERE g.tenant_id = $1 AND g.deleted_at IS NULL) AS categories,
        (SELECT coalesce(jsonb_agg(jsonb_build_object('id', l.id, 'includes_tax', l.includes_tax, 'branch_id', l.branch_id,
                  'channel_id', l.channel_id, 'customer_group_id', l.customer_group_id, 'ended_on', l.ended_on) ORDER BY l.id), '[]')
         FROM pricing.price_list l
         WHERE l.tenant_id = $1 AND l.currency = c.code AND (l.branch_id IS NULL OR l.branch_id = b.id)
           AND (l.ended_on IS NULL OR l.ended_on > $3::date)) AS price_lists,
        (SELECT coalesce(jsonb_agg(jsonb_build_object('id', h.id, 'name', h.name) ORDER BY h.name, h.id), '[]')
         FROM channels.channel h WHERE h.tenant_id = $1 AND h.deleted_at IS NULL) AS channels,
        (SELECT coalesce(jsonb_agg(jsonb_build_object('id', g.id, 'code', g.code, 'name', g.name) ORDER BY g.code), '[]')
         FROM parties.customer_group g WHERE g.tenant_id = $1 AND g.deleted_at IS NULL) AS customer_groups,
        (SELECT coalesce(jsonb_agg(jsonb_build_object('id', r.id, 'code', r.code, 'name', r.name, 'is_active', r.is_active,
                  'device_id', d.id) ORDER BY r.code), '[]')
         FROM registers.register r LEFT JOIN registers.device d ON d.tenant_id = $1 AND d.register_id = r.id
         WHERE r.tenant_id = $1 AND r.branch_id = b.id) AS registers
      FROM tenants.branch b
      JOIN tenants.entity e ON e.tenant_id = $1 AND e.id = b.entity_id
      JOIN tenants.tenant t ON t.tenant_id = $1
      JOIN reference.currency c ON c.code = e.currency
      WHERE b.tenant_id = $1 AND b.id = $2`,
    values: [tenantId, branch_id, today],
  })
  return rows[0]
}

/** The taxes of a branch on some days, of every class that some goods have, as a checkout reads them. */
export async function readTaxes(
  { client, tenantId }: Scope,
  { branch_id, days }: { readonly branch_id: string; readonly days: readonly string[] },
): Promise<Told['taxes']> {
  const { rows } = await client.query({
    name: 'assortment-read-taxes',
    text: `
      SELECT sales.taxes($1,
        (SELECT array_agg(f.id) FROM tax.class c CROSS JOIN LATERAL (
           SELECT v.id FROM catalog.product p JOIN catalog.variant v ON v.tenant_id = $1 AND v.product_id = p.id
           WHERE p.tenant_id = $1 AND p.tax_class_id = c.id LIMIT 1) f
         WHERE c.tenant_id = $1),
        (SELECT jsonb_agg(jsonb_build_object('id', b.id, 'country', e.country, 'today', d.day))
         FROM unnest($3::date[]) AS d (day), tenants.branch b JOIN tenants.entity e ON e.tenant_id = $1 AND e.id = b.entity_id
         WHERE b.tenant_id = $1 AND b.id = $2)) AS taxes`,
    values: [tenantId, branch_id, days],
  })
  return rows[0]?.taxes
}
