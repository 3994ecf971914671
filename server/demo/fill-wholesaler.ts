import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { together } from '../platform/database.ts'
import { money, toMinorText } from '../platform/money.ts'
import { dayIn } from '../platform/time.ts'
import { type Call, callerOf, callsOf, freeCallsOf, type Maker, type Worker } from './calls.ts'
import { idOf, known } from './goods.ts'
import { type ExampleFile, exampleFolder, importExample } from './import-example.ts'

export interface WholesalerToFill {
  readonly owner: Worker
  readonly branchId: string
  /** When the demo was planned. */
  readonly plannedAt: Date
}

const folder = 'uk-gift-wholesaler'
/** The days of the invoices. */
const period = { from: '2011-01-04', until: '2011-01-18' }
const serviceCodes = 'POST,DOT,M,BANK CHARGES,AMAZONFEE'

/**
 * Fills a new wholesaler through imports and the operations that everybody calls: goods, of which some have prices, customers with terms,
 * two weeks of invoices and returns on the days on which they were made, rates of those days, and sales of today. What an earlier
 * start did is not done again.
 */
export async function fillWholesaler(maker: Maker, { owner, branchId, plannedAt }: WholesalerToFill): Promise<void> {
  const call = callsOf(maker, callerOf(owner), 'wholesaler')
  const list = await call('pricing.create-price-list', {
    ...{ code: 'TRADE', name: 'Trade prices', currency: 'GBP', includes_tax: false },
  })
  await importAll(maker, owner, { branchId, priceListId: list.id })
  await excludeTax(freeCallsOf(maker, callerOf(owner)))
  await sellToday(call, branchId)
  await makeRules(call, { branchId, today: dayIn('Europe/London', plannedAt) })
}

/** The head and the lines of what is in stock or no goods: all else the invoices make themselves, which takes less time. */
function linesOf(codes: ReadonlySet<string>) {
  return (text: string) => {
    const [head = '', ...lines] = text.trimEnd().split('\n')
    return [head, ...lines.filter((line) => /^\D/.test(line) || codes.has(codeOf(line)))].join('\n')
  }
}

function codeOf(line: string): string {
  return line.slice(0, line.indexOf(','))
}

async function importAll(maker: Maker, owner: Worker, place: { branchId: string; priceListId: string }): Promise<void> {
  const call = callsOf(maker, callerOf(owner), 'imports')
  const { items: classes } = await call('tax.list-classes', { limit: 200 })
  const tax_class_id = idOf(classes, 'standard')
  const { branchId: branch_id, priceListId: price_list_id } = place
  const conventions = { decimal: '.' } as const
  const stock = await readFile(join(exampleFolder, folder, 'stock.csv'), 'utf8')
  const stocked = linesOf(new Set(stock.split('\n').map(codeOf)))
  const of = (file: string, more: Omit<ExampleFile, 'path'>) =>
    importExample(maker, owner, { path: `${folder}/${file}`, ...more })
  await together([
    of('customers.csv', {
      ...{ target: 'customers', name: 'Customers' },
      mapping: { code: 'CustomerID', name: 'Name', kind: 'Kind', country: 'CountryCode', payment_days: 'PaymentDays' },
    }).then(() =>
      of('fx-rates.csv', {
        ...{ target: 'fx-rates', name: 'Rates of January 2011', conventions: { ...conventions, date_order: 'ymd' } },
        ...{ options: { source: 'European Central Bank' } },
        mapping: { base: 'Base', quote: 'Quote', quoted_on: 'Date', rate: 'Rate' },
      }),
    ),
    of('products.csv', {
      rewrite: stocked,
      ...{ target: 'products', name: 'Products and prices', conventions, options: { tax_class_id, price_list_id } },
      mapping: { sku: 'StockCode', name: 'Description', price: 'UnitPrice' },
    }).then(() =>
      of('stock.csv', {
        ...{ target: 'products', name: 'Stock of today', conventions, options: { tax_class_id, branch_id } },
        mapping: { sku: 'StockCode', name: 'Description', quantity: 'Quantity', unit_cost: 'UnitCost' },
      }),
    ),
  ])
  await of('invoices.csv', {
    ...{ target: 'sales', name: 'Invoices, 4 to 18 January 2011' },
    conventions: { ...conventions, date_order: 'ymd', are_codes_floats: true },
    options: {
      ...{ branch_id, tax_class_id, source: 'Online Retail', ledger: 'at_its_date', service_codes: serviceCodes },
      ...{ unknown_products: 'make', unknown_customers: 'refuse', credit_prefix: 'C', adjustment_prefix: 'A' },
    },
    mapping: {
      ...{ number: 'InvoiceNo', sku: 'StockCode', name: 'Description', quantity: 'Quantity', made_at: 'InvoiceDate' },
      ...{ unit_price: 'UnitPrice', customer: 'CustomerID' },
    },
  })
}

