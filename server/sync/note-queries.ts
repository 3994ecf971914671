import { sql } from 'kysely'
import type { Transaction } from '../platform/database.ts'
import type { Scope } from './queries.ts'
import type { noteKinds } from './slip.ts'

export type NoteHere = Awaited<ReturnType<typeof notesHere>>[number]

const noteColumns = [
  'id',
  sql<(typeof noteKinds)[number] | null>`kind`.as('kind'),
  'subject_id',
  'session_id',
  sql<string>`encode(hash, 'hex')`.as('hash'),
  'fault',
] as const

/** What is here of the notes of a device with these hashes, in the order in which it came. */
export function notesHere({ db, tenantId }: Scope, deviceId: string, hashes: readonly string[]) {
  return db
    .selectFrom('sync.note')
    .select(noteColumns)
    .where('tenant_id', '=', tenantId)
    .where('device_id', '=', deviceId)
    .where('hash', '=', sql<Buffer>`any(${hashes.map((one) => Buffer.from(one, 'hex'))}::bytea[])`)
    .orderBy('id')
    .execute()
}

/** Of sessions that devices opened offline at a register, which one stands for each. */
export async function standInsOf(
  { db, tenantId }: Scope,
  registerId: string,
  sessionIds: readonly string[],
): Promise<Map<string, string>> {
  const rows = await db
    .selectFrom('sync.note')
    .select([sql<string>`subject_id`.as('subject_id'), sql<string>`session_id`.as('session_id')])
    .where('tenant_id', '=', tenantId)
    .where('register_id', '=', registerId)
    .where('subject_id', '=', sql<string>`any(${sessionIds}::uuid[])`)
    .where('session_id', 'is not', null)
    .orderBy('id')
    .execute()
  return new Map(rows.map(({ subject_id, session_id }) => [subject_id, session_id]))
}

/** One note of a device, with its text as far as that is kept, sealed. */
export function findNote({ db, tenantId }: Scope, id: string) {
  return db
    .selectFrom('sync.note as n')
    .leftJoin('sync.kept_note as k', (join) => join.onRef('k.tenant_id', '=', 'n.tenant_id').onRef('k.id', '=', 'n.id'))
    .select([
      'n.id',
      sql<(typeof noteKinds)[number] | null>`n.kind`.as('kind'),
      'n.subject_id',
      'n.fault as code',
      'n.device_id',
      'n.register_id',
      'n.branch_id',
      'k.sealed',
      'n.made_at',
      'n.recorded_at as received_at',
    ])
    .where('n.tenant_id', '=', tenantId)
    .where('n.id', '=', id)
    .executeTakeFirst()
}

/** Keeps the texts of notes that were not done as they say. */
export async function keepNotes({ db, tenantId }: Scope, texts: readonly { id: string; sealed: string }[]) {
  if (texts.length === 0) return
  await db
    .insertInto('sync.kept_note')
    .values(texts.map((text) => ({ tenant_id: tenantId, ...text })))
    .execute()
}

/** Empties what devices noted about a customer, and what could not be done of it. */
export async function forgetCustomer(
  { client, tenantId }: Pick<Transaction, 'client'> & { readonly tenantId: string },
  customerId: string,
): Promise<void> {
  await client.query({
    name: 'sync-forget-customer',
    text: 'SELECT sync.forget_customer($1, $2)',
    values: [tenantId, customerId],
  })
}
