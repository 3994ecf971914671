import type { Snapshot } from './book-queries.ts'
import { type Found, mostNamed } from './line.ts'

/** How many devices there are, how many slips came, and how many of those were set aside. */
export async function countSlips({ client, tenantId }: Snapshot) {
  const { rows } = await client.query<{ devices: number; slips: number; set_aside: number }>(
    `SELECT (SELECT count(*)::int FROM registers.device WHERE tenant_id = $1) AS devices,
            (SELECT count(*)::float8 FROM sync.slip WHERE tenant_id = $1) AS slips,
            (SELECT count(*)::int FROM sync.slip WHERE tenant_id = $1 AND fault IS NOT NULL) AS set_aside`,
    [tenantId],
  )
  return rows[0] ?? { devices: 0, slips: 0, set_aside: 0 }
}

/**
 * The booked slips that follow nothing that is here of their device at their register, and two that follow the same: a chain
 * begins with the hash that the device was given when it was bound there.
 */
export async function brokenChains({ client, tenantId }: Snapshot): Promise<Found> {
  const { rows } = await client.query(
    `WITH fault AS (
       SELECT s.*, 'previous_hash' AS what, 'it follows nothing that is here' AS reason FROM sync.slip s
       WHERE s.tenant_id = $1 AND s.sale_id IS NOT NULL
         AND NOT EXISTS (
           SELECT FROM sync.slip b WHERE b.tenant_id = $1 AND b.device_id = s.device_id AND b.register_id = s.register_id
             AND b.hash = s.previous_hash AND b.fault IS DISTINCT FROM 'sequence_taken')
         AND NOT EXISTS (
           SELECT FROM registers.device_step t WHERE t.tenant_id = $1 AND t.device_id = s.device_id AND t.register_id = s.register_id
             AND t.action = 'bind' AND coalesce(t.head_hash, decode(repeat('00', 32), 'hex')) = s.previous_hash)
       UNION ALL
       SELECT s.*, 'fork', 'another one follows the same' FROM sync.slip s
       WHERE s.tenant_id = $1 AND s.sale_id IS NOT NULL AND EXISTS (
         SELECT FROM sync.slip o WHERE o.tenant_id = $1 AND o.device_id = s.device_id AND o.register_id = s.register_id
           AND o.previous_hash = s.previous_hash AND o.sale_id IS NOT NULL AND o.id < s.id)
     )
     SELECT 'slip' AS resource, id, what, NULL AS expected, encode(previous_hash, 'hex') AS found,
            format('device %s, number %s: %s', device_id, sequence, reason) AS detail, (count(*) OVER ())::int AS total
     FROM fault ORDER BY device_id, sequence, id LIMIT $2`,
    [tenantId, mostNamed],
  )
  return rows
}

/** The booked slips whose sale is not there or has another number, and the sales made offline that have no slip. */
export async function slipsWithoutSales({ client, tenantId }: Snapshot): Promise<Found> {
  const { rows } = await client.query(
    `WITH fault AS (
       SELECT 'slip' AS resource, s.id, 'sale' AS what, format('%s', s.number) AS expected, v.sequence::text AS found,
              format('device %s, sale %s', s.device_id, s.sale_id) AS detail
       FROM sync.slip s LEFT JOIN sales.sale v ON v.tenant_id = $1 AND v.id = s.sale_id
       WHERE s.tenant_id = $1 AND s.sale_id IS NOT NULL
         AND (v.id IS NULL OR v.register_id <> s.register_id OR (v.is_offline AND v.sequence IS DISTINCT FROM s.number))
       UNION ALL
       SELECT 'sale', v.id, 'slip', '1', '0', v.number FROM sales.sale v
       WHERE v.tenant_id = $1 AND v.is_offline
         AND NOT EXISTS (SELECT FROM sync.slip s WHERE s.tenant_id = $1 AND s.sale_id = v.id)
     )
     SELECT *, (count(*) OVER ())::int AS total FROM fault ORDER BY resource, id LIMIT $2`,
    [tenantId, mostNamed],
  )
  return rows
}

/** The slips that were set aside and that nobody has settled. */
export async function slipsUnsettled({ client, tenantId }: Snapshot): Promise<Found> {
  const { rows } = await client.query(
    `SELECT 'slip' AS resource, s.id, 'set_aside' AS what, NULL AS expected, s.fault AS found,
            format('device %s, number %s', s.device_id, s.sequence) AS detail, (count(*) OVER ())::int AS total
     FROM sync.slip s
     WHERE s.tenant_id = $1 AND s.fault IS NOT NULL
       AND NOT EXISTS (SELECT FROM sync.resolution o WHERE o.tenant_id = $1 AND o.slip_id = s.id)
     ORDER BY s.id LIMIT $2`,
    [tenantId, mostNamed],
  )
  return rows
}
