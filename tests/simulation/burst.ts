import { randomUUID } from 'node:crypto'
import { chance, write } from './amounts.ts'
import { type Answered, send } from './send.ts'
import type { Register, Shop, SoldLine } from './shop.ts'
import { noteOutcome, outcomeOf } from './simulate.ts'
import type { Step } from './steps.ts'
import { Failure, type World } from './world.ts'

const atOnce = 40
/** What may refuse one of many who want the same at once. */
const known = [
  'insufficient_stock',
  'batch_expired',
  'drawer_short',
  'refund_beyond_sold',
  'refund_differs',
  'busy',
  'session_not_open',
]
/** What is sold of: both come in batches, of which none goes below zero. */
const wanted = [2, 3] as const

/** What goes before: the first till of each shop is open, and there is some of what many will want. */
export function stepsBefore(shops: number): Step[] {
  return Array.from({ length: shops }, (_, shop) => shop).flatMap((shop): Step[] => [
    { do: 'open', shop, register: 0, float: 100, isApt: false },
    ...wanted.map((goods): Step => {
      return { do: 'receive', shop, branch: 0, goods, quantity: 30, cost: 417, lot: 3, wrong: null }
    }),
  ])
}

/**
 * Many in each shop want the same goods, the same refund and the same cash at once. Nobody knows who comes first, so the model says
 * no more about it than that sums tie, and it is of no use afterwards.
 */
export async function burst(world: World, seed: number, at: number): Promise<void> {
  await Promise.all(
    world.shops.map(async (shop, position) => {
      // Dice of its own: what is drawn does not hang on which shop is first.
      const dice = chance(seed * 1000 + position)
      const faults = shop ? await burstIn(world, { shop, at: position }, dice) : []
      if (faults.length > 0) throw new Failure(faults.join('\n'), { at, shop: position, isOfBurst: true })
    }),
  )
}

interface Command {
  readonly operation: string
  readonly input: Readonly<Record<string, unknown>>
  /** What it takes off a shelf of the branch, or brings back there. */
  readonly moves: { readonly goods: number; readonly quantity: number }
  /** What comes back. */
  readonly back?: SoldLine
}

interface Asked extends Command {
  readonly answer: Answered
}

async function burstIn(
  world: World,
  { shop, at }: { shop: Shop; at: number },
  dice: ReturnType<typeof chance>,
): Promise<string[]> {
  const till = shop.registers.find(({ session, device }) => session?.state === 'open' && device === null)
  if (!till?.session) return ['no till is open when many want the same at once']
  const before = await levelsOf(world, shop)
  const commands = Array.from({ length: atOnce }, () => commandOf(shop, { till, before }, dice))
  const asked = await Promise.all(
    commands.map(async (command): Promise<Asked> => {
      world.sent += 1
      const { operation, input } = command
      return { ...command, answer: await send(world, shop, { who: 'manager', key: randomUUID(), operation, input }) }
    }),
  )
  for (const { operation, answer } of asked) {
    noteOutcome(world, `burst ${operation}`, outcomeOf(answer))
    const line = `manager of ${shop.name} is one of many at once: ${operation} → ${outcomeOf(answer)}`
    world.story.push({ shop: at, line })
  }
  const done = asked.filter(({ answer }) => 'body' in answer)
  for (const { back } of done) if (back) back.back = { ...back.back, quantity: back.quantity }
  return [
    ...faultsOfAnswers(asked),
    ...faultsOfLevels(shop, { till, done }, { before, after: await levelsOf(world, shop) }),
    ...(await faultsOfRows(world, shop, done)),
  ]
}

function faultsOfAnswers(asked: readonly Asked[]): string[] {
  const isDone = asked.some(({ answer }) => 'body' in answer)
  return [
    ...(isDone ? [] : ['of many at once, nobody got anything']),
    ...asked.flatMap(({ answer }) =>
      'refused' in answer && !known.includes(answer.refused.code)
        ? [`one of many at once was refused with ${answer.refused.code}: ${answer.refused.detail}`]
        : [],
    ),
  ]
}

type Levels = readonly {
  readonly branch: string
  readonly variant: string
  readonly place: string
  readonly n: number
}[]

async function levelsOf({ superuser }: World, shop: Shop): Promise<Levels> {
  const { rows } = await superuser.query(
    `SELECT l.branch_id AS branch, l.variant_id AS variant, l.id AS place, l.on_hand::float8 AS n
     FROM inventory.level l WHERE l.tenant_id = $1`,
    [shop.tenantId],
  )
  return rows
}

function heldOf(levels: Levels, shop: Shop, { branch, goods }: { branch: number; goods: number }): number {
  return levels
    .filter((one) => one.branch === shop.branches[branch]?.id && one.variant === shop.goods[goods]?.variantId)
    .reduce((sum, { n }) => sum + n, 0)
}

