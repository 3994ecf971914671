import pg from 'pg'
import { definitions, type Statement } from './schema/catalogue.ts'
import { privileges } from './schema/privileges.ts'

const HEADER = `-- Written by npm run generate from the catalogue of a migrated database, to be read and compared: it need not restore.
-- By table, with everything that belongs to it. Owners are named where they differ from the schema's,
-- grants except the owner's own; partitions are left out, since they come and go with the date.
`

/** All schemas of ours as one text, to be compared. */
export async function schemaDump(connectionString: string): Promise<string> {
  return HEADER + [...(await schemaTexts(connectionString)).values()].map((text) => text.slice(HEADER.length)).join('')
}

/**
 * Describes the schemas of ours in a database (not PostgreSQL's, not graphile-worker's, not an empty `public`), each as a text
 * that is the same whenever the schema is, by its name. `connectionString` is of a role that may connect; a catalogue is open
 * to all.
 */
export async function schemaTexts(connectionString: string): Promise<Map<string, string>> {
  const client = new pg.Client({ connectionString })
  await client.connect()
  try {
    await client.query("SET search_path = ''")
    const statements: Statement[] = []
    for (const query of [...definitions, ...privileges]) statements.push(...(await client.query<Statement>(query)).rows)
    const bySchema = Map.groupBy(statements, ({ schema }) => schema)
    // An empty public schema is every database's.
    const ours = [...bySchema].filter(([name, of]) => name !== 'public' || of.some(({ rank }) => rank > 0))
    return new Map(
      ours.toSorted(([a], [b]) => order(a, b)).map(([name, of]) => [name === '' ? 'database' : name, render(of)]),
    )
  } finally {
    await client.end()
  }
}

function render(statements: Statement[]): string {
  let text = HEADER
  let last: Statement | undefined
  for (const statement of statements.toSorted(compare)) {
    const together = last && last.rank === statement.rank && last.object === statement.object
    const list = last?.rank === 0 && statement.rank === 0
    text += `${together || list ? '' : '\n'}${statement.text.trimEnd()}\n`
    last = statement
  }
  return text
}

function compare(a: Statement, b: Statement): number {
  return (
    a.rank - b.rank || order(a.object, b.object) || a.part - b.part || order(a.name, b.name) || order(a.text, b.text)
  )
}

// Not localeCompare: the dump must not depend on the machine's language.
function order(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}
