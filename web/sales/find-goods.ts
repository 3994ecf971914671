import { barcodeKey } from '../../server/codes/read-code.ts'
import { foldText } from '../../server/platform/fold-text.ts'
import type { KeptGoods } from './kept.ts'

/** Goods as they are found: by the beginnings of words, a SKU or a barcode. */
export interface GoodsIndex {
  /** Puts goods in, or in place of what there was of them. */
  put(goods: FoundGoods): void
  remove(variantId: string): void
  readonly size: number
  all(): FoundGoods[]
  goods(variantId: string): FoundGoods | undefined
  goodsOfBarcode(key: string): FoundGoods | undefined
  goodsOfSku(sku: string): FoundGoods | undefined
  /** Those that have a word with each of these beginnings, or just this code; at most so many, what is for sale first. */
  find(text: string, limit: number): FoundGoods[]
}

export type FoundGoods = KeptGoods & { readonly labels: readonly { readonly name: string }[] }

/** Makes an index of goods in memory. Words are sorted when something is looked for after a change. */
export function indexGoods(all: Iterable<FoundGoods> = []): GoodsIndex {
  const goods = new Map<string, FoundGoods>()
  const byKey = new Map<string, string>()
  // By the SKU in capitals; those that differ in case alone are of several.
  const bySku = new Map<string, Set<string>>()
  const byWord = new Map<string, Set<string>>()
  let sorted: string[] | undefined

  const index: GoodsIndex = {
    put(one) {
      index.remove(one.variant_id)
      goods.set(one.variant_id, one)
      for (const { key } of one.barcodes) byKey.set(key, one.variant_id)
      if (one.sku !== null) {
        const key = one.sku.toUpperCase()
        bySku.set(key, (bySku.get(key) ?? new Set()).add(one.variant_id))
      }
      for (const word of wordsOf(one)) {
        const known = byWord.get(word)
        if (known) known.add(one.variant_id)
        else {
          byWord.set(word, new Set([one.variant_id]))
          sorted = undefined
        }
      }
    },
    remove(variantId) {
      const one = goods.get(variantId)
      if (!one) return
      goods.delete(variantId)
      for (const { key } of one.barcodes) if (byKey.get(key) === variantId) byKey.delete(key)
      bySku.get(one.sku?.toUpperCase() ?? '')?.delete(variantId)
      // A word that nothing has any more stays among the sorted ones, and leads nowhere.
      for (const word of wordsOf(one)) byWord.get(word)?.delete(variantId)
    },
    all: () => [...goods.values()],
    get size() {
      return goods.size
    },
    goods: (id) => goods.get(id),
    goodsOfBarcode: (key) => goods.get(byKey.get(key) ?? ''),
    goodsOfSku(sku) {
      const named = [...(bySku.get(sku.toUpperCase()) ?? [])].flatMap((id) => goods.get(id) ?? [])
      return named.find((one) => one.sku === sku) ?? named[0]
    },
    find(text, limit) {
      const code = text.trim()
      const exact = index.goodsOfBarcode(barcodeKey(code)) ?? index.goodsOfSku(code)
      if (exact) return [exact]
      sorted ??= [...byWord.keys()].toSorted()
      const words = sorted
      const [first, ...more] = foldText(code)
        .split(/[^\p{L}\p{N}]+/u)
        .filter((word) => word !== '')
        .map((beginning) => idsBeginning(words, byWord, beginning))
      if (!first) return []
      if (more.length === 0) return firstForSale(first, goods, limit)
      const [fewest = [], ...others] = [first, ...more].map((ids) => new Set(ids)).toSorted((a, b) => a.size - b.size)
      const inAll = [...fewest].filter((id) => others.every((ones) => ones.has(id)))
      return firstForSale(inAll, goods, limit)
    },
  }
  for (const one of all) index.put(one)
  return index
}

function wordsOf({ name, sku, options, labels }: FoundGoods): Set<string> {
  const texts = [name, sku ?? '', ...options.map(({ value }) => value), ...labels.map((label) => label.name)]
  return new Set(texts.flatMap((text) => foldText(text).split(/[^\p{L}\p{N}]+/u)).filter((word) => word !== ''))
}

/** At most so many of them, what is for sale first; of one letter, which most goods have, it reads no more than it needs. */
function firstForSale(ids: Iterable<string>, goods: ReadonlyMap<string, FoundGoods>, limit: number): FoundGoods[] {
  const forSale = new Set<FoundGoods>()
  const others = new Set<FoundGoods>()
  for (const id of ids) {
    const one = goods.get(id)
    if (one) (one.is_sellable ? forSale : others).add(one)
    if (forSale.size === limit) break
  }
  return [...forSale, ...others].slice(0, limit)
}

function* idsBeginning(
  sorted: readonly string[],
  byWord: ReadonlyMap<string, Set<string>>,
  beginning: string,
): Generator<string> {
  for (let at = firstFrom(sorted, beginning); sorted[at]?.startsWith(beginning); at++)
    yield* byWord.get(sorted[at] ?? '') ?? []
}

function firstFrom(sorted: readonly string[], wanted: string): number {
  let [from, to] = [0, sorted.length]
  while (from < to) {
    const middle = (from + to) >> 1
    if ((sorted[middle] ?? '') < wanted) from = middle + 1
    else to = middle
  }
  return from
}