/** Prices between businesses are without tax. */
async function excludeTax(call: Call): Promise<void> {
  const { items } = await call('settings.list-settings', {})
  const { name, version } = known(items, (one) => one.name === 'tax.prices-include-tax', 'setting')
  if (version === 0) await call('settings.set-setting', { name, version, value: false })
}

/** Some orders of today, paid by transfer. */
async function sellToday(call: Call, branch_id: string): Promise<void> {
  const { items: tenders } = await call('payments.list-tenders', { limit: 50 })
  const { items: customers } = await call('parties.list-parties', { role: 'customer', limit: 200 })
  const { items: goods } = await call('assortment.list-goods', { branch_id, page_size: 2_000 })
  const register = await call('registers.create-register', { branch_id, code: 'W1', name: 'Orders' })
  await call('cash.move-safe', {
    ...{ branch_id, kind: 'put_in', amount: '500', against: 'opening_balances', reason: 'Petty cash' },
  })
  const session = await call('cash.open-session', { register_id: register.id, float_amount: '100' })
  for (const [buyer, skus] of [
    ['Customer 13313', ['21108', '85123A', '21175']],
    ['Customer 12393', ['85123A']],
    ['Customer 12417', ['21108', '21175']],
  ] as const) {
    const lines = skus.map((sku) => known(goods, (one) => one.sku === sku, sku))
    const quantity = '24'
    const tax = await call('tax.calculate', {
      branch_id,
      lines: lines.map(({ tax_class_id, prices }) => ({
        ...{ class_id: tax_class_id, quantity, unit_price: prices[0]?.unit_price ?? '0' },
      })),
    })
    await call('sales.checkout', {
      ...{ session_id: session.id, customer_id: known(customers, ({ name }) => name === buyer, buyer).id },
      lines: lines.map(({ variant_id }) => ({ variant_id, quantity })),
      payments: [
        {
          tender_id: idOf(tenders, 'bank_transfer'),
          amount: toMinorText(money(tax.gross), 2),
          reference: `PO-${buyer.slice(-5)}`,
        },
      ],
    })
  }
}

/** When to reorder, what has to be true of the data, and reports of the days that the invoices are of. */
async function makeRules(call: Call, { branchId: branch_id, today }: { branchId: string; today: string }) {
  const { items: levels } = await call('inventory.list-levels', { branch_id, limit: 200 })
  const few = levels.toSorted((one, other) => money(one.on_hand).comparedTo(other.on_hand)).slice(0, 6)
  const supplier = await call('parties.create-party', {
    ...{ kind: 'organisation', name: 'Pennine Giftware', email: 'orders@pennine.example.com', roles: ['supplier'] },
  })
  for (const { variant_id } of few.toSorted((one, other) => (one.variant_id < other.variant_id ? -1 : 1)))
    await call('replenishment.create-policy', {
      ...{ branch_id, variant_id, valid_from: today, reorder_point: '48', reorder_quantity: '144' },
      supplier_id: supplier.id,
    })
  await call('replenishment.refresh-alerts', { branch_id })
  await call('quality.add-presets', {})
  await call('quality.run-rules', {})
  const january = '4 to 18 January 2011'
  for (const { report, name } of [
    { report: 'gross-margin-by-day', name: `Revenue by day, ${january}` },
    { report: 'best-sellers', name: `Best sellers, ${january}` },
    { report: 'sales-by-month', name: `Sales, ${january}` },
  ] as const)
    await call('reports.save-report', { report, name, parameters: period, is_shared: true })
}
