import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto'
import { join } from 'node:path'
import type pg from 'pg'
import type { Config } from './config.ts'
import { OperatorError } from './explain.ts'
import { addSeed, loadSeeds } from './secrets.ts'

const algorithm = 'aes-256-gcm'
// NIST SP 800-38D, 8.2.2: a random nonce of 96 bits serves one key for up to 2^32 values.
const nonceBytes = 12
const tagBytes = 16

/** Where a sealed value stands. It opens there only: in another row, column or tenant it is as good as damaged. */
export interface SealedPlace {
  /** With its schema, as `settings.value`. */
  readonly table: string
  readonly column: string
  /** The tenant of the row; left out where the table belongs to no tenant. */
  readonly tenantId?: string
  /** The key of the row. */
  readonly row: string
}

/** A column of sealed values. Its `SealedPlace` is table, column, the tenant where the table has one, and the text of `key`. */
export interface SealedColumn {
  readonly table: string
  readonly column: string
  readonly key: string
  readonly of: 'tenant' | 'installation'
}

/** Seals short values for columns; see `createEncryption`. */
export type Encryption = ReturnType<typeof createEncryption>

interface Key {
  readonly id: string
  readonly bytes: Buffer
}

/** A value that was sealed with a key which is not here. */
export class EncryptionKeyMissing extends OperatorError {
  readonly code = 'encryption_key_missing'
}

/** A sealed value that was changed, or that was not made for the place where it stands. */
export class SealBroken extends OperatorError {
  readonly code = 'seal_broken'
}

/**
 * Seals values with AES-256-GCM under the newest of the keys, and opens what any of them sealed. `load` answers the keys,
 * 32 bytes in base64, the newest first; it is asked anew at each sealing, so that a key that was added counts at once.
 * The sealed form is text: `v1.<id of the key>.<nonce, ciphertext and tag in base64url>`.
 */
export function createEncryption(load: () => readonly string[]) {
  let known = new Map<string, Key>()
  const newest = (): Key => {
    const keys = load().map(keyOf)
    known = new Map(keys.map((key) => [key.id, key]))
    const [first] = keys
    if (!first) throw new Error('there is no key to seal with')
    return first
  }
  const find = (id: string): Key | undefined => {
    if (!known.has(id)) newest()
    return known.get(id)
  }

  /** Opens a sealed value. Throws `EncryptionKeyMissing` and `SealBroken`, both naming the place. */
  function openBytes(sealed: string, place: SealedPlace): Buffer {
    const where = `${place.table}.${place.column}, row ${place.row}`
    const [, id, body] = /^v1\.([0-9a-f]{16})\.([A-Za-z0-9_-]+)$/.exec(sealed) ?? []
    if (!id || !body) throw new SealBroken(`What stands in ${where}, is no sealed value.`)
    const key = find(id)
    if (!key) {
      throw new EncryptionKeyMissing(
        `The value in ${where}, was sealed with the key ${id}, which is not here: put it back behind the newest in ENCRYPTION_KEY, or into the file of the keys.`,
      )
    }
    const bytes = Buffer.from(body, 'base64url')
    try {
      const decipher = createDecipheriv(algorithm, key.bytes, bytes.subarray(0, nonceBytes), {
        authTagLength: tagBytes,
      })
      decipher.setAAD(nameOf(place))
      decipher.setAuthTag(bytes.subarray(-tagBytes))
      return Buffer.concat([decipher.update(bytes.subarray(nonceBytes, -tagBytes)), decipher.final()])
    } catch {
      throw new SealBroken(`The value in ${where}, does not open: it was changed, or sealed for another place.`)
    }
  }

  return {
    /** Seals a text or bytes for one place. */
    seal(value: string | Uint8Array, place: SealedPlace): string {
      const key = newest()
      const nonce = randomBytes(nonceBytes)
      const cipher = createCipheriv(algorithm, key.bytes, nonce, { authTagLength: tagBytes })
      cipher.setAAD(nameOf(place))
      const parts = [nonce, cipher.update(value), cipher.final(), cipher.getAuthTag()]
      return `v1.${key.id}.${Buffer.concat(parts).toString('base64url')}`
    },
    /** Opens a sealed text. Throws as `openBytes`. */
    open: (sealed: string, place: SealedPlace): string => openBytes(sealed, place).toString('utf8'),
    openBytes,
    /** How every value begins that the newest key sealed. */
    newestPrefix: (): string => `v1.${newest().id}.`,
    /** The ids of the keys, the newest first. */
    keyIds: (): string[] => load().map((seed) => keyOf(seed).id),
  }
}

