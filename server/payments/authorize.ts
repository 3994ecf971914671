import type { z } from 'zod'
import type { Transaction } from '../platform/database.ts'
import { uuidv7 } from '../platform/identifiers.ts'
import { addJobs, queuedJob } from '../platform/jobs.ts'
import { money, roundToMinorUnit } from '../platform/money.ts'
import type { Employee, OutsideContext, QueryContext } from '../platform/operation.ts'
import { platformRefusals, refuse } from '../platform/refusal.ts'
import { assertInScope } from '../platform/scope.ts'
import { later } from '../platform/time.ts'
import { assertCurrency, findCurrency } from '../reference/index.ts'
import type { Settings } from '../settings/index.ts'
import { readBranch } from '../tenants/index.ts'
import {
  type authorizeInput,
  type authorizeRefundInput,
  paidSaleNotFound,
  providerNotOffered,
  tenderWithoutProvider,
} from './authorization-contract.ts'
import {
  askFor,
  findAuthorization,
  type NewAuthorization,
  type NewOutcome,
  recordOutcome,
} from './authorization-queries.ts'
import { authorizationUsed, tenderRefusals, tooManyDecimalsPaid } from './contract.ts'
import type { Provider, Providers } from './provider.ts'
import { providerTimeoutSetting } from './settings.ts'

/** What asking for an authorization may be refused with. */
export const askingRefusals = [
  ...tenderRefusals,
  tenderWithoutProvider,
  paidSaleNotFound,
  platformRefusals.alreadyExists,
  platformRefusals.idempotencyKeyReused,
] as const

/** What authorizing needs beside what it was asked for. */
export interface Authorizing {
  readonly settings: Settings
  readonly providers: Providers
}

type Found = NonNullable<Awaited<ReturnType<typeof findAuthorization>>>

/** How long after the provider must have answered it is looked up, should nobody have written down what it said. */
const graceMs = 5_000

/** The job that settles what is not known; its name, for whoever adds one. */
export const settleJob = { name: 'payments.settle-authorization' }

/**
 * Asks the provider of a tender for money. That it was asked is committed before it is, with a job that looks up what became
 * of it: a crash in between loses nothing. Who does not answer in time leaves it unknown until the job, or a message of the
 * provider, settles it. Asked the same again with the same id, by the same credential, it answers with what is known.
 */
export async function authorize(
  context: OutsideContext<Employee>,
  parts: Authorizing,
  input: z.output<typeof authorizeInput>,
) {
  const id = input.id ?? uuidv7()
  return askProvider(context, parts, async () => ({ ...input, id, kind: 'charge', refunds_id: null, sale_id: null }))
}

/** The same for money that goes back of a charge: by its tender and in its currency, for a sale that was paid with it. */
export async function authorizeRefund(
  context: OutsideContext<Employee>,
  parts: Authorizing,
  { charge_id, ...input }: z.output<typeof authorizeRefundInput>,
) {
  const id = input.id ?? uuidv7()
  return askProvider(context, parts, async (scope) => {
    const { tender_id, currency } = await readAuthorization(scope, charge_id)
    return { ...input, id, kind: 'refund', tender_id, currency, refunds_id: charge_id }
  })
}

type Wanted = Omit<NewAuthorization, 'actor_id' | 'asked_by'>

async function askProvider(
  context: OutsideContext<Employee>,
  { settings, providers }: Authorizing,
  want: (scope: Transaction & Pick<QueryContext, 'tenantId' | 'caller'>) => Promise<Wanted>,
) {
  const { tenantId, caller } = context
  const begun = await context.transaction(async (tx) => {
    const scope = { ...tx, tenantId, caller }
    const asked = { ...(await want(scope)), actor_id: caller.userId, asked_by: caller.apiKeyId ?? caller.userId }
    await readBranch(scope, asked.branch_id)
    await assertAskable({ ...context, ...scope }, asked)
    const [answer] = await askFor(scope, [asked])
    const isNew = answer?.code === null
    if (!isNew && answer?.code !== 'asked_before') refuseAsking(answer?.code)
    const made = await readAuthorization(scope, asked.id)
    const provider = providers.get(made.provider) ?? refuse(providerNotOffered)
    const seconds = await settings.read(scope, providerTimeoutSetting, { branchId: made.branch_id })
    if (isNew) await settleLater(context, scope, { id: made.id, afterMs: seconds * 1_000 + graceMs })
    return { made, provider, seconds, isNew }
  })
  if (!begun.isNew) return begun.made
  const known = await note(context, { ...(await ask(begun, tenantId)), source: 'answer' })
  context.changed({ resource: 'payment_authorization', id: known.id, new: known })
  return known
}

