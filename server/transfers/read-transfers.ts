import type { z } from 'zod'
import { findBatches } from '../inventory/index.ts'
import { type Money, money, toText } from '../platform/money.ts'
import type { Caller, QueryContext } from '../platform/operation.ts'
import { platformRefusals, refuse } from '../platform/refusal.ts'
import type { transfer, transferHeader } from './contract.ts'
import { findTransfer, linesOf, type Scope, type TransferRow } from './queries.ts'
import { type PartRow, partsOf, stepsOf } from './step-queries.ts'

/** A transfer with its lines and what became of them. Refuses with `not_found` who works in neither of its branches. */
export async function readTransfer(context: QueryContext, id: string): Promise<z.input<typeof transfer>> {
  const found = (await findTransfer(context, id)) ?? refuse(platformRefusals.notFound)
  if (!isSeen(context.caller, found)) refuse(platformRefusals.notFound)
  const [headers, lines, parts] = [
    await withSteps(context, [found]),
    await linesOf(context, id),
    await partsOf(context, id),
  ]
  const batches = await findBatches(
    context,
    parts.flatMap((part) => part.batch_id ?? []),
  )
  const byId = new Map(batches.map((batch) => [batch.id, batch]))
  const byLine = Map.groupBy(parts, (part) => part.line_id)
  const header = headers[0] ?? refuse(platformRefusals.notFound)
  return { ...header, lines: lines.map((line) => asLine(line, byLine.get(line.id) ?? [], byId)) }
}

/** Transfers as lists show them: with who moved them on and when. */
export async function withSteps(
  scope: Scope,
  rows: readonly TransferRow[],
): Promise<(z.input<typeof transferHeader> & { sequence: string })[]> {
  const byTransfer = await stepsOf(
    scope,
    rows.map((row) => row.id),
  )
  return rows.map(({ number, currency, ...row }) => {
    const steps = (byTransfer.get(row.id) ?? []).map(({ transfer_id, ...step }) => step)
    const dispatched = steps.find((step) => step.action === 'dispatch')
    const received = steps.findLast((step) => step.action === 'receive')
    return {
      ...row,
      number: numberOf(number),
      sequence: number,
      dispatched_by: dispatched?.actor_id ?? null,
      dispatched_at: dispatched?.recorded_at ?? null,
      received_by: received?.actor_id ?? null,
      received_at: received?.recorded_at ?? null,
      steps,
    }
  })
}

/** The number of a transfer as people read it. */
export function numberOf(number: string): string {
  return `TR-${number.padStart(6, '0')}`
}

/** True when the caller works in one of the branches of a transfer. */
export function isSeen({ scope }: Pick<Caller, 'scope'>, row: Pick<TransferRow, 'from_branch_id' | 'to_branch_id'>) {
  return scope === null || [row.from_branch_id, row.to_branch_id].some((id) => scope.branchIds.includes(id))
}

function asLine(
  line: Awaited<ReturnType<typeof linesOf>>[number],
  parts: readonly PartRow[],
  batches: ReadonlyMap<string, { number: string; expires_on: string | null }>,
) {
  const shown = parts.map((part) => ({
    id: part.id,
    batch_id: part.batch_id,
    batch_number: batches.get(part.batch_id ?? '')?.number ?? null,
    expires_on: batches.get(part.batch_id ?? '')?.expires_on ?? null,
    sent_quantity: plain(part.quantity),
    arrived_quantity: plain(part.arrived_quantity),
    damaged_quantity: plain(part.damaged_quantity),
    written_off_quantity: plain(part.written_off_quantity),
    taken_back_quantity: plain(part.taken_back_quantity),
    open_quantity: plain(part.open_quantity),
  }))
  const sum = (pick: (part: (typeof shown)[number]) => string) =>
    toText(shown.reduce((total: Money, part) => total.plus(pick(part)), money('0')))
  return {
    ...line,
    quantity: plain(line.quantity),
    given_quantity: plain(line.given_quantity),
    sent_quantity: sum((part) => part.sent_quantity),
    arrived_quantity: sum((part) => part.arrived_quantity),
    damaged_quantity: sum((part) => part.damaged_quantity),
    written_off_quantity: sum((part) => part.written_off_quantity),
    taken_back_quantity: sum((part) => part.taken_back_quantity),
    open_quantity: sum((part) => part.open_quantity),
    parts: shown,
  }
}

function plain(quantity: string): string {
  return toText(money(quantity))
}
