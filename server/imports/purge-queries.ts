import type { Scope } from './queries.ts'

/**
 * Ends imports whose time is over: empties what they say of people, their names and those of their templates; answers with their ids
 * and files, at most so many.
 */
export async function expireImports(
  { client, tenantId }: Scope,
  at: Date,
  most: number,
): Promise<{ id: string; sha256: string }[]> {
  const { rows } = await client.query<{ id: string; sha256: string }>({
    name: 'imports-expire',
    text: `UPDATE imports.import SET expired_at = $2, looks = '{"columns":[],"suggestions":[]}', name = target, file_name = '',
             version = version + 1, updated_at = transaction_timestamp()
           WHERE tenant_id = $1 AND id IN (
             SELECT id FROM imports.import
             WHERE tenant_id = $1 AND expired_at IS NULL AND expires_at <= $2
               AND status NOT IN ('checking', 'trying', 'committing', 'undoing') ORDER BY id LIMIT $3 FOR NO KEY UPDATE)
           RETURNING id, sha256`,
    values: [tenantId, at, most],
  })
  const ids = rows.map(({ id }) => id)
  for (const [name, text] of [
    [
      'errors',
      `UPDATE imports.error SET ${emptiedError}
       WHERE tenant_id = $1 AND import_id = ANY ($2::uuid[]) AND (original_value IS NOT NULL OR suggested_value IS NOT NULL)`,
    ],
    [
      'fixes',
      `UPDATE imports.fix SET ${emptiedFix} WHERE tenant_id = $1 AND import_id = ANY ($2::uuid[]) AND value <> ''`,
    ],
    [
      'formers',
      `UPDATE imports.former SET ${emptiedFormer} WHERE tenant_id = $1 AND old_values IS NOT NULL AND id IN (
         SELECT p.id FROM imports.provenance p WHERE p.tenant_id = $1 AND p.import_id = ANY ($2::uuid[]))`,
    ],
    [
      'templates',
      `UPDATE imports.template t SET name = t.target, ${changed}
       WHERE t.tenant_id = $1 AND t.name <> t.target
         AND t.id IN (SELECT i.template_id FROM imports.import i WHERE i.tenant_id = $1 AND i.id = ANY ($2::uuid[]))
         AND NOT EXISTS (
           SELECT FROM imports.import i WHERE i.tenant_id = $1 AND i.template_id = t.id AND i.expired_at IS NULL)`,
    ],
  ] as const)
    await client.query({ name: `imports-expire-${name}`, text, values: [tenantId, ids] })
  await forgetAnswers({ client, tenantId }, ids)
  return rows
}

const changed = 'version = version + 1, updated_at = transaction_timestamp()'
const emptiedError = `original_value = NULL, suggested_value = NULL, ${changed}`
const emptiedFix = `value = '', ${changed}`
const emptiedFormer = `old_values = NULL, ${changed}`

interface Upload {
  readonly sha256: string
  readonly bytes: number
  readonly sent_at: Date
}

/** Notes files that were uploaded and that no import names, so that a purge takes them a day after they were sent. */
export async function noteUploads(
  { client, tenantId }: Pick<Scope, 'client' | 'tenantId'>,
  files: readonly Upload[],
): Promise<void> {
  await client.query({
    name: 'imports-note-uploads',
    text: `INSERT INTO imports.file AS f (tenant_id, sha256, bytes, updated_at)
           SELECT $1, w.sha256, w.bytes, w.sent_at FROM jsonb_to_recordset($2) AS w (sha256 text, bytes bigint, sent_at timestamptz) ORDER BY w.sha256
           ON CONFLICT (tenant_id, sha256) DO UPDATE SET purged_at = NULL, version = f.version + 1, updated_at = excluded.updated_at
           WHERE f.purged_at IS NOT NULL OR f.updated_at < excluded.updated_at`,
    values: [tenantId, JSON.stringify(files)],
  })
}

export interface PurgedFile {
  readonly sha256: string
  readonly bytes: number
  /** The imports that it was kept for; none where nobody imported it. */
  readonly imports: readonly string[]
}

/**
 * Notes the files that no import needs any more as purged, held until the end of the transaction; answers with them. What was sent once
 * more since its last import, and not before `sentBefore`, is spared.
 */
export async function purgeFiles({ client, tenantId }: Scope, at: Date, sentBefore: Date): Promise<PurgedFile[]> {
  const { rows: held } = await client.query<{ sha256: string }>({
    name: 'imports-hold-files',
    text: `SELECT f.sha256 FROM imports.file f WHERE f.tenant_id = $1 AND f.purged_at IS NULL AND ${isUnneeded('$2')}
           ORDER BY f.sha256 FOR NO KEY UPDATE`,
    values: [tenantId, sentBefore],
  })
  if (held.length === 0) return []
  // Whoever began an import of one of them meanwhile held it until then: only now is it seen.
  const { rows } = await client.query<PurgedFile>({
    name: 'imports-purge-files',
    text: `UPDATE imports.file f SET purged_at = $2, ${changed}
           WHERE f.tenant_id = $1 AND f.sha256 = ANY ($3::text[]) AND f.purged_at IS NULL AND ${isUnneeded('$4')}
           RETURNING f.sha256, f.bytes::float8 AS bytes, ARRAY(
             SELECT i.id FROM imports.import i WHERE i.tenant_id = $1 AND i.sha256 = f.sha256 ORDER BY i.id) AS imports`,
    values: [tenantId, at, held.map(({ sha256 }) => sha256), sentBefore],
  })
  return rows
}

