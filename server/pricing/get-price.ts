import type { z } from 'zod'
import { quantityOf, readGoods, variantNotFound } from '../catalog/index.ts'
import { channelNotFound, findChannel } from '../channels/index.ts'
import { findGroup, groupNotFound } from '../parties/index.ts'
import type { QueryContext } from '../platform/operation.ts'
import { refuse } from '../platform/refusal.ts'
import { dayIn } from '../platform/time.ts'
import { findEntity, readBranch } from '../tenants/index.ts'
import { branchNotFound, currencyNeeded, type getPriceInput, priceUnknown } from './contract.ts'
import { daysOf } from './days.ts'
import { pickPrice } from './pick-price.ts'
import { asPrice } from './prices.ts'
import { readPrices } from './queries.ts'

/**
 * The price of a variant at a place, for a quantity, on a day. Refuses with `price_unknown` where there is none. What has ended
 * since counts for the days before today.
 */
export async function getPrice(context: QueryContext, input: z.output<typeof getPriceInput>) {
  const { variant_id, branch_id = null, channel_id = null, customer_group_id = null } = input
  const branch = branch_id === null ? undefined : await readBranch(context, branch_id, branchNotFound)
  const today = branch ? dayIn(branch.time_zone, context.now) : (await daysOf(context, { branch_id })).today
  const { on = today } = input
  const ended = on < today
  const goods = (await readGoods(context, [variant_id])).get(variant_id)
  if (!goods || (goods.is_deleted && !ended)) refuse(variantNotFound)
  const quantity = quantityOf(goods, input)
  if (channel_id !== null && !(await findChannel(context, channel_id, { ended }))) refuse(channelNotFound)
  if (customer_group_id !== null && !(await findGroup(context, customer_group_id, { ended }))) refuse(groupNotFound)
  const entity = branch && (await findEntity(context, branch.entity_id))
  const currency = input.currency ?? entity?.currency ?? refuse(currencyNeeded)
  const candidates = await readPrices(context, [variant_id], { on, currency })
  const found = pickPrice(candidates, { quantity, branch_id, channel_id, customer_group_id }) ?? refuse(priceUnknown)
  return { ...asPrice(found), on }
}
