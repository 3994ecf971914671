import { isCode, isConfiguration, isModuleCode, isServer, isTest } from './places.ts'
import { eachFile, forbidden, matches, type Rule } from './rule.ts'
import type { File } from './tree.ts'

/** Rules that keep amounts exact, commands repeatable and SQL in its place. */
export const domainRules: Rule[] = [
  eachFile({
    name: 'sql-place',
    files: (path) =>
      (isModuleCode(path) && !/[/-]queries\.ts$/.test(path)) || (path.startsWith('web/') && isCode(path)),
    check: strayQueries,
  }),
  forbidden({
    name: 'parse-float',
    files: isCode,
    pattern: /\bparseFloat\b/g,
    message: 'use Decimal from platform/money for amounts, or Number() on a checked string, instead of `$0`',
  }),
  forbidden({
    name: 'number-conversion',
    files: isModuleCode,
    pattern: /\bNumber\(|\bparseInt\(|\bMath\.round\(|\.toFixed\(/g,
    message: 'use the schema in contract.ts to parse, or Decimal from platform/money to calculate, instead of `$0`',
  }),
  forbidden({
    name: 'clock',
    files: (path) => isServer(path) && path !== 'server/platform/time.ts',
    pattern: /\bnew Date\(\s*\)|\bnew Date\b(?!\()|\bDate\.now\b/g,
    message:
      'use context.now, now() of platform/time.ts outside a command, or performance.now() for a duration, instead of `$0`',
  }),
  forbidden({
    name: 'new-id',
    files: isModuleCode,
    pattern: /\brandomUUID\b/g,
    message: 'use context.newId, or uuidv7 of platform, instead of `$0`',
  }),
  forbidden({
    name: 'environment',
    files: (path) =>
      isCode(path) &&
      !isTest(path) &&
      !isConfiguration(path) &&
      !/^(tools|bench)\/|^server\/platform\/config\.ts$/.test(path),
    // PATH is what a child process needs to find its program, not something to configure.
    pattern: /(?<!\bparseConfig\()\bprocess\.env\b(?!\.PATH\b)|\bimport\b.*\benv\b.*\bfrom '\s*'/g,
    message: 'use the configuration that platform/config.ts parsed instead of `$0`',
  }),
]

const BUILDER = /\bsql(?:<[^`;]*>)?`|\bsql\.raw\b|\.(?:selectFrom|insertInto|updateTable|deleteFrom|mergeInto)\(/g

// Upper case at the start is SQL; lower case only in the shape of a statement, because prose starts with "update" too.
const STATEMENT = [
  /^\s*(?:SELECT|INSERT|UPDATE|DELETE FROM|WITH)\s/,
  /^\s*select\s(?:[\s\S]*\sfrom\s|\s*[\w.]+\s*\()/i,
  /^\s*(?:insert\s+into|delete\s+from)\s/i,
  /^\s*update\s+[\w."?]+\s+set\s/i,
  /^\s*with\s+(?:recursive\s+)?\w+\s*(?:\([^)]*\)\s*)?as\s+(?:not\s+materialized\s+|materialized\s+)?\(/i,
]

function strayQueries(file: File) {
  const statements = file.source.strings
    .filter(({ text }) => STATEMENT.some((pattern) => pattern.test(text)))
    .map(({ start, text }) => ({ at: start, message: `${INSTEAD} \`${text.trim().split(/\s+/)[0]} …\` here` }))
  return [...matches(file.source.code, BUILDER, `${INSTEAD} \`$0\` here`), ...statements]
}

const INSTEAD = "use a function of this module's queries.ts, or of db/functions, instead of"
