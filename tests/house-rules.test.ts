import { describe, expect, test } from 'vitest'
import { checkDeps } from '../tools/check/deps.ts'
import { firstSentence, moduleMap, replaceMap } from '../tools/check/module-map.ts'
import { checkHouseRules, houseRules } from '../tools/check/rules.ts'
import { treeOf } from '../tools/check/tree.ts'

type Files = Record<string, string>

const lines = (count: number, line = 'call()') => `${line}\n`.repeat(count)
const functionOf = (count: number) => `export const run = () => {\n${lines(count - 2)}}\n`
const modules = (files: Files): Files => ({
  'server/sales/README.md': '# Sales\n',
  'server/sales/index.ts': "export { sell } from './sell.ts'\n",
  'server/sales/contract.ts': '',
  ...files,
})
const numbered = (prefix: string, count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`${prefix}${index}.ts`, '']))
const up = '-- Up Migration\n'
const down = '-- Down Migration\n'
const migration = (text: string): Files => ({ 'db/migrations/0001_start.sql': `${up}${text}\n${down}` })
const machinePath = (...parts: string[]) => ['', ...parts].join('/')
const style = (skip = '') =>
  houseRules
    .filter(({ name }) => name !== skip)
    .map(({ name }) => `- rule (check: \`${name}\`)`)
    .join('\n')

