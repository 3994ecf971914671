import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { recordHistory } from '../../tests/harness/history.ts'
import { withClient } from '../../tests/harness/postgres.ts'
import { catchUpReports, type Table, tablesOf } from '../../tests/harness/reports.ts'
import { signUpOwner, startTestServer, type TestOwner, type TestServer } from '../../tests/harness/server.ts'
import { makeGoods, openTill, sell, type Till } from '../../tests/harness/till.ts'
import { inTransaction } from '../platform/database.ts'
import { uuidv7 } from '../platform/identifiers.ts'
import { type Money, money } from '../platform/money.ts'
import { later as after } from '../platform/time.ts'
import { faultOfReports } from './index.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server?.close())

const zones = { paris: 'Europe/Paris', auckland: 'Pacific/Auckland' } as const
const period = { from: '2026-05-30', until: '2026-08-01' }
const prices = ['12', '7', '19.99'] as const

interface Counter {
  readonly branchId: string
  readonly currency: string
  readonly zone: string
  readonly till: Till
  readonly goods: readonly string[]
}

interface Chain {
  readonly owner: TestOwner
  readonly counters: readonly [Counter, Counter]
  readonly customers: readonly string[]
}

/** Two branches in two zones and two currencies, with goods in a category and without. */
async function openChain(): Promise<Chain> {
  const owner = await signUpOwner(server)
  const { client } = owner
  const entity = await client.call('tenants.create-entity', { legal_name: 'Far', country: 'MA', currency: 'MAD' })
  const branch = { entity_id: entity.id, code: 'FAR', name: 'Far', time_zone: zones.auckland }
  const far = await client.call('tenants.create-branch', branch)
  const category_id = (await client.call('catalog.create-category', { name: 'Sweet' })).id
  const open = async (branchId: string, currency: string, zone: string): Promise<Counter> => {
    // Price lists are known by the client of an owner.
    const at = { ...owner, branchId, client: { ...client } }
    const goods: string[] = []
    for (const [index, price] of prices.entries())
      goods.push(
        await makeGoods(at, {
          price,
          stock: '10000',
          cost: `${index + 1}.3333`,
          currency,
          ...(index > 0 && { category_id }),
        }),
      )
    const till = await openTill(at, { float: '5000' })
    return { branchId, currency, zone, till, goods }
  }
  const customers: string[] = []
  for (const name of ['Amina', 'Karim'])
    customers.push((await client.call('parties.create-party', { kind: 'person', name, roles: ['customer'] })).id)
  return {
    owner,
    customers,
    counters: [await open(owner.branchId, 'EUR', zones.paris), await open(far.id, 'MAD', zones.auckland)],
  }
}

// Within two hours of a midnight in one of the zones, at the ends of months and of the period, or anywhere.
const moment = fc.oneof(
  fc.record({
    day: fc.constantFrom('2026-05-29', '2026-05-31', '2026-06-30', '2026-07-31', '2026-08-01'),
    hour: fc.constantFrom(22, 12),
    minutes: fc.integer({ min: -120, max: 120 }),
  }),
  fc.record({ day: fc.constantFrom('2026-06-11', '2026-07-12'), hour: fc.nat(23), minutes: fc.nat(59) }),
)
const receipt = fc.record({
  counter: fc.nat(1),
  lines: fc.array(fc.record({ goods: fc.nat(2), quantity: fc.integer({ min: 1, max: 4 }) }), {
    minLength: 1,
    maxLength: 3,
  }),
  customer: fc.option(fc.nat(1)),
  isByCard: fc.boolean(),
  made: moment,
  next: fc.constantFrom('nothing', 'nothing', 'refund', 'exchange'),
  nextMade: moment,
})

type Receipt = typeof receipt extends fc.Arbitrary<infer R> ? R : never

