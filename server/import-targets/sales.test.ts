import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'csv-parse/sync'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeProduct, taxClassOf } from '../../tests/harness/catalog.ts'
import { beginImport, importText, runImport } from '../../tests/harness/imports.ts'
import { withClient } from '../../tests/harness/postgres.ts'
import { catchUpReports, runReport } from '../../tests/harness/reports.ts'
import { signUpOwner, startTestServer, type TestOwner, type TestServer } from '../../tests/harness/server.ts'
import { until } from '../../tests/harness/until.ts'
import { uuidv7 } from '../platform/identifiers.ts'
import { money, roundToMinorUnit, toText } from '../platform/money.ts'

let server: TestServer
let jobs: { stop(): Promise<void> }
beforeAll(async () => {
  server = await startTestServer()
  jobs = await server.product.startJobs()
})
afterAll(async () => {
  await jobs.stop()
  await server.close()
})

const header = 'InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID'
const service_codes = 'POST,DOT,M,BANK CHARGES,AMAZONFEE'
const lettered = { credit_prefix: 'C', adjustment_prefix: 'A', service_codes }

async function openShop() {
  const owner = await signUpOwner(server)
  const options = { branch_id: owner.branchId, tax_class_id: await taxClassOf(owner), ledger: 'at_its_date' }
  return { owner, options }
}

const make = { unknown_products: 'make', unknown_customers: 'make' }

const documentsOf = async ({ client }: TestOwner) => (await client.call('history.list-documents', { limit: 200 })).items
const booksOf = async ({ client, entityId: entity_id }: TestOwner) => {
  const { items } = await client.call('ledger.get-trial-balance', { entity_id, limit: 200 })
  return Object.fromEntries(
    items.filter((one) => /[1-9]/.test(one.closing_balance)).map((one) => [one.code, one.closing_balance]),
  )
}
const errorsOf = async ({ client }: TestOwner, id: string) =>
  (await client.call('imports.list-errors', { id, is_resolved: false })).items.map(({ row_number, code }) => [
    row_number,
    code,
  ])

interface Line {
  readonly InvoiceNo: string
  readonly StockCode: string
  readonly Quantity: string
  readonly UnitPrice: string
  readonly CustomerID: string
}

