import type { CommandContext } from '../platform/operation.ts'
import { Refusal, refuse } from '../platform/refusal.ts'
import { booksNotFound, purposeNotServed } from './contract.ts'
import { type NewJournal, recordJournals } from './journal-queries.ts'
import { findPurposed, type Holder, holdOpen, openHolderAccounts, type Purposed } from './queries.ts'
import { recordingRefusals, refusalOf } from './refusals.ts'

type Scope = Pick<CommandContext, 'client' | 'db' | 'tenantId'>

/**
 * A journal that the product posts by itself: its lines name purposes, not accounts. Amounts are in `currency`, that of the
 * legal entity. With a holder, a line goes to the account that is kept for it.
 */
export interface PurposeJournal
  extends Pick<
    NewJournal,
    'id' | 'document_type' | 'document_id' | 'document_number' | 'document_on' | 'description' | 'actor_id'
  > {
  readonly entity_id: string
  readonly currency: string
  /** The day it counts; as `holdBooksOpen` allows it. */
  readonly effective_on: string
  readonly lines: readonly { readonly purpose: string; readonly holder: Holder | null; readonly amount: string }[]
  /** Who posts it; an account that it is the first to need is opened in their name. */
  readonly by: Pick<CommandContext, 'newId' | 'changed'>
}

/**
 * Keeps books from being closed until the end of the transaction and answers, for each legal entity, with the day through
 * which they are closed, null if none is. Refuses with `books_not_found`. Comes after locks on stock, before those on accounts.
 */
export async function holdBooksOpen(
  scope: Scope,
  entityIds: readonly string[],
): Promise<ReadonlyMap<string, string | null>> {
  const held = await holdOpen(scope, entityIds)
  for (const id of entityIds) if (!held.has(id)) refuse(booksNotFound)
  return held
}

/**
 * Posts journals by purpose, in one call, and opens accounts of holders that are not there yet. Throws the refusal of the
 * first that is wrong, and then the transaction must not be committed: what else these journals stand for is recorded.
 */
export async function postByPurpose(scope: Scope, journals: readonly PurposeJournal[]): Promise<void> {
  if (journals.length === 0) return
  const accounts = await accountsOf(scope, journals)
  const recorded = await recordJournals(
    scope,
    journals.map(({ by, currency, ...journal }) => ({
      ...journal,
      if_closed: 'refuse',
      by_product: true,
      lines: journal.lines.map(({ purpose, holder, amount }) => ({
        account_id: accounts.get(keyOf({ entity_id: journal.entity_id, currency, purpose, holder })) ?? missing(),
        amount,
      })),
    })),
  )
  for (const { code, detail } of recorded)
    if (code !== null) throw new Refusal(refusalOf(recordingRefusals, code), detail ?? undefined)
}

/** The account of every line, opened where a holder had none. */
async function accountsOf(scope: Scope, journals: readonly PurposeJournal[]): Promise<ReadonlyMap<string, string>> {
  const wanted = new Map<string, Purposed & Pick<PurposeJournal, 'by'>>()
  for (const { entity_id, currency, lines, by } of journals)
    for (const { purpose, holder } of lines) {
      const one = { entity_id, currency, purpose, holder, by }
      if (!wanted.has(keyOf(one))) wanted.set(keyOf(one), one)
    }
  const accounts = await find(scope, [...wanted.values()])
  const unopened = [...wanted].flatMap(([key, one]) => {
    const { id, main_id } = accounts.get(key) ?? missing()
    if (main_id === null) refuse(purposeNotServed, `no account of the books serves ${one.purpose} in ${one.currency}`)
    return id === null && one.holder ? [{ ...one, main_id, holder: one.holder, id: one.by.newId() }] : []
  })
  // The second time for those whose code somebody took while the first waited for them.
  for (let left = unopened, time = 0; left.length > 0 && time < 2; time++) {
    for (const opened of await openHolderAccounts(scope, left))
      left.find(({ id }) => id === opened.id)?.by.changed({ resource: 'account', id: opened.id, new: opened })
    for (const [key, found] of await find(scope, left)) accounts.set(key, found)
    left = left.filter((one) => accounts.get(keyOf(one))?.id === null)
  }
  return new Map([...accounts].map(([key, { id }]) => [key, id ?? missing()]))
}

async function find(scope: Scope, wanted: readonly Purposed[]) {
  const found = await findPurposed(scope, wanted)
  return new Map(wanted.map((one, at) => [keyOf(one), found[at] ?? missing()]))
}

function keyOf({ entity_id, currency, purpose, holder }: Purposed): string {
  return [entity_id, currency, purpose, holder?.type, holder?.id].join(' ')
}

function missing(): never {
  throw new Error('the ledger has no account for a line, or did not answer for it')
}
