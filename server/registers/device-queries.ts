import { sql } from 'kysely'
import type { Transaction } from '../platform/database.ts'
import type { Caller } from '../platform/operation.ts'

const now = sql<Date>`transaction_timestamp()`

interface Scope {
  readonly db: Transaction['db']
  readonly tenantId: string
}

export type DeviceRow = NonNullable<Awaited<ReturnType<typeof findDevice>>>

function devices({ db, tenantId }: Scope) {
  return db
    .selectFrom('registers.device as d')
    .leftJoin('registers.register as r', (join) =>
      join.onRef('r.tenant_id', '=', 'd.tenant_id').onRef('r.id', '=', 'd.register_id'),
    )
    .where('d.tenant_id', '=', tenantId)
    .select([
      'd.id',
      'd.branch_id',
      'd.name',
      'd.register_id',
      'd.credential_hash',
      'd.revoked_at',
      'd.version',
      'd.created_at',
      'd.updated_at',
      'd.head_hash',
      'r.code as register_code',
      sql<number | null>`r.last_sequence::float8`.as('last_sequence'),
    ])
}

/** One device with its register; `update` holds the device for a change, `share` keeps it from being changed. */
export function findDevice(scope: Scope, id: string, lock?: 'share' | 'update') {
  return devices(scope)
    .where('d.id', '=', id)
    .$if(lock === 'share', (qb) => qb.forShare('d'))
    .$if(lock === 'update', (qb) => qb.forNoKeyUpdate('d'))
    .executeTakeFirst()
}

/** The device with this credential, who enrolled it, and which features its tenant has. */
export function findDeviceByCredential({ db, tenantId }: Scope, hash: Buffer) {
  return db
    .selectFrom('registers.device as d')
    .innerJoin('registers.device_step as s', (join) =>
      join.onRef('s.tenant_id', '=', 'd.tenant_id').onRef('s.device_id', '=', 'd.id').on('s.action', '=', 'enroll'),
    )
    .innerJoin('tenants.employee as e', (join) =>
      join.onRef('e.tenant_id', '=', 's.tenant_id').onRef('e.id', '=', 's.actor_id'),
    )
    .innerJoin('tenants.tenant as t', 't.tenant_id', 'd.tenant_id')
    .select(['d.id', 'd.branch_id', 'e.id as employee_id', 'e.user_id', 't.features'])
    .where('d.tenant_id', '=', tenantId)
    .where('d.credential_hash', '=', hash)
    .executeTakeFirst()
}

/** A page of the devices of branches that the caller works with, by name, and one row more when there is a next page. */
export function listDevices(
  scope: Scope & { caller: Pick<Caller, 'scope'> },
  filter: { branch_id?: string | undefined; is_revoked?: boolean | undefined; limit: number },
  after: readonly [name: string, id: string] | undefined,
) {
  const part = scope.caller.scope
  return devices(scope)
    .$if(part !== null, (qb) => qb.where('d.branch_id', '=', sql<string>`any(${part?.branchIds}::uuid[])`))
    .$if(filter.branch_id !== undefined, (qb) => qb.where('d.branch_id', '=', filter.branch_id ?? ''))
    .$if(filter.is_revoked === true, (qb) => qb.where('d.revoked_at', 'is not', null))
    .$if(filter.is_revoked === false, (qb) => qb.where('d.revoked_at', 'is', null))
    .$if(after !== undefined, (qb) =>
      qb.where(sql<boolean>`(d.name, d.id) > (${after?.[0]}::text, ${after?.[1]}::uuid)`),
    )
    .orderBy('d.name')
    .orderBy('d.id')
    .limit(filter.limit + 1)
    .execute()
}

/** The device that is bound to a register, if one is. */
export function findDeviceOf({ db, tenantId }: Scope, registerId: string) {
  return db
    .selectFrom('registers.device')
    .select('id')
    .where('tenant_id', '=', tenantId)
    .where('register_id', '=', registerId)
    .executeTakeFirst()
}

/** Makes a device that is bound to nothing. */
export async function insertDevice(
  { db, tenantId }: Scope,
  row: { id: string; branch_id: string; name: string; credential_hash: Buffer },
) {
  await db
    .insertInto('registers.device')
    .values({ tenant_id: tenantId, ...row })
    .execute()
}