// rule, files, what the message offers instead (empty: nothing to find)
const cases: [rule: string, files: Files, instead: string][] = [
  ['function-length', { 'server/sales/sell.ts': functionOf(71) }, 'at most 70 lines'],
  ['function-length', { 'server/sales/sell.ts': functionOf(70) }, ''],
  ['function-length', { 'web/main.tsx': functionOf(71) }, 'at most 70 lines'],
  ['function-length', { 'tools/a.ts': `export const a = {\n  run() {\n${lines(70)}}\n}\n` }, 'at most 70 lines'],
  ['function-length', { 'tests/a.test.ts': `describe('a', () => {\n${lines(90)}})\n` }, ''],
  ['function-length', { 'tests/a.test.ts': `test('a', () => {\n${lines(90)}})\n` }, 'at most 70 lines'],

  ['file-length', { 'server/sales/sell.ts': lines(301) }, 'at most 300 lines'],
  ['file-length', { 'server/sales/sell.ts': lines(300) }, ''],
  ['file-length', { 'server/sales/sell.test.ts': lines(500), 'db/types.ts': lines(5000) }, ''],
  ['file-length', { 'tests/a.test.ts': lines(501) }, 'at most 500 lines'],
  ['file-length', { 'server/main.ts': lines(101) }, 'at most 100 lines'],

  ['type-escape', { 'tools/a.ts': 'const a = b as any' }, 'use `unknown` and a check'],
  ['type-escape', { 'tools/a.ts': '// @ts-ignore\ncall()' }, 'use `@ts-expect-error: <reason>`'],
  ['type-escape', { 'tools/a.ts': '// @ts-expect-error\ncall()' }, 'use `@ts-expect-error: <reason>`'],
  ['type-escape', { 'tools/a.ts': '// biome-ignore lint/a/b\ncall()' }, 'use `biome-ignore <rule>: <reason>`'],
  ['type-escape', { 'tools/a.ts': '// biome-ignore lint/a/b: the driver types it so\ncall()' }, ''],
  ['type-escape', { 'tools/a.ts': "const a = 'as any, @ts-ignore' // as any is forbidden" }, ''],

  ['class', { 'server/sales/sell.ts': 'class Sale {}' }, 'use functions and plain objects'],
  ['class', { 'server/sales/sell.ts': 'export class Refusal extends Error {}' }, ''],
  ['class', { 'server/sales/sell.ts': '// holds: the socket\nexport class Printer {}' }, ''],

  ['erasable-syntax', { 'server/sales/sell.ts': 'export enum Kind { sale }' }, 'use a union of literals'],
  ['erasable-syntax', { 'server/sales/sell.ts': 'namespace Sales {}' }, 'use a file'],
  ['erasable-syntax', { 'server/sales/sell.ts': '@injectable\nclass Sale {}' }, 'use a function call'],
  ['erasable-syntax', { 'server/sales/sell.ts': "type Kind = 'sale' | 'refund' // an enum" }, ''],

  ['default-export', { 'server/sales/sell.ts': 'export default 1' }, 'use a named export'],
  ['default-export', { 'server/sales/sell.ts': 'export const a = 1', 'vitest.config.ts': 'export default {}' }, ''],

  ['doc-comment', { 'server/sales/sell.ts': 'export function sell() {}' }, 'right above `sell`'],
  ['doc-comment', { 'server/sales/sell.ts': '/** Sells. */\n\nexport function sell() {}' }, 'right above `sell`'],
  ['doc-comment', { 'server/sales/sell.ts': '// Sells.\nexport async function sell() {}' }, 'right above `sell`'],
  [
    'doc-comment',
    { 'server/sales/sell.ts': '/** Sells. */\nexport function sell() {}', 'tools/a.ts': 'export function a() {}' },
    '',
  ],

  ['sql-place', { 'server/sales/sell.ts': 'sql`SELECT 1`' }, "use a function of this module's queries.ts"],
  ['sql-place', { 'server/sales/sell.ts': "db.selectFrom('sale')" }, "use a function of this module's queries.ts"],
  [
    'sql-place',
    { 'server/sales/sell.ts': "const a = 'update sales.sale set total = 1'" },
    'queries.ts, or of db/functions',
  ],
  ['sql-place', { 'server/sales/sell.ts': 'run(`select sales.record($1, $2)`)' }, 'queries.ts, or of db/functions'],
  ['sql-place', { 'web/main.tsx': "const a = 'WITH a AS (SELECT 1) TABLE a'" }, 'queries.ts, or of db/functions'],
  [
    'sql-place',
    { 'server/sales/sell.ts': "const a = ['Update the price', 'with care', 'DELETE /v1/sales', 'Select one']" },
    '',
  ],
  ['sql-place', { 'server/sales/queries.ts': 'sql`SELECT 1`', 'server/platform/jobs.ts': "query('SELECT 1')" }, ''],
  [
    'sql-place',
    { 'server/sales/price-queries.ts': 'sql`SELECT 1`', 'server/sales/sell.test.ts': "query('SELECT 1')" },
    '',
  ],

  ['parse-float', { 'tools/a.ts': "parseFloat('1')" }, 'use Decimal from platform/money'],
  ['parse-float', { 'tools/a.ts': "new Decimal('1') // not parseFloat" }, ''],

  ['number-conversion', { 'server/sales/sell.ts': 'Number(total)' }, 'use the schema in contract.ts'],
  ['number-conversion', { 'server/sales/sell.ts': 'Math.round(total)' }, 'Decimal from platform/money'],
  ['number-conversion', { 'server/platform/config.ts': 'Number(port)', 'server/sales/sell.test.ts': 'Number(a)' }, ''],

  ['clock', { 'server/sales/sell.ts': 'new Date()' }, 'use context.now'],
  ['clock', { 'server/platform/jobs.ts': 'const clock = Date.now' }, 'now() of platform/time.ts'],
  [
    'clock',
    { 'server/sales/sell.ts': 'new Date(row.at)', 'server/platform/time.ts': 'new Date()', 'tools/a.ts': 'Date.now()' },
    '',
  ],

  ['new-id', { 'server/sales/sell.ts': 'randomUUID()' }, 'use context.newId'],
  ['new-id', { 'server/sales/sell.ts': 'context.newId()' }, ''],

  [
    'environment',
    { 'server/sales/sell.ts': 'process.env.PORT' },
    'use the configuration that platform/config.ts parsed',
  ],
  ['environment', { 'server/sales/sell.ts': "import { env } from 'node:process'" }, 'use the configuration'],
  [
    'environment',
    { 'server/platform/config.ts': 'process.env', 'tools/a.ts': 'process.env', 'bench/a.ts': 'process.env' },
    '',
  ],
  ['environment', { 'server/platform/embedded.ts': 'const env = { PATH: process.env.PATH }' }, ''],
  ['environment', { 'server/main.ts': 'serve(parseConfig(process.env))' }, ''],

  ['test-wait', { 'tests/a.test.ts': 'await setTimeout(100)' }, "use the harness's `until(condition)`"],
  [
    'test-wait',
    { 'tests/a.test.ts': 'await until(() => done)', 'tests/harness/until.ts': 'setTimeout(check, 10)' },
    '',
  ],

  ['test-skip', { 'server/sales/sell.test.ts': "test.skip('a', run)" }, 'use a test that always runs'],
  ['test-skip', { 'tests/a.test.ts': "describe.concurrent.only('a', run)" }, 'use a test that always runs'],
  ['test-skip', { 'vitest.config.ts': 'export default { test: { retry: 2 } }' }, 'use a test that always runs'],
  ['test-skip', { 'tests/a.test.ts': "test('a skip.only test', run)\nrows.skip(1)" }, ''],

  ['test-mock', { 'tests/a.test.ts': "vi.mock('../server/sales/index.ts')" }, 'use the real thing'],
  [
    'test-mock',
    { 'tests/a.test.ts': "import { sales } from './sales.ts'\nvi.spyOn(sales, 'sell')" },
    'use the real thing',
  ],
  ['test-mock', { 'tests/a.test.ts': "import { Server } from 'node:net'\nvi.spyOn(Server.prototype, 'address')" }, ''],
  ['test-mock', { 'tests/a.test.ts': 'const sales = await startServer()' }, ''],

  ['folder-depth', { 'server/sales/rules/price.ts': '' }, 'use server/<module>/<file>'],
  ['folder-depth', { 'server/sales/price-rules.ts': '', 'web/a/b/c/d.tsx': '' }, ''],

  ['module-size', modules(numbered('server/sales/a', 23)), 'use two modules'],
  ['module-size', modules({ ...numbered('server/sales/a', 22), 'server/sales/a.test.ts': '' }), ''],
  ['module-size', numbered('server/platform/a', 41), 'use two modules'],

  ['module-readme', { 'server/sales/sell.ts': '' }, 'use a README.md'],
  ['module-readme', { 'server/demo/demo.ts': '' }, 'use a README.md'],
  ['module-readme', modules({ 'server/sales/README.md': lines(61) }), 'at most 60 lines'],
  ['module-readme', modules({ 'server/sales/README.md': lines(60) }), ''],

  ['module-door', { 'server/sales/sell.ts': '' }, 'use an index.ts with named exports'],
  ['module-door', modules({ 'server/sales/index.ts': "export * from './sell.ts'" }), 'use `export { name, … } from`'],
  ['module-door', modules({ 'server/platform/time.ts': '' }), ''],
  ['module-door', modules({ 'server/demo/demo.ts': '' }), ''],

  ['module-contract', { 'server/sales/operations.ts': '' }, 'use a contract.ts'],
  ['module-contract', { 'server/audit/write-audit.ts': '' }, ''],
  ['module-contract', modules({ 'server/platform/time.ts': '' }), ''],

  ['file-size', { 'docs/guide.md': 'x'.repeat(512 * 1024 + 1) }, 'use a file of at most 512 KB'],
  ['file-size', { 'package-lock.json': 'x'.repeat(512 * 1024 + 1), 'examples/a.csv': 'x'.repeat(512 * 1024 + 1) }, ''],

  ['migration-name', { 'db/migrations/0001-start.sql': '' }, 'db/migrations/NNNN_words.sql'],
  ['migration-name', { 'db/migrations/0001_a.sql': '', 'db/migrations/0003_b.sql': '' }, 'use number 0002'],
  ['migration-name', { 'db/migrations/0001_a.sql': '', 'db/migrations/0001_b.sql': '' }, 'use number 0002'],
  ['migration-name', { 'db/migrations/0001_a.sql': '', 'db/migrations/0002_b_c.sql': '' }, ''],

  ['migration-markers', { 'db/migrations/0001_a.sql': up }, 'use the line `-- Down Migration`'],
  ['migration-markers', { 'db/migrations/0001_a.sql': down + up }, 'use the order up, down'],
  ['migration-markers', migration(''), ''],

  ['migration-constraints', migration('REFERENCES a ON DELETE CASCADE'), 'use RESTRICT and an explicit delete'],
  ['migration-constraints', migration('REFERENCES a\n  ON DELETE SET NULL'), 'use RESTRICT and an explicit delete'],
  ['migration-constraints', migration('REFERENCES a ON UPDATE CASCADE'), 'use keys that never change'],
  ['migration-constraints', migration('CREATE UNLOGGED TABLE a ()'), 'use a logged table'],
  ['migration-constraints', migration('CREATE MATERIALIZED VIEW a AS SELECT 1'), 'use a rollup table'],
  ['migration-constraints', migration("REFERENCES a ON DELETE RESTRICT -- not ON DELETE CASCADE\n'UNLOGGED'"), ''],

  ['column-types', migration('at timestamp NOT NULL'), 'use timestamptz'],
  ['column-types', migration('a double precision, b real, c float8'), 'use numeric'],
  ['column-types', migration('total money NOT NULL'), 'use numeric'],
  ['column-types', migration('id bigserial'), 'use uuid keys'],
  ['column-types', migration("at timestamptz, a_real numeric, b text DEFAULT 'float'"), ''],
  ['column-types', { 'db/functions/a.sql': "v_month::timestamp AT TIME ZONE 'UTC'" }, ''],

  ['unfinished', { 'tools/a.ts': '// TODO: more' }, 'use finished work'],
  ['unfinished', { 'db/migrations/0001_a.sql': '-- FIXME' }, 'use finished work'],
  ['unfinished', { 'README.md': 'XXX here' }, 'use finished work'],
  ['unfinished', { 'tools/a.ts': "const word = 'TODO'", 'STYLE.md': 'No `TODO`.\n\n```\n// FIXME\n```\n' }, ''],

  [
    'doc-links',
    { 'README.md': '[guide](docs/guide.md)' },
    'use a path and heading that exist instead of `docs/guide.md`',
  ],
  ['doc-links', { 'README.md': '[a](#where-to-go)', 'docs/a.md': '[b](../README.md#gone)' }, 'use a path and heading'],
  [
    'doc-links',
    {
      'README.md':
        '# To go: *here*\n[a](docs/a.md#one-two) [b](docs/) [c](https://example.org/x) [d](#to-go-here) `[e](gone.md)`',
      'docs/a.md': '## One, two\n\n[root](../README.md)\n\n```\n[f](gone.md)\n```\n',
    },
    '',
  ],

  ['decision-names', { 'docs/decisions/0001_a.md': '' }, 'docs/decisions/NNNN-title.md'],
  ['decision-names', { 'docs/decisions/0002-b.md': '' }, 'use number 0001'],
  ['decision-names', { 'docs/decisions/0001-a-b.md': '', 'docs/decisions/README.md': '' }, ''],

  ['machine-path', { 'docs/a.md': `see ${machinePath('work', 'main')}` }, 'use a path relative to the repository'],
  ['machine-path', { 'docs/a.md': `see ${machinePath('root', 'notes')}` }, 'use a path relative to the repository'],
  [
    'machine-path',
    { Dockerfile: `cache ${machinePath('root', '.npm')}\nhttps://example.org${machinePath('work', 'x')}` },
    '',
  ],

  ['style-names', { 'STYLE.md': `${style()}\n- other (check: clocks)` }, 'use the name of a check, or "judgement"'],
  ['style-names', { 'STYLE.md': style('clock') }, 'use a line with `check: clock`'],
  ['style-names', { 'STYLE.md': `${style()}\n- types and lint (check: \`types\`, \`biome\`)` }, ''],
]

