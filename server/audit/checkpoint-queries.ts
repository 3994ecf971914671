import type pg from 'pg'
import type { Transaction } from '../platform/database.ts'
import type { CheckpointBody, SignedCheckpoint } from './checkpoint.ts'
import type { PublicKey } from './keys.ts'

type Client = Pick<pg.ClientBase, 'query'>

interface Scope {
  readonly client: Client
  readonly tenantId: string
}

// A number up to 2^53 is exact in a float8, which the driver gives as a number.
const checkpointColumns = `id, seq::float8 AS seq, encode(hash, 'hex') AS hash, reason, key_id, body,
  translate(encode(signature, 'base64'), E'\\n', '') AS signature, created_at`

/** A row of `audit.checkpoint`; the signature in base64. */
export interface CheckpointRow extends SignedCheckpoint {
  readonly id: string
  readonly seq: number
  readonly hash: string
  readonly reason: CheckpointBody['reason']
  readonly key_id: string
  readonly created_at: Date
}

/** The hash of one entry, in hex. */
export async function readHash({ client, tenantId }: Scope, seq: number): Promise<string | undefined> {
  const { rows } = await client.query(
    `SELECT encode(hash, 'hex') AS hash FROM audit.entry WHERE tenant_id = $1 AND seq = $2`,
    [tenantId, seq],
  )
  return rows[0]?.hash
}

/** The hashes of entries, in hex, by number; those that are gone are not in it. */
export async function readHashes({ client, tenantId }: Scope, seqs: readonly number[]): Promise<Map<number, string>> {
  const { rows } = await client.query(
    `SELECT seq::float8 AS seq, encode(hash, 'hex') AS hash FROM audit.entry
     WHERE tenant_id = $1 AND seq = ANY ($2::bigint[])`,
    [tenantId, seqs],
  )
  return new Map(rows.map((row) => [row.seq, row.hash]))
}

type NewestCheckpoint = CheckpointRow & { readonly moved: boolean }

/** The newest checkpoint, and whether anything but the making of a checkpoint was recorded since; an attempt at it counts. */
const newestCheckpoint = `
  SELECT ${checkpointColumns},
         EXISTS (SELECT FROM audit.entry e
                 WHERE e.tenant_id = $1 AND e.seq > c.seq
                   AND (e.event <> 'audit.create-checkpoint' OR e.severity = 'warning')) AS moved
  FROM audit.checkpoint c WHERE c.tenant_id = $1 ORDER BY c.seq DESC, c.reason <> 'retention', c.id LIMIT 1`

/** The newest checkpoint of a chain. */
export async function readNewestCheckpoint({ client, tenantId }: Scope): Promise<NewestCheckpoint | undefined> {
  const { rows } = await client.query(newestCheckpoint, [tenantId])
  return rows[0]
}

/**
 * Where a chain stands, and its newest checkpoint: of one moment, lest a checkpoint that is made in between be taken for
 * an entry to state anew.
 */
export async function readStanding({ client, tenantId }: Scope) {
  const { rows } = await client.query(
    `SELECT h.seq::float8 AS last_seq, encode(h.hash, 'hex') AS last_hash, to_jsonb(c) - 'created_at' AS newest, c.created_at
     FROM (VALUES (1)) AS always LEFT JOIN audit.head h ON h.tenant_id = $1 AND h.seq > 0
     LEFT JOIN (${newestCheckpoint}) c ON true`,
    [tenantId],
  )
  const [{ last_seq, last_hash, newest, created_at }] = rows
  return {
    last: last_seq === null ? undefined : { seq: last_seq as number, hash: last_hash as string },
    newest: newest === null ? undefined : ({ ...newest, created_at } as NewestCheckpoint),
  }
}

/** Keeps a signed checkpoint; undefined when the chain has no such entry, or the entry a checkpoint of this reason. */
export async function recordCheckpoint(
  { client, tenantId }: Scope,
  checkpoint: SignedCheckpoint & { id: string },
): Promise<CheckpointRow | undefined> {
  await client.query('SELECT FROM audit.record_checkpoints($1, $2)', [tenantId, JSON.stringify([checkpoint])])
  const { rows } = await client.query(
    `SELECT ${checkpointColumns} FROM audit.checkpoint WHERE tenant_id = $1 AND id = $2`,
    [tenantId, checkpoint.id],
  )
  return rows[0]
}

