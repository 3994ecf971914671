import { afterAll, beforeAll, expect, test } from 'vitest'
import { uuidv7 } from '../../server/platform/identifiers.ts'
import { employ } from '../harness/counts.ts'
import { catchUpReports, documentsOf, runReport, tablesOf } from '../harness/reports.ts'
import { signUpOwner, startTestServer, type TestClient, type TestOwner, type TestServer } from '../harness/server.ts'
import { read, sheetFiles } from '../harness/sheets.ts'
import { makeGoods, openTill, sell } from '../harness/till.ts'

const files = sheetFiles()
let server: TestServer
let owner: TestOwner
let second: string
let customer: string
beforeAll(async () => {
  server = await startTestServer()
  owner = await signUpOwner(server)
  second = await openBranch('SECOND')
  await owner.client.call('tenants.create-role', { name: 'Reads', permissions: ['reports.read-sales'] })
  const party = { kind: 'person', name: '=Amina', roles: ['customer'] } as const
  customer = (await owner.client.call('parties.create-party', { ...party, roles: ['customer'] })).id
  for (const branchId of [owner.branchId, second]) await trade({ ...owner, branchId })
}, 60_000)
afterAll(() => server?.close())

async function openBranch(code: string): Promise<string> {
  const branch = { entity_id: owner.entityId, code, name: code, time_zone: 'Europe/Paris' }
  return (await owner.client.call('tenants.create-branch', branch)).id
}

/** Something for every report. */
async function trade(at: TestOwner): Promise<void> {
  const { client, branchId: branch_id } = at
  const variant_id = await makeGoods(at, { stock: '3', price: '24' })
  const till = await openTill(at)
  await sell(at, till, [{ variant_id }], { customer_id: customer })
  await client.call('replenishment.create-policy', {
    variant_id,
    branch_id,
    reorder_point: '5',
    valid_from: '2026-01-01',
  })
  const session = await client.call('cash.close-session', { id: till.session_id, version: 1 })
  const counted = [{ tender_kind: 'cash' as const, counted: '20' }]
  await client.call('cash.count-session', { id: session.id, version: session.version, tenders: counted })
  const tracked = await makeGoods(at, { stock: '0', is_expiry_tracked: true })
  const lot = { variant_id: tracked, quantity: '2', unit_cost: '3', batch_number: branch_id, expires_on: '2199-01-01' }
  await client.call('inventory.receive-stock', { branch_id, lines: [lot] })
}

const codeOf = (asking: Promise<unknown>) =>
  asking.then(
    () => 'done',
    ({ problem }) => `${problem.status} ${problem.code}`,
  )
const namesOf = async ({ call }: TestClient) => (await call('reports.list-reports', {})).items.map(({ name }) => name)

test('who works in one branch reads no other one, in no report and in none of its documents', async () => {
  const scope = { branch_ids: [second] }
  const { client } = await employ(server, owner, 'manager', scope)
  for (const when of ['before the rollups', 'after them']) {
    for (const report of await namesOf(owner.client)) {
      const wanted = report === 'expiring-stock' ? { days: 3_650 } : {}
      const theirs = await tablesOf(client, report, wanted)
      const ofBranch = await tablesOf(owner.client, report, { ...wanted, branch_id: second })
      expect(theirs.told, `${report} ${when}`).toEqual(ofBranch.told)
      expect(theirs.summed, report).toEqual(theirs.told)
      expect(JSON.stringify(theirs), report).not.toContain(owner.branchId)
      expect(await codeOf(runReport(client, report, { branch_id: owner.branchId }))).toBe(
        await codeOf(runReport(client, report, { branch_id: uuidv7() })),
      )
      // The key of a row of another branch is of no row.
      for (const { key, cells } of (await runReport(owner.client, report, { branch_id: owner.branchId })).rows) {
        const { columns } = await runReport(owner.client, report)
        const figure = columns.find(({ name, is_figure }) => is_figure && cells[name] !== null)?.name ?? ''
        const documents = await documentsOf(client, { report, key, figure }).catch(() => [])
        expect(documents.filter(({ branch_id }) => branch_id !== second)).toEqual([])
      }
    }
    await catchUpReports(server)
  }
})

