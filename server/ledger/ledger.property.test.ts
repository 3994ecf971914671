import fc from 'fast-check'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { newJournal, record } from '../../tests/harness/ledger.ts'
import { signUpOwner, startTestServer, type TestOwner, type TestServer } from '../../tests/harness/server.ts'
import { inReadTransaction } from '../platform/database.ts'
import { uuidv7 } from '../platform/identifiers.ts'
import { verifyBooks } from './index.ts'
import type { NewJournal } from './journal-queries.ts'
import { sumAccount, totalTrialBalance } from './report-queries.ts'

// Amounts here are whole numbers of a ten-thousandth, the last decimal that the ledger keeps.
const one = 10_000n
const steps = { EUR: 100n, JPY: one }
type Currency = keyof typeof steps

interface Account {
  readonly id: string
  readonly entityId: string
  readonly currency: Currency
  readonly floor: bigint | null
  readonly ceiling: bigint | null
  readonly closed: boolean
}

interface Entry {
  readonly journal_id: string
  readonly line: number
  readonly account_id: string
  readonly account_version: string
  readonly amount: string
  readonly previous_balance: string
  readonly running_balance: string
  readonly effective_on: string
}

interface Posted {
  readonly reverses: string | undefined
  readonly lines: readonly Line[]
  reversed: boolean
}

type Line = readonly [account: string, amount: bigint]

/** The books of one sequence as a plain program would keep them. */
interface Model {
  readonly entityId: string
  readonly accounts: ReadonlyMap<string, Account>
  readonly closedThrough: string | null
  readonly balances: Map<string, bigint>
  readonly versions: Map<string, bigint>
  readonly journals: Map<string, Posted>
  readonly entries: Entry[]
}

/** A journal to be, its amounts as bigint. */
interface Draft {
  readonly id: string
  readonly entityId: string
  readonly lines: readonly Line[]
  readonly reverses?: string
  readonly documentOn: string
  readonly effectiveOn: string | null
  readonly isLate: boolean
}

let server: TestServer
let owner: TestOwner
let superuser: pg.Client

beforeAll(async () => {
  server = await startTestServer()
  owner = await signUpOwner(server)
  superuser = new pg.Client({ connectionString: server.database.superuserUrl })
  await superuser.connect()
})
afterAll(async () => {
  await superuser?.end()
  await server?.close()
})

const accountIndex = fc.nat({ max: 5 })
const dayOf2025 = fc.nat({ max: 364 }).map((days) => new Date(Date.UTC(2025, 0, 1 + days)).toISOString().slice(0, 10))
const spoiled = ['unbalanced', 'zero', 'precision', 'nobody', 'elsewhere', 'one line', 'same id', 'far day'] as const

const journalStep = fc.record({
  kind: fc.constant('journal' as const),
  moves: fc.array(fc.record({ from: accountIndex, to: accountIndex, count: fc.integer({ min: 1, max: 500 }) }), {
    minLength: 1,
    maxLength: 3,
  }),
  spoil: fc.oneof({ arbitrary: fc.constant(null), weight: 6 }, { arbitrary: fc.constantFrom(...spoiled), weight: 1 }),
  day: dayOf2025,
  effectiveOn: fc.option(dayOf2025, { freq: 3 }),
  isLate: fc.boolean(),
})
const reversalStep = fc.record({
  kind: fc.constant('reversal' as const),
  of: fc.nat(),
  day: dayOf2025,
  isLate: fc.boolean(),
})
const step = fc.oneof({ arbitrary: journalStep, weight: 4 }, { arbitrary: reversalStep, weight: 1 })
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never

