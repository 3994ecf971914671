import { sql } from 'kysely'
import type { Conventions, Mapping, NewImport, OptionValues, Scope } from './queries.ts'

const templateColumns = [
  'id',
  'target',
  'signature',
  'name',
  sql<Mapping>`mapping`.as('mapping'),
  sql<Conventions>`conventions`.as('conventions'),
  sql<OptionValues>`options`.as('options'),
  'used_count',
  'succeeded_count',
  'version',
  'created_at',
  'updated_at',
] as const

/** The template for files of a target with a header line. */
export function findTemplate({ db, tenantId }: Scope, key: { target: string; signature: string }) {
  return db
    .selectFrom('imports.template')
    .select(templateColumns)
    .where('tenant_id', '=', tenantId)
    .where('target', '=', key.target)
    .where('signature', '=', key.signature)
    .where('deleted_at', 'is', null)
    .executeTakeFirst()
}

/** One template, held until the end of the transaction. */
export function lockTemplate({ db, tenantId }: Scope, id: string) {
  return db
    .selectFrom('imports.template')
    .select(templateColumns)
    .where('tenant_id', '=', tenantId)
    .where('id', '=', id)
    .where('deleted_at', 'is', null)
    .forNoKeyUpdate()
    .executeTakeFirst()
}

/** A page of templates, the last first, and one row more when there is a next page. */
export function listTemplates(
  { db, tenantId }: Scope,
  { target, limit }: { target?: string | undefined; limit: number },
  after: string | undefined,
) {
  return db
    .selectFrom('imports.template')
    .select(templateColumns)
    .where('tenant_id', '=', tenantId)
    .where('deleted_at', 'is', null)
    .$if(target !== undefined, (qb) => qb.where('target', '=', target ?? ''))
    .$if(after !== undefined, (qb) => qb.where('id', '<', after ?? ''))
    .orderBy('id', 'desc')
    .limit(limit + 1)
    .execute()
}

/** Remembers how files with a header line are read, in place of what was remembered before; answers with the template's id. */
export async function putTemplate(
  { client, tenantId }: Scope,
  row: Pick<NewImport, 'id' | 'target' | 'signature' | 'name' | 'mapping' | 'conventions' | 'options'>,
): Promise<string> {
  const { rows } = await client.query<{ id: string }>({
    name: 'imports-put-template',
    text: `INSERT INTO imports.template AS t (tenant_id, id, target, signature, name, mapping, conventions, options)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
           ON CONFLICT (tenant_id, target, signature) WHERE deleted_at IS NULL
           DO UPDATE SET mapping = excluded.mapping, conventions = excluded.conventions, options = excluded.options,
             version = t.version + 1, updated_at = excluded.updated_at
           RETURNING id`,
    values: [
      tenantId,
      row.id,
      row.target,
      row.signature,
      row.name,
      JSON.stringify(row.mapping),
      JSON.stringify(row.conventions),
      JSON.stringify(row.options),
    ],
  })
  return rows[0]?.id ?? row.id
}

/** Counts a use of a template, or ends it. */
export async function updateTemplate(
  { client, tenantId }: Scope,
  id: string,
  { used = 0, succeeded = 0, ends = false }: { used?: number; succeeded?: number; ends?: boolean },
): Promise<void> {
  await client.query({
    name: 'imports-update-template',
    text: `UPDATE imports.template SET used_count = used_count + $3, succeeded_count = succeeded_count + $4,
             deleted_at = CASE WHEN $5 THEN transaction_timestamp() ELSE deleted_at END,
             version = version + 1, updated_at = transaction_timestamp()
           WHERE tenant_id = $1 AND id = $2`,
    values: [tenantId, id, used, succeeded, ends],
  })
}
