import { createHash } from 'node:crypto'
import type { z } from 'zod'
import { findProduct, findVariants, productNotFound, variantNotFound } from '../catalog/index.ts'
import { definedOf } from '../platform/defined.ts'
import type { CommandContext, QueryContext } from '../platform/operation.ts'
import { platformRefusals, refuse } from '../platform/refusal.ts'
import {
  type addImageInput,
  type endInput,
  imageMalformed,
  imageTooLarge,
  imageTypeUnknown,
  mostImages,
  image as schema,
  tooManyImages,
  type updateImageInput,
} from './contract.ts'
import { keepFile } from './files.ts'
import { findImage, type ImageRow, imagesOf, insertImage, putFile, updateImage } from './queries.ts'
import { readPicture } from './read-picture.ts'

/**
 * Adds an image to a product or a variant of it. The file is on the disk before the transaction commits: an image always
 * has its file, and a file that a crash left without an image is purged.
 */
export async function addImage(
  context: CommandContext,
  directory: string,
  { content, ...input }: z.output<typeof addImageInput>,
) {
  const { id = context.newId(), product_id, variant_id = null, alt_texts } = input
  const bytes = Buffer.from(content, 'base64')
  const picture = readPicture(bytes)
  if ('fault' in picture)
    refuse({ type: imageTypeUnknown, malformed: imageMalformed, dimensions: imageTooLarge }[picture.fault])
  if (!(await findProduct(context, product_id, true))) refuse(productNotFound)
  if (variant_id !== null && (await findVariants(context, [variant_id]))[0]?.product_id !== product_id)
    refuse(variantNotFound)
  const others = await imagesOf(context, product_id)
  if (others.length >= mostImages) refuse(tooManyImages)
  const beside = others.filter((one) => one.variant_id === variant_id)
  const is_primary = input.is_primary || beside.length === 0
  if (is_primary) await endPrimary(context, beside)
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  await putFile(context, { ...picture, sha256, bytes: bytes.length })
  await keepFile({ directory, tenantId: context.tenantId, sha256 }, bytes)
  const position = input.position ?? Math.min((others.at(-1)?.position ?? -1) + 1, 10_000)
  await insertImage(context, { id, product_id, variant_id, sha256, alt_texts, position, is_primary })
  const made = await readImage(context, id)
  context.changed({ resource: 'image', id, new: made })
  return made
}

/** The images of a product and of its variants, in their order. Refuses with `product_not_found`. */
export async function listImages(context: QueryContext, productId: string) {
  if (!(await findProduct(context, productId))) refuse(productNotFound)
  return (await imagesOf(context, productId)).map((row) => asImage(context, row))
}

/** One image. */
export async function readImage(context: QueryContext, id: string) {
  return asImage(context, (await findImage(context, id)) ?? refuse(platformRefusals.notFound))
}

/** Changes what is said of an image, its place, or makes it the primary one. The picture itself stays. */
export async function changeImage(
  context: CommandContext,
  { id, version, ...values }: z.output<typeof updateImageInput>,
) {
  const { old, beside } = await lockImage(context, id, version)
  if (values.is_primary) await endPrimary(context, beside)
  await updateImage(context, id, definedOf(values))
  const changed = await readImage(context, id)
  context.changed({ resource: 'image', id, old, new: changed })
  return changed
}

/** Ends an image. Where it was the primary one, the next is. */
export async function deleteImage(context: CommandContext, { id, version }: z.output<typeof endInput>) {
  const { old, beside } = await lockImage(context, id, version)
  await updateImage(context, id, { deleted: true })
  context.changed({ resource: 'image', id, old })
  const [next] = beside
  if (old.is_primary && next) await setPrimary(context, next, true)
  return old
}

/** An image with its version checked and its product held, so that one is primary, and the images beside it. */
async function lockImage(context: CommandContext, id: string, version: number) {
  const found = await readImage(context, id)
  if (!(await findProduct(context, found.product_id, true))) refuse(platformRefusals.notFound)
  const old = await readImage(context, id)
  if (old.version !== version) refuse(platformRefusals.versionConflict)
  const others = await imagesOf(context, old.product_id)
  return { old, beside: others.filter((one) => one.id !== id && one.variant_id === old.variant_id) }
}

async function endPrimary(context: CommandContext, images: readonly ImageRow[]): Promise<void> {
  const primary = images.find((one) => one.is_primary)
  if (primary) await setPrimary(context, primary, false)
}

async function setPrimary(context: CommandContext, row: ImageRow, is_primary: boolean): Promise<void> {
  await updateImage(context, row.id, { is_primary })
  const changed = await readImage(context, row.id)
  context.changed({ resource: 'image', id: row.id, old: asImage(context, row), new: changed, schema })
}

function asImage({ tenantId }: QueryContext, row: ImageRow) {
  return { ...row, path: `/v1/image-files/${tenantId}/${row.sha256}` }
}