test('whoever lacks the permission of a report finds it nowhere, and figures of cost only with their own', async () => {
  const { client: cashier } = await employ(server, owner, 'cashier')
  expect(await namesOf(cashier)).toEqual([])
  expect(await codeOf(runReport(cashier, 'takings'))).toBe('403 report_not_readable')
  const { client } = await employ(server, owner, 'Reads')
  const { rows } = await runReport(client, 'gross-margin')
  expect(rows).toHaveLength(2)
  for (const { key, cells } of rows) {
    expect(cells).toMatchObject({ revenue: '20.00', cost: null, margin: null, margin_percent: null })
    const asked = { report: 'gross-margin', key }
    expect(await codeOf(documentsOf(client, { ...asked, figure: 'margin' }))).toBe('403 report_column_not_readable')
    expect(await codeOf(documentsOf(client, { ...asked, figure: 'revenue' }))).toBe('done')
  }
  expect((await runReport(client, 'customer-value')).rows).toMatchObject([
    { cells: { customer: null, revenue: '48.00' } },
  ])
})

test.each([
  ['takings', { from: '2026-01-01' }, '422 report_period_incomplete'],
  ['takings', { from: '2026-02-01', until: '2026-01-01' }, '422 report_period_crossed'],
  ['takings', { period: 'for ever' }, '400 invalid_input'],
  ['takings', { colour: 'red' }, '400 invalid_input'],
  ['stock-value', { on: '2199-01-01' }, '422 value_day_in_future'],
  ['no-report', {}, '400 invalid_input'],
])('%s with %o is refused as %s', async (report, parameters, code) => {
  expect(await codeOf(runReport(owner.client, report, parameters as never))).toBe(code)
})

test.each([
  ['what is no key', 'x', 'sales', '422 report_row_unknown'],
  [
    'the key of a row of another report',
    Buffer.from('["2026-01-01","EUR"]').toString('base64url'),
    'sales',
    '422 report_row_unknown',
  ],
  ['what is no figure', Buffer.from('["2026-01","EUR"]').toString('base64url'), 'average', '422 report_figure_unknown'],
  ['a month of which there is nothing', Buffer.from('["1999-01","EUR"]').toString('base64url'), 'sales', 'done'],
])('of %s there are no documents', async (_, key, figure, code) => {
  expect(await codeOf(documentsOf(owner.client, { report: 'sales-by-month', key, figure }))).toBe(code)
})

test('a report is told with what it takes, in words and as a schema', async () => {
  const { items } = await owner.client.call('reports.list-reports', {})
  const takings = items.find(({ name }) => name === 'takings')
  expect(takings).toMatchObject({
    title: 'Takings',
    parameters: {
      type: 'object',
      properties: { period: { default: 'this_month' }, from: {}, until: {}, branch_id: {} },
    },
  })
  expect(takings?.columns).toContainEqual({ name: 'total', label: 'Total', kind: 'money', is_figure: true })
})

test('only as many rows come as are asked for, and then there is no total', async () => {
  const asked = { report: 'gross-margin', parameters: {} }
  const whole = await owner.client.call('reports.run-report', asked)
  expect(whole).toMatchObject({ is_truncated: false, totals: [{ currency: 'EUR', cells: { revenue: '40.00' } }] })
  const cut = await owner.client.call('reports.run-report', { ...asked, limit: 1 })
  expect(cut).toMatchObject({ is_truncated: true, totals: null, rows: [{ key: whole.rows[0]?.key }] })
  const best = { report: 'customer-value', limit: 1 } as const
  expect(await owner.client.call('reports.run-report', best)).toMatchObject({ is_truncated: false })
})

test('a file holds the rows of the report, and no text in it is a formula', async () => {
  const asked = { report: 'customer-value', separator: ';' } as const
  const { content, ...file } = await owner.client.call('reports.export-report', asked)
  expect(file).toMatchObject({ media_type: 'text/csv; charset=utf-8', is_truncated: false })
  expect(file.file_name).toMatch(/^customer-value-\d{4}-\d{2}-\d{2}\.csv$/)
  const text = Buffer.from(content, 'base64').toString()
  const [{ cells } = { cells: {} as Record<string, string | null> }] = (await runReport(owner.client, 'customer-value'))
    .rows
  expect(text.split('\r\n')).toEqual([
    '\ufeffCustomer;Currency;First sale;Last sale;Sales;Refunds and exchanges;Sold;Refunded and exchanged;Revenue with tax;Average sale;Days between sales',
    `'=Amina;EUR;${cells.first_on};${cells.last_on};2;0;48.00;0.00;48.00;24.00;${cells.days_between}`,
    '',
  ])
})