/** Sells by the commands of the product, then says when it was: commands are of now. */
async function trade({ owner, counters, customers }: Chain, receipts: readonly Receipt[]): Promise<void> {
  for (const { counter, lines, customer, isByCard, made, next, nextMade } of receipts) {
    const { branchId, till, goods } = counters[counter] ?? counters[0]
    const at = { ...owner, branchId }
    const total = lines.reduce((sum, one) => sum.plus(money(prices[one.goods] ?? '0').times(one.quantity)), money('0'))
    const [card = '', cash = ''] = [till.tenders.card, till.tenders.cash]
    const wanted = lines.map((one) => ({ variant_id: goods[one.goods] ?? '', quantity: `${one.quantity}` }))
    const sale = await sell(at, till, wanted, {
      ...(customer === null ? {} : { customer_id: customers[customer] }),
      ...(isByCard && { payments: [{ tender_id: card, amount: total.toFixed(2) }] }),
    })
    await moveTo(sale.id, made)
    const price = money(prices[lines[0]?.goods ?? 0] ?? '0')
    const given = { original_id: sale.id, session_id: till.session_id, reason: 'Any' }
    const tender_id = isByCard ? card : cash
    if (next === 'refund') {
      const payments = [{ tender_id, amount: price.toFixed(2) }]
      const back = [{ line: 1, quantity: '1' }]
      await moveTo((await owner.client.call('sales.refund', { ...given, lines: back, payments })).id, nextMade)
    }
    if (next === 'exchange') {
      const other = (lines[0]?.goods ?? 0) === 1 ? 0 : 1
      const due = money(prices[other] ?? '0').minus(price)
      const payments = [
        due.isNegative() ? { tender_id, amount: due.abs().toFixed(2) } : { tender_id: cash, amount: '1000000' },
      ]
      const exchanged = await owner.client.call('sales.exchange', {
        ...{ ...given, returns: [{ line: 1, quantity: '1' }], payments },
        lines: [{ variant_id: goods[other] ?? '', quantity: '1' }],
      })
      await moveTo(exchanged.id, nextMade)
    }
  }
}

const old = fc.record({
  counter: fc.nat(1),
  kind: fc.constantFrom('sale', 'sale', 'credit', 'adjustment', 'lost'),
  lines: fc.array(
    fc.record({
      goods: fc.nat(2),
      quantity: fc.integer({ min: 1, max: 4 }),
      unit_cost: fc.option(fc.constantFrom('0', '2.345')),
      tax_rate: fc.option(fc.constantFrom('0', '20', '5.5')),
      isLost: fc.boolean(),
    }),
    { minLength: 1, maxLength: 3 },
  ),
  customer: fc.option(fc.nat(1)),
  effective_on: fc.constantFrom('2026-05-29', '2026-05-31', '2026-06-11', '2026-07-31', '2026-08-01'),
  hour: fc.option(fc.constantFrom('00', '11', '23')),
  goesBack: fc.constantFrom('never', 'at once', 'later'),
})

type Old = typeof old extends fc.Arbitrary<infer R> ? R : never

/** Records documents of earlier sales, and takes some of them back; gives those that are to be taken back later. */
async function remember({ owner, counters, customers }: Chain, olds: readonly Old[]): Promise<string[]> {
  const documents = olds.map(({ counter, kind, lines, customer, effective_on, hour }) => {
    const { branchId, goods, currency } = counters[counter] ?? counters[0]
    const sign = kind === 'credit' ? '-' : ''
    const whole = lines.map(({ goods: one, quantity, unit_cost, tax_rate }) => ({
      ...{ variant_id: goods[one], quantity: `${sign}${quantity}`, unit_price: prices[one] },
      ...(unit_cost !== null && { unit_cost }),
      ...(tax_rate !== null && { tax_rate }),
    }))
    const gone = lines
      .filter(({ isLost }) => kind === 'lost' || (kind === 'sale' && isLost))
      .map((one) => ({ variant_id: goods[one.goods], quantity: `-${one.quantity}`, unit_price: '0' }))
    return {
      ...{ kind: kind === 'lost' ? 'sale' : kind, source: 'old', number: uuidv7(), branch_id: branchId, currency },
      ...{ effective_on, ...(hour !== null && { made_at: `${effective_on}T${hour}:30:00Z` }) },
      ...(customer !== null && { customer_id: customers[customer] }),
      lines: {
        sale: [...whole, ...gone],
        lost: gone.length > 0 ? gone : [{ variant_id: goods[0], quantity: '-1', unit_price: '0' }],
        credit: whole,
        adjustment: [{ name: 'Bad debt', quantity: '1', unit_price: '-5.55' }],
      }[kind],
    }
  })
  const recorded = await recordHistory(owner, documents, { ledger: 'none' })
  expect(recorded.map(({ state }) => state)).toEqual(olds.map(() => 'recorded'))
  const idsOf = (when: Old['goesBack']) =>
    recorded.flatMap(({ id }, at) => (olds[at]?.goesBack === when && id !== null ? [id] : []))
  await takeBack(owner, idsOf('at once'))
  return idsOf('later')
}