/** Undoes an authorization that stands for no payment, whatever became of it. */
export async function reverseAuthorization(
  context: OutsideContext<Employee>,
  { settings, providers }: Authorizing,
  { id }: { id: string },
) {
  const { tenantId, caller } = context
  const begun = await context.transaction(async (tx) => {
    const scope = { ...tx, tenantId }
    const found = await readAuthorization({ ...scope, caller }, id)
    const provider = providers.get(found.provider) ?? refuse(providerNotOffered)
    const undo = { authorization_id: id, outcome: 'reversing', source: 'request', actor_id: caller.userId } as const
    const { code, status, has_changed } = await recordOutcome(scope, undo)
    if (code !== null) refuse(askingRefusals.find((one) => one.code === code) ?? authorizationUsed)
    const seconds = await settings.read(scope, providerTimeoutSetting, { branchId: found.branch_id })
    if (has_changed) await settleLater(context, scope, { id, afterMs: seconds * 1_000 + graceMs })
    return { provider, seconds, isOver: status === 'reversed' }
  })
  const isUndone = !begun.isOver && (await undo(begun, { tenantId, reference: id }))
  const known = isUndone
    ? await note(context, { authorization_id: id, outcome: 'reversed', source: 'answer' })
    : await context.transaction((tx) => readAuthorization({ ...tx, tenantId, caller }, id))
  context.changed({ resource: 'payment_authorization', id, new: known })
  return known
}

/** One authorization; `not_found` beyond the caller's part of the tenant, too. */
export async function readAuthorization(context: Pick<QueryContext, 'db' | 'tenantId' | 'caller'>, id: string) {
  const found = (await findAuthorization(context, id)) ?? refuse(platformRefusals.notFound)
  assertInScope(context, { branchId: found.branch_id })
  return found
}

async function assertAskable(
  scope: Transaction & { tenantId: string; now: Date },
  { currency, amount }: { currency: string; amount: string },
): Promise<void> {
  await assertCurrency(scope, currency)
  const decimals = (await findCurrency(scope, currency))?.minor_unit ?? 0
  const exact = money(amount)
  if (!roundToMinorUnit(exact, decimals).equals(exact)) refuse(tooManyDecimalsPaid)
}

function refuseAsking(code: string | null | undefined): never {
  const kind = askingRefusals.find((one) => one.code === code)
  if (!kind) throw new Error(`an authorization was not asked for: ${code}`)
  return refuse(kind)
}

async function settleLater(
  { now }: { now: Date },
  scope: Transaction & { tenantId: string },
  { id, afterMs }: { id: string; afterMs: number },
): Promise<void> {
  const job = { ...queuedJob(settleJob, { authorization_id: id }), key: `settle ${id}`, run_at: later(now, afterMs) }
  await addJobs(scope, scope.tenantId, [job])
}

/** What the provider says; unknown when it does not, whatever the reason. */
async function ask(
  { made, provider, seconds }: { made: Found; provider: Provider; seconds: number },
  tenantId: string,
): Promise<Omit<NewOutcome, 'source'>> {
  const { id: authorization_id, kind, amount, currency, refunds_id: charge } = made
  const asked = { tenantId, reference: authorization_id, kind, amount, currency, charge }
  return provider.authorize(asked, AbortSignal.timeout(seconds * 1_000)).then(
    ({ outcome, provider_reference, reason }) => ({ authorization_id, outcome, provider_reference, reason }),
    () => ({ authorization_id, outcome: 'unknown', reason: 'no_answer' }),
  )
}

/** True when it is undone. Otherwise the job goes on with it. */
async function undo(
  { provider, seconds }: { provider: Provider; seconds: number },
  asked: { tenantId: string; reference: string },
): Promise<boolean> {
  return provider.reverse(asked, AbortSignal.timeout(seconds * 1_000)).then(
    () => true,
    () => false,
  )
}

/** Writes down what the provider said and answers with what it comes to: a message of the provider may have come first. */
async function note(context: OutsideContext<Employee>, outcome: NewOutcome) {
  const { tenantId, caller } = context
  return context.transaction(async (tx) => {
    const scope = { ...tx, tenantId, caller }
    await recordOutcome(scope, outcome)
    return readAuthorization(scope, outcome.authorization_id)
  })
}
