import { randomUUID } from 'node:crypto'
import { chance, write } from './amounts.ts'
import { send } from './send.ts'
import type { Register, Shop } from './shop.ts'
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

/**
 * Many in each shop want the same goods, the same refund and the same cash at once. Nobody knows who comes first, so the model says
 * no more about it than that sums tie, and it is of no use afterwards.
 */
export async function burst(world: World, seed: number): Promise<void> {
  const dice = chance(seed)
  await Promise.all(
    world.shops.map(async (shop, position) => {
      if (!shop) return
      const till = shop.registers.find(({ session, device }) => session?.state === 'open' && device === null)
      if (!till?.session) return
      const commands = Array.from({ length: atOnce }, () => commandOf(shop, till, dice))
      const answers = await Promise.all(
        commands.map((command) => {
          world.sent += 1
          return send(world, shop, { who: 'manager', key: randomUUID(), ...command })
        }),
      )
      const wrong = answers.flatMap((one) =>
        'refused' in one && !known.includes(one.refused.code) ? [one.refused] : [],
      )
      const faults = [
        ...wrong.map(({ code, detail }) => `one of many at once was refused with ${code}: ${detail}`),
        ...(await faultsOf(
          world,
          shop,
          commands.flatMap((one, at) => ('body' in (answers[at] ?? {}) ? [one] : [])),
        )),
      ]
      if (faults.length > 0) throw new Failure(faults.join('\n'), { at: 0, shop: position })
    }),
  )
}

interface Command {
  readonly operation: string
  readonly input: Readonly<Record<string, unknown>>
}

function commandOf(shop: Shop, { session }: Register, dice: ReturnType<typeof chance>): Command {
  const text = (amount: bigint) => write(amount, shop.decimals)
  const kind = dice(10)
  if (kind === 0) {
    const input = {
      id: session?.id,
      pay_out_id: randomUUID(),
      amount: text(10n ** BigInt(shop.decimals) * 3n),
      reason: 'At once',
    }
    return { operation: 'cash.pay-out', input }
  }
  const sold = shop.sales.findLast(
    (sale) => sale.kind === 'sale' && sale.lines.some((line) => line.back.quantity < line.quantity),
  )
  const at = sold?.lines.findIndex((line) => line.back.quantity < line.quantity) ?? -1
  const line = sold?.lines[at]
  if (kind < 3 && sold && line) {
    const left = line.total - line.back.total
    const input = {
      ...{ id: randomUUID(), session_id: session?.id, original_id: sold.id, reason: 'At once' },
      lines: [{ line: at + 1, restock: 'shelf' }],
      payments: [{ tender_id: shop.tenders.cash, amount: text(left) }],
    }
    return { operation: 'sales.refund', input }
  }
  const goods = shop.goods[dice(2)]
  const input = {
    ...{ id: randomUUID(), session_id: session?.id },
    lines: [{ variant_id: goods?.variantId, quantity: String(1 + dice(3)) }],
    payments: [{ tender_id: shop.tenders.cash, amount: text(10n ** BigInt(shop.decimals) * 1_000n) }],
  }
  return { operation: 'sales.checkout', input }
}

/** What was answered is there once; nothing that may not is below zero. */
async function faultsOf({ superuser }: World, shop: Shop, done: readonly Command[]): Promise<string[]> {
  const { rows } = await superuser.query(
    `SELECT (SELECT count(*)::int FROM sales.sale s WHERE s.tenant_id = $1 AND s.id = ANY ($2)) AS receipts,
       (SELECT count(*)::int FROM cash.movement m WHERE m.tenant_id = $1 AND m.id = ANY ($3)) AS movements,
       (SELECT count(*)::int FROM ledger.account a WHERE a.tenant_id = $1 AND a.purpose = 'cash' AND a.balance < 0) AS drawers,
       (SELECT count(*)::int FROM inventory.level l WHERE l.tenant_id = $1 AND l.variant_id = ANY ($4) AND l.on_hand < 0 AND l.batch_id IS NOT NULL) AS levels`,
    [
      shop.tenantId,
      done.flatMap(({ operation, input }) => (operation.startsWith('sales.') ? [input.id] : [])),
      done.flatMap(({ input }) => input.pay_out_id ?? []),
      shop.goods.flatMap((one) => (one.goesBelowZero ? [] : [one.variantId])),
    ],
  )
  const receipts = done.filter(({ operation }) => operation.startsWith('sales.')).length
  const wanted = { receipts, movements: done.length - receipts, drawers: 0, levels: 0 }
  return JSON.stringify(rows[0]) === JSON.stringify(wanted)
    ? []
    : [`after many at once there are ${JSON.stringify(rows[0])}, answered were ${JSON.stringify(wanted)}`]
}
