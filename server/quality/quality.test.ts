import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeProduct } from '../../tests/harness/catalog.ts'
import { freshId } from '../../tests/harness/hints.ts'
import { withClient } from '../../tests/harness/postgres.ts'
import { judge, runQualityJob } from '../../tests/harness/quality.ts'
import {
  clientIn,
  hire,
  signUpOwner,
  signUpPerson,
  startTestServer,
  type TestOwner,
  type TestServer,
} from '../../tests/harness/server.ts'
import { makeBatch, moveStock } from '../../tests/harness/stock.ts'
import { inTransaction, type Transaction } from '../platform/database.ts'
import { uuidv7 } from '../platform/identifiers.ts'
import type { config, Schedule, Severity } from './contract.ts'
import type { DatasetName } from './datasets.ts'
import { runAfterImport } from './index.ts'
import { judgeRules } from './judge-rules.ts'
import { readRules } from './queries.ts'
import { recordRun } from './run-queries.ts'

let server: TestServer
let owner: TestOwner
beforeAll(async () => {
  server = await startTestServer()
  owner = await signUpOwner(server)
})
afterAll(() => server?.close())

const refused = (code: string) => ({ problem: { code } })
type Config = Parameters<typeof config.parse>[0]
interface Wanted {
  severity?: Severity
  dataset?: DatasetName
  schedule?: Schedule
  daily_hour?: number | null
}
const write = (rule: Config, { dataset = 'products', ...more }: Wanted = {}, of = owner) =>
  of.client.call('quality.create-rule', {
    dataset,
    rule_key: `k${freshId()}`,
    name: 'Of a test',
    config: rule as never,
    ...more,
  })

async function judged(rule: Config, more: Wanted = {}, of = owner) {
  const { id } = await write(rule, more, of)
  const { results } = await judge(server, of, { rule_id: id })
  const [result] = results
  const { items } = await of.client.call('quality.list-failing-rows', { id: result?.id ?? '' })
  return { id, result, rows: items, keys: items.map(({ key }) => key) }
}

async function heldBy(rule_id: string, of = owner) {
  const { items } = await of.client.call('quality.list-held', { limit: 200 })
  return items.filter((one) => one.rule_id === rule_id).map(({ key }) => key)
}

test('a value that must be filled is found where it is empty, and only among the rows that a rule is about', async () => {
  const category = (await owner.client.call('catalog.create-category', { name: 'Shelf' })).id
  await makeProduct(owner, { name: 'Filed A', category_id: category } as never)
  const empty = await makeProduct(owner, { name: 'Filed B' })
  const about = { column: 'name', is: 'above', value: 'x' } as const
  await expect(write({ kind: 'not_null', column: 'category_id', when: [about] })).rejects.toMatchObject(
    refused('quality_column_unfit'),
  )
  const { result, rows } = await judged({
    kind: 'not_null',
    column: 'category_id',
    when: [{ column: 'name', is: 'equal', value: 'Filed B' }],
  })
  expect(result).toMatchObject({
    status: 'failed',
    rows_checked: '1',
    rows_failed: '1',
    message: 'category_id is empty',
  })
  expect(rows).toEqual([{ number: 1, key: empty.id, label: 'Filed B', value: null, message: 'category_id is empty' }])
})

