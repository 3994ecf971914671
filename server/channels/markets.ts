import type { z } from 'zod'
import { definedOf } from '../platform/defined.ts'
import { money, toText } from '../platform/money.ts'
import type { CommandContext } from '../platform/operation.ts'
import { platformRefusals, refuse } from '../platform/refusal.ts'
import { assertCurrency } from '../reference/index.ts'
import { type createMarketInput, type endInput, marketInUse, type updateMarketInput } from './contract.ts'
import { findMarket, insertMarket, isMarketInUse, updateMarket } from './queries.ts'

/** Makes a market. */
export async function createMarket(context: CommandContext, input: z.output<typeof createMarketInput>) {
  await assertCurrency(context, input.currency)
  const { region = null, shipping_days = null, import_notes = null, customs_notes = null } = input
  const row = { ...input, region, shipping_days, import_notes, customs_notes, id: input.id ?? context.newId() }
  const made = asMarket(await insertMarket(context, row))
  context.changed({ resource: 'market', id: made.id, new: made })
  return made
}

/** Changes a market. */
export async function changeMarket(
  context: CommandContext,
  { id, version, ...values }: z.output<typeof updateMarketInput>,
) {
  const old = await lockMarket(context, id, version)
  if (values.currency !== undefined) await assertCurrency(context, values.currency)
  const changed = asMarket(await updateMarket(context, id, definedOf(values)))
  context.changed({ resource: 'market', id, old, new: changed })
  return changed
}

/** Ends a market that no channel sells in. */
export async function deleteMarket(context: CommandContext, { id, version }: z.output<typeof endInput>) {
  const old = await lockMarket(context, id, version)
  if (await isMarketInUse(context, id)) refuse(marketInUse)
  const ended = asMarket(await updateMarket(context, id, { deleted: true }))
  context.changed({ resource: 'market', id, old })
  return ended
}

/** A market as clients read it: without the zeros that its columns fill up with. */
export function asMarket<M extends { shipping_days: string | null }>(row: M): M {
  return { ...row, shipping_days: row.shipping_days === null ? null : toText(money(row.shipping_days)) }
}

async function lockMarket(context: CommandContext, id: string, version: number) {
  const old = (await findMarket(context, id, 'update')) ?? refuse(platformRefusals.notFound)
  if (old.version !== version) refuse(platformRefusals.versionConflict)
  return asMarket(old)
}