describe('two weeks of a wholesaler of gifts', () => {
  const text = readFileSync(join(import.meta.dirname, '../../examples/uk-gift-wholesaler/invoices.csv'), 'utf8')
  const lines = parse<Line>(text, { columns: true })
  const exactOf = ({ Quantity, UnitPrice }: Line) => money(Quantity).times(money(UnitPrice))
  const sum = (amounts: readonly ReturnType<typeof money>[]) =>
    toText(amounts.reduce((all, one) => all.plus(one), money('0')))
  const invoices = Map.groupBy(lines, (line) => line.InvoiceNo)
  const days = { from: '2010-01-01', until: '2011-12-31' }
  const inPennies = (of: readonly Line[]) => sum(of.map((line) => roundToMinorUnit(exactOf(line), 2)))
  const isLost = ({ InvoiceNo, Quantity, UnitPrice }: Line) =>
    !InvoiceNo.startsWith('C') && Quantity.startsWith('-') && money(UnitPrice).isZero()

  /** Rows of every report of what was sold, with what they come to; of nothing where there is nothing. */
  async function reportsOf({ client }: TestOwner) {
    const names = ['sales-by-month', 'gross-margin', 'gross-margin-by-day', 'best-sellers', 'tax-summary', 'takings']
    const asked = names.map((name) => runReport(client, name, days))
    const told = await Promise.all([...asked, runReport(client, 'customer-value')])
    return told.map(({ report, rows, totals }) => ({ report, rows: rows.map(({ cells }) => cells), totals }))
  }

  /** Every report says what the file does: what is no adjustment of the books is revenue, and what was lost is no sale. */
  async function expectReported(owner: TestOwner, when: string) {
    const trade = lines.filter(({ InvoiceNo }) => !InvoiceNo.startsWith('A'))
    const goods = trade.filter((line) => !isLost(line))
    const sales = new Set(goods.map(({ InvoiceNo }) => InvoiceNo))
    const revenue = inPennies(trade)
    const counted = { revenue, with_adjustments: inPennies(lines) }
    const named = inPennies(trade.filter(({ CustomerID }) => CustomerID !== ''))
    const wanted = {
      'sales-by-month': { ...counted, refunds: `${[...sales].filter((number) => number.startsWith('C')).length}` },
      'gross-margin': {
        revenue,
        uncosted: revenue,
        margin: '0',
        quantity: sum(goods.map((line) => money(line.Quantity))),
      },
      'gross-margin-by-day': { revenue, uncosted: revenue, cost: '0' },
      'best-sellers': { revenue },
      ...{
        'tax-summary': { base: revenue, tax: '0' },
        takings: { total: revenue },
        'customer-value': { revenue: named },
      },
    }
    const told = await reportsOf(owner)
    for (const { report, totals } of told)
      for (const [figure, amount] of Object.entries(wanted[report as keyof typeof wanted]))
        expect(toText(money(totals?.[0]?.cells[figure] ?? 'NaN')), `${when}: ${figure} of ${report}`).toBe(amount)
    const [month] = (await runReport(owner.client, 'sales-by-month', days)).rows
    const first = { report: 'sales-by-month', parameters: days, key: month?.key ?? '', limit: 200 }
    const { items } = await owner.client.call('reports.drill-figure', { ...first, figure: 'refunded' })
    expect(items).toContainEqual(expect.objectContaining({ source: 'history', kind: 'refund' }))
    expect(sum(items.map(({ amount }) => money(amount)))).toBe(toText(money(month?.cells.refunded ?? '')))
  }

  test('come in with every figure of the file, in documents and books, and go out again as if they had never been', async () => {
    const { owner, options } = await openShop()
    const before = [await booksOf(owner), await reportsOf(owner)]
    await catchUpReports(server)
    const committed = await importText(server, owner, {
      target: 'sales',
      text,
      options: { ...options, ...make, ...lettered },
    })
    expect(committed).toMatchObject({ status: 'committed', created_rows: lines.length, failed_rows: 0, fault: null })
    const found = await withClient(server.database.superuserUrl, async (client) => {
      const { rows } = await client.query(
        `SELECT (SELECT count(*)::int FROM history.line WHERE tenant_id = $1) AS lines,
           (SELECT sum(exact_amount)::text FROM history.line WHERE tenant_id = $1) AS exact,
           (SELECT sum(total)::text FROM history.line WHERE tenant_id = $1) AS rounded,
           (SELECT count(*)::int FROM history.document WHERE tenant_id = $1) AS documents,
           (SELECT count(*)::int FROM history.document WHERE tenant_id = $1 AND kind = 'credit') AS credits,
           (SELECT count(*)::int FROM history.document WHERE tenant_id = $1 AND customer_id IS NULL) AS unnamed,
           (SELECT trim_scale(balance)::text FROM ledger.account WHERE tenant_id = $1 AND purpose = 'history_clearing') AS booked,
           (SELECT count(*)::int FROM catalog.variant WHERE tenant_id = $1) AS products,
           (SELECT count(*)::int FROM parties.party WHERE tenant_id = $1) AS customers`,
        [owner.tenantId],
      )
      return rows[0]
    })
    const numbers = [...invoices.keys()]
    expect(found).toEqual({
      lines: lines.length,
      exact: expect.stringMatching(new RegExp(`^${sum(lines.map(exactOf)).replace('.', '\\.')}0*$`)),
      rounded: expect.stringMatching(new RegExp(`^${inPennies(lines).replace('.', '\\.')}0*$`)),
      booked: inPennies(lines),
      documents: numbers.length,
      credits: numbers.filter((number) => number.startsWith('C')).length,
      unnamed: [...invoices.values()].filter(([first]) => first?.CustomerID === '').length,
      products: new Set(lines.map((line) => line.StockCode)).size,
      customers: new Set(lines.map((line) => line.CustomerID).filter((code) => code !== '')).size,
    })
    for (const when of ['not in the rollups yet', 'in the rollups']) {
      await expectReported(owner, when)
      await catchUpReports(server)
    }
    const undone = await runImport(owner, committed.id, 'imports.undo-import')
    expect(undone).toMatchObject({ status: 'undone', fault: null })
    expect([await booksOf(owner), await reportsOf(owner)]).toEqual(before)
    await catchUpReports(server)
    expect(await reportsOf(owner)).toEqual(before[1])
    const left = await owner.client.call('catalog.list-products', { limit: 1 })
    expect(left.items).toEqual([])
  })
})

