import type { CommandContext } from '../platform/operation.ts'
import { price as priceSchema } from './contract.ts'
import { daysOf } from './days.ts'
import { holdPriceList } from './price-lists.ts'
import { asPrice } from './prices.ts'
import { insertPrices } from './queries.ts'

/**
 * Makes the first prices of variants that have none on a list, from today on for any quantity, in one statement. Answers with
 * them in the order given. A variant that has one is refused with `overlapping_prices`.
 */
export async function createFirstPrices(
  context: CommandContext,
  priceListId: string,
  prices: readonly { readonly variant_id: string; readonly unit_price: string }[],
) {
  const list = await holdPriceList(context, priceListId)
  const { today } = await daysOf(context, list)
  const rows = prices.map((one) => ({
    ...one,
    id: context.newId(),
    price_list_id: list.id,
    min_quantity: '0',
    valid_from: today,
    valid_through: null,
  }))
  const inserted = new Map((await insertPrices(context, rows)).map((row) => [row.id, asPrice(row)]))
  return rows.flatMap(({ id }) => {
    const made = inserted.get(id)
    if (made) context.changed({ resource: 'price', id, new: made, schema: priceSchema })
    return made ?? []
  })
}
