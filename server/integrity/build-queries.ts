import type { Snapshot } from './book-queries.ts'

// Without partitions, which come with the months, and without the tables of jobs, which are another product's.
const ours = `nspname !~ '^pg_|^information_schema$|^graphile_worker$|^public$'`
const catalogue = `
  WITH our_schema AS (SELECT oid, nspname FROM pg_namespace WHERE ${ours}),
  our_table AS (
    SELECT c.oid, format('%s.%I', n.nspname, c.relname) AS name, c.relkind, c.relrowsecurity, c.relforcerowsecurity
    FROM pg_class c JOIN our_schema n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'v') AND NOT c.relispartition
  )`

/** How many tables belong to tenants, how many of all take no change, and how many migrations were applied. */
export async function countTables({ client }: Pick<Snapshot, 'client'>) {
  const { rows } = await client.query<{ tenant_tables: number; append_only_tables: number; migrations: number }>(
    `${catalogue}
     SELECT (count(*) FILTER (WHERE d.description LIKE 'class: tenant%'))::int AS tenant_tables,
            (count(*) FILTER (WHERE d.description ~ '^class: \\w+, append-only'))::int AS append_only_tables,
            (SELECT count(*)::int FROM platform.migration) AS migrations
     FROM our_table t JOIN pg_description d ON d.objoid = t.oid AND d.classoid = 'pg_class'::regclass AND d.objsubid = 0`,
  )
  return rows[0] ?? { tenant_tables: 0, append_only_tables: 0, migrations: 0 }
}

/** SHA-256, in hex, over what the database is made of: two that are the same were made by the same migrations and functions. */
export async function fingerprintOfSchema({ client }: Pick<Snapshot, 'client'>): Promise<string> {
  const { rows } = await client.query(
    `${catalogue}, part AS (
       SELECT format('table %s %s %s %s', name, relkind, relrowsecurity, relforcerowsecurity) AS text FROM our_table
       UNION ALL
       SELECT format('column %s.%I %s %s %s', t.name, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, pg_get_expr(d.adbin, d.adrelid))
       FROM our_table t JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped
       LEFT JOIN pg_attrdef d ON d.adrelid = t.oid AND d.adnum = a.attnum
       UNION ALL
       SELECT format('constraint %s %I %s', t.name, c.conname, pg_get_constraintdef(c.oid)) FROM our_table t JOIN pg_constraint c ON c.conrelid = t.oid
       UNION ALL
       SELECT pg_get_indexdef(i.indexrelid) FROM our_table t JOIN pg_index i ON i.indrelid = t.oid
       UNION ALL
       SELECT format('policy %s %I %s %s %s', t.name, p.polname, p.polcmd, pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid))
       FROM our_table t JOIN pg_policy p ON p.polrelid = t.oid
       UNION ALL
       SELECT format('%s %s', pg_get_triggerdef(g.oid), g.tgenabled) FROM our_table t JOIN pg_trigger g ON g.tgrelid = t.oid AND NOT g.tgisinternal
       UNION ALL
       SELECT format('view %s %s', t.name, pg_get_viewdef(t.oid)) FROM our_table t WHERE t.relkind = 'v'
       UNION ALL
       SELECT format('function %s %s %s %s', p.oid::regprocedure, p.prosecdef, p.proconfig, coalesce(p.prosrc, '') || coalesce(pg_get_function_sqlbody(p.oid), ''))
       FROM pg_proc p JOIN our_schema n ON n.oid = p.pronamespace
     )
     SELECT encode(sha256(convert_to(string_agg(text, E'\\n' ORDER BY text COLLATE "C"), 'UTF8')), 'hex') AS fingerprint FROM part`,
  )
  return rows[0]?.fingerprint ?? ''
}