const limit = fc.option(fc.integer({ min: 0, max: 800 }), { freq: 2 })
const sequence = fc.record({
  accounts: fc.array(
    fc.record({
      currency: fc.constantFrom<Currency[]>('EUR', 'EUR', 'JPY'),
      floor: limit,
      ceiling: limit,
      closed: fc.integer({ min: 0, max: 19 }).map((number) => number === 0),
    }),
    { minLength: 2, maxLength: 6 },
  ),
  closedThrough: fc.option(fc.constantFrom('2025-03-31', '2025-08-31')),
  calls: fc.array(fc.array(step, { minLength: 1, maxLength: 8 }), { minLength: 1, maxLength: 4 }),
  asOf: dayOf2025,
})
type Sequence = typeof sequence extends fc.Arbitrary<infer T> ? T : never

// A failure prints the seed and the path that repeat it.
test('1,000 random sequences of journals and reversals are recorded as a plain model records them', {
  timeout: 120_000,
}, async () => {
  const seen = new Map<string, number>()
  const property = fc.asyncProperty(sequence, async (given) => {
    const model = await openBooks(given)
    for (const steps of given.calls) {
      const drafts = draftsOf(model, steps)
      const before = new Set(model.journals.keys())
      const expected = drafts.map((draft) => apply(model, draft, before))
      const answers = await record(server, owner.tenantId, drafts.map(toJournal))
      expect(answers.map(({ effective_on, code }) => effective_on ?? code)).toEqual(expected)
      for (const { code } of answers) seen.set(code ?? 'ok', (seen.get(code ?? 'ok') ?? 0) + 1)
    }
    await expectBooks(model, given.asOf)
    await reverseAll(model)
  })
  await fc.assert(property, { numRuns: 1_000, endOnFailure: true })
  // The sequences are worth something: each of these came up often.
  const often = [...seen].filter(([, count]) => count > 20).map(([code]) => code)
  expect(often).toEqual(
    expect.arrayContaining([
      ...['ok', 'already_exists', 'not_found', 'already_reversed', 'reversal_not_reversible', 'period_closed'],
      ...['wrong_precision', 'journal_unbalanced', 'balance_below_floor', 'balance_above_ceiling'],
    ]),
  )
  const verdict = await verifyBooks(
    (work) => inReadTransaction(server.product.databases.read, owner.tenantId, (tx) => work(tx.client)),
    owner.tenantId,
  )
  expect(verdict).toMatchObject({ intact: true })
})

/** Makes a legal entity with the accounts of a sequence. */
async function openBooks({ accounts, closedThrough }: Sequence): Promise<Model> {
  const entityId = uuidv7()
  const made = accounts.map(
    ({ currency, floor, ceiling, closed }): Account => ({
      id: uuidv7(),
      entityId,
      currency,
      closed,
      floor: floor === null ? null : BigInt(-floor) * steps[currency],
      ceiling: ceiling === null ? null : BigInt(ceiling) * steps[currency],
    }),
  )
  const values = made.map(
    ({ id, currency, closed, floor, ceiling }, at) =>
      `('${owner.tenantId}', '${id}', '${entityId}', 'P${at}', 'P', 'asset', '${currency}', ${textOrNull(floor)}, ${textOrNull(ceiling)}, ${closed ? 'now()' : 'NULL'})`,
  )
  await superuser.query(`
    INSERT INTO tenants.entity (tenant_id, id, legal_name, country, currency) VALUES ('${owner.tenantId}', '${entityId}', 'P', 'FR', 'EUR');
    INSERT INTO ledger.book (tenant_id, id, chart, closed_through) VALUES ('${owner.tenantId}', '${entityId}', 'france', ${dayOrNull(closedThrough)});
    INSERT INTO ledger.period_change (tenant_id, id, entity_id, action, closed_through, recorded_at)
      VALUES ('${owner.tenantId}', '${uuidv7()}', '${entityId}', 'close', ${dayOrNull(closedThrough)}, now());
    INSERT INTO ledger.account (tenant_id, id, entity_id, code, name, type, currency, floor, ceiling, closed_at) VALUES ${values.join(', ')}`)
  return {
    entityId,
    accounts: new Map(made.map((account) => [account.id, account])),
    closedThrough,
    balances: new Map(made.map(({ id }) => [id, 0n])),
    versions: new Map(made.map(({ id }) => [id, 0n])),
    journals: new Map(),
    entries: [],
  }
}

