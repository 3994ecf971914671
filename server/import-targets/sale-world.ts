import { type Fault, type Imported, optionInvalid } from '../imports/index.ts'
import type { QueryContext } from '../platform/operation.ts'
import { Refusal, refusal, refuse } from '../platform/refusal.ts'
import { momentIn } from '../sheets/index.ts'
import { barcodeKeyOf } from './product-row.ts'
import { findBuyers, findSold, readSaleGround } from './sale-queries.ts'
import { kindOf, type SaleOptions, type SaleRow, saleOptionValues } from './sale-row.ts'

/** Of a file that counts single ones: what a pack holds is not what a row says. */
export const packBarcode = refusal(
  'pack_barcode',
  422,
  'This is the barcode of a pack: name the single one, and its quantity and price',
)

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
  /** Codes that are barcodes of packs. */
  readonly packs: Set<string>
  /** Of a dry run: the numbers of sales that earlier batches took. */
  readonly carried: Set<string> | undefined
  readonly namesOriginals: boolean
}

/** Refuses with `import_option_invalid` what an option names that is not there. */
export async function openSaleWorld(
  context: QueryContext,
  given: Readonly<Record<string, unknown>>,
  { id: importId, carried, fields }: Imported,
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
    packs: new Set(),
    carried,
    namesOriginals: fields.has('original'),
  }
}

/** Finds what rows are judged by: goods and customers that rows name, where their absence is a fault. */
export function lookUpJudged(context: QueryContext, world: SaleWorld, rows: readonly SaleRow[]): Promise<void> {
  const { unknown_products, unknown_customers } = world.options
  return lookUpSold(context, world, {
    skus: unknown_products === 'refuse' ? rows.map(({ sku }) => sku) : [],
    buyers: unknown_customers === 'refuse' ? rows.map(({ customer }) => customer) : [],
  })
}

/** Whether anything of rows is looked up before they are judged. */
export function isLookedUp({ options }: SaleWorld): boolean {
  return options.unknown_products === 'refuse' || options.unknown_customers === 'refuse'
}

/** Finds the goods and customers with these codes. */
export async function lookUpSold(
  context: QueryContext,
  { products, customers, packs }: SaleWorld,
  codes: Readonly<Record<'skus' | 'buyers', readonly (string | undefined)[]>>,
): Promise<void> {
  const skus = unknownOf(codes.skus, products)
  const buyers = unknownOf(codes.buyers, customers)
  const asked = skus.map((code) => {
    const read = barcodeKeyOf(code)
    return { code, key: read instanceof Refusal ? null : read.key }
  })
  const [sold, known] = await Promise.all([
    asked.length > 0 ? findSold(context, asked) : [],
    buyers.length > 0 ? findBuyers(context, buyers) : [],
  ])
  for (const { code, variant_id, is_pack } of sold)
    if (is_pack) packs.add(code)
    else products.set(code, variant_id)
  for (const { code, party_id } of known) customers.set(code, party_id)
}

function unknownOf(codes: readonly (string | undefined)[], known: ReadonlyMap<string, string>): string[] {
  return [...new Set(codes.filter((code): code is string => code !== undefined && !known.has(code)))]
}

/** What is wrong with a row of sales, by what was looked up. */
export function judgeSale(
  { options, products, customers, packs, channels, timeZone }: SaleWorld,
  row: SaleRow,
): Fault[] {
  const faults: Fault[] = []
  const say = (field: string, kind: Fault['kind'], code: string, message: string) =>
    faults.push({ field, kind, code, message })
  const isOfGoods = kindOf(row, options) !== 'adjustment'
  if (isSkipped(timeZone, row.made_at))
    say('made_at', 'invalid', 'moment_skipped', 'The clocks of the branch skipped this time')
  if (isOfGoods && row.sku === undefined) say('sku', 'missing', 'missing', 'Say what was sold')
  if (isOfGoods && packs.has(row.sku ?? '')) say('sku', 'reference', packBarcode.code, packBarcode.title)
  else if (isOfGoods && row.sku !== undefined && options.unknown_products === 'refuse' && !products.has(row.sku))
    say('sku', 'reference', 'product_unknown', 'There are no goods with this code')
  if (row.customer !== undefined && options.unknown_customers === 'refuse' && !customers.has(row.customer))
    say('customer', 'reference', 'customer_unknown', 'There is no customer with this code')
  if (row.channel !== undefined && !channels.has(row.channel))
    say('channel', 'reference', 'channel_unknown', 'There is no channel of this name')
  return faults
}

// The lines of an invoice have its time, one after the other.
let lastTime: { readonly timeZone: string; readonly text: string; readonly isSkipped: boolean } | undefined

function isSkipped(timeZone: string, text: string): boolean {
  if (lastTime?.text !== text || lastTime.timeZone !== timeZone)
    lastTime = { timeZone, text, isSkipped: momentOf(timeZone, text) === undefined }
  return lastTime.isSkipped
}

/** A moment, of what may be a time on clocks of the branch. */
export function momentOf(timeZone: string, text: string): string | undefined {
  return /(?:Z|[+-]\d{2}:\d{2})$/.test(text) ? new Date(text).toISOString() : momentIn(timeZone, text)
}
