import type { Connection } from './queries.ts'

export interface SecondFactorRow {
  readonly secret: string
  readonly confirmed_at: Date | null
  readonly backup_codes_left: number
}

/** The second factor of a person, confirmed or not. */
export async function findSecondFactor(db: Connection, userId: string): Promise<SecondFactorRow | undefined> {
  const { rows } = await db.query(
    `SELECT f.secret, f.confirmed_at,
            (SELECT count(*)::int FROM identity.backup_code b WHERE b.user_id = f.user_id AND b.used_at IS NULL) AS backup_codes_left
     FROM identity.second_factor f WHERE f.user_id = $1`,
    [userId],
  )
  return rows[0]
}

/** Enters a secret that is not confirmed yet, in place of another such; false when one is confirmed. */
export async function enterSecret(
  db: Connection,
  { userId, secret, now }: { userId: string; secret: string; now: Date },
): Promise<boolean> {
  const { rowCount } = await db.query(
    `INSERT INTO identity.second_factor AS f (user_id, secret, created_at, updated_at) VALUES ($1, $2, $3, $3)
     ON CONFLICT (user_id) DO UPDATE SET secret = $2, last_step = 0, updated_at = $3 WHERE f.confirmed_at IS NULL`,
    [userId, secret, now],
  )
  return rowCount === 1
}

/** Confirms the secret with the step of its first code; false when it is confirmed already or was replaced. */
export async function confirmSecret(
  db: Connection,
  { userId, secret, step, now }: { userId: string; secret: string; step: number; now: Date },
): Promise<boolean> {
  const { rowCount } = await db.query(
    `UPDATE identity.second_factor SET confirmed_at = $4, last_step = $3, updated_at = $4
     WHERE user_id = $1 AND secret = $2 AND confirmed_at IS NULL`,
    [userId, secret, step, now],
  )
  return rowCount === 1
}

/** Uses up the code of a step and all before it. Of two at once one succeeds. */
export async function spendStep(
  db: Connection,
  { userId, secret, step, now }: { userId: string; secret: string; step: number; now: Date },
): Promise<boolean> {
  const { rowCount } = await db.query(
    `UPDATE identity.second_factor SET last_step = $3, updated_at = $4
     WHERE user_id = $1 AND secret = $2 AND confirmed_at IS NOT NULL AND last_step < $3`,
    [userId, secret, step, now],
  )
  return rowCount === 1
}

/** Uses up a backup code. Of two at once one succeeds. */
export async function spendBackupCode(
  db: Connection,
  { userId, codeHash, now }: { userId: string; codeHash: Buffer; now: Date },
): Promise<boolean> {
  const { rowCount } = await db.query(
    `UPDATE identity.backup_code SET used_at = $3, updated_at = $3
     WHERE user_id = $1 AND code_hash = $2 AND used_at IS NULL`,
    [userId, codeHash, now],
  )
  return rowCount === 1
}

/** Puts these backup codes in place of all others. */
export async function replaceBackupCodes(
  db: Connection,
  { userId, codes, now }: { userId: string; codes: readonly { id: string; hash: Buffer }[]; now: Date },
): Promise<void> {
  await db.query('DELETE FROM identity.backup_code WHERE user_id = $1', [userId])
  await db.query(
    `INSERT INTO identity.backup_code (id, user_id, code_hash, created_at, updated_at)
     SELECT code.id, $1, code.hash, $4, $4 FROM unnest($2::uuid[], $3::bytea[]) AS code (id, hash)`,
    [userId, codes.map((code) => code.id), codes.map((code) => code.hash), now],
  )
}

/** Removes the second factor of a person with its backup codes; false when none was active. */
export async function deleteSecondFactor(db: Connection, userId: string): Promise<boolean> {
  await db.query('DELETE FROM identity.backup_code WHERE user_id = $1', [userId])
  const { rows } = await db.query('DELETE FROM identity.second_factor WHERE user_id = $1 RETURNING confirmed_at', [
    userId,
  ])
  return rows.some((row) => row.confirmed_at !== null)
}
