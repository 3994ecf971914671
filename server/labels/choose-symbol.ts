import { refuse } from '../platform/refusal.ts'
import { barcodeMissing, lotUnfit, numberMissing, type Symbology } from './contract.ts'

/** What is drawn: a kind of barcode by its name in BWIPP, what it says, and how that is written below it. */
export interface Barcode {
  readonly bcid: string
  /** In one of GS1 with identifiers in brackets, and what else looks like one escaped. */
  readonly text: string
  /** What people read of it, field by field. */
  readonly caption: readonly string[]
}

interface Known {
  readonly kind: string
  readonly code: string
  readonly pack_id: string | null
}

const drawn: Readonly<Record<string, string>> = {
  ean_13: 'ean13',
  upc_a: 'upca',
  ean_8: 'ean8',
  itf_14: 'itf14',
  internal: 'code128',
}
/** Those that are numbers of GS1, and what is scanned at a till first. */
const numbered = ['ean_13', 'upc_a', 'ean_8', 'itf_14']
const preferred = [...numbered, 'internal']

// GS1 General Specifications, figure 7.11-1: character set 82.
const invariant = /^[!"%&'()*+,\-./0-9:;<=>?A-Z_a-z]{1,20}$/

/**
 * The barcode for a label out of those that a variant has: of the pack where one is named, else of a single one. In one of GS1
 * stand the number, the last day and the lot of the batch, the one of open length last. Refuses with `label_barcode_missing`,
 * `label_gtin_missing` and `label_lot_unfit`.
 */
export function chooseSymbol(
  symbology: Symbology,
  barcodes: readonly Known[],
  { packId, batch }: { packId: string | null; batch: { number: string; expires_on: string | null } | null },
): Barcode {
  const own = preferred.flatMap((kind) => barcodes.filter((one) => one.kind === kind && one.pack_id === packId))
  if (symbology === 'barcode') {
    const { kind, code } = own[0] ?? refuse(barcodeMissing)
    return { bcid: drawn[kind] ?? 'code128', text: code, caption: [code] }
  }
  const { code } = own.find(({ kind }) => numbered.includes(kind)) ?? refuse(numberMissing)
  if (batch !== null && !invariant.test(batch.number)) refuse(lotUnfit)
  const fields: [ai: string, value: string][] = [['01', code.padStart(14, '0')]]
  if (batch?.expires_on) fields.push(['17', batch.expires_on.slice(2).replaceAll('-', '')])
  if (batch) fields.push(['10', batch.number])
  return {
    bcid: symbology === 'gs1_128' ? 'gs1-128' : 'gs1datamatrix',
    // BWIPP reads a bracket within a lot as the beginning of another identifier, unless it is written as its number.
    text: fields.map(([ai, value]) => `(${ai})${value.replaceAll('(', '^040')}`).join(''),
    caption: fields.map(([ai, value]) => `(${ai})${value}`),
  }
}