/** What a call sends: steps point at accounts by number, and at journals that were sent before or are sent with them. */
function draftsOf(model: Model, given: readonly Step[]): Draft[] {
  const known = [...model.journals.keys()]
  const ids = [...model.accounts.keys()]
  const drafts: Draft[] = []
  for (const step of given) {
    const { day, isLate, kind } = step
    const base = { id: uuidv7(), entityId: model.entityId, documentOn: day, effectiveOn: null, isLate }
    if (kind === 'reversal') {
      const reverses = known[step.of % (known.length + 1)] ?? drafts[0]?.id ?? uuidv7()
      drafts.push({ ...base, lines: [], reverses })
      continue
    }
    const at = (index: number) => model.accounts.get(ids[index % ids.length] ?? '') as Account
    const lines = step.moves.flatMap(({ from, to, count }): Line[] => {
      const target = at(to)
      const source = [...model.accounts.values()].filter(({ currency }) => currency === target.currency)
      const amount = BigInt(count) * steps[target.currency]
      return [
        [target.id, amount],
        [source[from % source.length]?.id ?? '', -amount],
      ]
    })
    drafts.push(spoil({ ...base, effectiveOn: step.effectiveOn, lines }, step.spoil, known))
  }
  return drafts
}

/** Makes a good journal wrong in one way. */
function spoil(draft: Draft, how: (typeof spoiled)[number] | null, known: readonly string[]): Draft {
  const [first, ...rest] = draft.lines
  const [account = '', amount = 0n] = first ?? []
  const withFirst = (line: Line): Draft => ({ ...draft, lines: [line, ...rest] })
  switch (how) {
    case 'unbalanced':
      return withFirst([account, amount + one])
    case 'zero':
      return withFirst([account, 0n])
    case 'precision':
      return withFirst([account, amount + 1n])
    case 'nobody':
      return withFirst([uuidv7(), amount])
    case 'elsewhere':
      return { ...draft, entityId: owner.entityId }
    case 'one line':
      return { ...draft, lines: draft.lines.slice(0, 1) }
    case 'same id':
      return { ...draft, id: known[0] ?? draft.id }
    case 'far day':
      return { ...draft, effectiveOn: null, documentOn: '1969-12-31' }
    default:
      return draft
  }
}

/** Applies a journal to the model: the day it counts, or the code of what is wrong with it. */
function apply(model: Model, draft: Draft, before: ReadonlySet<string>): string {
  const target = draft.reverses === undefined ? undefined : model.journals.get(draft.reverses)
  if (model.journals.has(draft.id)) return 'already_exists'
  if (draft.reverses !== undefined) {
    // A journal of the same call is not there yet.
    if (!target || !before.has(draft.reverses)) return 'not_found'
    if (target.reverses !== undefined) return 'reversal_not_reversible'
    if (target.reversed) return 'already_reversed'
  }
  const lines = target ? target.lines.map(([account, amount]): Line => [account, -amount]) : draft.lines
  const asked = draft.effectiveOn ?? draft.documentOn
  const isClosed = draft.entityId === model.entityId && model.closedThrough !== null && asked <= model.closedThrough
  if (lines.length < 2) return 'too_few_lines'
  if (asked < '1970-01-01') return 'date_out_of_range'
  if (isClosed && !draft.isLate) return 'period_closed'
  const wrong = faultOf(model, draft.entityId, lines) ?? limitCrossed(model, lines)
  if (wrong) return wrong

  const effective_on = isClosed ? dayAfter(model.closedThrough ?? '') : asked
  if (target) target.reversed = true
  model.journals.set(draft.id, { reverses: draft.reverses, lines, reversed: false })
  for (const [at, [account_id, amount]] of lines.entries()) {
    const previous = model.balances.get(account_id) ?? 0n
    const version = (model.versions.get(account_id) ?? 0n) + 1n
    model.balances.set(account_id, previous + amount)
    model.versions.set(account_id, version)
    model.entries.push({
      ...{ journal_id: draft.id, line: at + 1, account_id, account_version: String(version), amount: toText(amount) },
      ...{ previous_balance: toText(previous), running_balance: toText(previous + amount), effective_on },
    })
  }
  return effective_on
}

