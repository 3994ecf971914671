import { createHash, randomFillSync } from 'node:crypto'
import { now } from './time.ts'

/** The nil tenant: the platform's own audit chain, and the scope of commands that belong to no tenant. */
export const nobody = '00000000-0000-0000-0000-000000000000'

const pool = Buffer.alloc(10 * 256)
let used = pool.length

/** A time-ordered identifier, RFC 9562 version 7: 48 bits of milliseconds, then random bits. */
export function uuidv7(nowMs: number = now().getTime()): string {
  if (used === pool.length) {
    randomFillSync(pool)
    used = 0
  }
  const bytes = Buffer.allocUnsafe(16)
  bytes.writeUIntBE(nowMs, 0, 6)
  pool.copy(bytes, 6, used, used + 10)
  used += 10
  return format(bytes, 7)
}

/** An identifier derived from its parts, RFC 9562 version 8: the same parts give the same identifier. */
export function derivedUuid(...parts: string[]): string {
  const digest = createHash('sha256').update(JSON.stringify(parts)).digest()
  return format(digest.subarray(0, 16), 8)
}

function format(bytes: Buffer, version: number): string {
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | (version << 4)
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80
  const hex = bytes.toString('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}
