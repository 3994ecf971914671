import type pg from 'pg'

/**
 * Gives a tenant so many movements of so many batches, two a document, as if many shops had received and sold them: rows of
 * stock alone, without goods, branches and parties. Answers with the ids of the batches. `superuser` is a superuser's session.
 */
export async function fillTrace(
  superuser: pg.ClientBase,
  tenantId: string,
  { batches, movements }: { batches: number; movements: number },
): Promise<string[]> {
  await superuser.query('SET session_replication_role = replica')
  await superuser.query(
    'CREATE TEMP TABLE traced_batch AS SELECT n, gen_random_uuid() AS id, gen_random_uuid() AS variant_id FROM generate_series(0, $1 - 1) n',
    [batches],
  )
  await superuser.query(
    'CREATE TEMP TABLE traced_branch AS SELECT n, gen_random_uuid() AS id FROM generate_series(0, 9) n',
  )
  await superuser.query(
    'CREATE TEMP TABLE traced_posting AS SELECT n, gen_random_uuid() AS id, gen_random_uuid() AS party_id FROM generate_series(0, $1 / 2) n',
    [movements],
  )
  await superuser.query(
    `INSERT INTO inventory.batch (tenant_id, id, variant_id, number) SELECT $1, id, variant_id, 'L' || n FROM traced_batch`,
    [tenantId],
  )
  await superuser.query(
    `INSERT INTO inventory.posting (tenant_id, id, kind, document_type, document_id, document_on, party_id, recorded_at)
     SELECT $1, id, CASE n % 10 WHEN 0 THEN 'receipt' WHEN 1 THEN 'dispatch' WHEN 2 THEN 'arrival' ELSE 'sale' END, 'traced', id,
            current_date, CASE WHEN n % 10 NOT IN (1, 2) THEN party_id END, now() + n * interval '1 millisecond'
     FROM traced_posting`,
    [tenantId],
  )
  await superuser.query(
    `INSERT INTO inventory.movement (tenant_id, level_id, level_version, posting_id, line, branch_id, variant_id, batch_id, quantity,
       previous_quantity, running_quantity, unit_cost, value, effective_on, recorded_at)
     SELECT $1, gen_random_uuid(), 1, p.id, m.n % 2 + 1, r.id, b.variant_id, b.id, q.quantity, 0, q.quantity, 1, q.quantity, current_date,
            now() + p.n * interval '1 millisecond'
     FROM generate_series(0, $2::integer - 1) AS m (n)
     JOIN traced_posting p ON p.n = m.n / 2
     JOIN traced_branch r ON r.n = m.n / 2 % 7
     JOIN traced_batch b ON b.n = (hashint4(m.n) & 2147483647) % $3::integer
     CROSS JOIN LATERAL (SELECT CASE WHEN p.n % 10 IN (0, 2) THEN 1 ELSE -1 END AS quantity) q`,
    [tenantId, movements, batches],
  )
  const { rows } = await superuser.query('SELECT id FROM traced_batch ORDER BY n')
  await superuser.query('DROP TABLE traced_batch, traced_branch, traced_posting')
  await superuser.query('SET session_replication_role = origin')
  await superuser.query('VACUUM ANALYZE inventory.batch, inventory.posting, inventory.movement')
  return rows.map(({ id }) => id)
}
