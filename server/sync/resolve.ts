import type { z } from 'zod'
import type { CommandContext, QueryContext } from '../platform/operation.ts'
import { platformRefusals, refuse } from '../platform/refusal.ts'
import { assertInScope } from '../platform/scope.ts'
import { receiptNumberOf } from '../registers/index.ts'
import type { Settings } from '../settings/index.ts'
import { alreadyResolved, type exception, exceptionOwn, type resolveInput, type setAside } from './contract.ts'
import { findException, findKeptText, findSetAside, type Resolution } from './queries.ts'
import { recordResolution } from './record-queries.ts'
import { textPlace } from './take-in.ts'

type ExceptionRow = NonNullable<Awaited<ReturnType<typeof findException>>>
type SetAsideRow = NonNullable<Awaited<ReturnType<typeof findSetAside>>>

/** Settles an exception, once, and not by whoever made the sale or brought it. */
export async function resolveException(context: CommandContext, input: z.output<typeof resolveInput>) {
  const found = await findInScope(context, input.id)
  if ([found.cashier_id, found.brought_by].includes(context.caller.employeeId)) refuse(exceptionOwn)
  await resolve(context, found, { exception_id: input.id, slip_id: null }, input)
  return readException(context, input.id)
}

/** Settles a slip that was set aside, once. */
export async function resolveSetAside(context: CommandContext, input: z.output<typeof resolveInput>) {
  const found = await readSetAside(context, input.id)
  await resolve(context, found, { exception_id: null, slip_id: input.id }, input)
  return readSetAside(context, input.id)
}

/** An exception of a branch that the caller works with. Refuses with `not_found`. */
export async function readException(context: QueryContext, id: string) {
  return asException(await findInScope(context, id))
}

async function findInScope(context: QueryContext, id: string): Promise<ExceptionRow> {
  const found = (await findException(context, id)) ?? refuse(platformRefusals.notFound)
  assertInScope(context, { branchId: found.branch_id })
  return found
}

/** A slip that was set aside in a branch that the caller works with. Refuses with `not_found`. */
async function readSetAside(context: QueryContext, id: string) {
  const found = (await findSetAside(context, id)) ?? refuse(platformRefusals.notFound)
  assertInScope(context, { branchId: found.branch_id })
  return asSetAside(found)
}

/** The same with its text. */
export async function openSetAside(context: QueryContext, { encryption }: Pick<Settings, 'encryption'>, id: string) {
  const found = await readSetAside(context, id)
  const sealed = (await findKeptText(context, id))?.sealed ?? null
  return { ...found, body: sealed === null ? null : encryption.open(sealed, textPlace(context, id)) }
}

/** An exception as clients read it. */
export function asException({
  register_code,
  sequence,
  resolution,
  cashier_id: _,
  brought_by: __,
  ...row
}: ExceptionRow): z.input<typeof exception> {
  return {
    ...row,
    printed_number: sequence === null ? null : receiptNumberOf(register_code, String(sequence)),
    resolution: asResolution(resolution),
  }
}

/** A slip that was set aside as clients read it. */
export function asSetAside({ register_code, resolution, ...row }: SetAsideRow): z.input<typeof setAside> {
  return {
    ...row,
    receipt_number: receiptNumberOf(register_code, String(row.sequence)),
    hash: row.hash.toString('hex'),
    previous_hash: row.previous_hash.toString('hex'),
    resolution: asResolution(resolution),
  }
}

function asResolution(resolution: Resolution | null) {
  return resolution && { ...resolution, recorded_at: new Date(resolution.recorded_at) }
}

async function resolve(
  context: CommandContext,
  { resolution }: { readonly resolution: unknown },
  of: { exception_id: string | null; slip_id: string | null },
  { resolution_id = context.newId(), outcome, reason }: z.output<typeof resolveInput>,
): Promise<void> {
  if (resolution) refuse(alreadyResolved)
  const made = { id: resolution_id, ...of, outcome, reason, actor_id: context.caller.employeeId }
  await recordResolution(context, made)
  context.changed({ resource: 'sync_resolution', id: made.id, new: made })
}