function titled([rule, files, instead]: (typeof cases)[number]) {
  return {
    rule,
    files,
    instead,
    title: `${rule} in ${Object.keys(files).slice(0, 3).join(', ')}: ${instead || 'nothing'}`,
  }
}

describe('house rules', () => {
  test.each(cases.map(titled))('$title', ({ rule, files, instead }) => {
    const found = checkHouseRules(treeOf(files)).filter(({ check }) => check === rule)
    expect(found.map(({ message }) => message).join('\n')).toContain(instead)
    expect(found.length > 0).toBe(instead !== '')
  })

  test.each(houseRules.map(({ name }) => name))('%s is seen to fail and to pass', (name) => {
    const outcomes = cases.filter(([rule]) => rule === name).map(([, , instead]) => instead !== '')
    expect(new Set(outcomes)).toEqual(new Set([true, false]))
  })

  test('a finding names file and line', () => {
    const found = checkHouseRules(treeOf({ 'server/platform/jobs.ts': "const a = 'é🙂'\n\nconst b = new Date()\n" }))
    expect(found).toContainEqual(expect.objectContaining({ path: 'server/platform/jobs.ts', line: 3, check: 'clock' }))
  })
})

const deps = 'platform:\ncatalog: platform\n  web: contract.ts\nsales: platform catalog # sells\n'
const server: Files = {
  'server/DEPS': deps,
  'server/platform/time.ts': '',
  'server/catalog/index.ts': "export { a } from './a.ts'",
  'server/catalog/a.ts': "import { now } from '../platform/time.ts'",
  'server/catalog/contract.ts': '',
  'server/sales/index.ts': "import type { A } from '../catalog/index.ts'\nexport { b } from '../platform/time.ts'",
  'server/main.ts': "import { a } from './catalog/index.ts'\nimport { now } from './platform/time.ts'",
  'web/main.tsx': "import { b } from '../server/catalog/contract.ts'\nimport { c } from './api.ts'",
}

