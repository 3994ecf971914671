import type pg from 'pg'

/** What a fingerprint leaves out: whole tables, rows by a condition on `t`, columns. */
interface Exceptions {
  readonly tables: readonly string[]
  readonly rows: Readonly<Record<string, string>>
  readonly columns: Readonly<Record<string, readonly string[]>>
}

/**
 * Tells whether anything in a database changed. Answers with a function whose answers are equal as long as every table has
 * the same rows: one line a table with how many rows more it has than at the beginning, and the sum of the hashes of all its
 * rows less the sum at the beginning.
 *
 * To read every table each time takes too long, and so does a table that grows all the while. Each has triggers that note,
 * in the transaction of whoever writes, the hashes of the rows that came less those of the rows that went: what is rolled
 * back leaves no note, and what was put back as it was comes to nothing. A partition that is made later is watched through its
 * table only. `superuser` is a superuser's session.
 */
export async function watchDatabase(superuser: pg.Client, exceptions: Exceptions): Promise<() => Promise<string>> {
  const tables = await tablesOf(superuser, exceptions.tables)
  await noteWrites(superuser, exceptions, tables)
  const sums = new Map(tables.map(({ name }) => [name, { rows: 0n, hash: 0n }]))
  let text = ''

  return async () => {
    const notes = await superuser.query<{ name: string; rows: string; hash: string }>(
      `WITH taken AS (DELETE FROM writes.note RETURNING name, rows, hash)
       SELECT name, sum(rows)::text AS rows, sum(hash)::text AS hash FROM taken GROUP BY name`,
    )
    for (const { name, rows, hash } of notes.rows) {
      const before = sums.get(name) ?? { rows: 0n, hash: 0n }
      sums.set(name, { rows: before.rows + BigInt(rows), hash: before.hash + BigInt(hash) })
    }
    if (text === '' || notes.rows.length > 0)
      text = [...sums].map(([name, { rows, hash }]) => `${name} ${rows} ${hash}`).join('\n')
    return text
  }
}

/** The lines of the tables that changed from one fingerprint to the next; empty where none did. */
export function difference(before: string, after: string): string {
  const known = new Set(before.split('\n'))
  return after
    .split('\n')
    .filter((line) => !known.has(line))
    .join(', ')
}

/**
 * What a refusal may leave: an entry of severity warning in the audit chain, with the chain's head, which moves with every entry, and
 * what counts the attempts at an account, a PIN or a second factor.
 */
export const leftByRefusals = {
  tables: ['audit.head', 'identity.attempt', 'identity.visit', 'tenants.till_pin'],
  rows: { 'audit.entry': "t.severity = 'warning'" },
  columns: {
    // Every five minutes, whatever is asked for.
    'identity.session': ['used_at', 'updated_at'],
    'identity.proof': ['tries', 'updated_at'],
  },
} as const

interface Table {
  readonly name: string
  /** Who writes straight into one fires triggers of that one alone. */
  readonly partitions: readonly string[]
}

/** Of all modules and of the jobs; a partitioned table is one. */
async function tablesOf(superuser: pg.Client, exceptions: readonly string[]): Promise<Table[]> {
  const { rows } = await superuser.query<Table>(
    `SELECT n.nspname || '.' || c.relname AS name,
            array(SELECT pn.nspname || '.' || p.relname FROM pg_partition_tree(c.oid) t
                  JOIN pg_class p ON p.oid = t.relid JOIN pg_namespace pn ON pn.oid = p.relnamespace WHERE t.level > 0) AS partitions
     FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND n.nspname !~ '^(pg_|information_schema)'
     ORDER BY 1`,
  )
  return rows.filter(({ name }) => !exceptions.includes(name))
}

/** Which rows a statement of this kind shows its triggers. */
const shown = {
  INSERT: { came: 'NEW TABLE AS came' },
  UPDATE: { came: 'NEW TABLE AS came', went: 'OLD TABLE AS went' },
  DELETE: { went: 'OLD TABLE AS went' },
} as const

async function noteWrites(superuser: pg.Client, exceptions: Exceptions, tables: readonly Table[]): Promise<void> {
  await superuser.query(
    `CREATE SCHEMA writes;
     CREATE UNLOGGED TABLE writes.note (name text NOT NULL, rows bigint NOT NULL, hash numeric NOT NULL);
     ${tables.map((table) => triggersOf(table, exceptions)).join('\n')}`,
  )
}

function triggersOf({ name: table, partitions }: Table, { rows, columns }: Exceptions): string {
  const { [table]: left } = columns
  const row = left ? `(to_jsonb(t) - '{${left}}'::text[])` : 't'
  const where = rows[table] === undefined ? '' : `WHERE NOT (${rows[table]})`
  const sumOf = (transition: string, sign: 1 | -1) =>
    `SELECT ${sign} AS one, ${sign}::numeric * hashtextextended(${row}::text, 0) AS hash FROM ${transition} t ${where}`
  const made = Object.entries(shown).map(([event, transitions]) => {
    const parts = Object.keys(transitions).map((name) => sumOf(name, name === 'came' ? 1 : -1))
    const query = `SELECT sum(one), sum(hash) FROM (${parts.join(' UNION ALL ')}) both_ways`
    return noteOn(event, { table, partitions, query, shows: `REFERENCING ${Object.values(transitions).join(' ')}` })
  })
  // A table that was emptied shows nothing: it counts as changed, and for good.
  const emptied = noteOn('TRUNCATE', { table, partitions, query: 'SELECT 1, floor(1e18 * random())', shows: '' })
  return [...made, emptied].join('\n')
}

/** Has statements of this kind note the number and the hash that a query gives, unless both are nothing. */
function noteOn(event: string, to: { table: string; partitions: readonly string[]; query: string; shows: string }) {
  const function_ = `writes."${event} ${to.table}"()`
  const triggers = [to.table, ...to.partitions].map(
    (name) => `CREATE TRIGGER zz_note_${event.toLowerCase()} AFTER ${event} ON ${quoted(name)} ${to.shows}
      FOR EACH STATEMENT EXECUTE FUNCTION ${function_};`,
  )
  return `CREATE FUNCTION ${function_} RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
     BEGIN
       INSERT INTO writes.note SELECT '${to.table}', total.rows, total.hash
         FROM (${to.query}) total (rows, hash) WHERE (total.rows, total.hash) <> (0, 0);
       RETURN NULL;
     END $$;
     ${triggers.join('\n')}`
}

function quoted(name: string): string {
  return name
    .split('.')
    .map((part) => `"${part}"`)
    .join('.')
}
