import { divide } from './amounts.ts'
import { dayAt, type Shop, type Transfer } from './shop.ts'
import type { Steps } from './steps.ts'
import { bringIn, chooseLots, copyOf, levelOf, takeOut } from './stock.ts'
import { type Answer, type Clock, pick, pickApt, post, stockLines, type Turn } from './turn.ts'

const mostTransfers = 10

/** Asks for goods to be sent from one branch to the other. */
export function* transfer(shop: Shop, step: Steps['transfer']): Generator<Turn> {
  const from = step.from % shop.branches.length
  const to = (from + 1) % shop.branches.length
  const goods = step.goods % shop.goods.length
  const batches = shop.batches.filter((one) => one.goods === goods)
  const batch = step.batch === null ? undefined : pick(batches, step.batch)
  const { quantity } = step
  yield {
    ...{ who: 'manager', operation: 'transfers.create-transfer' },
    input: {
      ...{ from_branch_id: shop.branches[from]?.id, to_branch_id: shop.branches[to]?.id },
      lines: [
        {
          ...{ variant_id: shop.goods[goods]?.variantId, quantity: String(quantity) },
          ...(batch && { batch_id: batch.id }),
        },
      ],
    },
    told: `asks for ${quantity} × ${shop.goods[goods]?.code}${batch ? ` batch ${batch.number}` : ''} from ${shop.branches[from]?.name} to ${shop.branches[to]?.name}`,
    expected: {
      answer: { state: 'pending' },
      apply(body) {
        const made: Transfer = {
          ...{ id: body.id, number: body.number, from, to, version: body.version, state: 'pending' },
          ...{ goods, quantity, batch: batch?.id, parts: [] },
        }
        shop.transfers = [...shop.transfers, made].slice(-mostTransfers)
        return `transfer ${body.number}`
      },
    },
  }
}

const allowed: Readonly<Record<Transfer['state'], readonly string[]>> = {
  pending: ['dispatch', 'cancel'],
  in_transit: ['receive', 'cancel'],
  short: ['receive', 'take-back'],
  completed: [],
  cancelled: [],
}
const otherwise: Readonly<Record<string, string>> = {
  dispatch: 'transfer_not_pending',
  receive: 'transfer_not_on_the_way',
  cancel: 'transfer_finished',
  'take-back': 'transfer_not_short',
}

/** Moves a transfer on: sends it off, takes in all or a part of it, or takes it back. */
export function* moveTransfer(shop: Shop, step: Steps['moveTransfer'], clock: Clock): Generator<Turn> {
  const action =
    ({ part: 'receive', last: 'receive', more: 'receive' } as Record<string, string>)[step.action] ?? step.action
  const fits = ({ state }: Transfer) => allowed[state].includes(action)
  const found = pickApt(shop.transfers, { number: step.of, isApt: step.isApt }, fits)
  if (!found) return
  const isAllowed = allowed[found.state].includes(action)
  const shelves = [found.from, found.to].map((branch) => ({ branch, goods: found.goods }))
  const done = isAllowed ? outcomeOf(shop, found, step, dayAt(shop, clock.now())) : { code: otherwise[action] ?? '' }
  const outcome = step.isStale ? { code: 'version_conflict' } : done
  const operations: Readonly<Record<string, string>> = { 'take-back': 'take-back-shortage' }
  const words: Readonly<Record<string, string>> = {
    ...{ dispatch: 'sends off', receive: 'takes in all of', part: `takes in ${step.quantity} of` },
    ...{ last: `takes in ${step.quantity} of, which is the last of`, more: 'takes in more than there is of' },
    ...{ cancel: 'cancels', 'take-back': 'takes back what is short of' },
  }
  yield {
    ...{ who: 'manager', operation: `transfers.${operations[action] ?? `${action}-transfer`}` },
    input: {
      ...{ id: found.id, version: found.version + Number(step.isStale) },
      ...(isPartly(step) && found.parts[0] && linesOf(found, step)),
    },
    told: `${words[step.action]} transfer ${found.number}${step.isStale ? ' as it was before' : ''}`,
    shelves,
    expected: 'code' in outcome ? { code: outcome.code } : acceptedAs(shop, found, outcome),
  }
}

function isPartly({ action }: Steps['moveTransfer']): boolean {
  return action === 'part' || action === 'last' || action === 'more'
}

