import type pg from 'pg'
import { uuidv7 } from '../../server/platform/identifiers.ts'
import { fillProducts } from './products.ts'

/**
 * Gives a tenant branches, products of one variant each, stock of all of them in each branch, and so many movements of each in
 * the last 90 days: a receipt, then sales. Written past the recording function, as it would have.
 */
export async function fillStock(
  superuser: pg.ClientBase,
  tenantId: string,
  size: { branches: number; variants: number; movements: number },
): Promise<{ branchIds: string[]; variantIds: string[] }> {
  const entityId = uuidv7()
  const branchIds = Array.from({ length: size.branches }, () => uuidv7())
  const run = (text: string, values: unknown[] = []) => superuser.query(text, values)
  await run(
    `INSERT INTO tenants.tenant (tenant_id, legal_name, locale, time_zone) VALUES ($1, 'Of many', 'en', 'UTC')`,
    [tenantId],
  )
  await run(
    `INSERT INTO tenants.entity (tenant_id, id, legal_name, country, currency) VALUES ($1, $2, 'Of many', 'FR', 'EUR')`,
    [tenantId, entityId],
  )
  await run(
    `INSERT INTO tenants.branch (tenant_id, id, entity_id, code, name, time_zone)
     SELECT $1, b.id, $2, b.id::text, 'Of many', 'UTC' FROM unnest($3::uuid[]) AS b (id)`,
    [tenantId, entityId, branchIds],
  )
  const goods = Array.from({ length: size.variants }, (_, at) => ({ name: `Item ${at}`, code: `STOCK-${at}` }))
  await fillProducts(superuser, tenantId, goods)
  await run(
    `INSERT INTO inventory.posting (tenant_id, id, kind, document_type, document_id, document_on, recorded_at)
     SELECT $1, gen_random_uuid(), CASE n.n WHEN 1 THEN 'receipt' ELSE 'sale' END, 'test', gen_random_uuid(), current_date,
            now() - make_interval(days => 90 - (n.n * 89 / $2::integer))
     FROM generate_series(1, $2::integer) AS n (n)`,
    [tenantId, size.movements],
  )
  await run(
    `INSERT INTO inventory.level (tenant_id, id, branch_id, variant_id, on_hand, version)
     SELECT $1, gen_random_uuid(), b.id, v.id, 1000 - ($3::integer - 1), $3
     FROM unnest($2::uuid[]) AS b (id) CROSS JOIN catalog.variant v WHERE v.tenant_id = $1`,
    [tenantId, branchIds, size.movements],
  )
  await run(
    `INSERT INTO inventory.cost (tenant_id, branch_id, variant_id, quantity, value, last_cost, version, created_at)
     SELECT l.tenant_id, l.branch_id, l.variant_id, l.on_hand, l.on_hand, 1, l.version, now() - interval '90 days'
     FROM inventory.level l WHERE l.tenant_id = $1`,
    [tenantId],
  )
  await run(
    `INSERT INTO inventory.movement (tenant_id, level_id, level_version, posting_id, line, branch_id, variant_id, quantity,
       previous_quantity, running_quantity, unit_cost, value, effective_on, recorded_at)
     SELECT $1, l.id, p.n, p.id, 1, l.branch_id, l.variant_id, m.quantity, m.before, m.before + m.quantity, 1, m.quantity,
            p.recorded_at::date, p.recorded_at
     FROM (SELECT p.*, row_number() OVER (ORDER BY p.recorded_at) AS n FROM inventory.posting p WHERE p.tenant_id = $1) p
     CROSS JOIN inventory.level l
     CROSS JOIN LATERAL (SELECT CASE p.n WHEN 1 THEN 1000 ELSE -1 END AS quantity, CASE p.n WHEN 1 THEN 0 ELSE 1002 - p.n END AS before) m
     WHERE l.tenant_id = $1`,
    [tenantId],
  )
  await run(
    'ANALYZE inventory.level, inventory.cost, inventory.movement, inventory.posting, tenants.branch, tenants.entity',
  )
  const { rows } = await run('SELECT id FROM catalog.variant WHERE tenant_id = $1 ORDER BY id', [tenantId])
  return { branchIds: branchIds.toSorted(), variantIds: rows.map((row) => row.id) }
}
