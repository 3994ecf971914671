import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { createTestDatabase, type TestDatabase, withClient } from '../../tests/harness/postgres.ts'
import { fillProducts } from '../../tests/harness/products.ts'
import { parseConfig } from '../platform/config.ts'
import { type Databases, inReadTransaction, openDatabases, type Transaction } from '../platform/database.ts'
import { uuidv7 } from '../platform/identifiers.ts'
import { findByBarcode, findBySku, mostTermsRead, searchVariants } from './search-queries.ts'
import { askedTerms } from './terms.ts'

const tenantId = uuidv7()
const products = 8_000
const syllables = ['ba', 'co', 'di', 'fu', 'lo', 'ma', 'ne', 'pi', 'ra', 'so', 'ti', 'vu']

let database: TestDatabase
let databases: Databases

beforeAll(async () => {
  database = await createTestDatabase(inject('postgresPort'))
  databases = openDatabases(database.roleUrls, parseConfig({}), () => {})
  await withClient(database.superuserUrl, async (client) => {
    await client.query('SET session_replication_role = replica')
    await fillProducts(client, tenantId, goods())
    await fillProducts(client, uuidv7(), goods().slice(0, 1_000))
  })
}, 120_000)
afterAll(async () => {
  await databases.end()
  await database.drop()
})

/** Names of three words out of syllables, and in every one a word that all have. */
function goods() {
  const word = (seed: number) =>
    [seed, seed * 7 + 3, seed * 31 + 5].map((at) => syllables[at % syllables.length]).join('')
  return Array.from({ length: products }, (_, at) => ({
    name: `Common ${word(at)} ${word(Math.trunc(at / 12))} ${at}`,
    code: `CODE-${at}`,
  }))
}

type Scope = Transaction & { tenantId: string }

const searches: [what: string, run: (scope: Scope) => Promise<unknown>][] = [
  ['a word', (scope) => searchVariants(scope, askedTerms('balofu'), { limit: 20 })],
  ['a slip', (scope) => searchVariants(scope, askedTerms('comon balfu'), { limit: 20 })],
  ['a number', (scope) => searchVariants(scope, askedTerms('common 7777'), { limit: 20 })],
  ['a word that everything has', (scope) => searchVariants(scope, askedTerms('common'), { limit: 20 })],
  ['nothing there is', (scope) => searchVariants(scope, askedTerms('xyz'), { limit: 20 })],
  ['a code', (scope) => searchVariants(scope, askedTerms('code-777'), { limit: 20 })],
  ['a barcode', (scope) => findByBarcode(scope, 'CODE-777')],
  ['a SKU', (scope) => findBySku(scope, 'CODE-777')],
]

/** The plans of what runs, in place of its rows. */
async function plansOf(how: string, run: (scope: Scope) => Promise<unknown>, explain = 'EXPLAIN'): Promise<string> {
  const plans: string[] = []
  await inReadTransaction(databases.app, tenantId, async (tx) => {
    await tx.client.query(`SET LOCAL plan_cache_mode = ${how}`)
    const explaining = async (config: { text: string; values?: unknown[]; name?: string }) => {
      const text = `${explain} ${config.text}`
      const { rows } = await tx.client.query({ text, values: config.values ?? [], rowMode: 'array' })
      plans.push(rows.join('\n'))
      return { rows: [] }
    }
    const client = new Proxy(tx.client, {
      get: (target, key) => (key === 'query' ? explaining : Reflect.get(target, key)),
    })
    await run({ ...tx, client, tenantId })
  })
  return plans.join('\n')
}

describe.each(['force_custom_plan', 'force_generic_plan'])('with %s, as the role of requests', (how) => {
  test.each(searches)('%s is found without reading a table', async (_, run) => {
    const plan = await plansOf(how, run)
    expect(plan).toMatch(/Index/)
    expect(plan).not.toMatch(/Seq Scan on (term|variant|product|barcode)/)
  })
})

test.each(['common', 'common ba', 'co ba di fu lo ma ne pi', 'balofu 7'])(
  'however common what is asked is, a search for %s reads a bounded number of terms',
  async (text) => {
    const asked = askedTerms(text)
    const explain = 'EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, BUFFERS OFF)'
    const plan = await plansOf('force_custom_plan', (scope) => searchVariants(scope, asked, { limit: 20 }), explain)
    const scans = [...plan.matchAll(/Scan using term_\S+ on term .*rows=([\d.]+) loops=(\d+)/g)]
    const read = scans.reduce((sum, [, rows, loops]) => sum + Number(rows) * Number(loops), 0)
    expect(read, plan).toBeGreaterThan(0)
    expect(read, plan).toBeLessThan(mostTermsRead(asked.terms.length))
  },
)
