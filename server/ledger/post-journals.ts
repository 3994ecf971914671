import type { z } from 'zod'
import { readRates } from '../fx/index.ts'
import type { Batch, BatchContext, ItemContext } from '../platform/operation.ts'
import { Refusal } from '../platform/refusal.ts'
import { assertInScope } from '../platform/scope.ts'
import type { Settings } from '../settings/index.ts'
import {
  accountNotFound,
  accountOfAnotherEntity,
  booksNotFound,
  type journal,
  type postJournalInput,
  type reverseJournalInput,
} from './contract.ts'
import { convertLines, splitLines } from './convert-lines.ts'
import { entitiesOfJournals, findJournals, type NewJournal, recordJournals } from './journal-queries.ts'
import { readRounding } from './queries.ts'
import { recordingRefusals, refusalOf } from './refusals.ts'
import { type Line, roundLines } from './round-lines.ts'

type PostInput = z.output<typeof postJournalInput>
type ReverseInput = z.output<typeof reverseJournalInput>
type Output = z.input<typeof journal>
interface World {
  readonly rounding: Awaited<ReturnType<typeof readRounding>>
  readonly rateOf: Awaited<ReturnType<typeof readRates>>
}

interface Decided {
  readonly journal: NewJournal
  /** The caller must not learn of accounts beyond their part of the tenant. */
  readonly isScoped: boolean
}

/** Posts journals: those that arrive at once are recorded together, each by itself right or refused. */
export function postJournals(settings: Settings): Batch<PostInput, World | undefined, Decided, Output> {
  return { read: (context, inputs) => readWorld(context, settings, inputs), decide, record }
}

/** What journals in other currencies, and those to be rounded, need; the rates and how old they may be once for all. */
async function readWorld(
  context: BatchContext,
  settings: Settings,
  inputs: readonly PostInput[],
): Promise<World | undefined> {
  const foreign = inputs.filter(isForeign)
  const computed = inputs.filter((input) => input.round || foreign.includes(input))
  if (computed.length === 0) return undefined
  const accountIds = computed.flatMap((input) => input.lines.map((line) => line.account_id))
  const rounding = await readRounding(context, [...new Set(accountIds)])
  const days = foreign.map((input) => input.document_on)
  return { rounding, rateOf: days.length > 0 ? await readRates(context, settings, { days }) : unanswered }
}

function decide(world: World | undefined, input: PostInput, context: ItemContext): Decided {
  assertInScope(context, { entityId: input.entity_id }, booksNotFound)
  const journalId = input.id ?? context.newId()
  context.changed({ resource: 'journal', id: journalId })
  const journal = {
    id: journalId,
    entity_id: input.entity_id,
    ...documentOf(input, journalId, context),
    ...(world && (input.round || isForeign(input)) ? linesComputed(input, world) : { lines: asGiven(input.lines) }),
  }
  return { journal, isScoped: context.caller.scope !== null }
}

/** Reverses journals, each by a new one that points back at it. */
export const reverseJournals: Batch<ReverseInput, ReadonlyMap<string, string>, Decided, Output> = {
  read(context, inputs) {
    return entitiesOfJournals(
      context,
      inputs.map((input) => input.id),
    )
  },

  decide(entities, input, context) {
    const entityId = entities.get(input.id)
    if (entityId !== undefined) assertInScope(context, { entityId })
    const journalId = input.reversal_id ?? context.newId()
    context.changed({ resource: 'journal', id: journalId })
    context.changed({ resource: 'journal', id: input.id, new: { reversed_by_id: journalId } })
    const journal = { id: journalId, reverses_id: input.id, ...documentOf(input, journalId, context) }
    return { journal, isScoped: context.caller.scope !== null }
  },

  record,
}

function documentOf(input: PostInput | ReverseInput, journalId: string, context: ItemContext) {
  return {
    document_type: input.document_type,
    // A journal without another document is its own.
    document_id: input.document_id ?? journalId,
    document_number: input.document_number ?? null,
    document_on: input.document_on,
    effective_on: input.effective_on ?? null,
    if_closed: input.if_closed,
    description: input.description ?? null,
    actor_id: context.caller.userId,
  }
}

function isForeign({ lines }: PostInput): boolean {
  return lines.some((line) => line.transaction_currency !== undefined)
}

function asGiven(lines: PostInput['lines']): readonly Line[] {
  return lines as readonly Line[]
}

/** Converts what was made in other currencies, then rounds what is to be rounded. */
function linesComputed(input: PostInput, { rounding: { accounts, rounding }, rateOf }: World) {
  const books = {
    accountOf: (id: string) =>
      [...accounts, ...rounding].find((account) => account.id === id && account.entity_id === input.entity_id),
    roundingAccountOf: (currency: string) =>
      rounding.find((account) => account.entity_id === input.entity_id && account.currency === currency)?.id,
    rateOf: (from: string, to: string) => rateOf({ from, to, on: input.document_on }).rate,
  }
  const converted = convertLines(input.lines, books)
  return splitLines(input.round ? roundLines(converted, books.accountOf, books.roundingAccountOf) : converted)
}

async function record(context: BatchContext, decided: readonly Decided[]): Promise<(Output | Refusal)[]> {
  const recorded = await recordJournals(
    context,
    decided.map(({ journal }) => journal),
  )
  const accepted = decided.filter((_, index) => recorded[index]?.code === null).map(({ journal }) => journal.id)
  const journals = new Map((await findJournals(context, accepted)).map((row) => [row.id, row]))
  return decided.map(({ journal, isScoped }, index) => {
    const { code, detail } = recorded[index] ?? unanswered()
    if (isScoped && code === accountOfAnotherEntity.code) return new Refusal(accountNotFound)
    if (code !== null) return new Refusal(refusalOf(recordingRefusals, code), detail ?? undefined)
    return journals.get(journal.id) ?? unanswered()
  })
}

function unanswered(): never {
  throw new Error('the ledger was asked for what it did not read, or did not answer for every journal')
}
