import { sql } from 'kysely'
import type { Transaction } from '../platform/database.ts'
import type { Picture } from './read-picture.ts'

const now = sql<Date>`transaction_timestamp()`

interface Scope {
  readonly db: Transaction['db']
  readonly client: Transaction['client']
  readonly tenantId: string
}

export interface AltText {
  readonly locale: string
  readonly text: string
}

const imageColumns = [
  'i.id',
  'i.product_id',
  'i.variant_id',
  'i.sha256',
  sql<Picture['type']>`f.type`.as('type'),
  'f.bytes',
  'f.width',
  'f.height',
  sql<AltText[]>`i.alt_texts`.as('alt_texts'),
  'i.position',
  'i.is_primary',
  'i.version',
  'i.created_at',
  'i.updated_at',
] as const

/** An image as it is kept, with what its file is. */
export type ImageRow = Awaited<ReturnType<typeof imagesOf>>[number]

/** The images of a product and its variants, in their order. */
export function imagesOf({ db, tenantId }: Scope, productId: string) {
  return selectImages(db, tenantId)
    .where('i.product_id', '=', productId)
    .orderBy('i.position')
    .orderBy('i.id')
    .execute()
}

/** One image. */
export function findImage({ db, tenantId }: Scope, id: string) {
  return selectImages(db, tenantId).where('i.id', '=', id).executeTakeFirst()
}

function selectImages(db: Scope['db'], tenantId: string) {
  return db
    .selectFrom('images.image as i')
    .innerJoin('images.file as f', (join) =>
      join.onRef('f.tenant_id', '=', 'i.tenant_id').onRef('f.sha256', '=', 'i.sha256'),
    )
    .select(imageColumns)
    .where('i.tenant_id', '=', tenantId)
    .where('i.deleted_at', 'is', null)
}

/** Notes what a file is and holds it until the end of the transaction: nobody purges it meanwhile. */
export async function putFile(
  { client, tenantId }: Scope,
  { sha256, type, bytes, width, height }: Picture & { sha256: string; bytes: number },
): Promise<void> {
  await client.query({
    name: 'images-put-file',
    text: `INSERT INTO images.file AS f (tenant_id, sha256, type, bytes, width, height) VALUES ($1, $2, $3, $4, $5, $6)
           ON CONFLICT (tenant_id, sha256) DO UPDATE
           SET purged_at = NULL, version = f.version + 1, updated_at = excluded.updated_at`,
    values: [tenantId, sha256, type, bytes, width, height],
  })
}

/** What a file is that is there for readers. */
export async function findFile(
  { client, tenantId }: Pick<Scope, 'client' | 'tenantId'>,
  sha256: string,
): Promise<Pick<Picture, 'type'> | undefined> {
  const { rows } = await client.query({
    name: 'images-find-file',
    text: 'SELECT type FROM images.file WHERE tenant_id = $1 AND sha256 = $2 AND purged_at IS NULL',
    values: [tenantId, sha256],
  })
  return rows[0]
}

export interface NewImage {
  readonly id: string
  readonly product_id: string
  readonly variant_id: string | null
  readonly sha256: string
  readonly alt_texts: readonly AltText[]
  readonly position: number
  readonly is_primary: boolean
}

/** Makes an image. */
export async function insertImage({ db, tenantId }: Scope, { alt_texts, ...row }: NewImage): Promise<void> {
  await db
    .insertInto('images.image')
    .values({ tenant_id: tenantId, ...row, alt_texts: JSON.stringify(alt_texts) })
    .execute()
}

/** Changes the fields given and counts the version up; `deleted` ends the image. */
export async function updateImage(
  { db, tenantId }: Scope,
  id: string,
  {
    alt_texts,
    deleted,
    ...values
  }: { alt_texts?: readonly AltText[]; position?: number; is_primary?: boolean; deleted?: true },
): Promise<void> {
  await db
    .updateTable('images.image')
    .set((eb) => ({
      ...values,
      ...(alt_texts ? { alt_texts: JSON.stringify(alt_texts) } : {}),
      ...(deleted ? { deleted_at: now } : {}),
      version: eb('version', '+', 1),
      updated_at: now,
    }))
    .where('tenant_id', '=', tenantId)
    .where('id', '=', id)
    .execute()
}

