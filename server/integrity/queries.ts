import { sql } from 'kysely'
import type { Transaction } from '../platform/database.ts'
import type { Snapshot } from './book-queries.ts'
import type { CertificateBody, reasons, verdicts } from './contract.ts'
import type { Line } from './line.ts'

interface Scope {
  readonly db: Transaction['db']
  readonly tenantId: string
}

/** A certificate on its way into the table. */
export interface SignedCertificate {
  readonly id: string
  /** Its canonical text. */
  readonly body: string
  /** In base64. */
  readonly signature: string
}

/** Lets a transaction that only reads take as much memory and time as a certificate needs; longer than that it is ended. */
export async function makeRoom({ client }: Pick<Snapshot, 'client'>, mostMs: number): Promise<void> {
  await client.query(`SELECT set_config('work_mem', '64MB', true), set_config('transaction_timeout', $1, true)`, [
    String(mostMs),
  ])
}

/** Whether nobody else takes a certificate of the tenant; until the end of the transaction nobody does, then. */
export async function takeTurn({ client, tenantId }: Snapshot): Promise<boolean> {
  const { rows } = await client.query(
    `SELECT pg_try_advisory_xact_lock(hashtextextended('comptoir certificate ' || $1, 0)) AS taken`,
    [tenantId],
  )
  return rows[0]?.taken === true
}

/** Where the audit chain stands, and the moment that the transaction reads. A tenant without a chain stands at 0. */
export async function readHead({ client, tenantId }: Snapshot): Promise<{ at: Date; seq: number; hash: string }> {
  const { rows } = await client.query(
    `SELECT transaction_timestamp() AS at, coalesce(h.seq, 0)::float8 AS seq, coalesce(encode(h.hash, 'hex'), repeat('00', 32)) AS hash
     FROM (SELECT) one LEFT JOIN audit.head h ON h.tenant_id = $1`,
    [tenantId],
  )
  return rows[0]
}

/** Keeps a signed certificate. */
export async function recordCertificate(
  { client, tenantId }: Pick<Transaction, 'client'> & { tenantId: string },
  certificate: SignedCertificate,
): Promise<void> {
  const { rows } = await client.query('SELECT integrity.record($1, $2) AS id', [
    tenantId,
    JSON.stringify([certificate]),
  ])
  if (rows.length !== 1) throw new Error('a certificate was not kept')
}

const summaryColumns = [
  'id',
  sql<(typeof reasons)[number]>`reason`.as('reason'),
  sql<(typeof verdicts)[number]>`verdict`.as('verdict'),
  'taken_at',
  sql<number>`head_seq::float8`.as('head_seq'),
  sql<string>`encode(head_hash, 'hex')`.as('head_hash'),
  sql<Omit<Line, 'first'>[]>`lines`.as('lines'),
] as const

/** A page of certificates, the newest first, and one more when there is a next page. Their ids are in order of time. */
export function listCertificates(
  { db, tenantId }: Scope,
  { verdict, limit }: { verdict: (typeof verdicts)[number] | undefined; limit: number },
  before: readonly [takenAt: string, id: string] | undefined,
) {
  return db
    .selectFrom('integrity.certificate')
    .select(summaryColumns)
    .where('tenant_id', '=', tenantId)
    .$if(verdict !== undefined, (qb) => qb.where('verdict', '=', verdict ?? ''))
    .$if(before !== undefined, (qb) =>
      qb.where(sql<boolean>`(taken_at, id) < (${before?.[0]}::timestamptz, ${before?.[1]}::uuid)`),
    )
    .orderBy('taken_at', 'desc')
    .orderBy('id', 'desc')
    .limit(limit + 1)
    .execute()
}

/** One certificate, with all it says and the public keys that there are. */
export function findCertificate({ db, tenantId }: Scope, id: string) {
  return db
    .selectFrom('integrity.certificate')
    .select([
      ...summaryColumns,
      sql<CertificateBody>`body::jsonb`.as('body'),
      sql<string>`encode(sha256, 'hex')`.as('sha256'),
      sql<string>`translate(encode(signature, 'base64'), E'\n', '')`.as('signature'),
      'key_id',
      'recorded_at',
    ])
    .where('tenant_id', '=', tenantId)
    .where('id', '=', id)
    .executeTakeFirst()
}