const shop = [
  header,
  '1,A1,Soap,2,2026-02-03 10:30:00,3.125,7',
  '1,a1,Soap in small letters,1,2026-02-03 10:30:00,1.00,7',
  '2,A1,Soap,1,2026-02-03 11:00:00,3.125,',
  '1,POST,POSTAGE,1,2026-02-03 10:31:00,4.95,7',
  'C3,A1,Soap,-1,2026-02-04 09:00:00,3.125,7',
  'A4,B,Adjust bad debt,1,2026-02-04 10:00:00,-20.00,',
  '5,A1,lost,-3,2026-02-05 10:00:00,0,',
].join('\n')

test('rows with one number are one document, wherever they stand, and its letters say of what kind', async () => {
  const { owner, options } = await openShop()
  const done = await importText(server, owner, {
    target: 'sales',
    text: shop,
    options: { ...options, ...make, ...lettered },
  })
  expect(done).toMatchObject({ status: 'committed', created_rows: 7, failed_rows: 0 })
  const documents = (await documentsOf(owner)).map(({ number, kind, total, line_count }) => [
    number,
    kind,
    total,
    line_count,
  ])
  expect(documents.toSorted()).toEqual([
    ['1', 'sale', '12.20', 3],
    ['2', 'sale', '3.13', 1],
    ['5', 'sale', '0.00', 1],
    ['A4', 'adjustment', '-20.00', 1],
    ['C3', 'credit', '-3.13', 1],
  ])
  const { items } = await owner.client.call('catalog.list-products', { limit: 50 })
  expect(items.map(({ name, kind }) => [name, kind]).toSorted()).toEqual([
    ['POSTAGE', 'service'],
    ['Soap in small letters', 'stocked'],
    ['Soap', 'stocked'],
  ])
  expect((await owner.client.call('inventory.list-levels', { limit: 10, include_empty: false })).items).toEqual([])
})

test.each([
  ['goods that are not there', { unknown_customers: 'make' }, [[2, 'product_unknown']]],
  ['customers who are not there', { unknown_products: 'make' }, [[2, 'customer_unknown']]],
  ['neither, where both are made', make, []],
])('a check names %s', async (_, unknown, errors) => {
  const { owner, options } = await openShop()
  const { id, version } = await beginImport(server, owner, {
    target: 'sales',
    text: `${header}\n1,A1,Soap,2,2026-02-03 10:30:00,3,7\n`,
  })
  await owner.client.call('imports.map-import', { id, version, options: { ...options, ...unknown } })
  await runImport(owner, id, 'imports.check-import')
  expect(await errorsOf(owner, id)).toEqual(errors)
})

test('of a document with a wrong row nothing goes in, and the others do', async () => {
  const { owner, options } = await openShop()
  await makeProduct(owner, { name: 'Soap', variants: [{ sku: 'A1' }] })
  const text = [header, '1,A1,Soap,2,2026-02-03,3,', '1,A1,Soap,two,2026-02-03,3,', '2,A1,Soap,1,2026-02-03,3,'].join(
    '\n',
  )
  const done = await importText(server, owner, { target: 'sales', text, options })
  expect(done).toMatchObject({ status: 'committed', created_rows: 1, failed_rows: 2 })
  expect((await documentsOf(owner)).map(({ number }) => number)).toEqual(['2'])
  expect(await errorsOf(owner, done.id)).toEqual([
    [2, 'document_incomplete'],
    [3, expect.any(String)],
  ])
})

