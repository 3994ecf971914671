import type { z } from 'zod'
import { findVariants, variantNotFound } from '../catalog/index.ts'
import { channelNotFound, findChannel } from '../channels/index.ts'
import { findGroup, groupNotFound } from '../parties/index.ts'
import type { QueryContext } from '../platform/operation.ts'
import { refuse } from '../platform/refusal.ts'
import { dayIn } from '../platform/time.ts'
import { findEntity } from '../tenants/index.ts'
import { currencyNeeded, type getPriceInput, priceUnknown } from './contract.ts'
import { pickPrice } from './pick-price.ts'
import { assertBranch } from './price-lists.ts'
import { asPrice, todayOf } from './prices.ts'
import { readPrices } from './queries.ts'

/** The price of a variant at a place, for a quantity, on a day. Refuses with `price_unknown` where there is none. */
export async function getPrice(context: QueryContext, input: z.output<typeof getPriceInput>) {
  const { variant_id, quantity, branch_id = null, channel_id = null, customer_group_id = null } = input
  const branch = branch_id === null ? undefined : await assertBranch(context, branch_id)
  if ((await findVariants(context, [variant_id])).length === 0) refuse(variantNotFound)
  if (channel_id !== null && !(await findChannel(context, channel_id))) refuse(channelNotFound)
  if (customer_group_id !== null && !(await findGroup(context, customer_group_id))) refuse(groupNotFound)
  const entity = branch && (await findEntity(context, branch.entity_id))
  const currency = input.currency ?? entity?.currency ?? refuse(currencyNeeded)
  const on = input.on ?? (branch ? dayIn(branch.time_zone, context.now) : await todayOf(context))
  const candidates = await readPrices(context, [variant_id], { on, currency })
  const found = pickPrice(candidates, { quantity, branch_id, channel_id, customer_group_id }) ?? refuse(priceUnknown)
  return { ...asPrice(found), on }
}