async function takeBack({ client }: TestOwner, ids: readonly string[]): Promise<void> {
  if (ids.length > 0) await client.call('history.reverse-documents', { ids: [...ids], reason: 'Wrong' })
}

async function moveTo(
  id: string,
  { day, hour, minutes }: { day: string; hour: number; minutes: number },
): Promise<void> {
  const at = after(new Date(`${day}T${`${hour}`.padStart(2, '0')}:00:00Z`), minutes * 60_000 + 123)
  await withClient(server.database.superuserUrl, async (client) => {
    await client.query('SET session_replication_role = replica')
    await client.query('UPDATE sales.sale SET made_at = $2 WHERE id = $1', [id, at])
    await client.query('UPDATE payments.payment SET made_at = $2 WHERE document_id = $1', [id, at])
  })
}

const rowsOf = (text: string, values: unknown[]) =>
  withClient(server.database.superuserUrl, async (client) => (await client.query(text, values)).rows)

interface Fact {
  readonly key: readonly (string | null)[]
  readonly figures: Readonly<Record<string, string | number>>
}

/** Facts of a key added up, those of no day asked for left out. */
function addUp(facts: readonly Fact[]): Table {
  const sums = new Map<string, Record<string, Money>>()
  for (const { key, figures } of facts) {
    const row = sums.get(JSON.stringify(key)) ?? {}
    for (const [name, amount] of Object.entries(figures)) row[name] = (row[name] ?? money('0')).plus(amount)
    sums.set(JSON.stringify(key), row)
  }
  return Object.fromEntries(
    [...sums].map(([key, row]) => [
      key,
      Object.fromEntries(Object.entries(row).map(([name, sum]) => [name, sum.toFixed()])),
    ]),
  )
}

const dayIn = (zone: string, at: Date) =>
  new Intl.DateTimeFormat('sv', { timeZone: zone, dateStyle: 'short' }).format(at)

// biome-ignore lint/suspicious/noExplicitAny: a row of any table
type Raw = any

/** The rows of the documents, those of the days that are asked for apart. */
async function readRaw({ owner, counters }: Chain) {
  const documents = await rowsOf('SELECT * FROM sales.sale WHERE tenant_id = $1', [owner.tenantId])
  const lines = await rowsOf(
    `SELECT l.*, p.category_id FROM sales.line l JOIN catalog.variant v ON v.id = l.variant_id
     JOIN catalog.product p ON p.id = v.product_id WHERE l.tenant_id = $1`,
    [owner.tenantId],
  )
  const payments = await rowsOf('SELECT * FROM payments.payment WHERE tenant_id = $1', [owner.tenantId])
  const byId = new Map(documents.map((one) => [one.id, one]))
  const dated = (row: Raw) => {
    const zone = counters.find((one) => one.branchId === row.branch_id)?.zone ?? ''
    return { ...row, day: dayIn(zone, row.made_at) }
  }
  const isAsked = ({ day }: Raw) => day >= period.from && day <= period.until
  const past = await readPast(owner)
  return {
    all: [...documents, ...past.documents],
    documents: [...documents.map(dated), ...past.documents].filter(isAsked),
    lines: [...lines.map((one) => dated({ ...byId.get(one.sale_id), ...one })), ...past.lines].filter(isAsked),
    payments: [...payments.map(dated), ...past.documents.filter(({ kind }) => kind !== 'adjustment').map(paid)].filter(
      isAsked,
    ),
  }
}

