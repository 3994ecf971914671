import { write } from './amounts.ts'
import { percent } from './open-shops.ts'
import { dayAt, daysAfter, inForce, type Shop } from './shop.ts'
import type { Steps } from './steps.ts'
import { type Clock, pick, type Turn } from './turn.ts'

/** Gives goods another price from some day on, in place of the one that is in force then. */
export function* changePrice(shop: Shop, step: Steps['price'], clock: Clock): Generator<Turn> {
  const goods = pick(shop.goods, step.goods)
  if (!goods) return
  const from = daysAfter(dayAt(shop, clock.now()), step.inDays)
  const price = BigInt(step.price) * 10n ** BigInt(shop.decimals - 2)
  const before = inForce(goods.prices, from)
  const overlaps = goods.prices.some((one) => one.from > from)
  yield {
    ...{ who: 'manager', operation: 'pricing.create-price' },
    input: {
      ...{ price_list_id: shop.priceListId, variant_id: goods.variantId, valid_from: from, replaces: true },
      unit_price: write(price, shop.decimals),
    },
    told: `sets the price of ${goods.code} to ${write(price, shop.decimals)} from ${from} on`,
    expected: faultOf({ isPast: step.inDays < 0, overlaps }) ?? {
      answer: { valid_from: from },
      apply() {
        goods.prices = [
          ...goods.prices.flatMap((one) => {
            if (one !== before) return [one]
            return one.from === from ? [] : [{ ...one, through: daysAfter(from, -1) }]
          }),
          { from, through: null, price },
        ]
        return undefined
      },
    },
  }
}

function faultOf({ isPast, overlaps }: { isPast: boolean; overlaps: boolean }) {
  if (isPast) return { code: 'price_past_rewritten' }
  return overlaps ? { code: 'overlapping_prices' } : undefined
}

/** Changes a rate of tax: from the first day on that has begun nowhere yet. */
export function* changeTax(shop: Shop, step: Steps['tax'], clock: Clock): Generator<Turn> {
  const taxClass = pick(shop.taxClasses, step.taxClass)
  const last = taxClass?.rates.at(-1)
  if (!taxClass || !last) return
  // Where it is latest, 14 hours ahead of UTC.
  const through = dayAt({ zone: 'Etc/GMT-14' }, clock.now())
  const rate = BigInt(step.rate)
  const from = daysAfter(through, 1)
  const isCrossed = through < last.from
  yield {
    ...{ who: 'manager', operation: 'tax.end-rate' },
    input: { id: last.id, version: last.version, valid_through: through },
    told: `ends the rate of ${percent(last.rate)} % on ${through}`,
    expected: isCrossed
      ? { code: 'period_crossed' }
      : {
          answer: { valid_through: through },
          apply(body) {
            taxClass.rates = [...taxClass.rates.slice(0, -1), { ...last, through, version: body.version }]
            return undefined
          },
        },
  }
  if (isCrossed) return
  yield {
    ...{ who: 'manager', operation: 'tax.create-rate' },
    input: {
      ...{ jurisdiction_code: shop.country, class_id: taxClass.id, name: 'VAT', rate: percent(rate), valid_from: from },
    },
    told: `sets the tax of ${taxClass.code} to ${percent(rate)} % from ${from} on`,
    expected: {
      answer: { valid_from: from, rate: percent(rate) },
      apply(body) {
        taxClass.rates = [...taxClass.rates, { id: body.id, version: body.version, rate, from, through: null }]
        return undefined
      },
    },
  }
}
