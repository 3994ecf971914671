import { sql } from 'kysely'
import type { SealedSlip } from '../registers/index.ts'
import type { Scope } from './queries.ts'

interface AtRegister {
  readonly deviceId: string
  readonly registerId: string
}

/** The slips of a device at a register that have the numbers or the hashes of others, or that these follow, or stand beside. */
export function slipsBeside({ db, tenantId }: Scope, at: AtRegister, slips: readonly SealedSlip[]) {
  const list = (hashes: readonly string[]) =>
    sql<Buffer>`any(${hashes.map((hash) => Buffer.from(hash, 'hex'))}::bytea[])`
  const previous = slips.map(({ previous_hash }) => previous_hash)
  return db
    .selectFrom('sync.slip as s')
    .leftJoin('sync.resolution as o', (join) =>
      join.onRef('o.tenant_id', '=', 's.tenant_id').onRef('o.slip_id', '=', 's.id'),
    )
    .select([
      's.id',
      sql<number>`s.sequence::float8`.as('sequence'),
      sql<number | null>`s.number::float8`.as('number'),
      sql<string>`encode(s.previous_hash, 'hex')`.as('previous_hash'),
      sql<string>`encode(s.hash, 'hex')`.as('hash'),
      sql<string>`encode(s.text_hash, 'hex')`.as('text_hash'),
      's.session_id',
      's.sale_id',
      's.fault',
      's.detail',
      'o.outcome as settled_as',
    ])
    .where('s.tenant_id', '=', tenantId)
    .where('s.device_id', '=', at.deviceId)
    .where('s.register_id', '=', at.registerId)
    .where((eb) =>
      eb.or([
        eb('s.hash', '=', list([...previous, ...slips.map(({ hash }) => hash)])),
        eb('s.previous_hash', '=', list(previous)),
        eb('s.sequence', '=', sql<string>`any(${slips.map((one) => String(one.sequence))}::bigint[])`),
      ]),
    )
    .orderBy('s.id')
    .execute()
}

/** The last slip of a device at a register that is part of its chain. */
export function lastSlipOf({ db, tenantId }: Scope, { deviceId, registerId }: AtRegister) {
  return db
    .selectFrom('sync.slip')
    .select([
      sql<number>`sequence::float8`.as('sequence'),
      sql<number | null>`number::float8`.as('number'),
      sql<string>`encode(hash, 'hex')`.as('hash'),
    ])
    .where('tenant_id', '=', tenantId)
    .where('device_id', '=', deviceId)
    .where('register_id', '=', registerId)
    .where(sql<boolean>`fault IS DISTINCT FROM 'sequence_taken'`)
    .orderBy('sequence', 'desc')
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst()
}

/** Which of these sales slips are about. */
export async function salesOfSlips({ db, tenantId }: Scope, saleIds: readonly string[]): Promise<Set<string | null>> {
  const rows = await db
    .selectFrom('sync.slip')
    .select('sale_id')
    .where('tenant_id', '=', tenantId)
    .where('sale_id', '=', sql<string>`any(${saleIds}::uuid[])`)
    .execute()
  return new Set(rows.map(({ sale_id }) => sale_id))
}