const paid = (one: Raw) => ({
  ...{ ...one, kind: one.kind === 'sale' ? 'payment' : 'refund', amount: one.total },
  tender_id: '00000000-0000-0000-0000-000000000000',
})

/** The documents of earlier sales with goods that were sold or came back, and these lines of them, but for what was taken back. */
async function readPast({ tenantId }: TestOwner) {
  const raw = await rowsOf(
    `SELECT d.*, d.effective_on::text AS day FROM history.document d
     WHERE d.tenant_id = $1 AND d.id NOT IN (SELECT document_id FROM history.reversal)`,
    [tenantId],
  )
  const own = await rowsOf(
    `SELECT l.*, p.category_id FROM history.line l JOIN catalog.variant v ON v.id = l.variant_id
     JOIN catalog.product p ON p.id = v.product_id WHERE l.tenant_id = $1 AND l.role IN ('sold', 'returned')`,
    [tenantId],
  )
  const linesOf = Map.groupBy(own, (one) => one.document_id)
  const sum = (amounts: string[]) => amounts.reduce((all, one) => all.plus(one), money('0')).toFixed()
  const documents = raw.flatMap((one) => {
    const lines = linesOf.get(one.id)
    if (one.kind === 'adjustment') return { ...one, net: '0', cost: '0' }
    if (!lines) return []
    const costs = lines.map(({ cost }) => cost ?? '0')
    const uncosted = lines.flatMap(({ cost, net }) => (cost === null ? net : []))
    const kind = one.kind === 'credit' ? 'refund' : one.kind
    return { ...one, kind, net: sum(lines.map(({ net }) => net)), cost: sum(costs), uncosted: sum(uncosted) }
  })
  const byId = new Map(documents.map((one) => [one.id, one]))
  const lines = own.flatMap((one) => {
    const document = byId.get(one.document_id)
    if (!document) return []
    const tax = { jurisdiction_code: '', name: '', rate: one.tax_rate, base: one.net, tax: one.tax }
    const taxes = one.tax_rate === null ? [] : [tax]
    return { ...document, ...one, taxes, cost: one.cost ?? '0', uncosted: one.cost === null ? one.net : '0' }
  })
  return { documents, lines }
}

const ofKind = (one: Raw, kind: string) => ({
  count: one.kind === kind ? 1 : 0,
  total: one.kind === kind ? one.total : 0,
})

function receipts(documents: readonly Raw[], key: (one: Raw) => string[]): Table {
  return addUp(
    documents.map((one) => {
      const [sale, refund, exchange] = ['sale', 'refund', 'exchange'].map((kind) => ofKind(one, kind))
      const counts = { sales: sale?.count ?? 0, refunds: refund?.count ?? 0, exchanges: exchange?.count ?? 0 }
      const totals = { sold: sale?.total, refunded: refund?.total, exchanged: exchange?.total }
      const adjusted = ofKind(one, 'adjustment').total
      const revenue = money(one.total).minus(adjusted).toFixed()
      const sums = { revenue, net: one.net, tax: one.tax, adjusted }
      return { key: key(one), figures: { ...counts, ...totals, ...sums, with_adjustments: one.total } }
    }),
  )
}

function margin(rows: readonly Raw[], key: (one: Raw) => (string | null)[], isOfGoods = false): Table {
  return addUp(
    rows.map((one) => ({
      key: key(one),
      figures: {
        ...{ revenue: one.net, uncosted: one.uncosted ?? '0', cost: one.cost },
        margin: money(one.net)
          .minus(one.uncosted ?? '0')
          .minus(one.cost)
          .toFixed(),
        ...(isOfGoods && { quantity: one.quantity }),
      },
    })),
  )
}

function takings(payments: readonly Raw[]): Table {
  return addUp(
    payments.map((one) => ({
      key: [one.day, one.branch_id, one.tender_id, one.currency],
      figures: {
        received: ['payment', 'change'].includes(one.kind) ? one.amount : 0,
        given_back: one.kind === 'refund' ? one.amount : 0,
        ...{ corrected: 0, total: one.amount },
      },
    })),
  )
}