/** How much of the first part is said to have come. */
function saidOf({ parts: [first] }: Transfer, { action, quantity }: Steps['moveTransfer']): number {
  return action === 'more' ? (first?.open ?? 0) + 1 : Math.min(quantity, first?.open ?? 0)
}

function linesOf(found: Transfer, step: Steps['moveTransfer']) {
  const lines = [{ part_id: found.parts[0]?.id, quantity: String(saidOf(found, step)) }]
  return { lines, is_last: step.action === 'last' }
}

interface Outcome {
  readonly state: Transfer['state']
  apply(body: Pick<Answer, 'lines'>): void
}

function outcomeOf(
  shop: Shop,
  found: Transfer,
  step: Steps['moveTransfer'],
  today: string,
): { code: string } | Outcome {
  if (step.action === 'dispatch') return dispatchOf(shop, found, today)
  if (step.action === 'cancel') {
    if (found.parts.some(({ open, quantity }) => open !== quantity)) return { code: 'transfer_partly_received' }
    return { state: 'cancelled', apply: () => arrive(shop, found, found.from, everything(found)) }
  }
  if (step.action === 'take-back') {
    return { state: 'completed', apply: () => arrive(shop, found, found.from, everything(found)) }
  }
  const isPart = isPartly(step) && found.parts.length > 0
  const come = isPart ? found.parts.map((_, at) => (at === 0 ? saidOf(found, step) : 0)) : everything(found)
  if (isPart && step.action === 'more') return { code: 'transfer_over_receipt' }
  const isLast = !isPart || step.action === 'last'
  const isNews = come.some((quantity) => quantity > 0) || (isLast && found.state === 'in_transit')
  if (!isNews) return { code: 'transfer_nothing_received' }
  const isAll = found.parts.every(({ open }, at) => open === come[at])
  const left = isLast || found.state === 'short' ? 'short' : 'in_transit'
  return { state: isAll ? 'completed' : left, apply: () => arrive(shop, found, found.to, come) }
}

function everything({ parts }: Transfer): number[] {
  return parts.map(({ open }) => open)
}

function dispatchOf(shop: Shop, found: Transfer, today: string): { code: string } | Outcome {
  const { from: branch, goods, quantity, batch } = found
  const { decimals } = shop
  const shelf = { branch, goods }
  const goesBelowZero = shop.goods[goods]?.goesBelowZero ?? false
  const lots = shop.batches.filter((one) => one.goods === goods)
  const { taken, missing } =
    batch === undefined
      ? chooseLots(shop.stock, shelf, { lots, quantity, today })
      : { taken: [{ batch, quantity }], missing: Math.max(0, quantity - levelOf(shop.stock, shelf, batch)) }
  if (missing > 0 && !goesBelowZero) return { code: 'insufficient_stock' }
  const below = batch === undefined && missing > 0 ? [{ batch: null, quantity: missing }] : []
  return {
    state: 'in_transit',
    apply({ lines }) {
      const stock = copyOf(shop.stock)
      const left = [...taken, ...below].map((one) => ({ ...one, ...takeOut(stock, shelf, { ...one, decimals }) }))
      shop.stock = stock
      found.parts = left.map((one) => {
        const { id = '' } = lines[0]?.parts.find((part) => part.batch_id === one.batch) ?? {}
        return { id, batch: one.batch, quantity: one.quantity, open: one.quantity, value: -one.value }
      })
      post(shop, stockLines(shop, branch, 'transfers_in_transit', left))
    },
  }
}

/** Brings what of each part is off the way into a branch, with its share of the value that is open. */
function arrive(shop: Shop, found: Transfer, branch: number, come: readonly number[]): void {
  const { decimals } = shop
  const stock = copyOf(shop.stock)
  const weighed = found.parts.flatMap((part, at) => {
    const quantity = come[at] ?? 0
    if (quantity === 0) return []
    const value = quantity === part.open ? part.value : divide(part.value * BigInt(quantity), BigInt(part.open))
    part.open -= quantity
    part.value -= value
    return [bringIn(stock, { branch, goods: found.goods }, { batch: part.batch, quantity, value, decimals })]
  })
  shop.stock = stock
  post(shop, stockLines(shop, branch, 'transfers_in_transit', weighed))
}

function acceptedAs(_: Shop, found: Transfer, { state, apply }: Outcome): Turn['expected'] {
  return {
    answer: { state },
    apply(body) {
      apply(body)
      found.state = state
      found.version = body.version
      return state.replace('_', ' ')
    },
  }
}
