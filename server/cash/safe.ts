import type { z } from 'zod'
import { balancesOf, purposeRefusals } from '../ledger/index.ts'
import { holds } from '../platform/execute.ts'
import { money, toText } from '../platform/money.ts'
import { type CommandContext, command, type QueryContext, query } from '../platform/operation.ts'
import { platformRefusals, refuse } from '../platform/refusal.ts'
import { page, readCursor, toPage } from '../platform/schema.ts'
import { assertInScope } from '../platform/scope.ts'
import { branchNotFound } from '../tenants/index.ts'
import { amountTooFine, amountTooLarge, permissions } from './contract.ts'
import * as contract from './movement-contract.ts'
import { amountIn, outsideLine, placeOf, postDocument } from './post.ts'
import { plain } from './read-sessions.ts'
import { findSafeMovement, hasMovedSafe, insertSafeMovement, listSafeMovements } from './safe-queries.ts'

/** The safes of branches: what they hold, and cash that comes in or leaves, such as for the bank. */
export const safeOperations = [
  query({
    name: 'cash.get-safe',
    route: 'GET /v1/safe',
    summary: 'What the safe of a branch holds.',
    permission: contract.manageSafe,
    reach: 'branch',
    input: contract.getSafeInput,
    output: contract.safe,
    refusals: [branchNotFound],
    async handle(context, { branch_id }) {
      const { currency } = await branchOf(context, branch_id)
      return { branch_id, currency, balance: toText(await heldIn(context, branch_id)) }
    },
  }),
  query({
    name: 'cash.list-safe-movements',
    route: 'GET /v1/safe-movements',
    summary:
      'Cash that came into the safe of a branch or left it, beside what sessions bring and take; the newest first.',
    permission: contract.manageSafe,
    reach: 'branch',
    input: contract.listSafeMovementsInput,
    output: page(contract.safeMovement),
    refusals: [branchNotFound],
    async handle(context, { cursor, ...filter }) {
      const [before] = readCursor(cursor, contract.movementCursor) ?? []
      await branchOf(context, filter.branch_id)
      const rows = await listSafeMovements(context, filter, before)
      const items = rows.map((row) => ({ ...row, amount: plain(row.amount) }))
      return toPage(items, filter.limit, (row) => [row.id])
    },
  }),
  command({
    name: 'cash.move-safe',
    route: 'POST /v1/safe-movements',
    summary: 'Put cash into the safe of a branch, or take it out, such as for the bank.',
    permission: contract.manageSafe,
    extraPermissions: [permissions.approveVariance],
    reach: 'branch',
    input: contract.moveSafeInput,
    output: contract.safeMovement,
    refusals: [
      branchNotFound,
      amountTooFine,
      amountTooLarge,
      contract.safeShort,
      contract.safeOwn,
      platformRefusals.alreadyExists,
      ...purposeRefusals,
    ],
    handle: moveSafe,
  }),
] as const

async function moveSafe(
  context: CommandContext,
  { id = context.newId(), branch_id, kind, against, reason, ...input }: z.output<typeof contract.moveSafeInput>,
) {
  const place = await branchOf(context, branch_id)
  if (contract.safeVariances.has(against)) await assertMayJudge(context, branch_id)
  const amount = amountIn(place, input.amount)
  const intoSafe = kind === 'put_in' ? amount : amount.negated()
  await postDocument(context, {
    id,
    place,
    document_type: 'cash_safe',
    document_id: id,
    document_number: null,
    description: reason,
    lines: [outsideLine(place, 'safe', intoSafe), outsideLine(place, against, intoSafe.negated())],
  })
  // Its account is locked by now: nobody else takes the same cash out.
  if (kind === 'take_out' && (await heldIn(context, branch_id)).isNegative()) refuse(contract.safeShort)
  const actor_id = context.caller.employeeId
  await insertSafeMovement(context, { id, branch_id, kind, amount: toText(amount), against, reason, actor_id })
  const made = await findSafeMovement(context, id)
  const told = { ...made, amount: plain(made.amount) }
  context.changed({ resource: 'safe_movement', id, new: told })
  return told
}

/** What is over or short of a safe is for somebody who may approve variances and had no hand in it. Refuses with `safe_own`. */
async function assertMayJudge(context: CommandContext, branchId: string): Promise<void> {
  if (!holds(context.caller.permissions, permissions.approveVariance))
    refuse(platformRefusals.forbidden, `This needs the permission ${permissions.approveVariance}`)
  if (await hasMovedSafe(context, branchId, context.caller.employeeId)) refuse(contract.safeOwn)
}

/** A branch that the caller works with. Refuses with `branch_not_found`. */
async function branchOf(context: QueryContext, id: string) {
  assertInScope(context, { branchId: id }, branchNotFound)
  return placeOf(context, id)
}

async function heldIn(context: QueryContext, branchId: string) {
  const balances = await balancesOf(context, branchId)
  return money(balances.find(({ purpose }) => purpose === 'safe')?.balance ?? '0')
}
