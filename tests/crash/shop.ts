import type { createClient } from '../../server/platform/client.ts'
import { dayIn, now } from '../../server/platform/time.ts'
import type { Operations } from '../../server/registry.ts'
import { makeProduct } from '../harness/catalog.ts'
import { type OfflineTill, openOfflineTill } from '../harness/devices.ts'
import { openTill, type Till } from '../harness/till.ts'

export type Client = ReturnType<typeof createClient<Operations>>

/** What 32 clients sell, where, and whose accounts they write to. */
export interface Shop {
  readonly tills: readonly Till[]
  readonly devices: readonly OfflineTill[]
  readonly goods: readonly Goods[]
  readonly entityId: string
  readonly accounts: readonly string[]
}

interface Goods {
  readonly variant_id: string
  /** Whole, in the currency of the shop, with tax. */
  readonly price: number
}

const tills = 7
const devices = 2
const prices = [12, 7, 30, 4, 95]
const currency = 'MAD'

/** Gives the demo goods that nobody can sell out, some of them in batches, tills, and devices that sell offline. */
export async function openShop(client: Client): Promise<Shop> {
  const [branch] = (await client.call('tenants.list-branches', {})).items
  const [employee] = (await client.call('tenants.list-employees', {})).items
  if (!branch || !employee) throw new Error('the demo has a branch and an owner')
  const owner = { client, branchId: branch.id, employeeId: employee.id }
  const list = { code: 'ALL', name: 'For all', currency, includes_tax: true }
  const { id: price_list_id } = await client.call('pricing.create-price-list', list)
  const goods: Goods[] = []
  for (const [at, price] of prices.entries()) {
    const inBatches = at % 2 === 0
    const { variant } = await makeProduct({ client }, { is_expiry_tracked: inBatches })
    const valid_from = dayIn('UTC', now())
    await client.call('pricing.create-price', {
      ...{ price_list_id, variant_id: variant.id, unit_price: String(price), valid_from },
    })
    const lot = inBatches ? { batch_number: `LOT${at}`, expires_on: '2197-01-01' } : {}
    const lines = [{ variant_id: variant.id, quantity: '1000000', unit_cost: '1.333333', ...lot }]
    await client.call('inventory.receive-stock', { branch_id: branch.id, lines })
    goods.push({ variant_id: variant.id, price })
  }
  const { items: accounts } = await client.call('ledger.list-accounts', { entity_id: branch.entity_id, limit: 20 })
  return {
    tills: await many(tills, () => openTill(owner, { float: '200' })),
    devices: await many(devices, () => openOfflineTill(owner)),
    goods,
    entityId: branch.entity_id,
    accounts: accounts.filter(({ holder_id }) => holder_id === null).map(({ id }) => id),
  }
}

async function many<T>(count: number, make: () => Promise<T>): Promise<T[]> {
  const made: T[] = []
  while (made.length < count) made.push(await make())
  return made
}