test('each kind of rule finds what is wrong and nothing else', async () => {
  const of = await signUpOwner(server)
  const { client } = of
  const person = (name: string, more: object) =>
    client.call('parties.create-party', { kind: 'person', name, roles: ['customer'], ...more })
  const [a, b, c] = [
    await person('A', { phone: '+33612345678' }),
    await person('B', { phone: '+33612345678', email: 'b@example.org' }),
    await person('C', { phone: '+33612345679', email: 'c@example.com' }),
  ]
  const cheap = (await makeProduct(of)).variant
  const dear = (await makeProduct(of)).variant
  for (const [one, value] of [
    [cheap, '0'],
    [dear, '12.5'],
  ] as const) {
    const { version } = await client.call('catalog.get-variant', { id: one.id })
    await client.call('catalog.set-cost', { id: one.id, version, cost: value, currency: 'EUR' })
  }
  const cases: [Config, DatasetName, string[]][] = [
    [{ kind: 'unique', columns: ['phone'] }, 'customers', [a.id, b.id]],
    [{ kind: 'pattern', column: 'email', pattern: '@example[.]org$' }, 'customers', [c.id]],
    [{ kind: 'pattern', column: 'email', pattern: 'EXAMPLE[.]ORG$', ignores_case: true }, 'customers', [c.id]],
    [{ kind: 'range', column: 'cost', above: '0' }, 'variants', [cheap.id]],
    [{ kind: 'range', column: 'cost', at_least: '0', below: '12.5' }, 'variants', [dear.id]],
    [{ kind: 'range', column: 'cost', at_most: '12.5' }, 'variants', []],
    [
      { kind: 'reference', column: 'name', of: { dataset: 'products', column: 'name' } },
      'customers',
      [a.id, b.id, c.id],
    ],
    [{ kind: 'reference', column: 'product_id', of: { dataset: 'products', column: 'id' } }, 'variants', []],
  ]
  for (const [rule, dataset, expected] of cases) {
    const { result, keys } = await judged(rule, { dataset }, of)
    expect(keys.toSorted(), JSON.stringify(rule)).toEqual(expected.toSorted())
    expect(result?.status, JSON.stringify(rule)).toBe(expected.length === 0 ? 'passed' : 'failed')
    expect(result?.rows_failed).toBe(String(expected.length))
  }
})

test('a dataset is as fresh as its newest row, and its rows may not drop faster than a rule allows', async () => {
  const of = await signUpOwner(server)
  const none = await judged({ kind: 'freshness', max_age_hours: 24 }, { dataset: 'sales' }, of)
  expect(none.result).toMatchObject({ status: 'failed', message: 'There is no row at all' })
  const products = await Promise.all(Array.from({ length: 4 }, () => makeProduct(of)))
  expect((await judged({ kind: 'freshness', max_age_hours: 1 }, {}, of)).result).toMatchObject({ status: 'passed' })
  const drop = await judged({ kind: 'row_count_change', max_drop_percent: 25 }, { severity: 'FAIL' }, of)
  expect(drop.result).toMatchObject({ status: 'passed', rows_checked: '4' })
  for (const { id, version } of products.slice(0, 1)) await of.client.call('catalog.delete-product', { id, version })
  expect((await judge(server, of, { rule_id: drop.id })).results).toMatchObject([{ status: 'passed' }])
  for (const { id, version } of products.slice(1, 3)) await of.client.call('catalog.delete-product', { id, version })
  const fell = await judge(server, of, { rule_id: drop.id })
  expect(fell.results).toMatchObject([{ status: 'failed', message: 'There were 3 rows, and now there are 1' }])
  expect(await heldBy(drop.id, of)).toEqual(['*'])
  const { items } = await of.client.call('quality.list-datasets', {})
  expect(items.find(({ name }) => name === 'products')).toMatchObject({ is_held: true, held: '0' })
})

test('a failing row is held from the run that found it until one that finds it right, and a warning holds nothing', async () => {
  const of = await signUpOwner(server)
  const { client } = of
  const [first, second] = [await makeProduct(of, { name: 'x1' }), await makeProduct(of, { name: 'x2' })]
  const rule = { kind: 'pattern', column: 'name', pattern: '^[A-Z]' } as const
  const warning = await judged(rule, {}, of)
  const failing = await judged(rule, { severity: 'FAIL' }, of)
  expect(await heldBy(warning.id, of)).toEqual([])
  expect(await heldBy(failing.id, of)).toEqual([first.id, second.id].toSorted())
  const [since] = (await client.call('quality.list-held', { rule_id: failing.id })).items.map((one) => one.since)
  const rename = async ({ id }: { id: string }, name: string) => {
    const { version } = await client.call('catalog.get-product', { id })
    await client.call('catalog.update-product', { id, version, name })
  }
  await rename(first, 'Right')
  await judge(server, of, { rule_id: failing.id })
  const left = (await client.call('quality.list-held', { rule_id: failing.id })).items
  expect(left).toMatchObject([{ key: second.id, since }])
  await rename(first, 'wrong again')
  await judge(server, of, { rule_id: failing.id })
  const again = (await client.call('quality.list-held', { rule_id: failing.id })).items
  expect(again.find(({ key }) => key === first.id)?.since).not.toBe(since)
  expect(again).toHaveLength(2)
  await withClient(server.database.roleUrls.read, async (reader) => {
    await reader.query('BEGIN')
    await reader.query('SELECT platform.set_tenant($1)', [of.tenantId])
    const { rows } = await reader.query('SELECT key, dataset FROM quality.read_held WHERE tenant_id = $1', [
      of.tenantId,
    ])
    expect(rows.map(({ key }) => key).toSorted()).toEqual([first.id, second.id].toSorted())
    await reader.query('ROLLBACK')
  })
})

