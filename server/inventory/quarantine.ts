import type { z } from 'zod'
import { quantityOf, readGoods } from '../catalog/index.ts'
import { money } from '../platform/money.ts'
import type { CommandContext } from '../platform/operation.ts'
import { refuse } from '../platform/refusal.ts'
import { assertInScope } from '../platform/scope.ts'
import { dayIn } from '../platform/time.ts'
import { branchNotFound, placesOfBusiness } from '../tenants/index.ts'
import { isExpired } from './allocate-batches.ts'
import { readReservation } from './end-reservations.ts'
import type {
  quarantine,
  quarantineExpiredInput,
  quarantineReasons,
  quarantineStockInput,
} from './reservation-contract.ts'
import {
  findExpiredLevels,
  type findReservations,
  type NewReservation,
  type NewReservationLine,
  recordReservations,
} from './reservation-queries.ts'
import { assertStocked, refusalsOf } from './reserve-stock.ts'
import { holdStock } from './stock-queries.ts'

/** What inventory.reserve takes; what is beyond it goes with the next command. */
const mostLines = 10_000

type Reason = (typeof quarantineReasons)[number]
type Output = z.input<typeof quarantine>
type Found = Awaited<ReturnType<typeof findReservations>>[number]

/** Takes goods out of everybody's hands, of a batch that is blocked or expired, too. */
export async function quarantineStock(
  context: CommandContext,
  input: z.output<typeof quarantineStockInput>,
): Promise<Output> {
  const { variant_id, batch_id = null } = input
  await assertBranch(context, input.branch_id)
  const goods = assertStocked((await readGoods(context, [variant_id])).get(variant_id), 0)
  return putAway(context, input, [{ item: 1, variant_id, batch_id, quantity: quantityOf(goods, input) }])
}

/** Takes what has expired of a branch and is available out of everybody's hands. Null where there is nothing of the kind. */
export async function quarantineExpired(
  context: CommandContext,
  input: z.output<typeof quarantineExpiredInput>,
): Promise<Output | null> {
  const { branch_id } = input
  const { time_zone } = await assertBranch(context, branch_id)
  const today = dayIn(time_zone, context.now)
  const held = await holdStock(context, await findExpiredLevels(context, branch_id, today))
  const lines = held
    .flatMap(({ variant_id, levels }) => levels.map((level) => ({ ...level, variant_id })))
    .filter(({ expires_on, available }) => isExpired(expires_on, today) && money(available).greaterThan('0'))
    .slice(0, mostLines)
    .map(({ variant_id, batch_id, available }, at) => ({ item: at + 1, variant_id, batch_id, quantity: available }))
  return lines.length === 0 ? null : putAway(context, { ...input, reason: 'expired' }, lines)
}

/** What is in quarantine, as it is answered. */
export function asQuarantine(found: Found): Output {
  const { kind, document_type, document_id, reason, lines, ...head } = found
  return { ...head, reason: reason as Reason, lines: lines.map(({ expires_at, ...line }) => line) }
}

async function assertBranch(context: CommandContext, branchId: string) {
  assertInScope(context, { branchId }, branchNotFound)
  return (await placesOfBusiness(context, [branchId])).get(branchId) ?? refuse(branchNotFound)
}

async function putAway(
  context: CommandContext,
  given: { id?: string | undefined; branch_id: string; reason: Reason; note?: string | undefined },
  lines: readonly NewReservationLine[],
): Promise<Output> {
  const { branch_id, reason, note = null } = given
  const id = given.id ?? context.newId()
  const reservation: NewReservation = {
    ...{ id, branch_id, reason, note, lines },
    kind: 'quarantine',
    document_type: 'quarantine',
    document_id: id,
    expires_at: null,
    actor_id: context.caller.userId,
  }
  const refusal = refusalsOf([reservation], await recordReservations(context, [reservation])).get(id)
  if (refusal) throw refusal
  context.changed({ resource: 'quarantine', id, new: { branch_id, reason, note, lines } })
  return asQuarantine(await readReservation(context, 'quarantine', id))
}
