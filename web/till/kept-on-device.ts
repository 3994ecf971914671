import { foldText } from '../../server/platform/fold-text.ts'
import { type FoundGoods, indexGoods } from '../sales/find-goods.ts'
import type { Kept } from '../sales/kept.ts'
import { type Customer, type Goods, type Ground, readFact, type Stock, store } from './store.ts'

/** What a till sells with, in memory, so that a line is added at once. Another object stands for it after each change. */
export interface KeptOnDevice extends Kept {
  readonly ground: Ground
  readonly size: number
  goods(variantId: string): Goods | undefined
  customer(id: string): Customer | undefined
  /** Goods by name, SKU or code; at most so many. */
  find(text: string, limit: number): Goods[]
  findCustomers(text: string, limit: number): Customer[]
  /** Those that were marked, then others by name. */
  favourites(ids: readonly string[], limit: number): Goods[]
}

/** What changed of goods, stock or customers: each in place of what was known of it. */
export interface Changed {
  readonly goods?: Rows<Goods>
  readonly stock?: Rows<Stock>
  readonly customers?: Rows<Customer>
  readonly ground?: Ground | undefined
}

interface Rows<T> {
  readonly items: readonly T[]
  readonly removed: readonly string[]
}

interface Memory {
  ground: Ground
  readonly goods: ReturnType<typeof indexGoods>
  readonly stock: Map<string, Stock>
  readonly customers: Map<string, Customer>
  byName: readonly Goods[] | undefined
}

let memory: Promise<Memory> | undefined
/** What of the store is in memory, as cursors; another tab may have moved them on. */
let memoryAt = ''

/** Forgets what is in memory where another tab fetched more since, so that it is read anew. */
export async function forgetIfBehind(): Promise<void> {
  if (JSON.stringify(await readFact('cursors')) !== memoryAt) memory = undefined
}

/** Says that memory holds what the cursors stand for. */
export async function markMemory(): Promise<void> {
  memoryAt = JSON.stringify(await readFact('cursors'))
}

/** Reads all of it from the store, once. Throws where nothing was fetched yet. */
export async function loadKept(): Promise<KeptOnDevice> {
  memory ??= readMemory().catch((error: unknown) => {
    memory = undefined
    throw error
  })
  return keptOf(await memory)
}

/** Takes changes into memory; before anything was read there is nothing to change. */
export async function takeChanges({ goods, stock, customers, ground }: Changed): Promise<void> {
  const held = await memory?.catch(() => undefined)
  if (!held) return
  if (ground) held.ground = ground
  if (goods) held.byName = undefined
  for (const id of goods?.removed ?? []) held.goods.remove(id)
  for (const one of goods?.items ?? []) held.goods.put(one)
  for (const id of stock?.removed ?? []) held.stock.delete(id)
  for (const one of stock?.items ?? []) held.stock.set(one.variant_id, one)
  for (const id of customers?.removed ?? []) held.customers.delete(id)
  for (const one of customers?.items ?? []) held.customers.set(one.id, one)
}

async function readMemory(): Promise<Memory> {
  await markMemory()
  const ground = await readFact('ground')
  if (!ground) throw new Error('this device has fetched nothing yet')
  const [goods, stock, customers] = await Promise.all([
    store.goods.toArray(),
    store.stock.toArray(),
    store.customers.toArray(),
  ])
  return {
    ground,
    goods: indexGoods(goods),
    stock: new Map(stock.map((one) => [one.variant_id, one])),
    customers: new Map(customers.map((one) => [one.id, one])),
    byName: undefined,
  }
}

function keptOf(held: Memory): KeptOnDevice {
  return {
    ground: held.ground,
    size: held.goods.size,
    goods: (id) => asGoods(held.goods.goods(id)),
    goodsOfBarcode: (key) => held.goods.goodsOfBarcode(key),
    goodsOfSku: (sku) => held.goods.goodsOfSku(sku),
    stock: (id) => held.stock.get(id),
    customer: (id) => held.customers.get(id),
    find: (text, limit) => held.goods.find(text, limit) as Goods[],
    findCustomers: (text, limit) => findCustomers(held.customers.values(), text, limit),
    favourites(ids, limit) {
      const marked = ids.flatMap((id) => asGoods(held.goods.goods(id)) ?? [])
      held.byName ??= sellableOf(held.goods)
      const rest = held.byName.filter(({ variant_id }) => !ids.includes(variant_id)).slice(0, limit)
      return [...marked, ...rest].slice(0, limit)
    },
  }
}

/** The index holds what was put into it. */
const asGoods = (found: FoundGoods | undefined) => found as Goods | undefined

/** The first goods by name: as many as a screen shows, whatever the shop has. */
function sellableOf(goods: Memory['goods']): Goods[] {
  return (goods.all() as Goods[])
    .filter(({ is_sellable }) => is_sellable)
    .toSorted((one, other) => (one.name < other.name ? -1 : 1))
    .slice(0, 500)
}

function findCustomers(customers: Iterable<Customer>, text: string, limit: number): Customer[] {
  const wanted = foldText(text).split(' ').filter(Boolean)
  const found: Customer[] = []
  for (const one of customers) {
    if (found.length === limit) break
    const words = foldText([one.name, one.code, one.phone, one.email].filter(Boolean).join(' '))
    if (wanted.every((word) => words.includes(word))) found.push(one)
  }
  return found
}