const isUnneeded = (sentBefore: string) => `NOT EXISTS (
             SELECT FROM imports.import i WHERE i.tenant_id = $1 AND i.sha256 = f.sha256 AND i.expired_at IS NULL)
             AND f.updated_at <= greatest(${sentBefore}, (
               SELECT max(i.created_at) FROM imports.import i WHERE i.tenant_id = $1 AND i.sha256 = f.sha256))`

/** What a party was called and reached by, and its codes. */
interface SaidOfParty {
  readonly words: readonly string[]
  readonly codes: readonly string[]
}

const plain = (text: string) => `regexp_replace(lower(${text}), '[[:space:][:punct:]]', '', 'g')`
const isWord = (text: string) =>
  `${plain(text)} IN (SELECT ${plain('w')} FROM unnest($2::text[]) AS w WHERE length(${plain('w')}) > 2)`
const isSaid = (text: string) => `(${isWord(text)} OR btrim(${text}) = ANY ($3::text[]))`

/**
 * Empties what rows of a party said of it: what was wrong with them, what was put right, what the party said before, and the samples
 * of their files with the answers that showed them. Rows are of it that made or changed it, and those of which a cell that was wrong
 * or put right says a code of it or, but for case, blanks and punctuation, what it was called or reached by.
 */
export async function forgetParty(
  { client, tenantId }: Pick<Scope, 'client' | 'tenantId'>,
  partyId: string,
  { words, codes }: SaidOfParty,
): Promise<void> {
  const { rows: theirs } = await client.query<{ import_id: string; row_number: number }>({
    name: 'imports-rows-of-party',
    text: `SELECT p.import_id, p.row_number FROM imports.provenance p WHERE p.tenant_id = $1 AND p.resource_id = $4
           UNION SELECT e.import_id, e.row_number FROM imports.error e
             WHERE e.tenant_id = $1 AND (${isSaid('e.original_value')} OR ${isSaid('e.suggested_value')})
           UNION SELECT x.import_id, x.row_number FROM imports.fix x WHERE x.tenant_id = $1 AND ${isSaid('x.value')}`,
    values: [tenantId, words, codes, partyId],
  })
  const ids = theirs.map(({ import_id }) => import_id)
  const isTheirs = (row: string) =>
    `(${row}.import_id, ${row}.row_number) IN (SELECT * FROM unnest($2::uuid[], $3::integer[]))`
  for (const [name, text] of [
    ['errors', `UPDATE imports.error e SET ${emptiedError} WHERE e.tenant_id = $1 AND ${isTheirs('e')}`],
    ['fixes', `UPDATE imports.fix x SET ${emptiedFix} WHERE x.tenant_id = $1 AND ${isTheirs('x')}`],
    [
      'formers',
      `UPDATE imports.former f SET ${emptiedFormer} WHERE f.tenant_id = $1 AND f.old_values IS NOT NULL AND f.id IN (
         SELECT o.id FROM imports.provenance o WHERE o.tenant_id = $1 AND o.resource LIKE 'party%' AND ${isTheirs('o')})`,
    ],
  ] as const)
    await client.query({
      name: `imports-forget-${name}`,
      text,
      values: [tenantId, ids, theirs.map(({ row_number }) => row_number)],
    })
  const { rows: shown } = await client.query<{ id: string }>({
    name: 'imports-forget-samples',
    text: `UPDATE imports.import i SET updated_at = transaction_timestamp(), looks = jsonb_set(i.looks, '{columns}', (
             SELECT coalesce(jsonb_agg(c.look || '{"samples":[]}' ORDER BY c.at), '[]')
             FROM jsonb_array_elements(i.looks -> 'columns') WITH ORDINALITY AS c (look, at)))
           WHERE i.tenant_id = $1 AND i.expired_at IS NULL AND (i.id = ANY ($3::uuid[]) OR EXISTS (
             SELECT FROM jsonb_array_elements(i.looks -> 'columns') AS c (look), jsonb_array_elements_text(c.look -> 'samples') AS s (said)
             WHERE ${isWord('s.said')}))
           RETURNING i.id`,
    values: [tenantId, words, ids],
  })
  await forgetAnswers({ client, tenantId }, [...new Set([...ids, ...shown.map(({ id }) => id)])])
}

/** Takes what is personal out of the stored answers that name imports. */
async function forgetAnswers({ client, tenantId }: Pick<Scope, 'client' | 'tenantId'>, ids: readonly string[]) {
  await client.query({
    name: 'imports-forget-answers',
    text: 'SELECT platform.forget_answers($1, i) FROM unnest($2::uuid[]) AS i',
    values: [tenantId, ids],
  })
}
