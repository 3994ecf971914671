import { foldText } from '../../server/platform/fold-text.ts'
import type { Kept } from '../sales/kept.ts'
import { type Customer, type Goods, type Ground, readFact, type Stock, store } from './store.ts'

/** Goods with what finds them: words without accents, and codes. */
export interface KeptItem extends Goods {
  readonly keys: readonly string[]
  readonly words: string
}

/** What a till sells with, in memory, so that a line is added at once. */
export interface KeptOnDevice extends Kept {
  readonly ground: Ground
  readonly size: number
  goods(variantId: string): KeptItem | undefined
  customer(id: string): Customer | undefined
  /** Goods by name, SKU or code, best first: whole codes, then those that begin so, then those that hold every word. */
  search(text: string, limit: number): KeptItem[]
  searchCustomers(text: string, limit: number): Customer[]
  favourites(ids: readonly string[], limit: number): KeptItem[]
}

/** Goods as the device keeps them. */
export function asKept(goods: Goods): KeptItem {
  const names = [goods.name, ...goods.labels.map(({ name }) => name), ...goods.options.map(({ value }) => value), goods.sku ?? '']
  return { ...goods, keys: goods.barcodes.map(({ key }) => key), words: foldText(names.join(' ')) }
}

/** Reads all of it from the store into memory. Throws where nothing was fetched yet. */
export async function loadKept(): Promise<KeptOnDevice> {
  const ground = await readFact('ground')
  if (!ground) throw new Error('this device has fetched nothing yet')
  const [goods, stock, customers] = await Promise.all([store.goods.toArray(), store.stock.toArray(), store.customers.toArray()])
  return keptOf(ground, goods as unknown as KeptItem[], stock, customers)
}

function keptOf(ground: Ground, goods: readonly KeptItem[], stock: readonly Stock[], customers: readonly Customer[]): KeptOnDevice {
  const byId = new Map(goods.map((one) => [one.variant_id, one]))
  const byKey = new Map(goods.flatMap((one) => one.keys.map((key) => [key, one] as const)))
  const bySku = new Map(goods.flatMap((one) => (one.sku === null ? [] : [[one.sku, one] as const])))
  const stockOf = new Map(stock.map((one) => [one.variant_id, one]))
  const customerOf = new Map(customers.map((one) => [one.id, one]))
  const sellable = goods.filter((one) => one.is_sellable).toSorted((one, other) => one.name.localeCompare(other.name))
  const people = customers.map((one) => ({ one, words: foldText([one.name, one.code, one.phone, one.email].join(' ')) }))
  return {
    ground,
    size: goods.length,
    goods: (id) => byId.get(id),
    goodsOfBarcode: (key) => byKey.get(key),
    goodsOfSku: (sku) => bySku.get(sku),
    stock: (id) => stockOf.get(id),
    customer: (id) => customerOf.get(id),
    search(text, limit) {
      const exact = byKey.get(text.trim()) ?? bySku.get(text.trim())
      const found = matching(sellable, text, (item) => item.words, limit)
      return exact ? [exact, ...found.filter((one) => one !== exact)].slice(0, limit) : found
    },
    searchCustomers: (text, limit) => matching(people, text, ({ words }) => words, limit).map(({ one }) => one),
    favourites(ids, limit) {
      const chosen = ids.flatMap((id) => byId.get(id) ?? [])
      const rest = sellable.filter((one) => !ids.includes(one.variant_id)).slice(0, Math.max(0, limit - chosen.length))
      return [...chosen, ...rest].slice(0, limit)
    },
  }
}

/** Those that have every word, those whose first word begins with the text before the others. */
function matching<T>(items: readonly T[], text: string, wordsOf: (item: T) => string, limit: number): T[] {
  const wanted = foldText(text).split(' ').filter(Boolean)
  const [first] = wanted
  if (first === undefined) return []
  const begins: T[] = []
  const others: T[] = []
  for (const item of items) {
    const words = wordsOf(item)
    if (words.startsWith(first) && wanted.every((word) => words.includes(word))) begins.push(item)
    else if (others.length < limit && wanted.every((word) => ` ${words}`.includes(` ${word}`) || words.includes(word))) others.push(item)
    if (begins.length >= limit) break
  }
  return [...begins, ...others].slice(0, limit)
}
