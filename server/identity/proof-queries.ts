import type { Visit } from './attempt-queries.ts'
import type { Connection } from './queries.ts'

export type ProofPurpose = 'second_factor' | 'password_reset' | 'email_verification'

export interface ProofRow {
  readonly id: string
  readonly user_id: string
  readonly session_kind: 'browser' | 'till' | null
  readonly device_name: string | null
}

/** Enters the challenge of a sign-in that waits for its second factor. */
export async function insertChallenge(
  db: Connection,
  challenge: {
    id: string
    userId: string
    tokenHash: Buffer
    expiresAt: Date
    sessionKind: string
    deviceName: string | null
    now: Date
  },
): Promise<void> {
  await db.query(
    `INSERT INTO identity.proof
       (id, user_id, purpose, token_hash, expires_at, session_kind, device_name, created_at, updated_at)
     VALUES ($1, $2, 'second_factor', $3, $4, $5, $6, $7, $7)`,
    [
      challenge.id,
      challenge.userId,
      challenge.tokenHash,
      challenge.expiresAt,
      challenge.sessionKind,
      challenge.deviceName,
      challenge.now,
    ],
  )
}

/**
 * Enters a link for the person with an address, or for nobody, and where it was asked for: one statement and one commit
 * either way, so that its time tells nothing. Three are open at most: a new one ends the oldest. A person who was sent
 * fifty within the day gets another only while none is open, and else the link is nobody's: so whoever asks for them over and
 * over neither fills the mailbox nor leaves its owner without a good link. Returns whose it is, and whether there is a
 * person at all.
 */
export async function insertLink(
  db: Connection,
  link: {
    id: string
    email: string
    purpose: ProofPurpose
    tokenHash: Buffer
    expiresAt: Date
    now: Date
    visit: Pick<Visit, 'requestId' | 'address' | 'device'>
  },
): Promise<{ userId: string | null; asked: string | null }> {
  const { rows } = await db.query(
    `WITH asked AS (
       SELECT max(u.id::text)::uuid AS user_id FROM identity."user" u WHERE u.email = $2
     ), sent AS (
       SELECT p.id, p.used_at IS NULL AND p.expires_at > $6 AS open,
              row_number() OVER (PARTITION BY p.used_at IS NULL AND p.expires_at > $6 ORDER BY p.id DESC) AS place
       FROM identity.proof p JOIN asked ON p.user_id = asked.user_id
       WHERE p.purpose = $3 AND p.created_at > $6::timestamptz - interval '1 day'
     ), link AS (
       INSERT INTO identity.proof (id, user_id, purpose, token_hash, expires_at, created_at, updated_at)
       SELECT $1, CASE WHEN 50 > (SELECT count(*) FROM sent) OR NOT EXISTS (SELECT FROM sent WHERE open)
         THEN asked.user_id END, $3, $4, $5, $6, $6 FROM asked
       RETURNING user_id
     ), ended AS (
       UPDATE identity.proof p SET used_at = $6, updated_at = $6
       FROM sent, link WHERE p.id = sent.id AND sent.open AND sent.place >= 3 AND link.user_id IS NOT NULL
     ), visit AS (
       INSERT INTO identity.visit (request_id, user_id, ip_address, user_agent, signed_in, created_at)
       SELECT $7, asked.user_id, $8, $9, false, $6 FROM asked WHERE asked.user_id IS NOT NULL
       ON CONFLICT (request_id) DO NOTHING
     )
     SELECT link.user_id AS "userId", asked.user_id AS asked FROM link, asked`,
    [
      link.id,
      link.email,
      link.purpose,
      link.tokenHash,
      link.expiresAt,
      link.now,
      link.visit.requestId,
      link.visit.address,
      link.visit.device,
    ],
  )
  return rows[0]
}

interface Shown {
  readonly purpose: ProofPurpose
  readonly tokenHash: Buffer
  readonly now: Date
}

/** Whose proof this is, if it is good still. */
export async function findProof(db: Connection, shown: Shown): Promise<ProofRow | undefined> {
  const { rows } = await db.query(
    `SELECT id, user_id, session_kind, device_name FROM identity.proof
     WHERE purpose = $1 AND token_hash = $2 AND used_at IS NULL AND expires_at > $3 AND user_id IS NOT NULL`,
    [shown.purpose, shown.tokenHash, shown.now],
  )
  return rows[0]
}

/** Counts a try at a challenge; undefined when it is over: used, expired, or tried five times. */
export async function tryChallenge(db: Connection, tokenHash: Buffer, now: Date): Promise<ProofRow | undefined> {
  const { rows } = await db.query(
    `UPDATE identity.proof SET tries = tries + 1, updated_at = $2
     WHERE purpose = 'second_factor' AND token_hash = $1 AND used_at IS NULL AND expires_at > $2 AND tries < 5
     RETURNING id, user_id, session_kind, device_name`,
    [tokenHash, now],
  )
  return rows[0]
}

/** Uses a proof up. Of two at once one succeeds; false for the other, and for one that is over. */
export async function useProof(db: Connection, id: string, now: Date): Promise<boolean> {
  const { rowCount } = await db.query(
    'UPDATE identity.proof SET used_at = $2, updated_at = $2 WHERE id = $1 AND used_at IS NULL AND expires_at > $2',
    [id, now],
  )
  return rowCount === 1
}

/** Ends what is open of a person's proofs of one purpose. */
export async function endProofs(db: Connection, userId: string, purpose: ProofPurpose, now: Date): Promise<void> {
  await db.query(
    'UPDATE identity.proof SET used_at = $3, updated_at = $3 WHERE user_id = $1 AND purpose = $2 AND used_at IS NULL',
    [userId, purpose, now],
  )
}

/** Deletes what has served: sessions, challenges, links, trusts that are over, old attempts and visits; at most `limit` each. */
export async function purge(db: Connection, now: Date, limit: number): Promise<number> {
  const over: [table: string, key: string, condition: string][] = [
    ['session', 'id', 'expires_at < $1'],
    ['proof', 'id', "expires_at < $1::timestamptz - interval '1 day'"],
    ['trusted_device', 'id', 'expires_at < $1'],
    ['attempt', 'key', "failed_at < $1::timestamptz - interval '2 days' AND coalesce(locked_until < $1, true)"],
    ['visit', 'request_id', "created_at < $1::timestamptz - interval '400 days'"],
  ]
  let deleted = 0
  for (const [table, key, condition] of over) {
    const { rowCount } = await db.query(
      `DELETE FROM identity.${table} WHERE ${key} IN (SELECT ${key} FROM identity.${table} WHERE ${condition} LIMIT $2)`,
      [now, limit],
    )
    deleted = Math.max(deleted, rowCount ?? 0)
  }
  return deleted
}
