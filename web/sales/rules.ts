import { type PricedBasket, priceBasket, type WrittenBasket } from '../../server/basket/price-basket.ts'
import { quantityOfPart } from '../../server/basket/read-lines.ts'
import { allocateBatches } from '../../server/inventory/allocate-batches.ts'
import { dayIn } from '../../server/platform/time.ts'
import { counterOf, type Kept, shelvesOf } from './kept.ts'

/**
 * Prices, taxes and totals a basket on what the till keeps, as `sales.checkout` does on what the server holds. Throws the
 * `Refusal` that the checkout would answer with; its `fields` name the line.
 */
export function ringUp(kept: Kept, basket: WrittenBasket, at: Date): PricedBasket {
  return priceBasket(counterOf(kept, at), basket)
}

/** Which batches a basket takes, first expired first, by line and part. The stock is as old as what the till keeps of it. */
export function takeFromShelves(kept: Kept, { lines }: PricedBasket, at: Date) {
  const taken = lines.flatMap((line, position) =>
    line.parts.flatMap((part) => {
      const quantity = quantityOfPart(line.quantity, part.quantity)
      const isItself = part.variant_id === line.goods.variant_id
      const batch_id = isItself && line.batch_id !== 'fefo' ? line.batch_id : null
      return quantity === '0' ? [] : [{ line: position + 1, variant_id: part.variant_id, quantity, batch_id }]
    }),
  )
  const stock = shelvesOf(
    kept,
    taken.map(({ variant_id }) => variant_id),
  )
  const allocations = allocateBatches(taken, { stock, today: dayIn(kept.ground.branch.time_zone, at) })
  return taken.map((one, position) => ({ ...one, ...allocations[position] }))
}
