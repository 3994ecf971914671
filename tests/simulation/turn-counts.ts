import type { Count, Role, Shop } from './shop.ts'
import type { Steps } from './steps.ts'
import { atLastCost, bringIn, copyOf, costOf, levelOf, takeOut } from './stock.ts'
import { pick, pickApt, post, stockLines, type Turn } from './turn.ts'

const mostCounts = 8

/** Begins to count goods of a branch. */
export function* count(shop: Shop, step: Steps['count']): Generator<Turn> {
  const branch = step.branch % shop.branches.length
  const goods = step.goods % shop.goods.length
  const isCounted = shop.counts.some((one) => one.branch === branch && one.goods === goods && isOpen(one))
  yield {
    ...{ who: step.by, operation: 'counts.create-count' },
    input: { branch_id: shop.branches[branch]?.id, variant_ids: [shop.goods[goods]?.variantId] },
    told: `begins to count ${shop.goods[goods]?.code} in ${shop.branches[branch]?.name}`,
    expected: faultOfCount(step.by, isCounted) ?? {
      answer: { state: 'open' },
      apply(body) {
        const made: Count = {
          ...{ id: body.id, branch, goods, version: body.version },
          state: 'open',
          entry: null,
          by: [],
        }
        // Those that are not over stay: nobody else may begin one of the same.
        const others = shop.counts.filter(isOpen)
        shop.counts = [...shop.counts.filter((one) => !isOpen(one)).slice(-mostCounts), ...others, made]
        return `count ${body.number}`
      },
    },
  }
}

function faultOfCount(by: Role, isCounted: boolean) {
  if (by === 'cashier') return { code: 'forbidden' }
  return isCounted ? { code: 'already_being_counted' } : undefined
}

function isOpen({ state }: Count): boolean {
  return state === 'open' || state === 'submitted'
}

/** Enters what was counted in one place: what lies there, or so much more or less. */
export function* enter(shop: Shop, step: Steps['enter']): Generator<Turn> {
  const found = pickApt(shop.counts, { number: step.of, isApt: step.isApt }, ({ state }) => state === 'open')
  if (!found) return
  const goods = shop.goods[found.goods]
  const shelf = { branch: found.branch, goods: found.goods }
  const batches = shop.batches.filter((one) => one.goods === found.goods)
  // One place in a count, so that the order of places is of no account.
  const batch = found.entry?.batch ?? (goods?.isTracked ? (pick(batches, step.place)?.id ?? null) : null)
  if (goods?.isTracked && batch === null) return
  const there = levelOf(shop.stock, shelf, batch)
  const counted = Math.max(0, there + step.off)
  const number = batches.find(({ id }) => id === batch)?.number
  yield {
    ...{ who: step.by, operation: 'counts.enter-lines' },
    input: {
      id: found.id,
      lines: [{ variant_id: goods?.variantId, quantity: String(counted), ...(batch !== null && { batch_id: batch }) }],
    },
    told: `counts ${counted} × ${goods?.code}${number === undefined ? '' : ` batch ${number}`} in ${shop.branches[found.branch]?.name}, where ${there} should be`,
    expected:
      found.state === 'open'
        ? {
            answer: { lines: [{ counted: String(counted) }] },
            apply() {
              found.entry = { batch, variance: counted - there }
              found.by.push(step.by)
              return undefined
            },
          }
        : { code: 'count_not_open' },
  }
}

/** Hands a count in, approves it, or gives it up. */
export function* moveCount(shop: Shop, step: Steps['moveCount']): Generator<Turn> {
  const { action, isStale, isApt, by } = step
  const fits = (one: Count) => faultOfMove(shop, one, step) === undefined
  const found = pickApt(shop.counts, { number: step.of, isApt }, fits)
  if (!found) return
  const shelf = { branch: found.branch, goods: found.goods }
  const state = ({ submit: 'submitted', approve: 'approved', cancel: 'cancelled' } as const)[action]
  const words = { submit: 'hands in', approve: 'approves', cancel: 'gives up' }
  const fault = faultOfMove(shop, found, step)
  yield {
    ...{ who: by, operation: `counts.${action}-count` },
    input: {
      ...{ id: found.id, version: found.version + Number(isStale) },
      ...(action === 'submit' && { leaves_out_uncounted: true }),
      ...(action === 'cancel' && { reason: 'As simulated' }),
    },
    told: `${words[action]} the count of ${shop.goods[found.goods]?.code} in ${shop.branches[found.branch]?.name}${isStale ? ' as it was before' : ''}`,
    shelves: [shelf],
    expected:
      fault === undefined
        ? {
            answer: { state },
            apply(body) {
              if (action === 'approve') approve(shop, found)
              if (action === 'submit') found.by.push(by)
              found.state = state
              found.version = body.version
              return undefined
            },
          }
        : { code: fault },
  }
}

function faultOfMove(shop: Shop, found: Count, { action, isStale, by }: Steps['moveCount']): string | undefined {
  if (by === 'cashier' && action !== 'submit') return 'forbidden'
  if (isStale) return 'version_conflict'
  if (action === 'cancel') return isOpen(found) ? undefined : 'count_closed'
  if (action === 'submit') {
    if (found.state !== 'open') return 'count_not_open'
    return found.entry ? undefined : 'nothing_counted'
  }
  if (found.state !== 'submitted') return 'count_not_submitted'
  if (found.by.includes(by)) return 'count_approved_by_counter'
  const { batch = null, variance = 0 } = found.entry ?? {}
  const left = levelOf(shop.stock, found, batch) + variance
  return variance < 0 && left < 0 && !shop.goods[found.goods]?.goesBelowZero ? 'count_outdated' : undefined
}

/** Posts what a count found or missed. */
function approve(shop: Shop, { branch, goods, entry }: Count): void {
  const { batch = null, variance = 0 } = entry ?? {}
  if (variance === 0) return
  const { decimals } = shop
  const shelf = { branch, goods }
  const stock = copyOf(shop.stock)
  const quantity = Math.abs(variance)
  const value = atLastCost(costOf(stock, shelf), quantity, decimals)
  const weighed =
    variance < 0
      ? takeOut(stock, shelf, { batch, quantity, decimals })
      : bringIn(stock, shelf, { batch, quantity, value, decimals })
  shop.stock = stock
  post(shop, stockLines(shop, branch, variance < 0 ? 'stock_loss' : 'stock_gain', [weighed]))
}
