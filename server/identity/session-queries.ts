import type { Connection } from './queries.ts'

export interface SessionRow {
  readonly id: string
  readonly kind: 'browser' | 'till' | 'cashier'
  readonly device_name: string | null
  readonly address: string
  readonly device: string
  readonly signed_in_at: Date
  readonly used_at: Date
  readonly expires_at: Date
}

export interface TrustedDeviceRow extends Omit<SessionRow, 'kind' | 'signed_in_at'> {
  readonly trusted_at: Date
}

interface Page {
  readonly userId: string
  readonly now: Date
  readonly limit: number
  /** The id of the last row of the page before. */
  readonly after: string | undefined
}

/** A page of the sessions of a person that are open, the newest first, and one row more. */
export async function listSessions(db: Connection, { userId, now, limit, after }: Page): Promise<SessionRow[]> {
  const { rows } = await db.query(
    `SELECT id, kind, device_name, coalesce(ip_address, '') AS address, coalesce(user_agent, '') AS device,
            created_at AS signed_in_at, used_at, expires_at
     FROM identity.session WHERE user_id = $1 AND expires_at > $2 AND ($3::uuid IS NULL OR id < $3)
     ORDER BY id DESC LIMIT $4`,
    [userId, now, after ?? null, limit + 1],
  )
  return rows
}

/** The stored tokens of sessions of a person: of one, or of all but one. */
export async function sessionTokens(
  db: Connection,
  { userId, only, except }: { userId: string; only?: string; except?: string | null },
): Promise<string[]> {
  const { rows } = await db.query(
    `SELECT token_hash FROM identity.session
     WHERE user_id = $1 AND ($2::uuid IS NULL OR id = $2) AND ($3::uuid IS NULL OR id <> $3)`,
    [userId, only ?? null, except ?? null],
  )
  return rows.map((row) => row.token_hash)
}

/** Whether what hashes to this is the token of an open session of the person. */
export async function isSession(
  db: Connection,
  { userId, tokenHash, now }: { userId: string; tokenHash: Buffer; now: Date },
): Promise<boolean> {
  const { rowCount } = await db.query(
    'SELECT FROM identity.session WHERE user_id = $1 AND token_hash = $2 AND expires_at > $3',
    [userId, tokenHash.toString('hex'), now],
  )
  return rowCount === 1
}

/** Ends all sessions of a person but one, in the transaction that takes away what they were opened with. */
export async function deleteSessions(db: Connection, userId: string, except: string | null): Promise<number> {
  const { rowCount } = await db.query(
    'DELETE FROM identity.session WHERE user_id = $1 AND ($2::uuid IS NULL OR id <> $2)',
    [userId, except],
  )
  return rowCount ?? 0
}

/** Enters a device on which the password alone is enough. */
export async function insertTrustedDevice(
  db: Connection,
  device: {
    id: string
    userId: string
    tokenHash: Buffer
    deviceName: string | null
    address: string
    device: string
    expiresAt: Date
    now: Date
  },
): Promise<void> {
  await db.query(
    `INSERT INTO identity.trusted_device
       (id, user_id, token_hash, device_name, ip_address, user_agent, expires_at, used_at, created_at, updated_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8, $8)`,
    [
      device.id,
      device.userId,
      device.tokenHash,
      device.deviceName,
      device.address,
      device.device,
      device.expiresAt,
      device.now,
    ],
  )
}

/** Notes that a trusted device signs in; false when it is none of this person's, or no longer. */
export async function useTrustedDevice(
  db: Connection,
  { userId, tokenHash, now }: { userId: string; tokenHash: Buffer; now: Date },
): Promise<boolean> {
  const { rowCount } = await db.query(
    `UPDATE identity.trusted_device SET used_at = $3, updated_at = $3
     WHERE user_id = $1 AND token_hash = $2 AND expires_at > $3`,
    [userId, tokenHash, now],
  )
  return rowCount === 1
}

/** A page of the devices that a person trusts, the newest first, and one row more. */
export async function listTrustedDevices(
  db: Connection,
  { userId, now, limit, after }: Page,
): Promise<TrustedDeviceRow[]> {
  const { rows } = await db.query(
    `SELECT id, device_name, ip_address AS address, user_agent AS device, created_at AS trusted_at, used_at, expires_at
     FROM identity.trusted_device WHERE user_id = $1 AND expires_at > $2 AND ($3::uuid IS NULL OR id < $3)
     ORDER BY id DESC LIMIT $4`,
    [userId, now, after ?? null, limit + 1],
  )
  return rows
}

/** Forgets one trusted device of a person, or all of them; returns how many. */
export async function deleteTrustedDevices(db: Connection, userId: string, id: string | null): Promise<number> {
  const { rowCount } = await db.query(
    'DELETE FROM identity.trusted_device WHERE user_id = $1 AND ($2::uuid IS NULL OR id = $2)',
    [userId, id],
  )
  return rowCount ?? 0
}
