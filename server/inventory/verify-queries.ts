import type pg from 'pg'

/** A place, a cost or a branch whose stock does not agree with its movements. */
export interface Fault {
  readonly id: string
  readonly reason: string
}

export interface Checked<Key> {
  /** Where the next batch begins after; null when there was none left. */
  readonly last: Key | null
  readonly count: number
  readonly fault: Fault | null
}

/**
 * Checks the next levels after an id, in the order of their ids, in one statement and so in one snapshot: versions without a
 * gap, quantities that run, stock that is their end, movements of the same place that have a posting.
 */
export async function checkLevels(
  client: pg.ClientBase,
  tenantId: string,
  after: string | null,
  limit: number,
): Promise<Checked<string>> {
  const { rows } = await client.query(
    `WITH batch AS (
       SELECT l.id, l.branch_id, l.variant_id, l.batch_id, l.on_hand, l.version FROM inventory.level l
       WHERE l.tenant_id = $1 AND ($2::uuid IS NULL OR l.id > $2) ORDER BY l.id LIMIT $3
     ), movement AS (
       SELECT m.level_id, m.level_version, m.quantity, m.previous_quantity, m.running_quantity,
              row_number() OVER w AS position, lag(m.running_quantity, 1, 0::numeric) OVER w AS quantity_before,
              (m.branch_id, m.variant_id, m.batch_id) IS DISTINCT FROM (b.branch_id, b.variant_id, b.batch_id) AS is_elsewhere,
              EXISTS (SELECT FROM inventory.posting p WHERE p.tenant_id = $1 AND p.id = m.posting_id AND p.recorded_at = m.recorded_at) AS has_posting
       FROM inventory.movement m JOIN batch b ON b.id = m.level_id
       WHERE m.tenant_id = $1
       WINDOW w AS (PARTITION BY m.level_id ORDER BY m.level_version)
     ), fault AS (
       SELECT level_id AS id, 1 AS rank, level_version AS place,
              CASE WHEN level_version <> position THEN format('movement %s is missing', position)
                   WHEN previous_quantity <> quantity_before THEN format('movement %s does not begin at what the one before it left', level_version)
                   WHEN is_elsewhere THEN format('movement %s is of another place', level_version)
                   ELSE format('movement %s has no posting', level_version) END AS reason
       FROM movement WHERE level_version <> position OR previous_quantity <> quantity_before OR is_elsewhere OR NOT has_posting
       UNION ALL
       SELECT b.id, 2, 0, format('there are %s after %s movements, they say %s after %s', b.on_hand, b.version, coalesce(sum(m.quantity), 0), count(m))
       FROM batch b LEFT JOIN movement m ON m.level_id = b.id GROUP BY b.id, b.on_hand, b.version
       HAVING b.on_hand <> coalesce(sum(m.quantity), 0) OR b.version <> count(m)
     ), first_fault AS (
       SELECT id, reason FROM fault ORDER BY id, rank, place LIMIT 1
     )
     SELECT (SELECT id FROM batch ORDER BY id DESC LIMIT 1) AS last, (SELECT count(*)::int FROM movement) AS count,
            (SELECT json_build_object('id', id, 'reason', reason) FROM first_fault) AS fault`,
    [tenantId, after, limit],
  )
  return rows[0]
}

export interface CostKey {
  readonly branch_id: string
  readonly variant_id: string
}

/**
 * Checks the next costs after a branch and variant, in one statement: their quantity is the sum of the movements and of the
 * levels, their value is that of the movements, and their version counts them. A fault is named by the variant.
 */
