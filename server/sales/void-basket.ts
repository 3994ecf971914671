import { z } from 'zod'
import { amountTooFine } from '../basket/index.ts'
import { holdSession, sessionNotFound, sessionNotOpen } from '../cash/index.ts'
import { readGoods, variantNotFound } from '../catalog/index.ts'
import { instantKey } from '../payments/index.ts'
import { money } from '../platform/money.ts'
import type { CommandContext, QueryContext } from '../platform/operation.ts'
import { platformRefusals, refuse } from '../platform/refusal.ts'
import { readCursor, toPage } from '../platform/schema.ts'
import { assertInScope } from '../platform/scope.ts'
import { findCurrency } from '../reference/index.ts'
import type { voidBasketInput } from './contract.ts'
import type { listVoidedBasketsInput, voidedBasketInFull } from './read-contract.ts'
import { amountsIn, assertNamed, daysOf, plain } from './read-sales.ts'
import { findVoid, listVoids, recordVoid } from './void-queries.ts'

/** Notes a basket that was given up before it was paid: nothing of it is sold, and nobody does it without a trace. */
export async function voidBasket(context: CommandContext, input: z.output<typeof voidBasketInput>) {
  const { lines, ...head } = input
  const session = await holdSession(context, input.session_id)
  assertInScope(context, { branchId: session.branch_id }, sessionNotFound)
  if (session.late_of !== null) refuse(sessionNotOpen)
  const minorUnit = (await findCurrency(context, session.currency))?.minor_unit ?? 0
  for (const { total } of [input, ...lines]) if (money(total).decimalPlaces() > minorUnit) refuse(amountTooFine)
  const basket = {
    ...head,
    id: input.id ?? context.newId(),
    register_id: session.register_id,
    branch_id: session.branch_id,
    employee_id: context.caller.employeeId,
    currency: session.currency,
  }
  const variantIds = lines.flatMap(({ variant_id }) => variant_id ?? [])
  if ((await readGoods(context, variantIds)).size < new Set(variantIds).size) refuse(variantNotFound)
  await recordVoid(context, { ...basket, lines })
  context.changed({ resource: 'voided_basket', id: basket.id, new: { ...basket, lines: lines.length } })
  return readVoidedBasket(context, basket.id)
}

/** A page of the baskets that were given up, the latest first. Refuses with `branch_not_found`. */
export async function readVoidedBaskets(
  context: QueryContext,
  { cursor, limit, from, through, ...given }: z.output<typeof listVoidedBasketsInput>,
) {
  const after = readCursor(cursor, z.tuple([instantKey, z.uuid()]))
  const days = await daysOf(context, { from, through, branch_id: given.branch_id })
  await assertNamed(context, given)
  const rows = await listVoids(context, { ...given, days }, { limit, after })
  const told = toPage(rows, limit, (row) => [row.recorded_key, row.id])
  return {
    ...told,
    items: told.items.map(({ minor_unit, recorded_key: _, ...row }) => ({
      ...row,
      total: amountsIn({ minor_unit })(row.total),
    })),
  }
}

/** One basket that was given up. Refuses with `not_found`. */
export async function readVoidedBasket(context: QueryContext, id: string): Promise<z.input<typeof voidedBasketInFull>> {
  const { minor_unit, lines, ...found } = (await findVoid(context, id)) ?? refuse(platformRefusals.notFound)
  assertInScope(context, { branchId: found.branch_id })
  const text = amountsIn({ minor_unit })
  return {
    ...found,
    total: text(found.total),
    lines: lines.map(({ variant_id = null, name, quantity, total }) => ({
      variant_id,
      name,
      quantity: plain(quantity),
      total: text(total),
    })),
  }
}
