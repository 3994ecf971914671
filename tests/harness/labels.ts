import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { prepareZXingModule, readBarcodes } from 'zxing-wasm/reader'

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
