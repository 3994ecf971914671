import type { Scope } from './queries.ts'

/** Ends imports whose time is over: empties every value of their files; answers with their ids, at most so many. */
export async function expireImports({ client, tenantId }: Scope, at: Date, most: number): Promise<string[]> {
  const { rows } = await client.query<{ id: string }>({
    name: 'imports-expire',
    text: `UPDATE imports.import SET expired_at = $2, looks = '{"columns":[],"suggestions":[]}', version = version + 1, updated_at = transaction_timestamp()
           WHERE tenant_id = $1 AND id IN (
             SELECT id FROM imports.import
             WHERE tenant_id = $1 AND expired_at IS NULL AND expires_at <= $2
               AND status NOT IN ('checking', 'trying', 'committing', 'undoing') ORDER BY id LIMIT $3 FOR NO KEY UPDATE)
           RETURNING id`,
    values: [tenantId, at, most],
  })
  const ids = rows.map(({ id }) => id)
  const emptied = 'version = version + 1, updated_at = transaction_timestamp()'
  for (const [name, text] of [
    [
      'errors',
      `UPDATE imports.error SET original_value = NULL, suggested_value = NULL, ${emptied}
                WHERE tenant_id = $1 AND import_id = ANY ($2::uuid[]) AND (original_value IS NOT NULL OR suggested_value IS NOT NULL)`,
    ],
    [
      'fixes',
      `UPDATE imports.fix SET value = '', ${emptied} WHERE tenant_id = $1 AND import_id = ANY ($2::uuid[]) AND value <> ''`,
    ],
    [
      'formers',
      `UPDATE imports.former SET old_values = NULL, ${emptied} WHERE tenant_id = $1 AND old_values IS NOT NULL AND id IN (
                   SELECT p.id FROM imports.provenance p WHERE p.tenant_id = $1 AND p.import_id = ANY ($2::uuid[]))`,
    ],
  ] as const)
    await client.query({ name: `imports-expire-${name}`, text, values: [tenantId, ids] })
  return ids
}

/** Notes the files that no import needs any more as purged, held until the end of the transaction; answers with them. */
export async function purgeFiles({ client, tenantId }: Scope, at: Date): Promise<string[]> {
  const { rows } = await client.query<{ sha256: string }>({
    name: 'imports-purge-files',
    text: `UPDATE imports.file f SET purged_at = $2, version = version + 1, updated_at = transaction_timestamp()
           WHERE f.tenant_id = $1 AND f.purged_at IS NULL AND NOT EXISTS (
             SELECT FROM imports.import i WHERE i.tenant_id = $1 AND i.sha256 = f.sha256 AND i.expired_at IS NULL)
           RETURNING f.sha256`,
    values: [tenantId, at],
  })
  return rows.map(({ sha256 }) => sha256)
}
