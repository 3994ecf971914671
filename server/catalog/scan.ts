import type { z } from 'zod'
import { gs1Malformed, keysOfCode, readCode } from '../codes/index.ts'
import type { QueryContext } from '../platform/operation.ts'
import { refuse } from '../platform/refusal.ts'
import { findCurrencyByNumber } from '../reference/index.ts'
import type { Settings } from '../settings/index.ts'
import type { scanned } from './product-contract.ts'
import { findByBarcodes, findBySku } from './search-queries.ts'
import { inStoreCodesSetting } from './settings.ts'

type Answer = z.input<typeof scanned>

/**
 * What a scanner read, in this order: a barcode that somebody bears just so, a GS1 element string, a code that a scale
 * printed, a SKU. Refuses with `barcode_unknown` what nothing has, and with a reason what reads as GS1 but cannot be.
 */
export async function scan(context: QueryContext, settings: Settings, text: string): Promise<Answer> {
  const { keys, sku } = keysOfCode(text)
  const [bearers, named] = [await findByBarcodes(context, keys), await findBySku(context, sku)]
  const templates = await settings.read(context, inStoreCodesSetting)
  const { bearer, currency_number, ...read } = readCode(text, {
    byBarcode: (key) => bearers.get(key),
    bySku: () => named,
    templates: () => templates,
    today: context.now.toISOString().slice(0, 10),
  })
  return { ...bearer, ...read, price_currency: await currencyOf(context, currency_number) }
}

async function currencyOf(context: QueryContext, number: string | null): Promise<string | null> {
  if (number === null) return null
  const found = await findCurrencyByNumber(context, number)
  return found?.code ?? refuse(gs1Malformed, 'The price is in no currency that is in use')
}
