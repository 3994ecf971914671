import type pg from 'pg'

/** The pool of identity, or one of its connections at work in a transaction. */
export type Connection = Pick<pg.ClientBase, 'query'>

export interface UserRow {
  readonly id: string
  readonly name: string
  readonly email: string
  readonly email_verified: boolean
}

/** A person with what signing in asks for. */
export interface AccountRow extends UserRow {
  /** An argon2id hash. */
  readonly password: string
  readonly second_factor: boolean
}

const accountColumns = `u.id, u.name, u.email, u.email_verified, a.password,
  EXISTS (SELECT FROM identity.second_factor f WHERE f.user_id = u.id AND f.confirmed_at IS NOT NULL) AS second_factor`
const accounts = `identity."user" u JOIN identity.account a ON a.user_id = u.id AND a.provider_id = 'credential'`

/** Runs work in one transaction on a connection of identity's pool. */
export async function transact<T>(pool: pg.Pool, work: (client: Connection) => Promise<T>): Promise<T> {
  const client = await pool.connect()
  let broken = false
  try {
    await client.query('BEGIN')
    const result = await work(client)
    await client.query('COMMIT')
    return result
  } catch (error) {
    broken = await client.query('ROLLBACK').then(
      () => false,
      () => true,
    )
    throw error
  } finally {
    client.release(broken)
  }
}

/** One person by id. */
export async function findUser(db: Connection, userId: string): Promise<UserRow | undefined> {
  const { rows } = await db.query('SELECT id, name, email, email_verified FROM identity."user" WHERE id = $1', [userId])
  return rows[0]
}

/** One person with a password, by e-mail address in lower case. */
export async function findAccountByEmail(db: Connection, email: string): Promise<AccountRow | undefined> {
  const { rows } = await db.query(`SELECT ${accountColumns} FROM ${accounts} WHERE u.email = $1`, [email])
  return rows[0]
}

/** One person with a password, by id. */
export async function findAccount(db: Connection, userId: string): Promise<AccountRow | undefined> {
  const { rows } = await db.query(`SELECT ${accountColumns} FROM ${accounts} WHERE u.id = $1`, [userId])
  return rows[0]
}

/** True while this is the hash of a person's password; waits for who is changing it. */
export async function isPassword(db: Connection, userId: string, hash: string): Promise<boolean> {
  const { rows } = await db.query(
    `SELECT password FROM identity.account WHERE user_id = $1 AND provider_id = 'credential' FOR SHARE`,
    [userId],
  )
  return rows[0]?.password === hash
}

/** Puts another hash in place of one; false when that is no longer the hash. */
export async function replacePassword(
  db: Connection,
  { userId, from, to, now }: { userId: string; from: string; to: string; now: Date },
): Promise<boolean> {
  const { rowCount } = await db.query(
    `UPDATE identity.account SET password = $3, updated_at = $4
     WHERE user_id = $1 AND provider_id = 'credential' AND password = $2`,
    [userId, from, to, now],
  )
  return rowCount === 1
}

/** The hashes of the passwords before the present one, the newest first. */
export async function formerPasswords(db: Connection, userId: string): Promise<string[]> {
  const { rows } = await db.query('SELECT password FROM identity.former_password WHERE user_id = $1 ORDER BY id DESC', [
    userId,
  ])
  return rows.map((row) => row.password)
}

/** Keeps the hash of a password that was replaced, and forgets all but the newest `keep`. `id` is later than the others. */
export async function keepFormerPassword(
  db: Connection,
  { id, userId, password, keep }: { id: string; userId: string; password: string; keep: number },
): Promise<void> {
  await db.query('INSERT INTO identity.former_password (id, user_id, password) VALUES ($1, $2, $3)', [
    id,
    userId,
    password,
  ])
  await db.query(
    `DELETE FROM identity.former_password WHERE user_id = $1
     AND id NOT IN (SELECT id FROM identity.former_password WHERE user_id = $1 ORDER BY id DESC LIMIT $2)`,
    [userId, keep],
  )
}

/** Marks an address as the person's own; false when it was marked before. */
export async function markEmailVerified(db: Connection, userId: string, now: Date): Promise<boolean> {
  const { rowCount } = await db.query(
    'UPDATE identity."user" SET email_verified = true, updated_at = $2 WHERE id = $1 AND NOT email_verified',
    [userId, now],
  )
  return rowCount === 1
}