test('a file names its columns in the language that was asked for, else of whoever asks, else of the tenant', async () => {
  const headOf = async ({ client }: Pick<TestOwner, 'client'>, more: { locale?: string } = {}) => {
    const { content } = await client.call('reports.export-report', { report: 'low-stock', ...more })
    return Buffer.from(content, 'base64')
      .toString()
      .split(/[\ufeff,]/)[1]
  }
  expect(await headOf(owner)).toBe('Branch')
  expect(await headOf(owner, { locale: 'fr-MA' })).toBe('Point de vente')
  const { version } = await owner.client.call('tenants.get-employee', { id: owner.employeeId })
  const changed = { id: owner.employeeId, version, preferred_locale: 'ar-MA' }
  await owner.client.call('tenants.update-employee', changed)
  expect(await headOf(owner)).toBe('الفرع')
  expect(await headOf(owner, { locale: 'en-GB' })).toBe('Branch')
})

test('a workbook holds the same rows, numbers as numbers and days as days', async () => {
  const asked = { report: 'takings', parameters: {} } as const
  const { content, file_name } = await owner.client.call('reports.export-report', { ...asked, format: 'xlsx' })
  expect(file_name).toMatch(/\.xlsx$/)
  const book = await read(await files.keep(Buffer.from(content, 'base64')))
  const { rows, columns } = await runReport(owner.client, 'takings')
  expect(book.rows.map(({ cells }) => cells)).toEqual(rows.map((row) => columns.map(({ name }) => row.cells[name])))
})

test('a saved report is its owner’s, or all may see it who may read it', async () => {
  const [manager, other] = [await employ(server, owner, 'manager'), await employ(server, owner, 'manager')]
  const { client: viewer } = await employ(server, owner, 'Reads')
  const seen = async ({ call }: TestClient) =>
    (await call('reports.list-saved-reports', {})).items.map(({ name }) => name)
  const parameters = { period: 'last_7_days' }
  const own = await viewer.call('reports.save-report', { report: 'takings', name: 'Mine', parameters })
  expect(own).toMatchObject({ report: 'takings', parameters, is_shared: false, is_own: true })
  const shared = { report: 'takings', name: 'For all', parameters, is_shared: true }
  expect(await codeOf(viewer.call('reports.save-report', shared))).toBe('403 forbidden')
  const made = await manager.client.call('reports.save-report', shared)
  await manager.client.call('reports.save-report', { report: 'cash-variances', name: 'Cash', is_shared: true })
  expect(await seen(viewer)).toEqual(['Mine', 'For all'])
  expect(await seen(other.client)).toEqual(['For all', 'Cash'])
  const change = { id: made.id, version: made.version, name: 'For everybody' }
  expect(await codeOf(viewer.call('reports.change-saved-report', change))).toBe('403 saved_report_of_another')
  expect(await codeOf(other.client.call('reports.change-saved-report', { ...change, id: own.id }))).toBe(
    '404 not_found',
  )
  const changed = await other.client.call('reports.change-saved-report', change)
  expect(changed).toMatchObject({ name: 'For everybody', parameters, is_own: false, version: 2 })
  const stale = manager.client.call('reports.remove-saved-report', { id: made.id, version: 1 })
  expect(await codeOf(stale)).toBe('412 version_conflict')
  await manager.client.call('reports.remove-saved-report', { id: made.id, version: 2 })
  expect(await seen(viewer)).toEqual(['Mine'])
  const wrong = { report: 'takings', name: 'Wrong', parameters: { period: 'never' } }
  expect(await codeOf(viewer.call('reports.save-report', wrong))).toBe('400 invalid_input')
  const unreadable = { report: 'cash-variances', name: 'Not theirs' }
  expect(await codeOf(viewer.call('reports.save-report', unreadable))).toBe('403 report_not_readable')
})