test('a dry run tells what would be made, once each, and what it does to the books', async () => {
  const { owner, options } = await openShop()
  const { id, version } = await beginImport(server, owner, { target: 'sales', text: shop })
  await owner.client.call('imports.map-import', { id, version, options: { ...options, ...make, ...lettered } })
  await runImport(owner, id, 'imports.check-import')
  const tried = await runImport(owner, id, 'imports.try-import')
  expect(tried).toMatchObject({
    status: 'tried',
    preview: { created_rows: 7, made: { history_document: 5, product: 3, party: 1 } },
  })
  expect(tried.preview?.ledger.map(({ amount }) => money(amount).toNumber())).toContain(-7.8)
  expect(await documentsOf(owner)).toEqual([])
})

test('a dry run knows of each batch what earlier ones took, though it was rolled back', async () => {
  const { owner, options } = await openShop()
  // The first batch has four rows.
  const sales = Array.from({ length: 30 }, (_, at) => `${at},A${at % 3},Soap,2,2026-02-03 10:30:00,3,${at % 2},`)
  const refunds = ['R1,A0,Soap,-1,2026-02-04 10:30:00,3,0,0', 'R2,A0,Soap,-1,2026-02-04 10:30:00,3,0,99']
  const text = [`${header},Original invoice`, ...sales, ...refunds, ''].join('\n')
  const { id, version } = await beginImport(server, owner, { target: 'sales', text })
  await owner.client.call('imports.map-import', { id, version, options: { ...options, ...make, stock: 'move' } })
  await runImport(owner, id, 'imports.check-import')
  const tried = await runImport(owner, id, 'imports.try-import')
  expect(tried.preview?.made).toEqual({ history_document: 31, product: 3, party: 2 })
  expect(tried.preview?.stock.map(({ quantity }) => Number(quantity))).toEqual([-59])
  expect(await errorsOf(owner, id)).toEqual([[33, 'original_unknown']])
  const committed = await runImport(owner, id, 'imports.commit-import')
  expect(committed).toMatchObject({ created_rows: tried.created_rows, failed_rows: tried.failed_rows })
})

test('a refund may stand before its sale, in what is committed together, and goes out with it', async () => {
  const { owner, options } = await openShop()
  const refund = 'R1,A0,Soap,-1,2026-02-04 10:30:00,3,,S0'
  // The first batch has four rows, that of the undo, too: there it is one of the second.
  const sales = Array.from({ length: 4 }, (_, at) => `S${at},A0,Soap,2,2026-02-03 10:30:00,3,,`)
  const text = [`${header},Original invoice`, refund, ...sales, ''].join('\n')
  const { id, version } = await beginImport(server, owner, { target: 'sales', text })
  await owner.client.call('imports.map-import', { id, version, options: { ...options, ...make, stock: 'move' } })
  await runImport(owner, id, 'imports.check-import')
  const tried = await runImport(owner, id, 'imports.try-import')
  expect([tried.preview?.made, await errorsOf(owner, id)]).toEqual([{ history_document: 5, product: 1 }, []])
  expect(await runImport(owner, id, 'imports.commit-import')).toMatchObject({ created_rows: 5, failed_rows: 0 })
  const [one] = (await documentsOf(owner)).filter(({ kind }) => kind === 'refund')
  const sold = (await documentsOf(owner)).find(({ number }) => number === 'S0')
  expect(one).toMatchObject({ number: 'R1', original_id: sold?.id })
  const { items } = await owner.client.call('imports.list-provenance', { id })
  expect(items.find(({ resource_id }) => resource_id === one?.id)).toMatchObject({ row_number: 2 })
  expect(await runImport(owner, id, 'imports.undo-import')).toMatchObject({ status: 'undone', fault: null })
  expect(await booksOf(owner)).toEqual({})
})

