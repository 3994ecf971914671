import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse } from 'csv-parse/sync'
import { type Money, money } from '../platform/money.ts'
import type { Call } from './calls.ts'
import { exampleFolder } from './import-example.ts'

/** Goods of a file of the demo, with what is needed to sell them. */
export interface Goods {
  readonly product_id: string
  readonly variant_id: string
  readonly sku: string
  readonly barcode: string
  readonly name: string
  readonly price: string
  readonly cost: string
  /** What the file says lay there at first. */
  readonly opening: Money
  readonly tax_class_id: string
}

interface Row {
  readonly Code: string
  readonly 'Code-barres': string
  readonly Désignation: string
  readonly PPV?: string
  readonly 'Prix de vente'?: string
  readonly Quantité: string
  readonly "Prix d'achat": string
}

/** The goods of a file that are in a branch, in the order of the file. */
export async function goodsOf(call: Call, path: string, branchId: string): Promise<Goods[]> {
  const text = await readFile(join(exampleFolder, path), 'utf8')
  const rows: Row[] = parse(text, { columns: true, delimiter: ';' })
  const { items } = await call('assortment.list-goods', { branch_id: branchId, page_size: 2_000 })
  const bySku = new Map(items.map((one) => [one.sku, one]))
  return rows.flatMap((row) => {
    const found = bySku.get(row.Code)
    if (!found) return []
    const { product_id, variant_id, tax_class_id, name } = found
    return {
      ...{ product_id, variant_id, tax_class_id, name, sku: row.Code, barcode: row['Code-barres'] },
      ...{ price: withPoint(row.PPV ?? row['Prix de vente']), cost: withPoint(row["Prix d'achat"]) },
      opening: money(row.Quantité),
    }
  })
}

/** What is not there is a fault of the demo. */
export function known<T>(things: readonly T[], is: (one: T) => boolean, what: string): T {
  const found = things.find(is)
  if (found === undefined) throw new Error(`the demo has no ${what}`)
  return found
}

/** The id of what has this code. */
export function idOf(things: readonly { readonly code: string; readonly id: string }[], code: string): string {
  return known(things, (one) => one.code === code, code).id
}

function withPoint(amount = '0'): string {
  return amount.replace(',', '.')
}
