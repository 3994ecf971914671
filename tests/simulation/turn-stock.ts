import { divide, write } from './amounts.ts'
import { type Batch, dayAt, daysAfter, type Shop } from './shop.ts'
import type { Steps } from './steps.ts'
import { bringIn, copyOf } from './stock.ts'
import { type Clock, post, stockLines, type Turn } from './turn.ts'

/** In how many days the lots of goods expire, counted from the first day of the simulation. */
const shelfLives = [2, 9, 60, 400]

/** Lets goods come in: those that expire in a batch. */
export function* receive(shop: Shop, step: Steps['receive'], clock: Clock): Generator<Turn> {
  const at = step.goods % shop.goods.length
  const goods = shop.goods[at]
  const branch = step.branch % shop.branches.length
  if (!goods) return
  const today = dayAt(shop, clock.now())
  const number = `L${step.lot + 1}`
  const known = shop.batches.find((one) => one.goods === at && one.number === number)
  const usual = known?.expiresOn ?? daysAfter(shop.firstDay, shelfLives[step.lot] ?? 1)
  const expiresOn = step.wrong === 'date' ? daysAfter(usual, 1) : usual
  const isOfBatch = goods.isTracked && step.wrong !== 'batch'
  const cost = BigInt(step.cost) * 10_000n + 3_333n
  const value = divide(cost * BigInt(step.quantity), 10n ** BigInt(6 - shop.decimals))
  const fault = goods.isTracked ? faultOf({ isOfBatch, known, expiresOn, today }) : undefined
  const lot = { batch_number: number, expires_on: expiresOn }
  yield {
    who: 'manager',
    operation: 'inventory.receive-stock',
    input: {
      branch_id: shop.branches[branch]?.id,
      lines: [
        {
          ...{ variant_id: goods.variantId, quantity: String(step.quantity), unit_cost: write(cost, 6) },
          ...(isOfBatch && lot),
        },
      ],
    },
    told: `receives ${step.quantity} × ${goods.code}${isOfBatch ? ` batch ${number}, good through ${expiresOn},` : ''} at ${write(cost, 6)} in ${shop.branches[branch]?.name}`,
    shelves: [{ branch, goods: at }],
    expected:
      fault !== undefined
        ? { code: fault }
        : {
            answer: { movements: [{ quantity: String(step.quantity) }] },
            apply(body) {
              const batch = isOfBatch ? (known?.id ?? body.movements[0]?.batch_id ?? null) : null
              if (batch !== null && !known) shop.batches.push({ id: batch, goods: at, number, expiresOn })
              const stock = copyOf(shop.stock)
              const given = { batch, quantity: step.quantity, value, decimals: shop.decimals }
              const weighed = bringIn(stock, { branch, goods: at }, given)
              shop.stock = stock
              post(shop, stockLines(shop, branch, 'goods_received_not_invoiced', [weighed]))
              return undefined
            },
          },
  }
}

function faultOf(given: { isOfBatch: boolean; known: Batch | undefined; expiresOn: string; today: string }) {
  if (!given.isOfBatch) return 'batch_required'
  if (given.known && given.known.expiresOn !== given.expiresOn) return 'batch_differs'
  return given.expiresOn < given.today ? 'batch_expired' : undefined
}