/** A page of checkpoints from an entry on, by entry, and one row more when there is a next page. */
export async function listCheckpoints(
  { client, tenantId }: Scope,
  { from, after, limit }: { from: number; after: readonly [seq: number, id: string] | undefined; limit: number },
): Promise<CheckpointRow[]> {
  const [seq, id] = after ?? [0, '00000000-0000-0000-0000-000000000000']
  const { rows } = await client.query(
    `SELECT ${checkpointColumns} FROM audit.checkpoint
     WHERE tenant_id = $1 AND seq >= $2 AND (seq, id) > ($3, $4::uuid) ORDER BY seq, id LIMIT $5`,
    [tenantId, from, seq, id, limit + 1],
  )
  return rows
}

/** Every checkpoint of a tenant, by entry: one a day, so some thousand in ten years. */
export async function allCheckpoints({ client, tenantId }: Scope): Promise<CheckpointRow[]> {
  const { rows } = await client.query(
    `SELECT ${checkpointColumns} FROM audit.checkpoint WHERE tenant_id = $1 ORDER BY seq, id`,
    [tenantId],
  )
  return rows
}

/** Makes public keys known that are not yet; given newest first, entered oldest first. */
export async function addSigningKeys(tx: Pick<Transaction, 'client'>, keys: readonly PublicKey[]): Promise<void> {
  for (const { publicKey, endorsedBy, endorsement } of keys.toReversed()) {
    await tx.client.query('SELECT audit.add_signing_key($1, $2, $3)', [publicKey, endorsedBy, endorsement])
  }
}

/** Every public key that ever signed here, oldest first. */
export async function listSigningKeys({ client }: { client: Client }): Promise<(PublicKey & { created_at: Date })[]> {
  const { rows } = await client.query(
    `SELECT id, public_key AS "publicKey", endorsed_by AS "endorsedBy", endorsement, created_at
     FROM audit.signing_key ORDER BY created_at, id`,
  )
  return rows
}

/** An entry as it is exported: the exact text that was hashed, and both hashes in hex. */
export interface ExportedEntry {
  readonly seq: number
  readonly body: string
  readonly previous_hash: string
  readonly hash: string
}

/** The numbers between which a chain's entries lie that were recorded in a span of time; undefined when there is none. */
export async function findRange(
  { client, tenantId }: Scope,
  { from, until }: { from: string | undefined; until: string | undefined },
): Promise<{ first: number; last: number } | undefined> {
  const { rows } = await client.query(
    `SELECT (SELECT e.seq FROM audit.entry e WHERE e.tenant_id = $1 AND e.recorded_at >= coalesce($2::timestamptz, '-infinity')
             ORDER BY e.seq LIMIT 1)::float8 AS first,
            (SELECT e.seq FROM audit.entry e WHERE e.tenant_id = $1 AND e.recorded_at < coalesce($3::timestamptz, 'infinity')
             ORDER BY e.seq DESC LIMIT 1)::float8 AS last`,
    [tenantId, from, until],
  )
  const [{ first, last }] = rows
  return first === null || last === null || first > last ? undefined : { first, last }
}

/** Entries of a range in order: at most `limit`, and no more once they hold `bytes`, but always one. */
export async function readEntries(
  { client, tenantId }: Scope,
  { from, until, limit, bytes }: { from: number; until: number; limit: number; bytes: number },
): Promise<ExportedEntry[]> {
  const { rows } = await client.query(
    `SELECT seq::float8 AS seq, body, encode(previous_hash, 'hex') AS previous_hash, encode(hash, 'hex') AS hash
     FROM (SELECT e.*, sum(octet_length(e.body)) OVER (ORDER BY e.seq) - octet_length(e.body) AS before
           FROM (SELECT seq, body, previous_hash, hash FROM audit.entry
                 WHERE tenant_id = $1 AND seq BETWEEN $2 AND $3 ORDER BY seq LIMIT $4) e) page
     WHERE before < $5 ORDER BY seq`,
    [tenantId, from, until, limit, bytes],
  )
  return rows
}