function taxes(lines: readonly Raw[]): Table {
  const none = (one: Raw) => ({ jurisdiction_code: '', name: '', rate: '0', base: one.net, tax: one.tax })
  return addUp(
    lines.flatMap((one) =>
      (one.taxes.length > 0 ? one.taxes : [none(one)]).map((tax: Raw) => {
        const isSold = money(one.quantity).greaterThan(0)
        return {
          key: [tax.jurisdiction_code, tax.name, money(tax.rate).toFixed(), one.currency],
          figures: {
            ...{ sold_base: isSold ? tax.base : 0, sold_tax: isSold ? tax.tax : 0 },
            ...{ returned_base: isSold ? 0 : tax.base, returned_tax: isSold ? 0 : tax.tax },
            ...{ base: tax.base, tax: tax.tax },
          },
        }
      }),
    ),
  )
}

function customers(documents: readonly Raw[]): Table {
  return addUp(
    documents
      .filter((one) => one.customer_id !== null && one.kind !== 'adjustment')
      .map((one) => {
        const { count, total } = ofKind(one, 'sale')
        const returned = { returns: 1 - count, returned: money(one.total).minus(total).toFixed() }
        return {
          key: [one.customer_id, one.currency],
          figures: { sales: count, sold: total, ...returned, revenue: one.total },
        }
      }),
  )
}

/** What each report should say, from the rows of the documents. */
async function naively(chain: Chain): Promise<Record<string, Table>> {
  const { all, documents, lines, payments } = await readRaw(chain)
  const sold = lines.map((one) => ({
    key: [one.variant_id, one.currency],
    figures: { quantity: one.quantity, revenue: one.net },
  }))
  return {
    'sales-by-month {"by_branch":true}': receipts(documents, (one) => [
      one.day.slice(0, 7),
      one.branch_id,
      one.currency,
    ]),
    'sales-by-month {}': receipts(documents, (one) => [one.day.slice(0, 7), one.currency]),
    'gross-margin {"by":"product"}': margin(lines, (one) => [one.variant_id, one.currency], true),
    'gross-margin {"by":"category"}': margin(lines, (one) => [one.category_id, one.currency], true),
    'gross-margin-by-day {"by":"day"}': margin(documents, (one) => [one.day, one.currency]),
    'gross-margin-by-day {"by":"branch"}': margin(documents, (one) => [one.branch_id, one.currency]),
    'best-sellers {"show":"sold"}': addUp(sold),
    'takings {}': takings(payments),
    'tax-summary {}': taxes(lines),
    'customer-value {}': customers(all),
  }
}

async function expectAll(chain: Chain, isDrilled: boolean): Promise<void> {
  for (const [asked, wanted] of Object.entries(await naively(chain))) {
    const [name = '', parameters = ''] = asked.split(/ (?=\{)/)
    const days = name === 'customer-value' ? {} : period
    const { told, summed } = await tablesOf(chain.owner.client, name, { ...JSON.parse(parameters), ...days })
    expect(told, asked).toEqual(wanted)
    if (isDrilled) expect(summed, asked).toEqual(wanted)
  }
}

test('every figure is that of a naive sum, and documents come to it, whatever the rollups hold', {
  timeout: 480_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(receipt, { minLength: 3, maxLength: 7 }),
      fc.array(receipt, { minLength: 2, maxLength: 4 }),
      fc.array(old, { minLength: 3, maxLength: 8 }),
      fc.array(old, { minLength: 2, maxLength: 5 }),
      async (first, then, before, later) => {
        const chain = await openChain()
        await trade(chain, first)
        const wrong = await remember(chain, before)
        await expectAll(chain, false)
        await catchUpReports(server)
        await expectAll(chain, false)
        await trade(chain, then)
        await remember(chain, later)
        await takeBack(chain.owner, wrong)
        await expectAll(chain, true)
        await catchUpReports(server)
        await expectAll(chain, false)
        const { tenantId } = chain.owner
        const fault = inTransaction(server.product.databases.app, tenantId, (tx) => faultOfReports({ ...tx, tenantId }))
        expect(await fault).toBeUndefined()
      },
    ),
    { numRuns: 2, endOnFailure: true },
  )
})