test('what came in is kept in by a refund of it that came otherwise', async () => {
  const { owner, options } = await openShop()
  const text = `${header}\n1,A1,Soap,2,2026-02-03 10:30:00,3,\n`
  const { id } = await importText(server, owner, { target: 'sales', text, options: { ...options, ...make } })
  const [sale] = await documentsOf(owner)
  const { items } = await owner.client.call('history.list-lines', { id: sale?.id ?? '', limit: 10 })
  await owner.client.call('history.record-documents', {
    ledger: 'none',
    documents: [
      {
        kind: 'refund',
        source: 'import',
        number: 'R1',
        branch_id: owner.branchId,
        original_id: sale?.id,
        effective_on: '2026-02-04',
        lines: [{ variant_id: items[0]?.variant_id ?? '', quantity: '-1', unit_price: '3' }],
      },
    ],
  })
  await expect(runImport(owner, id, 'imports.undo-import')).rejects.toMatchObject({
    problem: { code: 'import_undo_blocked' },
  })
})

test('an import has the rules judged of what it brought, and what fails stays out of forecasts until it is right or gone', async () => {
  const { owner, options } = await openShop()
  const { client, tenantId } = owner
  const rule = (dataset: 'earlier_lines' | 'earlier_documents' | 'import_rows', config: object, severity = 'FAIL') =>
    client.call('quality.create-rule', {
      ...{ dataset, rule_key: `k${uuidv7()}`, name: 'Of an import', severity, config },
    } as never)
  const many = await rule('earlier_lines', { kind: 'range', column: 'quantity', at_most: '5' })
  const dear = await rule('earlier_documents', { kind: 'range', column: 'total', at_most: '50' })
  const rejected = await rule('import_rows', { kind: 'pattern', column: 'outcome', pattern: 'ed$', when: [] }, 'WARN')
  const lost = await rule('import_rows', { kind: 'not_null', column: 'error_code', when: [] })
  const text = [
    header,
    '1,A1,Soap,2,2026-02-03,3,',
    '1,A1,Soap,9,2026-02-03,3,',
    '2,B1,Lamp,1,2026-02-03,99,',
    '3,A1,Soap,-1,2026-02-04,3,',
    '4,A1,Soap,two,2026-02-04,3,',
  ].join('\n')
  const { id } = await importText(server, owner, {
    target: 'sales',
    text,
    options: { ...options, ...make, ...lettered },
  })
  const heldBy = async ({ id: rule_id }: { id: string }) =>
    (await client.call('quality.list-held', { rule_id })).items.map(({ key }) => key).toSorted()
  const judged = (count: number) =>
    until('the rules were judged', async () => {
      const { items } = await client.call('quality.list-runs', { limit: 50 })
      const done = items.filter(({ status, started_by }) => status === 'done' && started_by === 'import')
      return done.length === count ? done : undefined
    })
  await judged(3)
  const documents = await documentsOf(owner)
  const idOf = (wanted: string) => documents.find(({ number }) => number === wanted)?.id ?? ''
  expect(await heldBy(many)).toEqual([`${idOf('1')}:2`])
  expect(await heldBy(dear)).toEqual([idOf('2')])
  expect(await heldBy(lost)).toEqual([2, 3, 4].map((row) => `${id}:${row}`))
  expect(await heldBy(rejected)).toEqual([])
  const demand = () =>
    withClient(server.database.roleUrls.read, async (reader) => {
      await reader.query('BEGIN')
      await reader.query('SELECT platform.set_tenant($1)', [tenantId])
      const { rows } = await reader.query(
        'SELECT document_id, line, trim_scale(quantity)::text AS quantity FROM quality.read_demand WHERE tenant_id = $1',
        [tenantId],
      )
      await reader.query('ROLLBACK')
      return rows
    })
  expect(await demand()).toEqual([{ document_id: idOf('1'), line: 1, quantity: '2' }])
  await runImport(owner, id, 'imports.undo-import')
  await judged(6)
  expect([await heldBy(many), await heldBy(dear), await heldBy(lost)]).toEqual([[], [], []])
  expect(await demand()).toEqual([])
})
