import type { z } from 'zod'
import { definedOf } from '../platform/defined.ts'
import type { CommandContext, QueryContext } from '../platform/operation.ts'
import { platformRefusals, refuse } from '../platform/refusal.ts'
import { assertInScope } from '../platform/scope.ts'
import { assertCurrency } from '../reference/index.ts'
import {
  accountHeld,
  accountNotEmpty,
  type accountVersionInput,
  type createAccountInput,
  type updateAccountInput,
} from './contract.ts'
import { assertBooks } from './open-books.ts'
import { findAccount, insertAccounts, updateAccount } from './queries.ts'

/** Opens an account with a balance of zero. */
export async function createAccount(context: CommandContext, input: z.output<typeof createAccountInput>) {
  await assertBooks(context, input.entity_id)
  await assertCurrency(context, input.currency)
  const [created] = await insertAccounts(context, [
    {
      ...input,
      id: input.id ?? context.newId(),
      purpose: input.purpose ?? null,
      floor: input.floor ?? null,
      ceiling: input.ceiling ?? null,
    },
  ])
  if (!created) throw new Error('an account was not inserted')
  context.changed({ resource: 'account', id: created.id, new: created })
  return created
}

/**
 * Changes name and limits. A balance may lie outside new limits, then it can only come nearer to them. Entity, type and
 * currency stay: entries were recorded under them. Refuses with `account_held` limits of one that the product keeps by itself: they
 * would stop what has happened from being booked.
 */
export async function changeAccount(
  context: CommandContext,
  { id, version, ...values }: z.output<typeof updateAccountInput>,
) {
  return change(context, { id, version }, (old) => {
    const isLimited = (values.floor ?? null) !== null || (values.ceiling ?? null) !== null
    if (old.holder_id !== null && isLimited) refuse(accountHeld)
    return definedOf(values)
  })
}

/** Closes an account whose balance is zero: it takes no more entries. One that the product keeps by itself stays open. */
export async function closeAccount(context: CommandContext, input: z.output<typeof accountVersionInput>) {
  return change(context, input, (old) => {
    if (old.holder_id !== null) refuse(accountHeld)
    if (!/^0(\.0+)?$/.test(old.balance)) refuse(accountNotEmpty)
    return { closed_at: old.closed_at ?? context.now }
  })
}

/** Opens a closed account again. */
export async function reopenAccount(context: CommandContext, input: z.output<typeof accountVersionInput>) {
  return change(context, input, () => ({ closed_at: null }))
}

/** One account of the caller's part of the tenant; `not_found` for others. With `lock`, held until the transaction ends. */
export async function readAccount(context: QueryContext, id: string, lock = false): Promise<Account> {
  const account = (await findAccount(context, id, lock)) ?? refuse(platformRefusals.notFound)
  assertInScope(context, { entityId: account.entity_id })
  return account
}

type Account = NonNullable<Awaited<ReturnType<typeof findAccount>>>

async function change(
  context: CommandContext,
  { id, version }: { id: string; version: number },
  decide: (old: Account) => Parameters<typeof updateAccount>[2],
) {
  const old = await readAccount(context, id, true)
  if (old.version !== version) refuse(platformRefusals.versionConflict)
  const changed = await updateAccount(context, id, decide(old))
  context.changed({ resource: 'account', id, old, new: changed })
  return changed
}
