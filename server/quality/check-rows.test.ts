import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeProduct } from '../../tests/harness/catalog.ts'
import { freshId } from '../../tests/harness/hints.ts'
import { signUpOwner, startTestServer, type TestOwner, type TestServer } from '../../tests/harness/server.ts'
import { inTransaction } from '../platform/database.ts'
import { now } from '../platform/time.ts'
import type { config } from './contract.ts'
import { type CandidateRow, checkRows, type DatasetName, type KnownValues } from './index.ts'

let server: TestServer
let owner: TestOwner
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server?.close())

type Config = Parameters<typeof config.parse>[0]

/** What is found wrong with rows by one rule, in a tenant of its own. */
async function faultsOf(
  rule: Config,
  rows: readonly CandidateRow['values'][],
  more: { dataset?: DatasetName; known?: KnownValues } = {},
) {
  owner = await signUpOwner(server)
  const { dataset = 'variants', known } = more
  const made = { dataset, rule_key: `k${freshId()}`, name: 'Of rows', config: rule as never, severity: 'FAIL' } as const
  await owner.client.call('quality.create-rule', made)
  return check(rows, { dataset, known })
}

function check(
  rows: readonly CandidateRow['values'][],
  { dataset, known }: { dataset: DatasetName; known?: KnownValues | undefined },
) {
  const { tenantId } = owner
  const candidates = rows.map((values, at) => ({ key: String(at), values }))
  return inTransaction(server.product.databases.app, tenantId, (tx) =>
    checkRows({ ...tx, tenantId, now: now() }, { dataset, rows: candidates, ...(known && { known }) }),
  )
}

const cases: [Config, CandidateRow['values'][], string[]][] = [
  [{ kind: 'not_null', column: 'sku' }, [{ sku: 'A' }, { sku: null }, { sku: '' }, { name: 'not given' }], ['1', '2']],
  [
    { kind: 'range', column: 'cost', above: '0' },
    [{ cost: '0' }, { cost: '0.000001' }, { cost: '-1' }, { cost: null }],
    ['0', '2'],
  ],
  [
    { kind: 'range', column: 'cost', at_least: '9', at_most: '10.5' },
    [{ cost: '10.50' }, { cost: '10.500001' }, { cost: '9' }],
    ['1'],
  ],
  [{ kind: 'range', column: 'cost', above: '0' }, [{ cost: 'much' }], ['0']],
  [
    { kind: 'range', column: 'created_at', below: '2026-01-01T00:00:00+01:00' },
    [{ created_at: '2025-12-31T23:00:00Z' }, { created_at: '2025-12-31T22:59:59Z' }],
    ['0'],
  ],
  [
    { kind: 'unique', columns: ['sku'] },
    [{ sku: 'a' }, { sku: 'A' }, { sku: 'a' }, { sku: null }, { sku: null }],
    ['0', '2'],
  ],
  [
    { kind: 'unique', columns: ['sku', 'name'], ignores_case: true },
    [
      { sku: 'a', name: 'b' },
      { sku: 'A', name: 'B' },
      { sku: 'a', name: 'c' },
    ],
    ['0', '1'],
  ],
  [{ kind: 'pattern', column: 'sku', pattern: '^[[:digit:]]+$' }, [{ sku: '12' }, { sku: '1a' }, { sku: null }], ['1']],
  [{ kind: 'pattern', column: 'sku', pattern: '^X', ignores_case: true }, [{ sku: 'x1' }, { sku: 'y1' }], ['1']],
  [
    { kind: 'not_null', column: 'cost', when: [{ column: 'kind', is: 'equal', value: 'stocked' }] },
    [{ kind: 'stocked', cost: null }, { kind: 'service', cost: null }, { cost: null }],
    ['0'],
  ],
  [
    { kind: 'not_null', column: 'sku', when: [{ column: 'cost', is: 'above', value: '9' }] },
    [
      { sku: null, cost: '10' },
      { sku: null, cost: '9' },
      { sku: null, cost: null },
    ],
    ['0'],
  ],
]

test.each(cases)('rows that are not written yet are judged by %j', async (rule, rows, expected) => {
  const { faults, skipped } = await faultsOf(rule, rows)
  expect(faults.map(({ key }) => key)).toEqual(expected)
  expect(faults.every(({ severity }) => severity === 'FAIL')).toBe(true)
  expect(skipped).toEqual([])
})

test('a reference is there in the database or in what the same file brings', async () => {
  const rule = { kind: 'reference', column: 'product_id', of: { dataset: 'products', column: 'id' } } as const
  await faultsOf(rule, [])
  const { id } = await makeProduct(owner)
  const [brought, nowhere] = [freshId(), freshId()]
  const known: KnownValues = (dataset, column) =>
    dataset === 'products' && column === 'id' ? new Set([brought]) : undefined
  const rows = [id, brought, nowhere, null].map((product_id) => ({ product_id }))
  const { faults } = await check(rows, { dataset: 'variants', known })
  expect(faults).toMatchObject([
    { key: '2', column: 'product_id', value: nowhere, message: 'product_id is no id of products' },
  ])
})

test('rules that are not about a row are left to a run, and those of other datasets do not count', async () => {
  const { faults, skipped } = await faultsOf({ kind: 'freshness', max_age_hours: 1 }, [{ sku: 'A' }])
  expect(faults).toEqual([])
  expect(skipped).toHaveLength(1)
  const none = await check([{ name: null }], { dataset: 'products' })
  expect(none).toEqual({ faults: [], skipped: [] })
})
