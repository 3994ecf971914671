import type { WrittenLine } from '../../server/basket/read-lines.ts'
import { keysOfCode, type ReadCode, readCode } from '../../server/codes/read-code.ts'
import { money } from '../../server/platform/money.ts'
import { Refusal } from '../../server/platform/refusal.ts'
import { counterOf, type Kept, type KeptGoods } from './kept.ts'

/** What was scanned, as a line of a basket says it. */
export interface Scanned {
  readonly goods: KeptGoods
  /**
   * The goods, in which pack and of which batch where the code says so: as whoever chooses them by hand does. Only of a label with a
   * weight, a count or a price of its own, or with a batch that is not there, does the line keep the code.
   */
  readonly line: Pick<WrittenLine, 'variant_id' | 'pack_id' | 'batch_id' | 'barcode'>
}

type Bearer = NonNullable<ReturnType<ReturnType<typeof counterOf>['bearerOf']>>

/** Reads what was scanned on what the till keeps; undefined for what is no code of any goods. */
export function readScan(kept: Kept, text: string, at: Date): Scanned | undefined {
  const code = text.trim()
  const counter = counterOf(kept, at)
  const read = readOrNot(code, counter)
  const goods = read && kept.goods(read.bearer.variant_id)
  if (!read || !goods) return undefined
  const { variant_id } = goods
  const { keys } = keysOfCode(code)
  const pack_id = goods.barcodes.find(({ key }) => keys.includes(key))?.pack_id ?? undefined
  const batch_id = read.lot === null ? undefined : counter.batchOf(variant_id, { number: read.lot })
  const isBatchThere = read.lot === null || batch_id !== undefined || !counter.isInBatches(variant_id)
  const isPlain = read.found_by !== 'in_store' && read.price === null && isCountOfPack(read) && isBatchThere
  return { goods, line: isPlain ? { variant_id, pack_id, batch_id } : { barcode: code } }
}

function readOrNot(code: string, counter: ReturnType<typeof counterOf>): ReadCode<Bearer> | undefined {
  try {
    return readCode(code, {
      byBarcode: (key) => counter.bearerOf(key),
      bySku: (sku) => counter.bearerOfSku(sku),
      templates: () => counter.templates(),
      today: counter.place.today,
    })
  } catch (error) {
    if (error instanceof Refusal) return undefined
    throw error
  }
}

function isCountOfPack({ bearer, quantity }: ReadCode<Bearer>): boolean {
  return quantity !== null && money(quantity).equals(bearer.pack_quantity ?? '1')
}
