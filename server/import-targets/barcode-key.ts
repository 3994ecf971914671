import { readBarcode } from '../catalog/index.ts'
import { Refusal } from '../platform/refusal.ts'

/** The key by which a barcode is looked up, or what is wrong with it. */
export function barcodeKeyOf(code: string): { key: string } | Refusal {
  try {
    return readBarcode(code)
  } catch (error) {
    if (error instanceof Refusal) return error
    throw error
  }
}
