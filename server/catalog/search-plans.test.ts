import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { plannings, plansOf } from '../../tests/harness/plans.ts'
import { countTables, createTestDatabase, type TestDatabase, withClient } from '../../tests/harness/postgres.ts'
import { fillProducts } from '../../tests/harness/products.ts'
import { parseConfig } from '../platform/config.ts'
import { type Databases, inReadTransaction, openDatabases, type Transaction } from '../platform/database.ts'
import { uuidv7 } from '../platform/identifiers.ts'
import { findByBarcodes, findBySku, mostTermsRead, searchVariants } from './search-queries.ts'
import { askedTerms } from './terms.ts'

const tenantId = uuidv7()
const products = 8_000
// Of some 100 and of more than 4,000 of them.
const [small, large] = [uuidv7(), uuidv7()]
const syllables = ['ba', 'co', 'di', 'fu', 'lo', 'ma', 'ne', 'pi', 'ra', 'so', 'ti', 'vu']

let database: TestDatabase
let databases: Databases
let termsOfVariant = 0

beforeAll(async () => {
  database = await createTestDatabase(inject('postgresPort'), { isCounted: true })
  databases = openDatabases(database.roleUrls, parseConfig({}), () => {})
  await withClient(database.superuserUrl, async (client) => {
    await client.query('SET session_replication_role = replica')
    await fillProducts(client, tenantId, goods())
    await fillProducts(client, uuidv7(), goods().slice(0, 1_000))
    for (const [id, name, which] of [
      [small, 'Small', '% 777$|% 7[0-9]{2}7$'],
      [large, 'Large', '% [1-5][0-9]*$'],
    ]) {
      await client.query('INSERT INTO catalog.category (tenant_id, id, name) VALUES ($1, $2, $3)', [tenantId, id, name])
      await client.query(
        'UPDATE catalog.product SET category_id = $2 WHERE tenant_id = $1 AND category_id IS NULL AND name ~ $3',
        [tenantId, id, which?.replaceAll('%', '')],
      )
    }
    await client.query(
      `WITH other AS (
         INSERT INTO catalog.category (tenant_id, id, name) SELECT $1, gen_random_uuid(), 'Other ' || n FROM generate_series(0, 199) n
         RETURNING id, name)
       UPDATE catalog.product p SET category_id = other.id FROM other
       WHERE p.tenant_id = $1 AND p.category_id IS NULL AND other.name = 'Other ' || (length(p.name) * 7 + ascii(right(p.name, 1))) % 200`,
      [tenantId],
    )
    await countTables(client)
    const { rows } = await client.query(
      'SELECT max(n)::int AS most FROM (SELECT count(*) AS n FROM catalog.term GROUP BY variant_id) t',
    )
    termsOfVariant = rows[0].most
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
  [
    'a word within a category',
    (scope) => searchVariants(scope, askedTerms('balofu'), { limit: 20, category_id: small }),
  ],
  [
    'a word that everything has within a category',
    (scope) => searchVariants(scope, askedTerms('common'), { limit: 20, category_id: small }),
  ],
  [
    'what is sellable within a large category',
    (scope) => searchVariants(scope, askedTerms('common'), { limit: 20, category_id: large, is_sellable: true }),
  ],
  ['a slip in a short word', (scope) => searchVariants(scope, askedTerms('blofu'), { limit: 20 })],
  ['what is sellable', (scope) => searchVariants(scope, askedTerms('common ba'), { limit: 20, is_sellable: true })],
  ['nothing there is', (scope) => searchVariants(scope, askedTerms('xyz'), { limit: 20 })],
  ['a code', (scope) => searchVariants(scope, askedTerms('code-777'), { limit: 20 })],
  ['a barcode', (scope) => findByBarcodes(scope, ['CODE-777'])],
  ['a SKU', (scope) => findBySku(scope, 'CODE-777')],
]

describe.each(plannings)('with %s, as the role of requests', (planning) => {
  test.each(searches)('%s is found without reading a table', async (_, run) => {
    const plan = await plansOf(databases, tenantId, run, { planning })
    expect(plan).toMatch(/Index/)
    expect(plan).not.toMatch(/Seq Scan on (term|variant|product|barcode)/)
  })
})

test('within a category everything is found, however much there is beside it that fits as well', async () => {
  const found = await inReadTransaction(databases.app, tenantId, async (tx) => {
    const within = (text: string, category_id: string, limit: number) =>
      searchVariants({ ...tx, tenantId }, askedTerms(text), { category_id, limit })
    return {
      few: await within('common', small, 200),
      one: await within('common 7007', small, 1),
      many: await within('common 1234', large, 1),
    }
  })
  expect(found.few).toHaveLength(101)
  expect(found.few.every(({ category_id }) => category_id === small)).toBe(true)
  expect(found.one[0]?.name).toMatch(/ 7007$/)
  expect(found.many[0]?.name).toMatch(/ 1234$/)
})

test('what is called just so comes first and what is sellable is found, however much there is beside it', async () => {
  const soaps = uuidv7()
  const beside = Array.from({ length: 2_500 }, (_, at) => ({ name: `Savon ${at}`, code: `S${at}`, is_sellable: false }))
  const long = 'Savon de luxe et de marque au parfum de rose'
  await withClient(database.superuserUrl, async (client) => {
    await client.query('SET session_replication_role = replica')
    await fillProducts(client, soaps, [
      ...beside,
      { name: long, code: 'LUXE' },
      { name: 'Savon', code: 'JUST', is_sellable: false },
    ])
  })
  const first = (text: string, is_sellable?: boolean) =>
    inReadTransaction(databases.app, soaps, async (tx) => {
      const hits = await searchVariants({ ...tx, tenantId: soaps }, askedTerms(text), { limit: 200, is_sellable })
      return hits[0]?.name
    })
  expect(await first('savon')).toBe('Savon')
  expect(await first('savon', false)).toBe('Savon')
  expect(await first('savon', true)).toBe(long)
  expect(await first('sacon')).toBe('Savon')
  expect(await first('sacon', true)).toBe(long)
})

test.each(['common', 'common ba', 'co ba di fu lo ma ne pi', 'balofu 7', 'blofu cmmon lomane'])(
  'however common what is asked is, a search for %s reads a bounded number of terms',
  async (text) => {
    const asked = askedTerms(text)
    const explain = 'EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, BUFFERS OFF)'
    const search = (filter: object) => (scope: Scope) => searchVariants(scope, asked, { limit: 20, ...filter })
    const how = { planning: 'force_custom_plan', explain } as const
    const plan = await plansOf(databases, tenantId, search({}), how)
    const within = await plansOf(databases, tenantId, search({ category_id: small }), how)
    expect(readOf(within), within).toBeLessThan(mostTermsRead(asked, termsOfVariant) + 101)
    expect(readOf(plan), plan).toBeGreaterThan(0)
    expect(readOf(plan), plan).toBeLessThan(mostTermsRead(asked, termsOfVariant))
  },
)

/** How many rows of terms were read. */
function readOf(plan: string): number {
  const scans = [...plan.matchAll(/Scan using term_\S+ on term .*rows=([\d.]+) loops=(\d+)/g)]
  return scans.reduce((sum, [, rows, loops]) => sum + Number(rows) * Number(loops), 0)
}
