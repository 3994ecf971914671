import type { z } from 'zod'
import { money, toText } from '../platform/money.ts'
import type { CommandContext } from '../platform/operation.ts'
import { platformRefusals, refuse } from '../platform/refusal.ts'
import { addedUnits, type createUnitInput, tooManyDecimals, type updateUnitInput } from './contract.ts'
import { findUnit, insertMissingUnits, insertUnit, type NewUnit, updateUnit } from './queries.ts'

type Maker = Pick<CommandContext, 'db' | 'tenantId' | 'newId' | 'changed'>

const usual: readonly Omit<NewUnit, 'id'>[] = [
  { code: 'piece', name: 'Piece', dimension: 'count', size: '1', decimals: 0 },
  { code: 'pair', name: 'Pair', dimension: 'count', size: '2', decimals: 0 },
  { code: 'dozen', name: 'Dozen', dimension: 'count', size: '12', decimals: 0 },
  { code: 'kg', name: 'Kilogram', dimension: 'mass', size: '1', decimals: 3 },
  { code: 'g', name: 'Gram', dimension: 'mass', size: '0.001', decimals: 0 },
  { code: 'lb', name: 'Pound', dimension: 'mass', size: '0.45359237', decimals: 3 },
  { code: 'l', name: 'Litre', dimension: 'volume', size: '1', decimals: 3 },
  { code: 'ml', name: 'Millilitre', dimension: 'volume', size: '0.001', decimals: 0 },
  { code: 'm', name: 'Metre', dimension: 'length', size: '1', decimals: 3 },
  { code: 'cm', name: 'Centimetre', dimension: 'length', size: '0.01', decimals: 1 },
  { code: 'm2', name: 'Square metre', dimension: 'area', size: '1', decimals: 3 },
  { code: 'hour', name: 'Hour', dimension: 'time', size: '1', decimals: 2 },
  { code: 'minute', name: 'Minute', dimension: 'time', size: '0.016666666667', decimals: 0 },
]

/** Makes the usual units that the tenant lacks, in the name of whatever needs them, such as a new legal entity. */
export async function addUsualUnits(scope: Maker, needing: { id: string }) {
  const made = await insertMissingUnits(
    scope,
    usual.map((one) => ({ id: scope.newId(), ...one })),
  )
  const items = made.map(asUnit).toSorted((a, b) => (a.code < b.code ? -1 : 1))
  if (items.length > 0) scope.changed({ resource: 'units', id: needing.id, new: { items }, schema: addedUnits })
  return items
}

/** Makes a unit. */
export async function createUnit(context: CommandContext, input: z.output<typeof createUnitInput>) {
  const made = asUnit(await insertUnit(context, { ...input, id: input.id ?? context.newId() }))
  context.changed({ resource: 'unit', id: made.id, new: made })
  return made
}

/** Changes what a unit is called. What it measures stays: quantities are kept in it. */
export async function renameUnit(context: CommandContext, { id, version, name }: z.output<typeof updateUnitInput>) {
  const old = (await findUnit(context, id, true)) ?? refuse(platformRefusals.notFound)
  if (old.version !== version) refuse(platformRefusals.versionConflict)
  const changed = asUnit(await updateUnit(context, id, name))
  context.changed({ resource: 'unit', id, old: asUnit(old), new: changed })
  return changed
}

/** A unit as clients read it. */
export function asUnit<U extends { size: string }>(row: U): U {
  return { ...row, size: plain(row.size) }
}

/** A column of numeric without the zeros that fill it up. */
export function plain(text: string): string
export function plain(text: string | null): string | null
export function plain(text: string | null): string | null {
  return text === null ? null : toText(money(text))
}

/** Refuses with `too_many_decimals` the size of a batch that the unit cannot count. */
export function assertBatchSizes(
  { decimals }: { readonly decimals: number },
  sizes: { readonly batch_size_min?: string | null | undefined; readonly batch_size_max?: string | null | undefined },
): void {
  for (const size of [sizes.batch_size_min, sizes.batch_size_max])
    if (typeof size === 'string' && !fitsDecimals(size, decimals)) refuse(tooManyDecimals)
}

/** True when a decimal string has at most so many decimals that say something. */
export function fitsDecimals(text: string, decimals: number): boolean {
  return money(text).decimalPlaces() <= decimals
}