function faultOf({ accounts }: Model, entityId: string, lines: readonly Line[]): string | undefined {
  const sums = new Map<Currency, bigint>()
  for (const [id, amount] of lines) {
    const account = accounts.get(id)
    if (!account) return 'account_not_found'
    const { currency } = account
    if (account.entityId !== entityId) return 'account_of_another_entity'
    if (account.closed) return 'account_closed'
    if (amount === 0n) return 'amount_zero'
    if (amount % steps[currency] !== 0n) return 'wrong_precision'
    sums.set(currency, (sums.get(currency) ?? 0n) + amount)
  }
  return [...sums.values()].some((sum) => sum !== 0n) ? 'journal_unbalanced' : undefined
}

function limitCrossed({ accounts, balances }: Model, lines: readonly Line[]): string | undefined {
  for (const [id] of lines) {
    const { floor = null, ceiling = null } = accounts.get(id) ?? {}
    const start = balances.get(id) ?? 0n
    const end = lines.reduce((sum, [account, amount]) => (account === id ? sum + amount : sum), start)
    if (floor !== null && end < floor && end < start) return 'balance_below_floor'
    if (ceiling !== null && end > ceiling && end > start) return 'balance_above_ceiling'
  }
  return undefined
}

/** The books in the database are the model's, and are right by themselves. */
async function expectBooks({ entityId, accounts, balances, versions, entries }: Model, asOf: string): Promise<void> {
  const ids = [...accounts.keys()]
  const found = await readEntries(ids)
  const inOrder = (one: Entry, other: Entry) =>
    one.account_id.localeCompare(other.account_id) || Number(one.account_version) - Number(other.account_version)
  expect(found).toEqual(entries.toSorted(inOrder))
  expect(found).toEqual(running(found))

  const sums = new Map<string, bigint>()
  for (const { journal_id, account_id, amount } of found) {
    const key = `${journal_id} ${accounts.get(account_id)?.currency}`
    sums.set(key, (sums.get(key) ?? 0n) + toBigInt(amount))
  }
  expect([...sums.values()].every((sum) => sum === 0n)).toBe(true)

  const { rows } = await superuser.query(
    'SELECT id, balance, balance_version FROM ledger.account WHERE tenant_id = $1 AND id = ANY ($2)',
    [owner.tenantId, ids],
  )
  for (const { id, balance, balance_version } of rows) {
    expect([balance, balance_version]).toEqual([toText(balances.get(id) ?? 0n), String(versions.get(id))])
  }
  await inReadTransaction(server.product.databases.app, owner.tenantId, async (tx) => {
    const scope = { ...tx, tenantId: owner.tenantId }
    for (const id of ids) {
      const { balance } = await sumAccount(scope, id, asOf)
      expect(balance).toBe(toText(sumOf(found.filter((one) => one.account_id === id && one.effective_on <= asOf))))
    }
    for (const totals of await totalTrialBalance(scope, { entity_id: entityId, from: asOf })) {
      expect([totals.opening_balance, totals.closing_balance]).toEqual(['0.0000', '0.0000'])
      expect(totals.debit).toBe(totals.credit)
    }
  })
}

