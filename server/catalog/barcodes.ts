import { barcodeKey, hasCheckDigit, inStoreKey, wrongCheckDigit } from '../codes/index.ts'
import { refuse } from '../platform/refusal.ts'
import { barcodeMalformed } from './contract.ts'
import type { BarcodeKind } from './product-contract.ts'

const lengths: Partial<Record<BarcodeKind, number>> = { ean_8: 8, upc_a: 12, ean_13: 13, itf_14: 14 }
const kindByLength = new Map(Object.entries(lengths).map(([kind, length]) => [length, kind as BarcodeKind]))

/**
 * What a barcode is kept as: its kind, and the key by which it is looked up. Digits as many as a GTIN has are one unless
 * said otherwise. Refuses with `barcode_malformed` and `wrong_check_digit`.
 */
export function readBarcode(
  code: string,
  kind: BarcodeKind = kindOf(code),
): { kind: BarcodeKind; code: string; key: string } {
  const length = lengths[kind]
  if (kind === 'in_store') {
    if (!/^\d{3,6}$/.test(code)) refuse(barcodeMalformed, 'The item number of a scale has 3 to 6 digits')
    return { kind, code, key: inStoreKey(code) }
  }
  if (length !== undefined) {
    if (!/^\d+$/.test(code) || code.length !== length) refuse(barcodeMalformed, `This kind has ${length} digits`)
    if (!hasCheckDigit(code)) refuse(wrongCheckDigit)
  }
  return { kind, code, key: barcodeKey(code) }
}

function kindOf(code: string): BarcodeKind {
  return /^\d+$/.test(code) ? (kindByLength.get(code.length) ?? 'internal') : 'internal'
}
