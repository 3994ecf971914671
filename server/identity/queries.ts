import type pg from 'pg'

export interface UserRow {
  id: string
  name: string
  email: string
}

/** One person by id. */
export async function findUser(pool: pg.Pool, userId: string): Promise<UserRow | undefined> {
  const { rows } = await pool.query('SELECT id, name, email FROM identity."user" WHERE id = $1', [userId])
  return rows[0]
}

/** The session a token opens, whatever its age. */
export async function findSession(pool: pg.Pool, token: string): Promise<{ id: string; expires_at: Date } | undefined> {
  const { rows } = await pool.query('SELECT id, expires_at FROM identity.session WHERE token = $1', [token])
  return rows[0]
}

/** Ends a session; requests that show its token are refused from the next one on. */
export async function deleteSession(pool: pg.Pool, sessionId: string): Promise<void> {
  await pool.query('DELETE FROM identity.session WHERE id = $1', [sessionId])
}
