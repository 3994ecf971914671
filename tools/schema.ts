import pg from 'pg'
import { definitions, type Statement } from './schema/catalogue.ts'
import { privileges } from './schema/privileges.ts'

const HEADER = `-- Written by npm run generate from the catalogue of a migrated database, to be read and compared: it need not restore.
-- By schema, then by table with everything that belongs to it. Owners are named where they differ from the schema's,
-- grants except the owner's own; partitions are left out, since they come and go with the date.
`

/**
 * Describes the schemas of ours in a database (not PostgreSQL's, not graphile-worker's, not an empty `public`) as text
 * that is the same whenever the schema is. `connectionString` is of a role that may connect; a catalogue is open to all.
 */
export async function schemaDump(connectionString: string): Promise<string> {
  const client = new pg.Client({ connectionString })
  await client.connect()
  try {
    await client.query("SET search_path = ''")
    const statements: Statement[] = []
    for (const query of [...definitions, ...privileges]) statements.push(...(await client.query<Statement>(query)).rows)
    return render(statements)
  } finally {
    await client.end()
  }
}

function render(statements: Statement[]): string {
  const used = new Set(statements.filter(({ rank }) => rank > 0).map(({ schema }) => schema))
  const kept = statements.filter(({ schema }) => schema !== 'public' || used.has('public'))
  let text = HEADER
  let last: Statement | undefined
  for (const statement of kept.toSorted(compare)) {
    const together =
      last && last.schema === statement.schema && last.rank === statement.rank && last.object === statement.object
    const list = last?.rank === 0 && statement.rank === 0 && last.schema === statement.schema
    text += `${together || list ? '' : '\n'}${statement.text.trimEnd()}\n`
    last = statement
  }
  return text
}

function compare(a: Statement, b: Statement): number {
  return (
    order(a.schema, b.schema) ||
    a.rank - b.rank ||
    order(a.object, b.object) ||
    a.part - b.part ||
    order(a.name, b.name) ||
    order(a.text, b.text)
  )
}

// Not localeCompare: the dump must not depend on the machine's language.
function order(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}
