import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { prepareZXingModule, readBarcodes } from 'zxing-wasm/reader'
import { dayIn, now } from '../../server/platform/time.ts'
import { freshEan, makeProduct } from './catalog.ts'
import type { Hints } from './hints.ts'
import type { TestOwner } from './server.ts'

const require = createRequire(import.meta.url)
let isReady = false

/** What a scanner reads on a picture: kind and text of each barcode; of GS1 with its identifiers in brackets. */
export async function scanPicture(png: Buffer): Promise<{ format: string; text: string; bytes: string }[]> {
  if (!isReady) {
    // Taken from the package: it would be fetched otherwise.
    const wasmBinary = (await readFile(require.resolve('zxing-wasm/reader/zxing_reader.wasm'))).buffer
    prepareZXingModule({ overrides: { wasmBinary } })
    isReady = true
  }
  const found = await readBarcodes(new Blob([new Uint8Array(png)]), { tryHarder: true, maxNumberOfSymbols: 4 })
  return found.map(({ format, text, bytes }) => ({ format, text, bytes: Buffer.from(bytes).toString('latin1') }))
}

/** What labels are printed of: goods with a barcode, and a price in every branch. */
export function labelHints({ client }: Pick<TestOwner, 'client'>): Hints {
  const listOfAll = async () => {
    const { items } = await client.call('pricing.list-price-lists', { limit: 200 })
    const isOfAll = (one: (typeof items)[number]) =>
      one.currency === 'EUR' && one.branch_id === null && one.channel_id === null && one.customer_group_id === null
    const list = { code: 'LABELS', name: 'Of labels', currency: 'EUR', includes_tax: true }
    return items.find(isOfAll) ?? client.call('pricing.create-price-list', list)
  }
  return {
    'labels.print-labels size': () => '50x30',
    'labels.print-labels items': async () => {
      const { variant } = await makeProduct({ client }, { variants: [{ barcodes: [freshEan()] }] })
      const price = { variant_id: variant.id, unit_price: '9.9', valid_from: dayIn('Europe/Paris', now()) }
      await client.call('pricing.create-price', { ...price, price_list_id: (await listOfAll()).id })
      return [{ variant_id: variant.id }]
    },
  }
}
