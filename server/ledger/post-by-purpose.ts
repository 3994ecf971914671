import type { CommandContext } from '../platform/operation.ts'
import { Refusal, refuse } from '../platform/refusal.ts'
import { laterPurposes } from './chart.ts'
import { charts } from './charts.ts'
import { account, booksNotFound, purposeNotServed } from './contract.ts'
import type { ForeignAmount } from './convert-lines.ts'
import { type NewJournal, type Recorded, recordJournals } from './journal-queries.ts'
import {
  findPurposed,
  type Holder,
  holdOpen,
  insertAccounts,
  openHolderAccounts,
  type Purposed,
  type PurposedAccount,
} from './queries.ts'
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
  readonly lines: readonly {
    readonly purpose: string
    readonly holder: Holder | null
    readonly amount: string
    /** What it was in the currency it was made in, if another one. */
    readonly foreign?: Omit<ForeignAmount, 'line'> | undefined
  }[]
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
  const made = (await journalsByPurpose(scope, journals)).map(orThrow)
  for (const { code, detail } of await recordJournals(scope, made)) assertPosted({ code, detail })
}

/**
 * Journals as ledger.record takes them, for a recording function that calls it together with the document they stand for: in
 * order, each by itself or `purpose_not_served`. Opens accounts of holders that are not there yet, and those that books which
 * were opened earlier lack.
 */
export async function journalsByPurpose(
  scope: Scope,
  journals: readonly PurposeJournal[],
): Promise<(NewJournal | Refusal)[]> {
  const accounts = await accountsOf(scope, journals)
  return journals.map(({ by, currency, lines, ...journal }) => {
    const { entity_id } = journal
    const found = lines.map((line) => ({ ...line, id: accounts.get(keyOf({ ...line, entity_id, currency })) }))
    const unserved = found.find(({ id }) => id === undefined)
    if (unserved)
      return new Refusal(purposeNotServed, `no account of the books serves ${unserved.purpose} in ${currency}`)
    const foreign_amounts = found.flatMap(({ foreign }, at) => (foreign ? [{ line: at + 1, ...foreign }] : []))
    return {
      ...journal,
      if_closed: 'refuse',
      by_product: true,
      lines: found.map(({ id, amount }) => ({ account_id: id ?? missing(), amount })),
      ...(foreign_amounts.length > 0 ? { foreign_amounts } : {}),
    }
  })
}

/** Throws what ledger.record found wrong with a journal; nothing of the transaction may be committed then. */
export function assertPosted({ code, detail }: Pick<Recorded, 'code' | 'detail'>): void {
  if (code !== null) throw new Refusal(refusalOf(recordingRefusals, code), detail ?? undefined)
}

function orThrow(made: NewJournal | Refusal): NewJournal {
  if (made instanceof Refusal) throw made
  return made
}

type Wanted = Purposed & Pick<PurposeJournal, 'by'>

/** The account of every line, opened where a holder had none; none where no account serves the purpose. */
async function accountsOf(scope: Scope, journals: readonly PurposeJournal[]): Promise<ReadonlyMap<string, string>> {
  const wanted = new Map<string, Wanted>()
  for (const { entity_id, currency, lines, by } of journals)
    for (const { purpose, holder } of lines) {
      const one = { entity_id, currency, purpose, holder, by }
      if (!wanted.has(keyOf(one))) wanted.set(keyOf(one), one)
    }
  const accounts = await find(scope, [...wanted.values()])
  await openLater(scope, wanted, accounts)
  const unopened = [...wanted].flatMap(([key, one]) => {
    const { id, main_id } = accounts.get(key) ?? missing()
    return id === null && main_id !== null && one.holder
      ? [{ ...one, main_id, holder: one.holder, id: one.by.newId() }]
      : []
  })
  // The second time for those whose code somebody took while the first waited for them.
  for (let left = unopened, time = 0; left.length > 0 && time < 2; time++) {
    for (const opened of await openHolderAccounts(scope, left))
      left.find(({ id }) => id === opened.id)?.by.changed({ resource: 'account', id: opened.id, new: opened })
    for (const [key, found] of await find(scope, left)) accounts.set(key, found)
    left = left.filter((one) => accounts.get(keyOf(one))?.id === null)
  }
  return new Map(
    [...accounts].flatMap(([key, { id, main_id }]) => (main_id === null ? [] : [[key, id ?? missing()] as const])),
  )
}

/** Opens what the chart of the books presets today and did not when they were opened; nothing where its code is taken. */
async function openLater(
  scope: Scope,
  wanted: ReadonlyMap<string, Wanted>,
  accounts: Map<string, PurposedAccount>,
): Promise<void> {
  for (const [key, { entity_id, currency, purpose, holder, by }] of wanted) {
    if (accounts.get(key)?.main_id !== null || holder !== null || !laterPurposes.includes(purpose)) continue
    const chart = charts.find(({ id }) => id === accounts.get(key)?.chart)
    const preset = chart?.accounts.find((one) => one.purpose === purpose)
    if (!preset) continue
    const { code, name, type } = preset
    const row = { id: by.newId(), entity_id, code, name, type, purpose, currency, floor: null, ceiling: null }
    const [opened] = await insertAccounts(scope, [row], { unlessTaken: true })
    if (opened) by.changed({ resource: 'account', id: opened.id, new: opened, schema: account })
    for (const [again, found] of await find(scope, [{ entity_id, currency, purpose, holder }]))
      accounts.set(again, found)
  }
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
