import type pg from 'pg'

const auditTables = ['audit.entry', 'audit.head', 'audit.checkpoint', 'audit.signing_key']

/**
 * What somebody can do who has the superuser's password: changes tables past every guard, those of the audit chain unless said
 * otherwise, lets `work` look at what came of it, and puts them back.
 */
export async function whileBroken<T>(
  superuser: pg.Client,
  text: string,
  work: () => Promise<T>,
  tables: readonly string[] = auditTables,
): Promise<T> {
  await superuser.query("SET session_replication_role = 'replica'")
  for (const table of tables) await superuser.query(`CREATE TEMP TABLE ${keptName(table)} AS SELECT * FROM ${table}`)
  try {
    await superuser.query(text)
    return await work()
  } finally {
    for (const table of tables) {
      const columns = await writtenColumns(superuser, table)
      await superuser.query(
        `DELETE FROM ${table}; INSERT INTO ${table} (${columns}) SELECT ${columns} FROM ${keptName(table)}; DROP TABLE ${keptName(table)}`,
      )
    }
    await superuser.query('RESET session_replication_role')
  }
}

/** The columns of a table that are not computed from others. */
async function writtenColumns(superuser: pg.Client, table: string): Promise<string> {
  const { rows } = await superuser.query(
    `SELECT string_agg(quote_ident(attname), ', ') AS names FROM pg_attribute
     WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''`,
    [table],
  )
  return rows[0].names
}

/** The statement that changes the body of an entry, an SQL expression, and hashes all after it again, the head included. */
export function rewriting(tenantId: string, from: number, body: string): string {
  return `DO $$
    DECLARE
      v_hash bytea;
      v_entry record;
    BEGIN
      SELECT previous_hash INTO v_hash FROM audit.entry WHERE tenant_id = '${tenantId}' AND seq = ${from};
      FOR v_entry IN
        SELECT seq, recorded_at, v_hash AS previous, CASE WHEN seq = ${from} THEN ${body} ELSE body END AS body
        FROM audit.entry WHERE tenant_id = '${tenantId}' AND seq >= ${from} ORDER BY seq
      LOOP
        UPDATE audit.entry SET body = v_entry.body, previous_hash = v_hash, hash = sha256(v_hash || convert_to(v_entry.body, 'UTF8'))
        WHERE tenant_id = '${tenantId}' AND seq = v_entry.seq;
        v_hash := sha256(v_hash || convert_to(v_entry.body, 'UTF8'));
      END LOOP;
      UPDATE audit.head SET hash = v_hash WHERE tenant_id = '${tenantId}';
    END $$`
}

function keptName(table: string): string {
  return `kept_${table.replace('.', '_')}`
}