/**
 * Seals what older keys sealed anew with the newest: up to `limit` values of a column, after the key of a row, in the
 * transaction of `client`, which is the owner's, and for a tenant's table is that tenant's. Answers how many, how many did
 * not open, and the last key; undefined for it at the end.
 */
export async function sealAnew(
  client: Pick<pg.ClientBase, 'query'>,
  { table, column, key }: SealedColumn,
  encryption: Encryption,
  { tenantId, after, limit }: { tenantId: string | null; after: string | undefined; limit: number },
) {
  const ofTenant = tenantId === null ? '' : 'AND tenant_id = $4'
  const { rows } = await client.query(
    `SELECT ${key}::text AS row, ${column} AS sealed FROM ${table}
     WHERE ${column} IS NOT NULL AND NOT starts_with(${column}, $1) AND ($2::text IS NULL OR ${key}::text > $2) ${ofTenant}
     ORDER BY ${key}::text LIMIT $3 FOR UPDATE`,
    [encryption.newestPrefix(), after ?? null, limit, ...(tenantId === null ? [] : [tenantId])],
  )
  const faults: string[] = []
  let count = 0
  for (const { row, sealed } of rows as { row: string; sealed: string }[]) {
    const place = { table, column, row, ...(tenantId === null ? {} : { tenantId }) }
    try {
      const fresh = encryption.seal(encryption.openBytes(sealed, place), place)
      const values = [fresh, row, ...(tenantId === null ? [] : [tenantId])]
      const where = `${key}::text = $2 ${tenantId === null ? '' : 'AND tenant_id = $3'}`
      await client.query(`UPDATE ${table} SET ${column} = $1 WHERE ${where}`, values)
      count++
    } catch (error) {
      if (!(error instanceof OperatorError)) throw error
      faults.push(error.message)
    }
  }
  return { count, faults, last: rows.length === limit ? (rows.at(-1)?.row as string) : undefined }
}

/** How many values of a column each key sealed: id of the key → count. */
export async function countSealed(
  client: Pick<pg.ClientBase, 'query'>,
  { table, column }: SealedColumn,
  tenantId: string | null,
): Promise<Map<string, number>> {
  const { rows } = await client.query(
    `SELECT split_part(${column}, '.', 2) AS key, count(*)::integer AS count FROM ${table}
     WHERE ${column} IS NOT NULL ${tenantId === null ? '' : 'AND tenant_id = $1'} GROUP BY 1`,
    tenantId === null ? [] : [tenantId],
  )
  return new Map(rows.map(({ key, count }) => [key, count]))
}

/** The keys of this installation: from ENCRYPTION_KEY, or from `DATA_DIR/encryption-keys.json`, made on first use. */
export function loadEncryptionKeys({ encryptionKeys, dataDir }: Pick<Config, 'encryptionKeys' | 'dataDir'>) {
  return encryptionKeys ?? loadSeeds(pathOf(dataDir))
}

/** Puts a new key in front of those in the file. Keys of the environment are rotated there: then it answers false. */
export function addEncryptionKey({ encryptionKeys, dataDir }: Pick<Config, 'encryptionKeys' | 'dataDir'>): boolean {
  if (encryptionKeys) return false
  addSeed(pathOf(dataDir), 'an encryption key')
  return true
}

function keyOf(seed: string): Key {
  const bytes = Buffer.from(seed, 'base64')
  const id = createHmac('sha256', bytes).update('comptoir: the id of an encryption key').digest('hex').slice(0, 16)
  return { id, bytes }
}

/** The place as associated data: JSON, so that no two places read the same. */
function nameOf({ table, column, tenantId, row }: SealedPlace): Buffer {
  return Buffer.from(JSON.stringify([table, column, tenantId ?? null, row]))
}

function pathOf(dataDir: string): string {
  return join(dataDir, 'encryption-keys.json')
}
