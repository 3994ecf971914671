import pg from 'pg'
import type { inReading } from '../platform/database.ts'
import { genesis } from './link.ts'

/** Where a chain begins and ends, all of one moment. */
export interface ChainEnds {
  /** Undefined when there is no entry. */
  readonly first: number | undefined
  readonly last: number | undefined
  /** 0 when nothing was ever recorded. */
  readonly headSeq: number
  /** In hex. */
  readonly headHash: string
}

/** seq, body, previous hash, hash (both in hex), microseconds since 1970, and the derived columns; all as text. */
export type RawEntry = readonly [
  seq: string,
  body: string,
  previousHash: string,
  hash: string,
  micros: string,
  ...columns: (string | null)[],
]

const entryColumns = `seq, body, encode(previous_hash, 'hex'), encode(hash, 'hex'),
  (extract(epoch FROM recorded_at) * 1000000)::bigint, event, severity, actor_id, session_id, resource_type, resource_id`

/** Runs work in a short transaction of its own, as `inReading`, or in one that is open already. */
export type Reading = typeof inReading

const asText = { getTypeParser: () => (value: string) => value }

/** The first and last entry of a chain and what its head says; a number up to 2^53 is exact in a float8. */
export async function readEnds(client: pg.ClientBase, tenantId: string, reading: Reading): Promise<ChainEnds> {
  const { rows } = await reading(client, tenantId, () =>
    client.query(
      `SELECT h.seq::float8 AS head_seq, encode(h.hash, 'hex') AS head_hash,
              (SELECT e.seq FROM audit.entry e WHERE e.tenant_id = $1 ORDER BY e.seq LIMIT 1)::float8 AS first,
              (SELECT e.seq FROM audit.entry e WHERE e.tenant_id = $1 ORDER BY e.seq DESC LIMIT 1)::float8 AS last
       FROM (SELECT) one LEFT JOIN audit.head h ON h.tenant_id = $1`,
      [tenantId],
    ),
  )
  const [{ head_seq, head_hash, first, last }] = rows
  return { first: first ?? undefined, last: last ?? undefined, headSeq: head_seq ?? 0, headHash: head_hash ?? genesis }
}

/** Hands over the entries of a range in order, one by one as they arrive, in one transaction. */
export async function streamEntries(
  client: pg.ClientBase,
  { tenantId, from, until, reading }: { tenantId: string; from: number; until: number; reading: Reading },
  take: (entry: RawEntry) => void,
): Promise<void> {
  const config = {
    text: `SELECT ${entryColumns} FROM audit.entry WHERE tenant_id = $1 AND seq BETWEEN $2 AND $3 ORDER BY seq`,
    values: [tenantId, from, until],
    rowMode: 'array',
    types: asText,
  }
  await reading(
    client,
    tenantId,
    () =>
      new Promise<void>((resolve, reject) => {
        const query = new pg.Query<never, unknown[]>(config)
        query.on('row', (row) => take(row as RawEntry))
        query.on('error', reject)
        query.on('end', () => resolve())
        client.query(query)
      }),
  )
}

/** The first number after the given one that has an entry. */
export async function nextSeq(
  client: pg.ClientBase,
  { tenantId, after, reading }: { tenantId: string; after: number; reading: Reading },
): Promise<string | undefined> {
  const { rows } = await reading(client, tenantId, () =>
    client.query('SELECT seq FROM audit.entry WHERE tenant_id = $1 AND seq > $2 ORDER BY seq LIMIT 1', [
      tenantId,
      after,
    ]),
  )
  return rows[0]?.seq
}