export async function checkCosts(
  client: pg.ClientBase,
  tenantId: string,
  after: CostKey | null,
  limit: number,
): Promise<Checked<CostKey>> {
  const { rows } = await client.query(
    `WITH batch AS (
       SELECT c.branch_id, c.variant_id, c.quantity, c.value, c.version FROM inventory.cost c
       WHERE c.tenant_id = $1 AND ($2::uuid IS NULL OR (c.branch_id, c.variant_id) > ($2, $3::uuid))
       ORDER BY c.branch_id, c.variant_id LIMIT $4
     ), sums AS (
       SELECT b.*, m.moved, m.worth, m.movements, l.lying FROM batch b
       CROSS JOIN LATERAL (
         SELECT coalesce(sum(m.quantity), 0) AS moved, coalesce(sum(m.value), 0) AS worth, count(*) AS movements FROM inventory.movement m
         WHERE m.tenant_id = $1 AND m.branch_id = b.branch_id AND m.variant_id = b.variant_id) m
       CROSS JOIN LATERAL (
         SELECT coalesce(sum(l.on_hand), 0) AS lying FROM inventory.level l
         WHERE l.tenant_id = $1 AND l.branch_id = b.branch_id AND l.variant_id = b.variant_id) l
     ), first_fault AS (
       SELECT variant_id AS id,
              CASE WHEN quantity <> lying THEN format('in branch %s its levels hold %s, its cost is of %s', branch_id, lying, quantity)
                   WHEN quantity <> moved THEN format('in branch %s its cost is of %s, movements say %s', branch_id, quantity, moved)
                   WHEN value <> worth THEN format('in branch %s it is worth %s, movements say %s', branch_id, value, worth)
                   ELSE format('in branch %s its cost counts %s movements of %s', branch_id, version, movements) END AS reason
       FROM sums WHERE quantity <> lying OR quantity <> moved OR value <> worth OR version <> movements
       ORDER BY branch_id, variant_id LIMIT 1
     )
     SELECT (SELECT json_build_object('branch_id', branch_id, 'variant_id', variant_id) FROM batch ORDER BY branch_id DESC, variant_id DESC LIMIT 1) AS last,
            (SELECT count(*)::int FROM batch) AS count,
            (SELECT json_build_object('id', id, 'reason', reason) FROM first_fault) AS fault`,
    [tenantId, after?.branch_id ?? null, after?.variant_id ?? null, limit],
  )
  return rows[0]
}

/** The first level that movements name and that is not there. Skips from level to level along an index. */
export async function findMissingLevel(client: pg.ClientBase, tenantId: string): Promise<Fault | undefined> {
  const { rows } = await client.query(
    `WITH RECURSIVE used AS (
       (SELECT m.level_id AS id FROM inventory.movement m WHERE m.tenant_id = $1 ORDER BY m.level_id LIMIT 1)
       UNION ALL
       SELECT (SELECT m.level_id FROM inventory.movement m WHERE m.tenant_id = $1 AND m.level_id > used.id ORDER BY m.level_id LIMIT 1)
       FROM used WHERE used.id IS NOT NULL
     )
     SELECT id, 'it has movements and is not there' AS reason FROM used
     WHERE id IS NOT NULL AND NOT EXISTS (SELECT FROM inventory.level l WHERE l.tenant_id = $1 AND l.id = used.id) LIMIT 1`,
    [tenantId],
  )
  return rows[0]
}

/** The first variant in a branch that has levels and no cost. */
export async function findMissingCost(client: pg.ClientBase, tenantId: string): Promise<Fault | undefined> {
  const { rows } = await client.query(
    `SELECT l.variant_id AS id, format('in branch %s it has stock and no cost', l.branch_id) AS reason FROM inventory.level l
     WHERE l.tenant_id = $1 AND l.version > 0 AND NOT EXISTS (
       SELECT FROM inventory.cost c WHERE c.tenant_id = $1 AND c.branch_id = l.branch_id AND c.variant_id = l.variant_id)
     ORDER BY l.branch_id, l.variant_id LIMIT 1`,
    [tenantId],
  )
  return rows[0]
}

/** The first branch whose stock is worth something else than its account holds; all in one snapshot. */
export async function findUntiedBranch(client: pg.ClientBase, tenantId: string): Promise<Fault | undefined> {
  const { rows } = await client.query(
    `SELECT coalesce(s.branch_id, b.branch_id) AS id,
            format('its stock is worth %s, its account holds %s', coalesce(s.worth, 0), coalesce(b.balance, 0)) AS reason
     FROM (SELECT c.branch_id, sum(c.value) AS worth FROM inventory.cost c WHERE c.tenant_id = $1 GROUP BY c.branch_id) s
     FULL JOIN (
       SELECT h.holder_id AS branch_id, sum(h.balance) AS balance FROM ledger.read_holder_balance h
       WHERE h.tenant_id = $1 AND h.holder_type = 'branch' AND h.purpose = 'inventory' GROUP BY h.holder_id) b USING (branch_id)
     WHERE coalesce(s.worth, 0) <> coalesce(b.balance, 0) ORDER BY 1 LIMIT 1`,
    [tenantId],
  )
  return rows[0]
}
