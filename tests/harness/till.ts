import { uuidv7 } from '../../server/platform/identifiers.ts'
import { dayIn, now } from '../../server/platform/time.ts'
import { makeProduct } from './catalog.ts'
import type { TestOwner } from './server.ts'

let made = 0

/** A register with an open session, and the tenders of the tenant by their codes. */
export interface Till {
  readonly register_id: string
  readonly session_id: string
  readonly code: string
  readonly tenders: Readonly<Record<string, string>>
}

type Owner = Pick<TestOwner, 'client' | 'branchId'>

/** Opens a till in the branch of the owner. */
export async function openTill(owner: Owner, { float = '0' }: { float?: string } = {}): Promise<Till> {
  const code = `T${++made}`
  const register = await owner.client.call('registers.create-register', {
    branch_id: owner.branchId,
    code,
    name: `Till ${made}`,
  })
  const session = await owner.client.call('cash.open-session', { register_id: register.id, float_amount: float })
  const { items } = await owner.client.call('payments.list-tenders', { limit: 50 })
  const tenders = Object.fromEntries(items.map((one) => [one.code, one.id]))
  return { register_id: register.id, session_id: session.id, code, tenders }
}

const lists = new WeakMap<object, Promise<string>>()

/** The price list that is for all, made with the first price; prices include tax. */
function listOf(owner: Owner, currency: string): Promise<string> {
  const known = lists.get(owner.client) ?? makeList(owner, currency)
  lists.set(owner.client, known)
  return known
}

async function makeList({ client }: Owner, currency: string): Promise<string> {
  const { items } = await client.call('pricing.list-price-lists', { limit: 200 })
  const known = items.find(
    (one) =>
      one.currency === currency && one.includes_tax && !one.branch_id && !one.channel_id && !one.customer_group_id,
  )
  if (known) return known.id
  const list = { code: `ALL${++made}`, name: 'For all', currency, includes_tax: true }
  return (await client.call('pricing.create-price-list', list)).id
}

interface Wanted extends NonNullable<Parameters<typeof makeProduct>[1]> {
  readonly price?: string
  readonly stock?: string
  readonly cost?: string
  readonly currency?: string
}

/** Goods with a price and stock; answers with the id of their variant. */
export async function makeGoods(
  owner: Owner,
  { price = '12', stock = '10', cost = '5', currency = 'EUR', ...wanted }: Wanted = {},
): Promise<string> {
  const { variant } = await makeProduct(owner, wanted)
  await owner.client.call('pricing.create-price', {
    price_list_id: await listOf(owner, currency),
    variant_id: variant.id,
    unit_price: price,
    valid_from: dayIn('Europe/Paris', now()),
  })
  if (stock !== '0')
    await owner.client.call('inventory.receive-stock', {
      branch_id: owner.branchId,
      lines: [{ variant_id: variant.id, quantity: stock, unit_cost: cost }] as never,
    })
  return variant.id
}

/** Sells for cash, paid as it comes to unless said otherwise. */
export function sell(
  owner: Owner,
  till: Till,
  lines: readonly Record<string, unknown>[],
  more: Record<string, unknown> & { paid?: string } = {},
) {
  const { paid = '1000000', ...input } = more
  return owner.client.call('sales.checkout', {
    id: uuidv7(),
    session_id: till.session_id,
    lines: lines as never,
    payments: [{ tender_id: till.tenders.cash ?? '', amount: paid }],
    ...input,
  })
}
