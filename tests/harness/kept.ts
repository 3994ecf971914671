import type { Ground, Kept, KeptGoods, KeptStock } from '../../web/sales/kept.ts'
import type { TestClient } from './server.ts'

/** What a till keeps, by its ids, with where its changes are told from. */
export interface Store {
  ground: Ground
  readonly goods: Map<string, KeptGoods>
  readonly stock: Map<string, KeptStock>
  readonly customers: Map<string, { group_id: string | null }>
  cursors: { goods: string; stock: string; customers: string }
}

interface Page<T> {
  readonly items: T[]
  readonly next_cursor: string | null
  readonly changes_cursor: string
}

async function all<T>(read: (cursor: { cursor?: string }) => Promise<Page<T>>): Promise<{ items: T[]; since: string }> {
  const items: T[] = []
  let page = await read({})
  const since = page.changes_cursor
  items.push(...page.items)
  while (page.next_cursor !== null) {
    page = await read({ cursor: page.next_cursor })
    items.push(...page.items)
  }
  return { items, since }
}

/** Fetches all that a till of a branch keeps. */
export async function fetchKept(client: TestClient, branch_id: string, page_size = 1_000): Promise<Store> {
  const goods = await all((at) => client.call('assortment.list-goods', { branch_id, page_size, ...at }))
  const stock = await all((at) => client.call('assortment.list-stock', { branch_id, page_size, ...at }))
  const customers = await all((at) => client.call('assortment.list-customers', { page_size, ...at }))
  return {
    ground: await client.call('assortment.get-ground', { branch_id }),
    goods: new Map(goods.items.map((one) => [one.variant_id, one])),
    stock: new Map(stock.items.map((one) => [one.variant_id, one])),
    customers: new Map(customers.items.map((one) => [one.id, one])),
    cursors: { goods: goods.since, stock: stock.since, customers: customers.since },
  }
}

interface Changes<T> {
  readonly items: T[]
  readonly removed: string[]
  readonly changes_cursor: string
  readonly has_more: boolean
}

async function apply<T>(
  into: Map<string, T>,
  since: string,
  { read, idOf }: { read: (since: string) => Promise<Changes<T>>; idOf: (item: T) => string },
): Promise<string> {
  const { items, removed, changes_cursor, has_more } = await read(since)
  for (const item of items) into.set(idOf(item), item)
  for (const id of removed) into.delete(id)
  return has_more ? apply(into, changes_cursor, { read, idOf }) : changes_cursor
}

/** Brings a store up to date with what changed since, as a till does. */
export async function refreshKept(client: TestClient, branch_id: string, store: Store): Promise<void> {
  const { goods, stock, customers } = store.cursors
  let isGroundChanged = false
  store.cursors = {
    goods: await apply(store.goods, goods, {
      read: async (since) => {
        const found = await client.call('assortment.list-goods-changes', { branch_id, since })
        isGroundChanged ||= found.is_ground_changed
        return found
      },
      idOf: (one) => one.variant_id,
    }),
    stock: await apply(store.stock as Map<string, KeptStock & { variant_id: string }>, stock, {
      read: (since) => client.call('assortment.list-stock-changes', { branch_id, since }),
      idOf: (one) => one.variant_id,
    }),
    customers: await apply(store.customers as Map<string, { id: string; group_id: string | null }>, customers, {
      read: (since) => client.call('assortment.list-customer-changes', { since }),
      idOf: (one) => one.id,
    }),
  }
  if (isGroundChanged) store.ground = await client.call('assortment.get-ground', { branch_id })
}

/** A store as rules look things up in it. */
export function keptOf(store: Store): Kept {
  const byKey = new Map([...store.goods.values()].flatMap((one) => one.barcodes.map(({ key }) => [key, one] as const)))
  const bySku = new Map([...store.goods.values()].map((one) => [one.sku?.toUpperCase() ?? '', one] as const))
  return {
    ground: store.ground,
    goods: (id) => store.goods.get(id),
    goodsOfBarcode: (key) => byKey.get(key),
    goodsOfSku: (sku) => bySku.get(sku.toUpperCase()),
    stock: (id) => store.stock.get(id),
    customer: (id) => store.customers.get(id),
  }
}
