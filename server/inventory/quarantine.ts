import type { z } from 'zod'
import { money } from '../platform/money.ts'
import type { CommandContext } from '../platform/operation.ts'
import { Refusal } from '../platform/refusal.ts'
import { dayIn } from '../platform/time.ts'
import { readBranch } from '../tenants/index.ts'
import { isExpired } from './allocate-batches.ts'
import { lossAccountOf } from './correct-stock.ts'
import { countLines } from './document-lines.ts'
import { consumeReservations, readReservation } from './end-reservations.ts'
import { postStock } from './post-stock.ts'
import { readPosting } from './read-stock.ts'
import type {
  quarantine,
  quarantineExpiredInput,
  quarantineReasons,
  quarantineStockInput,
  writeOffQuarantineInput,
} from './reservation-contract.ts'
import {
  findExpiredLevels,
  type findReservations,
  type NewReservation,
  type NewReservationLine,
  recordReservations,
} from './reservation-queries.ts'
import { refusalsOf } from './reserve-stock.ts'
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
  await readBranch(context, input.branch_id)
  const counted = await countLines(context, input.lines)
  const lines = counted.map(({ line, given: { variant_id, batch_id = null }, quantity }) => ({
    item: line,
    variant_id,
    batch_id,
    quantity,
  }))
  return putAway(context, input, lines)
}

/**
 * The same of what a customer brought back, which the caller has posted: it is there, though stock is below zero by the books,
 * or more is reserved than lies there.
 */
export async function quarantineReturned(
  context: CommandContext,
  { branch_id, note, lines }: { branch_id: string; note: string; lines: readonly Omit<NewReservationLine, 'item'>[] },
): Promise<Output> {
  const numbered = lines.map((line, at) => ({ item: at + 1, ...line }))
  return putAway(context, { branch_id, reason: 'returned', note, is_at_hand: true }, numbered)
}

/** Takes what has expired of a branch and is available out of everybody's hands. Null where there is nothing of the kind. */
export async function quarantineExpired(
  context: CommandContext,
  input: z.output<typeof quarantineExpiredInput>,
): Promise<Output | null> {
  const { branch_id } = input
  const { time_zone } = await readBranch(context, branch_id)
  const today = dayIn(time_zone, context.now)
  const held = await holdStock(context, await findExpiredLevels(context, branch_id, today))
  const lines = held
    .flatMap(({ variant_id, levels }) => levels.map((level) => ({ ...level, variant_id })))
    .filter(({ expires_on, available }) => isExpired(expires_on, today) && money(available).greaterThan('0'))
    .slice(0, mostLines)
    .map(({ variant_id, batch_id, available }, at) => ({ item: at + 1, variant_id, batch_id, quantity: available }))
  return lines.length === 0 ? null : putAway(context, { ...input, reason: 'expired' }, lines)
}

/** Writes off what is in quarantine, whole or in part: it leaves at its cost. */
export async function writeOffQuarantine(context: CommandContext, input: z.output<typeof writeOffQuarantineInput>) {
  const { reason, document_number = null, document_on = null, note = null } = input
  await readReservation(context, 'quarantine', input.id)
  const asked = { reservation_id: input.id, ...(input.lines && { lines: input.lines }) }
  const [freed] = await consumeReservations(context, [asked], context.caller.userId)
  if (!freed || freed instanceof Refusal) throw freed ?? new Error('nothing was consumed')
  const id = input.write_off_id ?? context.newId()
  const document = { kind: 'write_off', document_type: 'stock_write_off', document_id: id, document_number } as const
  await postStock(context, {
    ...document,
    ...{ id, reason, note, on: document_on, party_id: null },
    lines: freed.map(({ branch_id, variant_id, batch_id, quantity }) => ({
      ...{ branch_id, variant_id, batch_id },
      change: { kind: 'issue', quantity, against: lossAccountOf(reason) },
    })),
  })
  context.changed({ resource: 'quarantine', id: input.id, new: { write_off_id: id, written_off: freed } })
  return readPosting(context, id)
}

/** What is in quarantine, as it is answered. */
export function asQuarantine(found: Found): Output {
  const { kind, document_type, document_id, reason, lines, ...head } = found
  return { ...head, reason: reason as Reason, lines: lines.map(({ expires_at, ...line }) => line) }
}

async function putAway(
  context: CommandContext,
  given: {
    id?: string | undefined
    branch_id: string
    reason: Reason
    note?: string | undefined
    is_at_hand?: boolean
  },
  lines: readonly NewReservationLine[],
): Promise<Output> {
  const { branch_id, reason, note = null, is_at_hand = false } = given
  const id = given.id ?? context.newId()
  const reservation: NewReservation = {
    ...{ id, branch_id, reason, note, is_at_hand, lines },
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
