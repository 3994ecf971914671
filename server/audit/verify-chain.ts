import { createHash } from 'node:crypto'
import type pg from 'pg'
import { type ChainRow, readChain, readHead } from './queries.ts'

export type ChainVerdict = { intact: true; entries: bigint } | { intact: false; seq: bigint; reason: string }

const batchSize = 5_000
const genesis = Buffer.alloc(32)

/**
 * Walks the chain of one tenant from its first entry, in batches, and compares it with its head:
 * `hash = sha256(previous_hash || body)`. Names the first broken link and why. Runs inside a transaction of the tenant.
 */
export async function verifyChain(client: pg.ClientBase, tenantId: string): Promise<ChainVerdict> {
  const head = await readHead(client, tenantId)
  let seq = 0n
  let hash: Buffer = genesis
  for (;;) {
    const rows = await readChain(client, tenantId, seq, batchSize)
    for (const row of rows) {
      const reason = brokenLink(row, seq + 1n, hash)
      if (reason) return { intact: false, seq: seq + 1n, reason }
      seq += 1n
      hash = row.hash
    }
    if (rows.length < batchSize) break
  }
  if (BigInt(head?.seq ?? 0) !== seq || !(head?.hash ?? genesis).equals(hash)) {
    return {
      intact: false,
      seq: seq + 1n,
      reason: `the head says the chain ends at ${head?.seq ?? 0}, its last entry is ${seq}`,
    }
  }
  return { intact: true, entries: seq }
}

function brokenLink(row: ChainRow, expectedSeq: bigint, previous: Buffer): string | undefined {
  if (BigInt(row.seq) !== expectedSeq) return `entry ${expectedSeq} is missing; the next one is ${row.seq}`
  if (!row.previous_hash.equals(previous)) return `entry ${row.seq} does not point at the hash of the entry before it`
  const hash = createHash('sha256').update(row.previous_hash).update(row.body, 'utf8').digest()
  return hash.equals(row.hash) ? undefined : `the hash of entry ${row.seq} is not the hash of its body`
}