/** Binds, unbinds or revokes a device and counts its version up. */
export async function updateDevice(
  { db, tenantId }: Scope,
  id: string,
  { registerId, isRevoked = false }: { registerId: string | null; isRevoked?: boolean },
) {
  await db
    .updateTable('registers.device')
    .set((eb) => ({
      register_id: registerId,
      ...(isRevoked ? { revoked_at: now } : {}),
      version: eb('version', '+', 1),
      updated_at: now,
    }))
    .where('tenant_id', '=', tenantId)
    .where('id', '=', id)
    .execute()
}

export interface NewDeviceStep {
  readonly id: string
  readonly device_id: string
  readonly action: 'enroll' | 'bind' | 'unbind' | 'revoke'
  readonly register_id: string | null
  readonly reason: string | null
  readonly actor_id: string
}

/** Records what became of a device. */
export async function recordDeviceStep({ client, tenantId }: Transaction & { tenantId: string }, step: NewDeviceStep) {
  await client.query({
    name: 'registers-record-device-steps',
    text: 'SELECT * FROM registers.record_device_steps($1, $2)',
    values: [tenantId, JSON.stringify([step])],
  })
}

/** What became of a device, newest first, and one row more when there is a next page. */
export function listDeviceSteps(
  { db, tenantId }: Scope,
  { id, limit }: { id: string; limit: number },
  before: string | undefined,
) {
  return db
    .selectFrom('registers.device_step')
    .select([
      'id',
      'number',
      'action',
      'register_id',
      sql<number | null>`last_sequence::float8`.as('last_sequence'),
      'head_hash',
      'reason',
      'actor_id',
      'recorded_at',
    ])
    .where('tenant_id', '=', tenantId)
    .where('device_id', '=', id)
    .$if(before !== undefined, (qb) => qb.where('number', '<', sql<number>`${before}::integer`))
    .orderBy('number', 'desc')
    .limit(limit + 1)
    .execute()
}

/** What became of a device last at a register, or at the one it was bound to last, and where the receipts of that stand now. */
export function findLastStep({ db, tenantId }: Scope, deviceId: string, registerId: string | undefined) {
  return db
    .selectFrom('registers.device_step as s')
    .innerJoin('registers.register as r', (join) =>
      join.onRef('r.tenant_id', '=', 's.tenant_id').onRef('r.id', '=', 's.register_id'),
    )
    .select(['r.id', 'r.code', sql<number>`r.last_sequence::float8`.as('last_sequence'), 's.action', 's.recorded_at'])
    .where('s.tenant_id', '=', tenantId)
    .where('s.device_id', '=', deviceId)
    .$if(registerId !== undefined, (qb) => qb.where('s.register_id', '=', registerId ?? ''))
    .orderBy('s.number', 'desc')
    .limit(1)
    .executeTakeFirst()
}

/** When a device was bound to which register, and where the receipts of that stood, in order. */
export function bindingsOf({ db, tenantId }: Scope, deviceId: string) {
  return db
    .selectFrom('registers.device_step')
    .select([
      sql<string>`register_id`.as('register_id'),
      sql<number>`last_sequence::float8`.as('last_sequence'),
      'head_hash',
    ])
    .where('tenant_id', '=', tenantId)
    .where('device_id', '=', deviceId)
    .where('action', '=', 'bind')
    .orderBy('number')
    .execute()
}

/** The devices that were bound to a register at some time between two, and others that are named. */
export async function devicesOf(
  { db, tenantId }: Scope,
  {
    registerId,
    from,
    until,
    others,
  }: { registerId: string; from: Date; until: Date | null; others: readonly string[] },
) {
  return db
    .selectFrom('registers.device as d')
    .select(['d.id', 'd.revoked_at'])
    .where('d.tenant_id', '=', tenantId)
    .where((eb) =>
      eb.or([
        eb('d.id', '=', sql<string>`any(${others}::uuid[])`),
        eb.exists(
          eb
            .selectFrom('registers.device_step as s')
            .select('s.id')
            .whereRef('s.tenant_id', '=', 'd.tenant_id')
            .whereRef('s.device_id', '=', 'd.id')
            .where('s.register_id', '=', registerId)
            .where('s.action', '=', 'bind')
            .$if(until !== null, (qb) => qb.where('s.recorded_at', '<=', until ?? from))
            .where(({ not, exists, selectFrom }) =>
              not(
                exists(
                  selectFrom('registers.device_step as n')
                    .select('n.id')
                    .whereRef('n.tenant_id', '=', 's.tenant_id')
                    .whereRef('n.device_id', '=', 's.device_id')
                    .where('n.number', '=', sql<number>`s.number + 1`)
                    .where('n.recorded_at', '<', from),
                ),
              ),
            ),
        ),
      ]),
    )
    .orderBy('d.id')
    .execute()
}
