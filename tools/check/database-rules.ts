import { checkNumbering } from './numbering.ts'
import { isMigration, isSql } from './places.ts'
import { eachFile, matches, type Rule } from './rule.ts'
import type { File } from './tree.ts'

/** Rules for db/migrations and db/functions that can be read off the text; the catalogue tests hold the others. */
export const databaseRules: Rule[] = [
  {
    name: 'migration-name',
    check: (tree) =>
      checkNumbering([...tree.keys()].filter(isMigration), {
        pattern: /^(\d{4})_[a-z0-9]+(?:_[a-z0-9]+)*\.sql$/,
        shape: 'db/migrations/NNNN_words.sql',
      }),
  },
  eachFile({ name: 'migration-markers', files: isMigration, check: missingMarkers }),
  eachFile({
    name: 'migration-constraints',
    files: isSql,
    check: (file) =>
      CONSTRAINTS.flatMap(([pattern, instead]) =>
        matches(statements(file), pattern, `use ${instead} instead of \`$0\``),
      ),
  }),
  eachFile({
    name: 'column-types',
    files: isSql,
    check: (file) =>
      TYPES.flatMap(([pattern, instead]) => matches(statements(file), pattern, `use ${instead} instead of \`$0\``)),
  }),
]

const CONSTRAINTS: [RegExp, string][] = [
  [/\bon\s+delete\s+(?:cascade|set\s+null|set\s+default)\b/gi, 'RESTRICT and an explicit delete in a function'],
  [/\bon\s+update\s+(?:cascade|set\s+null|set\s+default)\b/gi, 'keys that never change'],
  [/\bunlogged\b/gi, 'a logged table'],
  [/\bmaterialized\s+view\b/gi, 'a rollup table (tenant_id, …)'],
]

const TYPES: [RegExp, string][] = [
  [/(?<!::)\btimestamp\b(?!\s*(?:\(\d\)\s*)?with\s+time\s+zone)/gi, 'timestamptz'],
  [/\b(?:float[48]?|real|double\s+precision)\b/gi, 'numeric'],
  [/(?<=\s)money\b(?=[\s,)[])/gi, 'numeric'],
  [/\b(?:small|big)?serial[248]?\b/gi, 'uuid keys, or a counter row,'],
]

// node-pg-migrate reads a file by these lines; without one of them the whole file would count as the other part.
const MARKERS = ['-- Up Migration', '-- Down Migration']

function missingMarkers(file: File) {
  const places = MARKERS.map((marker) => new RegExp(`^${marker}$`, 'm').exec(file.text)?.index ?? -1)
  const missing = MARKERS.filter((_, index) => places[index] === -1).map((marker) => ({
    at: 0,
    message: `use the line \`${marker}\` above that part instead of leaving it out`,
  }))
  const [up = -1, down = -1] = places
  if (missing.length === 0 && down < up) return [{ at: down, message: 'use the order up, down instead of down, up' }]
  return missing
}

/** The file with comments and quoted strings blanked; bodies of functions stay. */
function statements(file: File): string {
  return file.text.replace(/--.*|\/\*[\s\S]*?\*\/|'(?:[^']|'')*'/g, (hidden) => hidden.replace(/[^\n]/g, ' '))
}