/** Entries as they must be: versions without a gap, each balance beginning where the one before it ended. */
function running(found: readonly Entry[]): Entry[] {
  const balances = new Map<string, bigint>()
  const versions = new Map<string, number>()
  return found.map((entry) => {
    const previous = balances.get(entry.account_id) ?? 0n
    const next = previous + toBigInt(entry.amount)
    const version = (versions.get(entry.account_id) ?? 0) + 1
    balances.set(entry.account_id, next)
    versions.set(entry.account_id, version)
    const expected = { previous_balance: toText(previous), running_balance: toText(next) }
    return { ...entry, ...expected, account_version: String(version) }
  })
}

const dayOrNull = (day: string | null) => (day === null ? 'NULL' : `'${day}'`)

/** Reverses all that was not reversed, with limits and closings out of the way: every balance is zero again. */
async function reverseAll({ entityId, accounts, journals }: Model): Promise<void> {
  const left = [...journals].filter(([, { reverses, reversed }]) => reverses === undefined && !reversed)
  if (left.length === 0) return
  await superuser.query(
    `UPDATE ledger.account SET floor = NULL, ceiling = NULL WHERE tenant_id = '${owner.tenantId}' AND entity_id = '${entityId}';
     UPDATE ledger.book SET closed_through = NULL WHERE tenant_id = '${owner.tenantId}' AND id = '${entityId}';
     INSERT INTO ledger.period_change (tenant_id, id, entity_id, action, reason, recorded_at)
       VALUES ('${owner.tenantId}', '${uuidv7()}', '${entityId}', 'reopen', 'of the test', now())`,
  )
  const reversals = left.map(([reverses_id]) => newJournal({ reverses_id, document_on: '2025-12-31' }))
  const answers = await record(server, owner.tenantId, reversals)
  expect(answers.every(({ code }) => code === null)).toBe(true)
  const { rows } = await superuser.query(
    `SELECT a.balance, (SELECT coalesce(sum(t.debit - t.credit), 0)::numeric(19, 4)
                        FROM ledger.daily_total t WHERE t.tenant_id = a.tenant_id AND t.account_id = a.id) AS total
     FROM ledger.account a WHERE a.tenant_id = $1 AND a.id = ANY ($2)`,
    [owner.tenantId, [...accounts.keys()]],
  )
  for (const { balance, total } of rows) expect([balance, total]).toEqual(['0.0000', '0.0000'])
}

async function readEntries(ids: readonly string[]): Promise<Entry[]> {
  const { rows } = await superuser.query(
    `SELECT journal_id, line, account_id, account_version, amount, previous_balance, running_balance, effective_on
     FROM ledger.entry WHERE tenant_id = $1 AND account_id = ANY ($2) ORDER BY account_id, account_version`,
    [owner.tenantId, ids],
  )
  return rows
}

function toJournal({ id, entityId, lines, reverses, documentOn, effectiveOn, isLate }: Draft): NewJournal {
  return newJournal({
    id,
    document_on: documentOn,
    effective_on: effectiveOn,
    if_closed: isLate ? 'post_in_open_period' : 'refuse',
    ...(reverses === undefined
      ? { entity_id: entityId, lines: lines.map(([account_id, amount]) => ({ account_id, amount: toText(amount) })) }
      : { reverses_id: reverses }),
  })
}

function sumOf(entries: readonly Entry[]): bigint {
  return entries.reduce((sum, { amount }) => sum + toBigInt(amount), 0n)
}

function toText(amount: bigint): string {
  const digits = (amount < 0n ? -amount : amount).toString().padStart(5, '0')
  return `${amount < 0n ? '-' : ''}${digits.slice(0, -4)}.${digits.slice(-4)}`
}

function toBigInt(amount: string): bigint {
  return BigInt(amount.replace('.', ''))
}

function textOrNull(amount: bigint | null): string {
  return amount === null ? 'NULL' : toText(amount)
}

function dayAfter(day: string): string {
  return new Date(Date.parse(day) + 86_400_000).toISOString().slice(0, 10)
}