test('a rule that is off, removed or only warns from now on holds nothing any more', async () => {
  const of = await signUpOwner(server)
  await makeProduct(of)
  const rule = { kind: 'pattern', column: 'name', pattern: '^Q' } as const
  const change = async (id: string, change: object) => {
    const { version } = await of.client.call('quality.get-rule', { id })
    return of.client.call('quality.update-rule', { id, version, ...change })
  }
  const ends: ((id: string) => Promise<unknown>)[] = [
    (id) => change(id, { is_active: false }),
    (id) => change(id, { severity: 'WARN' }),
    async (id) => {
      const { version } = await of.client.call('quality.get-rule', { id })
      expect(await of.client.call('quality.remove-rule', { id, version })).toMatchObject({ freed: 1 })
    },
  ]
  for (const end of ends) {
    const { id } = await judged(rule, { severity: 'FAIL' }, of)
    expect(await heldBy(id, of)).toHaveLength(1)
    await end(id)
    expect(await heldBy(id, of)).toEqual([])
  }
  const { id } = await judged(rule, { severity: 'FAIL' }, of)
  await change(id, { name: 'Another name' })
  expect(await heldBy(id, of)).toHaveLength(1)
})

test('a run that is judged twice is recorded once, and told once', async () => {
  const of = await signUpOwner(server)
  await makeProduct(of)
  const { id } = await write({ kind: 'pattern', column: 'name', pattern: '^Q' }, { severity: 'FAIL' }, of)
  const run = await of.client.call('quality.run-rules', { rule_id: id })
  const payload = { tenant_id: of.tenantId, run_id: run.id }
  await Promise.all(Array.from({ length: 3 }, () => runQualityJob(server, 'quality.judge-run', payload)))
  const done = await of.client.call('quality.get-run', { id: run.id })
  expect(done).toMatchObject({ status: 'done', rules_total: 1, rules_failed: 1, rows_checked: '1', rows_failed: '1' })
  expect(done.results).toHaveLength(1)
  const { items } = await of.client.call('audit.list-entries', { event: 'quality.run-rules' })
  expect(items.filter(({ severity }) => severity === 'warning')).toHaveLength(1)
})

test('what was judged before a rule was changed, or before a later look, is recorded and holds nothing', async () => {
  const of = await signUpOwner(server)
  await makeProduct(of)
  const { id } = await write({ kind: 'pattern', column: 'name', pattern: '^Q' }, { severity: 'FAIL' }, of)
  const { databases } = server.product
  const scope = { tenantId: of.tenantId }
  const inTenant = <T>(work: (tx: Transaction) => Promise<T>) => inTransaction(databases.app, of.tenantId, work)
  const rules = await inTenant((tx) => readRules({ ...tx, ...scope }, [id]))
  const early = await judgeRules(databases.read, { ...scope, rules })
  const run = await of.client.call('quality.run-rules', { rule_id: id })
  const { version } = await of.client.call('quality.update-rule', { id, version: 1, name: 'Changed' })
  const recordAs = (found: typeof early) =>
    inTenant(async (tx) => recordRun({ ...tx, ...scope }, { run_id: run.id, ...found }))
  expect(await recordAs(early)).toBe(true)
  expect(await recordAs(early)).toBe(false)
  expect(await of.client.call('quality.get-run', { id: run.id })).toMatchObject({ status: 'done', rules_failed: 1 })
  expect(await heldBy(id, of)).toEqual([])
  const next = await of.client.call('quality.run-rules', { rule_id: id })
  await judge(server, of, { rule_id: id })
  expect(await heldBy(id, of)).toHaveLength(1)
  const results = early.results.map((one) => ({ ...one, id: uuidv7(), rule_version: version, held: [] }))
  await inTenant((tx) => recordRun({ ...tx, ...scope }, { run_id: next.id, judged_at: early.judged_at, results }))
  expect(await heldBy(id, of)).toHaveLength(1)
})

