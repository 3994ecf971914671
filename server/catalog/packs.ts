import type { z } from 'zod'
import { definedOf } from '../platform/defined.ts'
import type { CommandContext } from '../platform/operation.ts'
import { platformRefusals, refuse } from '../platform/refusal.ts'
import { readBarcode } from './barcodes.ts'
import { type endInput, kitInKit, notAKit, packNotFound, tooManyDecimals, variantNotFound } from './contract.ts'
import {
  endBarcode,
  endPack,
  findBarcode,
  findPack,
  insertBarcodes,
  insertPack,
  kitLinesOf,
  putKitLines,
  updatePack,
} from './pack-queries.ts'
import type { addBarcodeInput, addPackInput, setKitLinesInput, updatePackInput } from './product-contract.ts'
import { findUnit } from './queries.ts'
import { fitsDecimals } from './units.ts'
import { findComponents, findVariants, touchVariant } from './variant-queries.ts'
import { asQuantity, index, lockVariant, readVariant } from './variants.ts'

/** Makes a pack of a variant. */
export async function addPack(context: CommandContext, { id, ...input }: z.output<typeof addPackInput>) {
  const { product } = await lockVariant(context, input.variant_id, undefined, variantNotFound)
  await assertCountable(context, product.unit_id, input.quantity)
  const made = asQuantity(await insertPack(context, { ...input, id: id ?? context.newId() }))
  context.changed({ resource: 'pack', id: made.id, new: made })
  return made
}

/** Changes a pack. */
export async function changePack(
  context: CommandContext,
  { id, version, ...values }: z.output<typeof updatePackInput>,
) {
  // The product, its variant and what is theirs are held in this order everywhere: two commands wait, and never for one another.
  const found = (await findPack(context, id)) ?? refuse(platformRefusals.notFound)
  const { product } = await lockVariant(context, found.variant_id)
  const old = await lockPack(context, id, version)
  if (values.quantity !== undefined) await assertCountable(context, product.unit_id, values.quantity)
  const changed = asQuantity(await updatePack(context, id, definedOf(values)))
  context.changed({ resource: 'pack', id, old, new: changed })
  return changed
}

/** Ends a pack, with the barcodes that it bears. */
export async function removePack(context: CommandContext, { id, version }: z.output<typeof endInput>) {
  const found = (await findPack(context, id)) ?? refuse(platformRefusals.notFound)
  const { old: variant, product } = await lockVariant(context, found.variant_id)
  const old = await lockPack(context, id, version)
  await endPack(context, id)
  await index(context, product, [variant])
  context.changed({ resource: 'pack', id, old })
  return old
}

/** Adds a barcode to a variant or to a pack of it. */
export async function addBarcode(context: CommandContext, input: z.output<typeof addBarcodeInput>) {
  const { id = context.newId(), variant_id, pack_id = null } = input
  const { old: variant, product } = await lockVariant(context, variant_id, undefined, variantNotFound)
  if (pack_id !== null && (await findPack(context, pack_id, true))?.variant_id !== variant_id) refuse(packNotFound)
  const row = { ...readBarcode(input.code, input.kind), id, variant_id, pack_id }
  const [made = refuse(platformRefusals.notFound)] = await insertBarcodes(context, [row])
  await index(context, product, [variant])
  context.changed({ resource: 'barcode', id, new: made })
  return made
}

/** Ends a barcode. */
export async function removeBarcode(context: CommandContext, { id, version }: z.output<typeof endInput>) {
  const found = (await findBarcode(context, id)) ?? refuse(platformRefusals.notFound)
  const { old: variant, product } = await lockVariant(context, found.variant_id)
  const old = (await findBarcode(context, id, true)) ?? refuse(platformRefusals.notFound)
  if (old.version !== version) refuse(platformRefusals.versionConflict)
  await endBarcode(context, id)
  await index(context, product, [variant])
  context.changed({ resource: 'barcode', id, old })
  return old
}

/** Says what is in one of a kit: all of its lines. */
export async function setKitLines(context: CommandContext, { id, version, lines }: z.output<typeof setKitLinesInput>) {
  const { product } = await lockVariant(context, id, version)
  if (product.kind !== 'kit') refuse(notAKit)
  const components = lines.map((line) => line.variant_id)
  if (components.includes(id)) refuse(kitInKit)
  const held = new Set((await findVariants(context, components, true)).map((one) => one.id))
  if (components.some((one) => !held.has(one))) refuse(variantNotFound)
  const found = new Map((await findComponents(context, components)).map((one) => [one.id, one]))
  for (const { variant_id, quantity } of lines) {
    const component = found.get(variant_id) ?? refuse(variantNotFound)
    if (component.kind === 'kit') refuse(kitInKit)
    if (!fitsDecimals(quantity, component.decimals)) refuse(tooManyDecimals)
  }
  const old = (await kitLinesOf(context, id)).map(asQuantity)
  await putKitLines(
    context,
    id,
    lines.map((line) => ({ id: context.newId(), ...line })),
  )
  await touchVariant(context, id)
  const changed = await readVariant(context, id)
  context.changed({ resource: 'variant', id, old: { kit_lines: old }, new: { kit_lines: changed.kit_lines } })
  return changed
}

async function lockPack(context: CommandContext, id: string, version: number) {
  const old = (await findPack(context, id, true)) ?? refuse(platformRefusals.notFound)
  if (old.version !== version) refuse(platformRefusals.versionConflict)
  return asQuantity(old)
}

async function assertCountable(context: CommandContext, unitId: string, quantity: string): Promise<void> {
  const unit = await findUnit(context, unitId)
  if (unit && !fitsDecimals(quantity, unit.decimals)) refuse(tooManyDecimals)
}
