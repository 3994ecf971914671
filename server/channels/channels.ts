import type { z } from 'zod'
import { definedOf } from '../platform/defined.ts'
import type { Encryption } from '../platform/encryption.ts'
import { money, toText } from '../platform/money.ts'
import type { CommandContext, QueryContext } from '../platform/operation.ts'
import { platformRefusals, refuse } from '../platform/refusal.ts'
import {
  channelInUse,
  channelSyncIncomplete,
  type createChannelInput,
  type endInput,
  marketNotFound,
  type setCredentialsInput,
  type updateChannelInput,
} from './contract.ts'
import { findChannel, findMarket, insertChannel, updateChannel } from './queries.ts'

/** Makes a sales channel, without credentials yet. */
export async function createChannel(context: CommandContext, input: z.output<typeof createChannelInput>) {
  const { market_id = null, endpoint_url = null, seller_id = null, sync_minutes = null } = input
  await assertMarket(context, market_id)
  const row = { ...input, market_id, endpoint_url, seller_id, sync_minutes, id: input.id ?? context.newId() }
  assertSyncable(row)
  const made = asChannel(await insertChannel(context, row))
  context.changed({ resource: 'channel', id: made.id, new: made })
  return made
}

/** Changes a sales channel. Its type stays: what was sold through it was sold so. */
export async function changeChannel(
  context: CommandContext,
  { id, version, ...values }: z.output<typeof updateChannelInput>,
) {
  const old = await lockChannel(context, id, version)
  await assertMarket(context, values.market_id ?? null)
  const given = definedOf(values)
  assertSyncable({ ...old, ...given })
  const changed = asChannel(await updateChannel(context, id, given))
  context.changed({ resource: 'channel', id, old, new: changed })
  return changed
}

/** Seals the credentials of a channel, or forgets them. */
export async function setCredentials(
  context: CommandContext,
  encryption: Encryption,
  { id, version, credentials }: z.output<typeof setCredentialsInput>,
) {
  const old = await lockChannel(context, id, version)
  const sealed = credentials === null ? null : encryption.seal(credentials, placeOf(context.tenantId, id))
  const changed = asChannel(await updateChannel(context, id, { credentials: sealed }))
  context.changed({ resource: 'channel', id, old, new: changed })
  return changed
}

/** What others may still need a channel for. */
export interface ChannelUse {
  /** Whether there are price lists for it. */
  isPriced(context: QueryContext, channelId: string): Promise<boolean>
}

/** Ends a sales channel that there are no price lists for. Its credentials are forgotten. */
export async function deleteChannel(
  context: CommandContext,
  { isPriced }: ChannelUse,
  { id, version }: z.output<typeof endInput>,
) {
  const old = await lockChannel(context, id, version)
  if (await isPriced(context, id)) refuse(channelInUse)
  const ended = asChannel(await updateChannel(context, id, { deleted: true }))
  context.changed({ resource: 'channel', id, old })
  return ended
}

/** Where the sealed credentials of a channel stand. */
export function placeOf(tenantId: string, id: string) {
  return { table: 'channels.channel', column: 'credentials', tenantId, row: id }
}

/** A sales channel as clients read it: without the zeros that its columns fill up with. */
export function asChannel<C extends { commission_rate: string }>(row: C): C {
  return { ...row, commission_rate: toText(money(row.commission_rate)) }
}

interface Syncable {
  readonly type: string
  readonly is_sync_enabled: boolean
  readonly endpoint_url: string | null
  readonly sync_minutes: number | null
}

function assertSyncable({ type, is_sync_enabled, endpoint_url, sync_minutes }: Syncable): void {
  if (!is_sync_enabled) return
  if (type === 'retail' || endpoint_url === null || sync_minutes === null) refuse(channelSyncIncomplete)
}

async function assertMarket(context: CommandContext, id: string | null): Promise<void> {
  if (id !== null && !(await findMarket(context, id, 'share'))) refuse(marketNotFound)
}

async function lockChannel(context: CommandContext, id: string, version: number) {
  const old = (await findChannel(context, id, { lock: 'update' })) ?? refuse(platformRefusals.notFound)
  if (old.version !== version) refuse(platformRefusals.versionConflict)
  return asChannel(old)
}
