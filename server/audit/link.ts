import { hash } from 'node:crypto'

/** What the chain begins with: the previous hash of entry 1, in hex. */
export const genesis = '00'.repeat(32)

/** One link as it is stored or was exported; hashes in lower-case hex. */
export interface Link {
  readonly seq: string
  readonly body: string
  readonly previousHash: string
  readonly hash: string
}

/** What an entry says of itself. Only what is compared is named. */
export interface Body {
  readonly tenant_id: string
  readonly seq: number
  /** Microseconds since 1970. */
  readonly time_us: number
  readonly [field: string]: unknown
}

export interface Judged {
  /** One sentence; undefined when the link holds. */
  readonly fault?: string
  readonly body?: Body
}

const scratchBytes = 1 << 20
const hashBytes = 32
const mostBytesPerCharacter = 3
const scratch = Buffer.allocUnsafe(scratchBytes)

/** `sha256(previous hash || body)`, in hex. */
export function linkHash(previousHash: string, body: string): string {
  // One buffer for all: two thirds of the time of createHash with two updates (measured: 0.7 instead of 1.6 µs for 720 bytes).
  const most = hashBytes + body.length * mostBytesPerCharacter
  const bytes = most > scratchBytes ? Buffer.allocUnsafe(most) : scratch
  bytes.write(previousHash, 0, hashBytes, 'hex')
  const length = bytes.write(body, hashBytes, 'utf8')
  return hash('sha256', bytes.subarray(0, hashBytes + length), 'hex')
}

/**
 * Judges one link: it is the one expected, points at the hash before it, has the hash of its body, and its body speaks of
 * the same tenant and number. Without `tenantId` the body's is taken.
 */
export function judgeLink(
  link: Link,
  expected: { seq: number; previousHash: string | undefined; tenantId: string | undefined },
): Judged {
  const { seq } = expected
  if (link.seq !== String(seq)) return { fault: misnumbered(link.seq, seq) }
  if (expected.previousHash !== undefined && link.previousHash !== expected.previousHash)
    return { fault: `entry ${seq} does not point at the hash of the entry before it` }
  if (linkHash(link.previousHash, link.body) !== link.hash)
    return { fault: `the hash of entry ${seq} is not the hash of its body` }
  const body = parseBody(link.body)
  if (!body) return { fault: `the body of entry ${seq} is not JSON` }
  if (typeof body.tenant_id !== 'string') return { fault: `the body of entry ${seq} names no tenant` }
  const tenantId = expected.tenantId ?? body.tenant_id
  if (body.tenant_id !== tenantId) return { fault: `the body of entry ${seq} is of tenant ${body.tenant_id}` }
  if (body.seq !== seq) return { fault: `the body of entry ${seq} says it is entry ${body.seq}` }
  if (!Number.isSafeInteger(body.time_us)) return { fault: `the body of entry ${seq} has no time` }
  return { body }
}

function misnumbered(found: string, expected: number): string {
  if (BigInt(found) > BigInt(expected)) return `entry ${expected} is missing; the next one is ${found}`
  return found === String(expected - 1)
    ? `entry ${found} is there twice`
    : `entry ${found} stands where ${expected} should`
}

function parseBody(text: string): Body | undefined {
  try {
    const body = JSON.parse(text)
    return typeof body === 'object' && body !== null ? body : undefined
  } catch {
    return undefined
  }
}
