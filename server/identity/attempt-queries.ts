import type { Connection } from './queries.ts'

/** Where a request comes from that the log of a person tells of. */
export interface Visit {
  readonly requestId: string
  readonly userId: string
  readonly address: string
  readonly device: string
  readonly signedIn: boolean
  readonly now: Date
}

/**
 * Counts a failed attempt at an address and, of a known person, where it came from: one statement and one commit either
 * way, so that its time tells nothing. Ten failures lock the address for a quarter of an hour, each ten after that for
 * twice as long, up to sixteen hours; a day without failures forgets. Attempts while it is locked count for nothing.
 * `lockedSeconds` is null while the address is open.
 */
export async function recordFailure(
  db: Connection,
  { key, now, visit }: { key: Buffer; now: Date; visit: Omit<Visit, 'signedIn' | 'now'> | undefined },
): Promise<{ lockedSeconds: number | null; justLocked: boolean }> {
  const { rows } = await db.query(
    `WITH visit AS (
       INSERT INTO identity.visit (request_id, user_id, ip_address, user_agent, signed_in, created_at)
       SELECT $3::uuid, $4::uuid, $5, $6, false, $2::timestamptz WHERE $4::uuid IS NOT NULL
       ON CONFLICT (request_id) DO NOTHING
     )
     INSERT INTO identity.attempt AS a (key, failures, failed_at, created_at, updated_at) VALUES ($1, 1, $2, $2, $2)
     ON CONFLICT (key) DO UPDATE SET
       failures = CASE WHEN a.locked_until > $2 THEN a.failures
                       WHEN a.failed_at < $2 - interval '1 day' THEN 1
                       WHEN a.failures >= 9 THEN 0
                       ELSE a.failures + 1 END,
       lockouts = CASE WHEN a.locked_until > $2 THEN a.lockouts
                       WHEN a.failed_at < $2 - interval '1 day' THEN 0
                       WHEN a.failures >= 9 THEN a.lockouts + 1
                       ELSE a.lockouts END,
       locked_until = CASE WHEN a.locked_until > $2 THEN a.locked_until
                           WHEN a.failed_at < $2 - interval '1 day' THEN NULL
                           WHEN a.failures >= 9 THEN $2 + interval '15 minutes' * power(2, least(a.lockouts, 6))
                           ELSE NULL END,
       failed_at = CASE WHEN a.locked_until > $2 THEN a.failed_at ELSE $2 END,
       updated_at = $2
     RETURNING CASE WHEN locked_until > $2 THEN ceil(extract(epoch FROM locked_until - $2))::int END AS "lockedSeconds",
               failures = 0 AND failed_at = $2 AS "justLocked"`,
    [key, now, visit?.requestId ?? null, visit?.userId ?? null, visit?.address ?? '', visit?.device ?? ''],
  )
  return rows[0]
}

/** True while attempts at an address are refused. */
export async function isLocked(db: Connection, key: Buffer, now: Date): Promise<boolean> {
  const { rows } = await db.query('SELECT FROM identity.attempt WHERE key = $1 AND locked_until > $2', [key, now])
  return rows.length > 0
}

/** Forgets the failed attempts at an address. */
export async function forgetFailures(db: Connection, key: Buffer): Promise<void> {
  await db.query('DELETE FROM identity.attempt WHERE key = $1', [key])
}

/** Keeps where a request came from. Returns true when nobody signed this person in from such a device, but from others. */
export async function recordVisit(db: Connection, visit: Visit): Promise<boolean> {
  const { rows } = await db.query(
    `WITH visit AS (
       INSERT INTO identity.visit (request_id, user_id, ip_address, user_agent, signed_in, created_at)
       VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (request_id) DO NOTHING
     )
     SELECT EXISTS (SELECT FROM identity.visit v WHERE v.user_id = $2 AND v.signed_in)
        AND NOT EXISTS (SELECT FROM identity.visit v WHERE v.user_id = $2 AND v.signed_in AND v.user_agent = $4) AS is_new`,
    [visit.requestId, visit.userId, visit.address, visit.device, visit.signedIn, visit.now],
  )
  return rows[0].is_new
}

/** Where requests came from, by their ids; only those of this person. */
export async function findVisits(
  db: Connection,
  userId: string,
  requestIds: readonly string[],
): Promise<Map<string, { address: string; device: string }>> {
  const { rows } = await db.query(
    `SELECT request_id, ip_address AS address, user_agent AS device
     FROM identity.visit WHERE user_id = $1 AND request_id = ANY ($2::uuid[])`,
    [userId, requestIds],
  )
  return new Map(rows.map(({ request_id, ...visit }) => [request_id, visit]))
}