/** The hashes of files, of those given, that are noted and not purged. */
export async function notedFiles(
  { client, tenantId }: Pick<Scope, 'client' | 'tenantId'>,
  hashes: readonly string[],
): Promise<string[]> {
  const { rows } = await client.query({
    name: 'images-noted-files',
    text: 'SELECT sha256 FROM images.file WHERE tenant_id = $1 AND sha256 = ANY ($2::text[]) AND purged_at IS NULL',
    values: [tenantId, hashes],
  })
  return rows.map((row) => row.sha256)
}

// A file that was used until then is still needed where the database is restored to a day before.
const isUsed = `EXISTS (
  SELECT FROM images.image i JOIN catalog.product p ON p.tenant_id = $1 AND p.id = i.product_id
  LEFT JOIN catalog.variant v ON v.tenant_id = $1 AND v.id = i.variant_id
  WHERE i.tenant_id = $1 AND i.sha256 = f.sha256
    AND coalesce(least(i.deleted_at, p.deleted_at, v.deleted_at), 'infinity') > $2)`

/**
 * Marks at most so many files that no image has used since a time as purged, and answers with their hashes. They are held
 * first and looked at again: an image that was being made of one of them is then there to be seen.
 */
export async function purgeFiles(
  { client, tenantId }: Pick<Scope, 'client' | 'tenantId'>,
  usedSince: Date,
  limit: number,
): Promise<string[]> {
  const { rows: held } = await client.query({
    name: 'images-hold-unused-files',
    text: `SELECT f.sha256 FROM images.file f
           WHERE f.tenant_id = $1 AND f.purged_at IS NULL AND f.updated_at < $2 AND NOT ${isUsed}
           ORDER BY f.sha256 LIMIT $3 FOR NO KEY UPDATE`,
    values: [tenantId, usedSince, limit],
  })
  const { rows } = await client.query({
    name: 'images-purge-files',
    text: `UPDATE images.file f
           SET purged_at = transaction_timestamp(), version = f.version + 1, updated_at = transaction_timestamp()
           WHERE f.tenant_id = $1 AND f.sha256 = ANY ($3::text[]) AND NOT ${isUsed}
           RETURNING f.sha256`,
    values: [tenantId, usedSince, held.map((row) => row.sha256)],
  })
  return rows.map((row) => row.sha256)
}

/** Of these variants, the file of the primary image, or else that of their product. */
export async function primaryFilesOf(
  { client, tenantId }: Pick<Scope, 'client' | 'tenantId'>,
  variantIds: readonly string[],
) {
  const { rows } = await client.query({
    name: 'images-primary-files-of',
    text: `SELECT v.id AS variant_id, shown.sha256
           FROM catalog.variant v CROSS JOIN LATERAL (
             SELECT i.sha256 FROM images.image i
             WHERE i.tenant_id = $1 AND i.product_id = v.product_id AND i.is_primary AND i.deleted_at IS NULL
               AND (i.variant_id = v.id OR i.variant_id IS NULL)
             ORDER BY i.variant_id NULLS LAST LIMIT 1) AS shown
           WHERE v.tenant_id = $1 AND v.id = ANY ($2::uuid[])`,
    values: [tenantId, variantIds],
  })
  return rows as { variant_id: string; sha256: string }[]
}

/** Of these products, the file of the primary image, or else that of one of their variants. */
export async function primaryFilesOfProducts(
  { client, tenantId }: Pick<Scope, 'client' | 'tenantId'>,
  productIds: readonly string[],
) {
  const { rows } = await client.query({
    name: 'images-primary-files-of-products',
    text: `SELECT p.id, shown.sha256
           FROM catalog.product p CROSS JOIN LATERAL (
             SELECT i.sha256 FROM images.image i
             WHERE i.tenant_id = $1 AND i.product_id = p.id AND i.is_primary AND i.deleted_at IS NULL
             ORDER BY i.variant_id NULLS FIRST LIMIT 1) AS shown
           WHERE p.tenant_id = $1 AND p.id = ANY ($2::uuid[]) AND p.deleted_at IS NULL`,
    values: [tenantId, productIds],
  })
  return rows as { id: string; sha256: string }[]
}
