import type pg from 'pg'

/**
 * Tells whether anything in a database changed. Answers with a function whose answers are equal as long as every table has
 * the same rows: one line a table with their number and a hash of them all, but for the tables, rows (by a condition on `t`) and columns
 * that `exceptions` leave out.
 *
 * To read every table each time takes too long, so each has a trigger that counts the statements that write to it, those
 * that are rolled back as well; only tables whose count moved are read again. `superuser` is a superuser's session.
 */
export async function watchDatabase(
  superuser: pg.Client,
  exceptions: {
    tables: readonly string[]
    rows: Readonly<Record<string, string>>
    columns: Readonly<Record<string, readonly string[]>>
  },
): Promise<() => Promise<string>> {
  const tables = await tablesOf(superuser, exceptions.tables)
  await countWrites(superuser, tables)
  const lines = new Map<string, string>()
  const counts = new Map<string, string>()

  return async () => {
    const found = await superuser.query<{ name: string; count: string }>(
      `SELECT c.relname AS name, coalesce(pg_sequence_last_value(c.oid), 0) AS count FROM pg_class c
       WHERE c.relkind = 'S' AND c.relnamespace = 'writes'::regnamespace`,
    )
    const moved = found.rows.filter(({ name, count }) => counts.get(name) !== count)
    for (const { name, count } of moved) counts.set(name, count)
    for (const [name, line] of await readTables(moved.map(({ name }) => name))) lines.set(name, line)
    return [...lines.values()].toSorted().join('\n')
  }

  async function readTables(names: readonly string[]): Promise<[string, string][]> {
    if (names.length === 0) return []
    const texts = names.map((name) => {
      const left = exceptions.rows[name]
      const columns = exceptions.columns[name]
      const row = columns ? `(to_jsonb(t) - '{${columns}}'::text[])` : 't'
      return (
        `SELECT '${name}' AS name, '${name} ' || count(*) || ' ' || coalesce(sum(hashtextextended(${row}::text, 0)), 0) AS line` +
        ` FROM ${quoted(name)} t${left === undefined ? '' : ` WHERE NOT (${left})`}`
      )
    })
    const { rows } = await superuser.query<{ name: string; line: string }>(texts.join(' UNION ALL '))
    return rows.map(({ name, line }) => [name, line])
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

/** A sequence a table, because what a sequence has counted no rollback takes back. */
async function countWrites(superuser: pg.Client, tables: readonly string[]): Promise<void> {
  const triggers = tables.map(
    (name) =>
      `CREATE SEQUENCE writes."${name}";
       CREATE TRIGGER zz_count_writes AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON ${quoted(name)}
       FOR EACH STATEMENT EXECUTE FUNCTION writes.count();`,
  )
  await superuser.query(
    `CREATE SCHEMA writes;
     CREATE FUNCTION writes.count() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
     BEGIN
       PERFORM nextval(format('writes.%I', TG_TABLE_SCHEMA || '.' || TG_TABLE_NAME));
       RETURN NULL;
     END $$;
     ${triggers.join('\n')}`,
  )
}

function quoted(name: string): string {
  return name
    .split('.')
    .map((part) => `"${part}"`)
    .join('.')
}
