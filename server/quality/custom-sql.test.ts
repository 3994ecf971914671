import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeProduct } from '../../tests/harness/catalog.ts'
import { freshId } from '../../tests/harness/hints.ts'
import { withClient } from '../../tests/harness/postgres.ts'
import { judge } from '../../tests/harness/quality.ts'
import {
  clientIn,
  hire,
  signUpOwner,
  signUpPerson,
  startTestServer,
  type TestOwner,
  type TestServer,
} from '../../tests/harness/server.ts'
import { inReadTransaction } from '../platform/database.ts'
import { judgeStatement } from './sql-queries.ts'

let server: TestServer
let owner: TestOwner
let other: TestOwner
beforeAll(async () => {
  server = await startTestServer()
  owner = await signUpOwner(server)
  other = await signUpOwner(server)
})
afterAll(() => server?.close())

const refused = (code: string) => ({ problem: { code } })
const ruleOf = (sql: string, more: object = {}) => ({
  dataset: 'products' as const,
  rule_key: `k${freshId()}`,
  name: 'In SQL',
  config: { kind: 'custom_sql' as const, sql },
  ...more,
})
const write = (sql: string, of = owner) => of.client.call('quality.create-rule', ruleOf(sql))

// What must never come through: each would change something, leave its tenant, look elsewhere, or hold somebody up.
const attempts: [what: string, sql: string][] = [
  ['another tenant by its setting', `SELECT key, set_config('app.tenant_id', 'x', true) FROM products`],
  [
    'the same in capitals and with a schema',
    `SELECT key, PG_CATALOG."set_config"('app.tenant_id', 'x', true) FROM products`,
  ],
  ['the same as a source of rows', `SELECT p.key, c FROM set_config('app.tenant_id', 'x', true) c, products p`],
  [
    'the same in a WITH',
    `WITH s AS MATERIALIZED (SELECT set_config('app.tenant_id', 'x', true) AS v) SELECT p.key, v FROM s, products p`,
  ],
  ['the same in an ORDER BY', `SELECT key, name FROM products ORDER BY set_config('app.tenant_id', 'x', true)`],
  ['the same in a window', `SELECT key, count(*) OVER (ORDER BY set_config('app.tenant_id', 'x', true)) FROM products`],
  [
    'the same in a filter of an aggregate',
    `SELECT min(key), count(*) FILTER (WHERE set_config('a.b', 'x', true) = 'x') FROM products`,
  ],
  ['the same in a LIMIT', `SELECT key, name FROM products LIMIT length(set_config('a.b', 'x', true))`],
  ['the same as an argument', `SELECT key, lower(set_config('app.tenant_id', 'x', true)) FROM products`],
  [
    'the same under a name with braces',
    `SELECT key, set_config('a.b', 'x', true) AS "{VAR :funcid 870}" FROM products`,
  ],
  ['the function of the product', `SELECT key, platform.set_tenant('${freshId()}')::text FROM products`],
  ['a setting', `SELECT key, current_setting('app.tenant_id') FROM products`],
  ['a table of the product', 'SELECT id::text, name FROM catalog.product'],
  ['a view of the product', 'SELECT key, name FROM catalog.read_checked_product'],
  ['a view beside a dataset', 'SELECT p.key, o.email FROM products p, parties.read_checked_customer o'],
  ['users', `SELECT id::text, email FROM identity."user"`],
  ['what others are at', 'SELECT pid::text, query FROM pg_stat_activity'],
  ['roles', `SELECT rolname, 'x' FROM pg_roles`],
  ['the catalogue', `SELECT relname, 'x' FROM pg_class`],
  ['columns', 'SELECT table_name, column_name FROM information_schema.columns'],
  ['the commit', 'COMMIT'],
  ['a second statement', 'SELECT key, name FROM products; COMMIT'],
  ['a second statement behind a parenthesis', `SELECT key, name FROM products); COMMIT; SELECT ('1', '2'`],
  ['a statement behind a comment', 'SELECT key, name FROM products --\n); DROP SCHEMA quality CASCADE; --'],
  [
    'another WITH behind a parenthesis',
    `SELECT key, name FROM products), evil AS (SELECT set_config('a.b', 'x', true)`,
  ],
  ['a DO', 'DO $$ BEGIN PERFORM 1; END $$'],
  ['a COPY', `COPY catalog.product TO PROGRAM 'id'`],
  ['a CALL', `CALL platform.isolate('quality.rule')`],
  ['a SET ROLE', 'SET ROLE comptoir_owner'],
  ['a SET', `SET app.tenant_id = 'x'`],
  ['a RESET', 'RESET ALL'],
  ['a table', 'CREATE TABLE quality.evil (id integer)'],
  ['an INSERT', 'INSERT INTO quality.run (id) VALUES (NULL) RETURNING id, id'],
  ['a DELETE in a WITH', `WITH d AS (DELETE FROM quality.rule RETURNING id) SELECT id::text, 'x' FROM d`],
  ['an UPDATE', `UPDATE quality.rule SET name = 'x' RETURNING id::text, name`],
  ['a SELECT INTO', 'SELECT key, name INTO TEMP t FROM products'],
  ['sleep', 'SELECT key, pg_sleep(60)::text FROM products'],
  ['a file', `SELECT key, pg_read_file('/etc/passwd') FROM products`],
  ['a folder', `SELECT key, f FROM products, pg_ls_dir('/') f`],
  ['a large object', `SELECT key, lo_import('/etc/passwd')::text FROM products`],
  ['an advisory lock', 'SELECT key, pg_advisory_lock(1)::text FROM products'],
  ['a try at an advisory lock', 'SELECT key, pg_try_advisory_xact_lock(1)::text FROM products'],
  ['the end of a backend', 'SELECT key, pg_terminate_backend(pg_backend_pid())::text FROM products'],
  ['a notice', `SELECT key, pg_notify('a', 'b')::text FROM products`],
  ['a sequence', `SELECT key, nextval('x')::text FROM products`],
  ['a statement in a text', `SELECT key, query_to_xml('SELECT 1', true, true, '')::text FROM products`],
  ['a statement in a search', `SELECT key, w.word FROM products, ts_stat('SELECT 1') w`],
  ['a job', `SELECT key, platform.enqueue('${freshId()}', '[]')::text FROM products`],
  ['a writer of the product', `SELECT key, quality.free_rows('${freshId()}', '${freshId()}')::text FROM products`],
  ['chance', 'SELECT key, random()::text FROM products'],
  ['rows without end', `SELECT n::text, 'x' FROM generate_series(1, 1000000000) n`],
  ['a recursion', `WITH RECURSIVE r (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) SELECT n::text, 'x' FROM r`],
  ['a text without end', 'SELECT key, repeat(name, 100000000) FROM products'],
  ['a text that doubles', 'SELECT key, name || name FROM products'],
  ['a list of all', `SELECT min(key), string_agg(name, ',') FROM products`],
  ['XML', 'SELECT key, xmlelement(name a)::text FROM products'],
  ['JSON', `SELECT key, json_object('a': name)::text FROM products`],
  ['a sample', 'SELECT key, name FROM catalog.product TABLESAMPLE system (10)'],
  ['a parameter', 'SELECT key, $1::text FROM products'],
  ['a key alone', 'SELECT key FROM products'],
  ['no statement', 'products'],
]