test('stock below zero and batches without an expiry are found by the rules to start with, which are added once', async () => {
  const of = await signUpOwner(server)
  const { client, branchId: branch_id } = of
  const first = await client.call('quality.add-presets', {})
  expect(first.added.length).toBeGreaterThan(10)
  const again = await client.call('quality.add-presets', {})
  expect(again.added).toEqual([])
  expect(again.present).toEqual(first.added.map(({ rule_key }) => rule_key).toSorted())
  const below = (await makeProduct(of)).variant.id
  const issue = { kind: 'issue', quantity: '2', against: 'stock_loss' } as const
  const moves = [{ branch_id, variant_id: below, batch_id: null, change: issue }]
  await moveStock(server, of.tenantId, { kind: 'write_off', moves, below: true })
  const tracked = (await makeProduct(of, { is_expiry_tracked: true } as never)).variant.id
  const batch_id = await makeBatch(server, of, { variant_id: tracked })
  const receipt = { kind: 'receipt', quantity: '5', unit_cost: '2', against: 'goods_received_not_invoiced' } as const
  await moveStock(server, of.tenantId, {
    kind: 'receipt',
    moves: [{ branch_id, variant_id: tracked, batch_id, change: receipt }],
  })
  const { results, rules_broken } = await judge(server, of)
  expect(rules_broken).toBe(0)
  const failed = results.filter(({ status }) => status === 'failed').map(({ rule_key }) => rule_key)
  expect(failed).toEqual(expect.arrayContaining(['stock-not-negative', 'batches-have-an-expiry', 'sales-lately']))
  const held = (await client.call('quality.list-held', { limit: 1 })).items
  const rest = await client.call('quality.list-held', {
    cursor: (await client.call('quality.list-held', { limit: 1 })).next_cursor ?? '',
  })
  expect([...held, ...rest.items].map(({ dataset }) => dataset)).toEqual(['batches', 'stock_levels'])
  expect(held[0]?.key).toBe(batch_id)
  const { items } = await client.call('quality.list-datasets', {})
  const stock = items.find(({ name }) => name === 'stock_levels')
  expect(stock).toMatchObject({ completeness: null, accuracy: '66.66', held: '1' })
})

test('what names people is emptied with the party, hidden from whoever may not see parties, and removed in time', async () => {
  const of = await signUpOwner(server)
  const { client } = of
  const zineb = { name: 'Zineb', email: 'zineb@example.org' }
  const party = await client.call('parties.create-party', { kind: 'person', ...zineb, roles: ['customer'] })
  const wrong = { kind: 'pattern', column: 'email', pattern: '^x' } as const
  const { id, result, rows } = await judged(wrong, { dataset: 'customers' }, of)
  expect(rows).toMatchObject([{ label: 'Zineb', value: 'zineb@example.org' }])
  const role = await client.call('tenants.create-role', { name: 'quality', permissions: ['quality.read'] })
  const person = await signUpPerson(server)
  await hire(server, of, person, [role.id])
  const reader = clientIn(server, person, of.tenantId)
  const seen = await reader.call('quality.list-failing-rows', { id: result?.id ?? '' })
  expect(seen.items).toMatchObject([{ key: party.id, label: null, value: null }])
  const deleted = await client.call('parties.delete-party', { id: party.id, version: party.version })
  await client.call('parties.anonymise-party', { id: party.id, version: deleted.version })
  const after = await client.call('quality.list-failing-rows', { id: result?.id ?? '' })
  expect(after.items).toMatchObject([{ key: party.id, label: null, value: null }])
  await withClient(server.database.superuserUrl, (superuser) =>
    superuser.query(`UPDATE quality.failing_row SET created_at = now() - interval '31 days' WHERE tenant_id = $1`, [
      of.tenantId,
    ]),
  )
  await runQualityJob(server, 'quality.purge-rows')
  expect((await client.call('quality.list-failing-rows', { id: result?.id ?? '' })).items).toEqual([])
  const { items } = await client.call('quality.list-runs', {})
  expect(items).toMatchObject([{ rows_failed: '1' }])
  expect(await client.call('quality.get-rule', { id })).toMatchObject({ config: wrong })
})

