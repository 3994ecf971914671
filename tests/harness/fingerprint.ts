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
 * back leaves no note, and what was put back as it was comes to nothing. `superuser` is a superuser's session.
 */
export async function watchDatabase(superuser: pg.Client, exceptions: Exceptions): Promise<() => Promise<string>> {
  const tables = await tablesOf(superuser, exceptions.tables)
  await noteWrites(superuser, exceptions, tables)
  const sums = new Map(tables.map((name) => [name, { rows: 0n, hash: 0n }]))
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

/**
 * What a refusal may leave: an entry of severity warning in the audit chain, with the chain's head, which moves with every entry, and
 * what counts the attempts at an account or a PIN.
 */
export const leftByRefusals = {
  tables: ['audit.head', 'identity.attempt', 'identity.visit', 'tenants.till_pin'],
  rows: { 'audit.entry': "t.severity = 'warning'" },
  // Every five minutes, whatever is asked for.
  columns: { 'identity.session': ['used_at', 'updated_at'] },
} as const

/** Of all modules and of the jobs; a partitioned table is one. */
async function tablesOf(superuser: pg.Client, exceptions: readonly string[]): Promise<string[]> {
  const { rows } = await superuser.query<{ name: string }>(
    `SELECT n.nspname || '.' || c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND n.nspname !~ '^(pg_|information_schema)'
     ORDER BY 1`,
  )
  return rows.map(({ name }) => name).filter((name) => !exceptions.includes(name))
}

/** Which rows a statement of this kind shows its triggers. */
const shown = {
  INSERT: { came: 'NEW TABLE AS came' },
  UPDATE: { came: 'NEW TABLE AS came', went: 'OLD TABLE AS went' },
  DELETE: { went: 'OLD TABLE AS went' },
} as const

async function noteWrites(superuser: pg.Client, exceptions: Exceptions, tables: readonly string[]): Promise<void> {
  await superuser.query(
    `CREATE SCHEMA writes;
     CREATE UNLOGGED TABLE writes.note (name text NOT NULL, rows bigint NOT NULL, hash numeric NOT NULL);
     ${triggerFunction('truncated', 'SELECT 1, floor(1e18 * random())')}
     ${tables.map((name) => triggersOf(name, exceptions)).join('\n')}`,
  )
}

function triggersOf(table: string, { rows, columns }: Exceptions): string {
  const { [table]: left } = columns
  const row = left ? `(to_jsonb(t) - '{${left}}'::text[])` : 't'
  const where = rows[table] === undefined ? '' : `WHERE NOT (${rows[table]})`
  const sumOf = (transition: string, sign: 1 | -1) =>
    `SELECT ${sign} AS one, ${sign}::numeric * hashtextextended(${row}::text, 0) AS hash FROM ${transition} t ${where}`
  const made = Object.entries(shown).map(([event, transitions]) => {
    const function_ = `${event} ${table}`
    const parts = Object.keys(transitions).map((name) => sumOf(name, name === 'came' ? 1 : -1))
    return `${triggerFunction(function_, `SELECT sum(one), sum(hash) FROM (${parts.join(' UNION ALL ')}) both_ways`)}
      CREATE TRIGGER zz_note_${event.toLowerCase()} AFTER ${event} ON ${quoted(table)}
      REFERENCING ${Object.values(transitions).join(' ')} FOR EACH STATEMENT EXECUTE FUNCTION writes."${function_}"();`
  })
  // A table that was emptied shows nothing: it counts as changed, and for good.
  return `${made.join('\n')}
    CREATE TRIGGER zz_note_truncate AFTER TRUNCATE ON ${quoted(table)}
    FOR EACH STATEMENT EXECUTE FUNCTION writes.truncated();`
}

/** A function that notes the number and the hash that a query gives, unless both are nothing. */
function triggerFunction(name: string, query: string): string {
  return `CREATE FUNCTION writes."${name}"() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
     SET search_path = pg_catalog AS $$
     BEGIN
       INSERT INTO writes.note SELECT TG_TABLE_SCHEMA || '.' || TG_TABLE_NAME, total.rows, total.hash
         FROM (${query}) total (rows, hash) WHERE (total.rows, total.hash) <> (0, 0);
       RETURN NULL;
     END $$;`
}

function quoted(name: string): string {
  return name
    .split('.')
    .map((part) => `"${part}"`)
    .join('.')
}