test.each(attempts)('a rule in SQL may not be %s', async (_, sql) => {
  await expect(write(sql)).rejects.toMatchObject(refused('quality_sql_refused'))
})

test('nothing that was tried stays: no rule, no view, no setting', async () => {
  const { items } = await owner.client.call('quality.list-rules', {})
  expect(items).toEqual([])
  await withClient(server.database.superuserUrl, async (client) => {
    const { rows } = await client.query(`SELECT FROM pg_class WHERE relname IN ('quality_statement', 'evil', 't')`)
    expect(rows).toEqual([])
  })
})

const usual: [what: string, sql: string][] = [
  ['a comparison', 'SELECT key, name FROM products WHERE length(btrim(name)) < 3'],
  [
    'a join',
    'SELECT p.key, v.sku FROM products p JOIN variants v ON v.product_id = p.id WHERE v.cost > 10.5 AND p.is_sellable',
  ],
  [
    'a group',
    'SELECT p.key, count(*) FROM products p JOIN variants v ON v.product_id = p.id GROUP BY p.key HAVING count(*) > 1',
  ],
  [
    'a window',
    'SELECT key, n FROM (SELECT key, row_number() OVER (PARTITION BY lower(name) ORDER BY key) AS n FROM products) x WHERE n > 1',
  ],
  [
    'a subquery',
    'SELECT key, name FROM products p WHERE NOT EXISTS (SELECT FROM prices r JOIN variants v ON v.id = r.variant_id WHERE v.product_id = p.id)',
  ],
  [
    'a list',
    `SELECT key, kind FROM products WHERE kind IN ('kit', 'service') OR id NOT IN (SELECT product_id FROM variants)`,
  ],
  [
    'its own WITH and a comment',
    `WITH old AS (SELECT key, created_at FROM products WHERE created_at < now() - interval '2 years') SELECT key, created_at FROM old -- old`,
  ],
  ['patterns', `SELECT key, name FROM products WHERE name LIKE '%  %' OR name ~ '^[a-z]' OR name ILIKE 'test%'`],
  [
    'a union',
    `SELECT key, name FROM products WHERE name = '' UNION SELECT product_id::text, sku FROM variants WHERE sku IS NULL`,
  ],
  [
    'dates and cases',
    `SELECT key, CASE WHEN extract(year FROM created_at) < 2000 THEN 'old' ELSE coalesce(name, '') END FROM products WHERE created_at::date > current_date`,
  ],
]