test('the schedule asks once for what is due, in every tenant, and judges it', async () => {
  const of = await signUpOwner(server)
  const { id } = await write({ kind: 'not_null', column: 'name' }, { schedule: 'hourly' }, of)
  const ofSchedule = async () => {
    const { items } = await of.client.call('quality.list-runs', {})
    return items.filter(({ started_by }) => started_by === 'schedule')
  }
  await runQualityJob(server, 'quality.queue-runs')
  expect(await ofSchedule()).toEqual([])
  await withClient(server.database.superuserUrl, (superuser) =>
    superuser.query(`UPDATE quality.rule SET created_at = now() - interval '1 hour' WHERE id = $1`, [id]),
  )
  await runQualityJob(server, 'quality.queue-runs')
  await runQualityJob(server, 'quality.queue-runs')
  const [run, ...others] = await ofSchedule()
  expect(others).toEqual([])
  expect(run).toMatchObject({ status: 'queued', rules_total: 1, requested_by: null })
  await runQualityJob(server, 'quality.judge-run', { tenant_id: of.tenantId, run_id: run?.id })
  expect(await ofSchedule()).toMatchObject([{ status: 'done', rules_passed: 1 }])
})

test('an import has the active rules of its dataset judged once it has committed, and no others', async () => {
  const of = await signUpOwner(server)
  const mine = await write({ kind: 'not_null', column: 'name' }, {}, of)
  await write({ kind: 'not_null', column: 'name' }, { dataset: 'customers' }, of)
  const queued: object[] = []
  const afterImport = (dataset: DatasetName) =>
    inTransaction(server.product.databases.app, of.tenantId, (tx) =>
      runAfterImport(
        {
          ...tx,
          tenantId: of.tenantId,
          newId: uuidv7,
          enqueue: (_, payload) => queued.push(payload ?? {}),
          caller: { employeeId: of.employeeId },
        },
        dataset,
      ),
    )
  const id = (await afterImport('products')) ?? ''
  expect(await afterImport('sales')).toBeNull()
  expect(queued).toEqual([{ run_id: id }])
  await runQualityJob(server, 'quality.judge-run', { tenant_id: of.tenantId, run_id: id })
  const { started_by, results } = await of.client.call('quality.get-run', { id })
  expect(started_by).toBe('import')
  expect(results.map(({ rule_id }) => rule_id)).toEqual([mine.id])
})

test('a rule that cannot be is refused with what is wrong with it', async () => {
  const cases: [string, Config, Wanted?][] = [
    ['quality_column_unknown', { kind: 'not_null', column: 'tenant_id' }],
    ['quality_column_unknown', { kind: 'not_null', column: 'constructor' }],
    ['quality_column_unknown', { kind: 'reference', column: 'id', of: { dataset: 'sales', column: 'nothing' } }],
    ['quality_column_unfit', { kind: 'range', column: 'name', above: '1' }],
    ['quality_column_unfit', { kind: 'pattern', column: 'created_at', pattern: 'x' }],
    ['quality_bound_missing', { kind: 'range', column: 'created_at' }],
    ['quality_bound_missing', { kind: 'row_count_change' }],
    ['quality_value_unfit', { kind: 'range', column: 'created_at', above: '1' }],
    [
      'quality_value_unfit',
      { kind: 'not_null', column: 'name', when: [{ column: 'is_sellable', is: 'equal', value: 'yes' }] },
    ],
    ['quality_value_unfit', { kind: 'not_null', column: 'name', when: [{ column: 'name', is: 'equal' }] }],
    ['quality_pattern_invalid', { kind: 'pattern', column: 'name', pattern: '(' }],
    ['quality_hour_unfit', { kind: 'not_null', column: 'name' }, { schedule: 'hourly', daily_hour: 3 }],
    ['invalid_input', { kind: 'not_null', column: 'name; DROP TABLE x' }],
    ['invalid_input', { kind: 'not_null' }],
  ]
  for (const [code, rule, more] of cases)
    await expect(write(rule, more), JSON.stringify(rule)).rejects.toMatchObject(refused(code))
  const { rule_key } = await write({ kind: 'not_null', column: 'name' })
  const twice = { dataset: 'products', rule_key, name: 'Twice', config: { kind: 'not_null', column: 'name' } } as const
  await expect(owner.client.call('quality.create-rule', twice)).rejects.toMatchObject(refused('quality_rule_key_taken'))
  const empty = await signUpOwner(server)
  await expect(empty.client.call('quality.run-rules', {})).rejects.toMatchObject(refused('quality_no_rules'))
})
