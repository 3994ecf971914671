import { type Fault, optionInvalid } from '../imports/index.ts'
import type { QueryContext } from '../platform/operation.ts'
import { Refusal, refuse } from '../platform/refusal.ts'
import { momentIn } from '../sheets/index.ts'
import { barcodeKeyOf } from './product-row.ts'
import { findBuyers, findSold, readSaleGround } from './sale-queries.ts'
import { kindOf, type SaleOptions, type SaleRow, saleOptionValues } from './sale-row.ts'

/** What rows of sales are judged by and committed with. */
export interface SaleWorld {
  readonly importId: string
  readonly options: SaleOptions
  readonly timeZone: string
  readonly unitId: string
  readonly channels: ReadonlyMap<string, string>
  /** Goods and customers by their codes, those that rows named so far; others are not there. */
  readonly products: Map<string, string>
  readonly customers: Map<string, string>
}

/** Refuses with `import_option_invalid` what an option names that is not there. */
export async function openSaleWorld(
  context: QueryContext,
  given: Readonly<Record<string, unknown>>,
  { id: importId }: { readonly id: string },
): Promise<SaleWorld> {
  const parsed = saleOptionValues.safeParse(given)
  const options = parsed.data ?? refuse(optionInvalid, 'branch_id: say which branch sold')
  const { branch_id, tax_class_id, unknown_products } = options
  const ground = await readSaleGround(context, { branchId: branch_id, classId: tax_class_id })
  const { time_zone } = ground.branch ?? refuse(optionInvalid, 'branch_id: there is no such branch')
  if (tax_class_id !== undefined && ground.class_id === undefined)
    refuse(optionInvalid, 'tax_class_id: there is no such tax class')
  if (unknown_products === 'make' && tax_class_id === undefined)
    refuse(optionInvalid, 'tax_class_id: say which tax class the goods have that are made')
  return {
    importId,
    options,
    timeZone: time_zone,
    unitId: ground.unit_id ?? '',
    channels: new Map(ground.channels.map(({ code, id }) => [code, id])),
    products: new Map(),
    customers: new Map(),
  }
}

/** Finds the goods and customers that rows name. */
export async function lookUpSold(context: QueryContext, world: SaleWorld, rows: readonly SaleRow[]): Promise<void> {
  const { products, customers, options } = world
  const skus = unknownOf(
    rows.map(({ sku }) => sku),
    products,
  )
  const codes = options.unknown_customers === 'leave_out' && customers.size > 0 ? [] : rows.map((one) => one.customer)
  const buyers = unknownOf(codes, customers)
  if (skus.length > 0) {
    const asked = skus.map((code) => {
      const read = barcodeKeyOf(code)
      return { code, key: read instanceof Refusal ? null : read.key }
    })
    for (const { code, variant_id } of await findSold(context, asked)) products.set(code, variant_id)
  }
  if (buyers.length > 0)
    for (const { code, party_id } of await findBuyers(context, buyers)) customers.set(code, party_id)
}

function unknownOf(codes: readonly (string | undefined)[], known: ReadonlyMap<string, string>): string[] {
  return [...new Set(codes.filter((code): code is string => code !== undefined && !known.has(code)))]
}

/** What is wrong with a row of sales, by what was looked up. */
export function judgeSale({ options, products, customers, channels, timeZone }: SaleWorld, row: SaleRow): Fault[] {
  const faults: Fault[] = []
  const say = (field: string, kind: Fault['kind'], code: string, message: string) =>
    faults.push({ field, kind, code, message })
  const isOfGoods = kindOf(row, options) !== 'adjustment'
  if (momentOf(timeZone, row.made_at) === undefined)
    say('made_at', 'invalid', 'moment_skipped', 'The clocks of the branch skipped this time')
  if (isOfGoods && row.sku === undefined) say('sku', 'missing', 'missing', 'Say what was sold')
  if (isOfGoods && row.sku !== undefined && options.unknown_products === 'refuse' && !products.has(row.sku))
    say('sku', 'reference', 'product_unknown', 'There are no goods with this code')
  if (row.customer !== undefined && options.unknown_customers === 'refuse' && !customers.has(row.customer))
    say('customer', 'reference', 'customer_unknown', 'There is no customer with this code')
  if (row.channel !== undefined && !channels.has(row.channel))
    say('channel', 'reference', 'channel_unknown', 'There is no channel of this name')
  return faults
}

/** A moment, of what may be a time on clocks of the branch. */
export function momentOf(timeZone: string, text: string): string | undefined {
  return /(?:Z|[+-]\d{2}:\d{2})$/.test(text) ? new Date(text).toISOString() : momentIn(timeZone, text)
}
