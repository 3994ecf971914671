import { z } from 'zod'
import { balancesOf, sumsOf } from '../ledger/index.ts'
import { type QueryContext, query } from '../platform/operation.ts'
import { platformRefusals, refuse } from '../platform/refusal.ts'
import { findCurrency } from '../reference/index.ts'
import { findRegister } from '../registers/index.ts'
import { findBranch, findTenant, namesOfEmployees } from '../tenants/index.ts'
import type { CertificateOf } from './close-session.ts'
import { byId, permissions, sessionClosed, sessionNotReconciled } from './contract.ts'
import { makeReport } from './make-report.ts'
import { countLinesOf, countsOf, listMovements, type SessionRow } from './queries.ts'
import { asSession, plain, seesExpected, sessionInFullOf } from './read-sessions.ts'
import { printed, printZReportInput, type SalesReport, xReport, zReport } from './report-contract.ts'
import { readSession } from './sessions.ts'
import { writeZReport } from './write-z-report.ts'

/** Who knows what was sold in a session. */
export type SalesOf = (context: QueryContext, sessionId: string) => Promise<SalesReport>

interface Sources {
  readonly certificateOf: CertificateOf
  readonly salesOf: SalesOf
}

/** What a session stands at, and what it came to. */
export function reportOperations(sources: Sources) {
  return [
    query({
      name: 'cash.get-x-report',
      route: 'GET /v1/cash-sessions/:id/x-report',
      summary:
        'How a session stands that is not closed: what was sold, what came in and went out, and what should be there.',
      permission: permissions.viewSessions,
      reach: 'branch',
      input: byId,
      output: xReport,
      refusals: [sessionClosed],
      handle: (context, { id }) => readXReport(context, sources, id),
    }),
    query({
      name: 'cash.get-z-report',
      route: 'GET /v1/cash-sessions/:id/z-report',
      summary: 'What a closed session came to, for ever the same.',
      permission: permissions.viewSessions,
      reach: 'branch',
      input: byId,
      output: zReport,
      refusals: [sessionNotReconciled],
      handle: (context, { id }) => readZReport(context, sources, id),
    }),
    query({
      name: 'cash.print-z-report',
      route: 'GET /v1/cash-sessions/:id/z-report/page',
      summary: 'What a closed session came to as a page of HTML, to print or to keep.',
      permission: permissions.viewSessions,
      reach: 'branch',
      input: printZReportInput,
      output: printed,
      refusals: [sessionNotReconciled],
      handle: (context, input) => printZReport(context, sources, input),
    }),
  ] as const
}

/** How a session stands that is not closed. Refuses with `forbidden` who counts it blind, and with `session_closed`. */
async function readXReport(context: QueryContext, sources: Sources, id: string) {
  const session = await readSession(context, id)
  if (session.status === 'closed') refuse(sessionClosed)
  if (!seesExpected(context, session, await countsOf(context, id)))
    refuse(platformRefusals.forbidden, 'This session is counted blind')
  return reportOf(context, sources, session, await namesOf(context, session))
}

/** What a closed session came to. Refuses with `session_not_reconciled`. */
async function readZReport(context: QueryContext, sources: Sources, id: string): Promise<z.input<typeof zReport>> {
  const session = await readSession(context, id)
  if (session.status !== 'closed') refuse(sessionNotReconciled)
  const { steps } = await sessionInFullOf(context, id)
  const names = namesKept.parse(steps.at(-1)?.detail.names)
  return { ...(await reportOf(context, sources, session, names)), steps }
}

/** The final report to print, in the language of a locale, or else of the tenant. */
async function printZReport(
  context: QueryContext,
  sources: Sources,
  { id, locale: wanted }: z.output<typeof printZReportInput>,
) {
  const report = await readZReport(context, sources, id)
  const { currency, branch_id, opened_by, closed_by } = report.session
  const locale = wanted ?? (await findTenant(context))?.locale ?? 'en'
  const timeZone = (await findBranch(context, branch_id))?.time_zone ?? 'UTC'
  const minorUnit = (await findCurrency(context, currency))?.minor_unit ?? 2
  const people = [
    ...[opened_by, closed_by],
    ...report.steps.map(({ actor_id }) => actor_id),
    ...report.sales.cashiers.map(({ employee_id }) => employee_id),
  ]
  const names = await namesOfEmployees(
    context,
    people.filter((person) => person !== null),
  )
  return { locale, html: writeZReport(report, { locale, timeZone, minorUnit, names }) }
}

/** What a closing step keeps of the names of that day, so that the report stays as it was. */
const namesKept = z.object({
  register_code: z.string(),
  register_name: z.string(),
  branch_name: z.string().nullable(),
})
type Names = z.output<typeof namesKept>

/** What the register and the branch of a session are called today. */
export async function namesOf(
  context: QueryContext,
  { register_id, branch_id }: Pick<SessionRow, 'register_id' | 'branch_id'>,
): Promise<Names> {
  const register = await findRegister(context, register_id)
  const branch_name = (await findBranch(context, branch_id))?.name ?? null
  return { register_code: register?.code ?? '', register_name: register?.name ?? '', branch_name }
}

/** More than a session ever has. */
const mostMovements = 10_000

async function reportOf(
  context: QueryContext,
  { certificateOf, salesOf }: Sources,
  session: SessionRow,
  names: Names,
): Promise<z.input<typeof xReport>> {
  const { id, offline_transaction_count } = session
  const last = (await countsOf(context, id)).at(-1)
  const lines = last ? await countLinesOf(context, [last.id]) : []
  const books = { sums: await sumsOf(context, id), balances: await balancesOf(context, id) }
  const counted = last ? new Map(lines.map((line) => [line.tender_kind, line.counted])) : null
  const movements = await listMovements(context, { id, limit: mostMovements }, undefined)
  return {
    session: asSession(session),
    ...names,
    at: session.closed_at ?? context.now,
    ...makeReport(books, counted),
    sales: await salesOf(context, id),
    movements: movements.map((movement) => ({ ...movement, amount: plain(movement.amount) })),
    denominations: lines.find((line) => line.tender_kind === 'cash')?.denominations ?? [],
    offline_transaction_count: offline_transaction_count ?? (await certificateOf(context, id)).offlineTransactions,
  }
}