const dependencies: [what: string, changed: Files, message: string][] = [
  ['listed imports through the door', {}, ''],
  [
    'an import that is not listed',
    { 'server/catalog/b.ts': "import '../sales/index.ts'" },
    '`catalog` may not import `sales`',
  ],
  [
    'a type counts',
    { 'server/catalog/b.ts': "import type { S } from '../sales/index.ts'" },
    '`catalog` may not import `sales`',
  ],
  [
    'a dynamic import counts',
    { 'server/catalog/b.ts': "await import('../sales/index.ts')" },
    '`catalog` may not import',
  ],
  [
    'an import in a comment or string',
    { 'server/catalog/b.ts': "// import '../sales/index.ts'\nconst a = `import '../sales/index.ts'`" },
    '',
  ],
  [
    'around the door',
    { 'server/sales/b.ts': "import { a } from '../catalog/a.ts'" },
    'go through the door, server/catalog/index.ts',
  ],
  ['a stale entry', { 'server/sales/index.ts': "import '../platform/time.ts'" }, '`sales` no longer imports `catalog`'],
  [
    'the wrong order',
    { 'server/DEPS': deps.replace('sales:', 'tax: sales\nsales:'), 'server/tax/index.ts': '' },
    'not above it',
  ],
  [
    'a platform with imports',
    { 'server/DEPS': `cash:\n${deps.replace('platform:', 'platform: cash')}` },
    'platform imports no module',
  ],
  ['a folder without a line', { 'server/tax/index.ts': '' }, 'has no line for server/tax/'],
  ['a line without a folder', { 'server/DEPS': `${deps}tax:\n` }, '`tax` is not a folder of server/'],
  ['a module listed twice', { 'server/DEPS': `${deps}catalog: platform\n` }, 'is listed twice'],
  [
    'a module that imports composition',
    { 'server/sales/b.ts': "import '../main.ts'" },
    'modules never import composition',
  ],
  ['composition of any module', { 'server/compose.ts': "import './sales/index.ts'\nimport './main.ts'" }, ''],
  ['composition in a folder', { 'server/demo/demo.ts': "import '../sales/index.ts'\nimport '../main.ts'" }, ''],
  [
    'a module that imports composition in a folder',
    { 'server/sales/b.ts': "import '../demo/demo.ts'" },
    'modules never import composition',
  ],
  ['composition around the door', { 'server/compose.ts': "import './catalog/a.ts'" }, 'go through the door'],
  [
    'the server importing tools',
    { 'server/sales/b.ts': "import '../../tools/a.ts'" },
    'move what you need into server/',
  ],
  ['a test on the harness', { 'server/sales/b.test.ts': "import '../../tests/harness/until.ts'" }, ''],
  ['web around its list', { 'web/a.ts': "import '../server/catalog/a.ts'" }, 'list it as `web:` of its module'],
  ['web reading the type of the registry', { 'web/a.ts': "import type { R } from '../server/registry.ts'" }, ''],
  ['a stale web entry', { 'web/main.tsx': '' }, 'server/catalog/contract.ts is not imported by web/: delete the entry'],
  ['a web entry that pulls in the server', { 'server/catalog/contract.ts': "import './a.ts'" }, 'runs in the browser'],
  ['no list at all', { 'server/DEPS': '' }, 'has no line for server/sales/'],
]

describe('DEPS', () => {
  test.each(dependencies)('%s', (_, changed, message) => {
    const found = checkDeps(treeOf({ ...server, ...changed })).map((hit) => hit.message)
    expect(found.join('\n')).toContain(message)
    expect(found.length > 0).toBe(message !== '')
  })
})

describe('module map', () => {
  test('is one row a module, with the first sentence of its README, between the markers', () => {
    const purpose = firstSentence('# Sales\n\nSells over the\ncounter, v1.0 included. And more.\n')
    const map = moduleMap([
      { name: 'platform', imports: [], purpose: '' },
      { name: 'sales', imports: ['platform'], purpose },
    ])
    expect(replaceMap('a\n<!-- module map: generated -->\nold\n<!-- end -->\nz', map)).toBe(
      `a
<!-- module map: generated -->
| module | what it is | may import |
|---|---|---|
| [platform](server/platform/README.md) |  | nothing |
| [sales](server/sales/README.md) | Sells over the counter, v1.0 included | platform |
<!-- end -->
z`,
    )
  })

  test('needs its markers', () => {
    expect(() => replaceMap('no markers', '')).toThrow('ARCHITECTURE.md needs the lines')
  })
})