/** Nothing that may not goes below zero, and what left and came back is what was answered. */
function faultsOfLevels(
  shop: Shop,
  { till, done }: { till: Register; done: readonly Asked[] },
  { before, after }: { before: Levels; after: Levels },
): string[] {
  const mayNot = shop.goods.flatMap((one) => (one.goesBelowZero ? [] : [one.variantId]))
  const least = new Map(before.map(({ place, n }) => [place, Math.min(0, n)]))
  const below = after.flatMap(({ variant, place, n }) => {
    const name = shop.goods.find(({ variantId }) => variantId === variant)?.code
    return mayNot.includes(variant) && n < (least.get(place) ?? 0) ? [`many at once took ${name} down to ${n}`] : []
  })
  const sums = shop.goods.flatMap(({ code }, goods) => {
    const moved = done.reduce((sum, { moves }) => sum + (moves.goods === goods ? moves.quantity : 0), 0)
    const shelf = { branch: till.branch, goods }
    const [here, model] = [heldOf(after, shop, shelf), heldOf(before, shop, shelf) + moved]
    return here === model ? [] : [`after many at once there are ${here} of ${code}, by what was answered ${model}`]
  })
  return [...below, ...sums]
}

function commandOf(
  shop: Shop,
  { till, before }: { till: Register; before: Levels },
  dice: ReturnType<typeof chance>,
): Command {
  const text = (amount: bigint) => write(amount, shop.decimals)
  const unit = 10n ** BigInt(shop.decimals)
  const session_id = till.session?.id
  const kind = dice(10)
  if (kind === 0) {
    const input = { id: session_id, pay_out_id: randomUUID(), amount: text(unit * 3n), reason: 'At once' }
    return { operation: 'cash.pay-out', input, moves: { goods: 0, quantity: 0 } }
  }
  const refund = kind < 3 ? refundOf(shop, session_id) : undefined
  if (refund) return refund
  const goods = wanted[dice(wanted.length)] ?? wanted[0]
  // Together more than there is.
  const most = Math.max(3, Math.floor(heldOf(before, shop, { branch: till.branch, goods }) / 4))
  const quantity = 1 + dice(most)
  const input = {
    ...{ id: randomUUID(), session_id },
    lines: [{ variant_id: shop.goods[goods]?.variantId, quantity: String(quantity) }],
    payments: [{ tender_id: shop.tenders.cash, amount: text(unit * 100_000n) }],
  }
  return { operation: 'sales.checkout', input, moves: { goods, quantity: -quantity } }
}

/** All of the last line that is not wholly back. */
function refundOf(shop: Shop, session_id: string | undefined): Command | undefined {
  const isLeft = (line: SoldLine) => line.back.quantity < line.quantity
  const sold = shop.sales.findLast(({ kind, lines }) => kind === 'sale' && lines.some(isLeft))
  const at = sold?.lines.findIndex(isLeft) ?? -1
  const line = sold?.lines[at]
  if (!sold || !line) return undefined
  const input = {
    ...{ id: randomUUID(), session_id, original_id: sold.id, reason: 'At once' },
    lines: [{ line: at + 1, restock: 'shelf' }],
    payments: [{ tender_id: shop.tenders.cash, amount: write(line.total - line.back.total, shop.decimals) }],
  }
  const moves = { goods: line.goods, quantity: line.quantity - line.back.quantity }
  return { operation: 'sales.refund', input, moves, back: line }
}

/** What was answered is there once, and no drawer is below zero. */
async function faultsOfRows({ superuser }: World, shop: Shop, done: readonly Command[]): Promise<string[]> {
  const { rows } = await superuser.query(
    `SELECT (SELECT count(*)::int FROM sales.sale s WHERE s.tenant_id = $1 AND s.id = ANY ($2)) AS receipts,
       (SELECT count(*)::int FROM cash.movement m WHERE m.tenant_id = $1 AND m.id = ANY ($3)) AS movements,
       (SELECT count(*)::int FROM ledger.account a WHERE a.tenant_id = $1 AND a.purpose = 'cash' AND a.balance < 0) AS drawers`,
    [
      shop.tenantId,
      done.flatMap(({ operation, input }) => (operation.startsWith('sales.') ? [input.id] : [])),
      done.flatMap(({ input }) => input.pay_out_id ?? []),
    ],
  )
  const receipts = done.filter(({ operation }) => operation.startsWith('sales.')).length
  const answered = { receipts, movements: done.length - receipts, drawers: 0 }
  return JSON.stringify(rows[0]) === JSON.stringify(answered)
    ? []
    : [`after many at once there are ${JSON.stringify(rows[0])}, answered were ${JSON.stringify(answered)}`]
}