test.each(usual)('a rule in SQL may be %s, and is judged', async (_, sql) => {
  const { id } = await write(sql)
  const { results } = await judge(server, owner, { rule_id: id })
  expect(results).toMatchObject([{ kind: 'custom_sql' }])
  expect(['passed', 'failed']).toContain(results[0]?.status)
})

test('a rule in SQL finds rows of its own tenant alone, once each, and only of its dataset', async () => {
  const mine = await makeProduct(owner, { name: 'Twice Mine' })
  await makeProduct(other, { name: 'Twice Theirs' })
  const sql = `SELECT key, name FROM products WHERE name LIKE 'Twice%' UNION ALL SELECT key, 'again' FROM products WHERE name LIKE 'Twice%' UNION ALL SELECT 'nowhere', 'x'`
  const { results } = await judge(server, owner, { rule_id: (await write(sql)).id })
  expect(results).toMatchObject([{ status: 'failed', rows_failed: '1' }])
  const rows = await owner.client.call('quality.list-failing-rows', { id: results[0]?.id ?? '' })
  expect(rows.items).toMatchObject([{ key: mine.id, label: 'Twice Mine', value: 'Twice Mine' }])
})

test('even a statement that nobody judged, run as rules are, writes nothing and sees no other tenant', async () => {
  await makeProduct(other, { name: 'Theirs' })
  const run = (sql: string) =>
    inReadTransaction(server.product.databases.read, owner.tenantId, ({ client }) =>
      judgeStatement({ client, tenantId: owner.tenantId }, { sql, dataset: 'products', limit: 10 }),
    )
  const away = `SELECT set_config('app.tenant_id', '${other.tenantId}', true) AS v`
  // The datasets name the tenant themselves: whoever changes the setting sees nothing at all, and is found out.
  const left = `WITH s AS MATERIALIZED (${away}) SELECT p.key, p.name FROM s, products p WHERE length(s.v) > 0`
  await expect(run(left)).rejects.toThrow(/left its tenant/)
  await expect(run(`SELECT nextval('graphile_worker.jobs_id_seq')::text, 'x'`)).rejects.toMatchObject({ code: '42501' })
  await expect(
    run(`WITH d AS (UPDATE quality.rule SET name = 'x' RETURNING id) SELECT id::text, 'x' FROM d`),
  ).rejects.toThrow()
  await expect(run(`SELECT '1', '2'); COMMIT; SELECT ('1', '2'`)).rejects.toThrow()
  await expect(run(`SELECT pg_read_file('/etc/passwd'), 'x'`)).rejects.toMatchObject({ code: '42501' })
})

test('a rule in SQL that fails on the data, or takes too long, is broken, quotes nothing and stops no other', async () => {
  await makeProduct(owner, { name: 'Secret 77' })
  const bad = await write('SELECT key, name FROM products WHERE (name::numeric / 0) > 1')
  const good = await write(`SELECT key, name FROM products WHERE name = 'nothing is called this'`)
  const { results, rules_broken } = await judge(server, owner)
  const of = (id: string) => results.find((one) => one.rule_id === id)
  expect(of(bad.id)).toMatchObject({ status: 'broken', message: 'PostgreSQL stopped with 22P02' })
  expect(of(good.id)).toMatchObject({ status: 'passed' })
  expect(rules_broken).toBe(1)
})

test('who may manage rules may not write SQL without the permission, nor change what such a rule says', async () => {
  const { client } = owner
  const { items: roles } = await client.call('tenants.list-roles', {})
  const manager = roles.find(({ name }) => name === 'manager')?.id ?? ''
  const person = await signUpPerson(server)
  await hire(server, owner, person, [manager])
  const managing = clientIn(server, person, owner.tenantId)
  const sql = `SELECT key, name FROM products WHERE name = 'x'`
  await expect(managing.call('quality.create-rule', ruleOf(sql))).rejects.toMatchObject(
    refused('quality_sql_forbidden'),
  )
  const { id, version } = await write(sql)
  const config = { kind: 'custom_sql' as const, sql: `SELECT key, name FROM products WHERE name = 'y'` }
  const change = managing.call('quality.update-rule', { id, version, config })
  await expect(change).rejects.toMatchObject(refused('quality_sql_forbidden'))
  expect(await managing.call('quality.update-rule', { id, version, severity: 'FAIL' })).toMatchObject({
    severity: 'FAIL',
  })
})
