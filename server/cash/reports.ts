import type { z } from 'zod'
import { balancesOf, sumsOf } from '../ledger/index.ts'
import type { QueryContext } from '../platform/operation.ts'
import { platformRefusals, refuse } from '../platform/refusal.ts'
import { findCurrency } from '../reference/index.ts'
import { findRegister } from '../registers/index.ts'
import { findBranch, findTenant } from '../tenants/index.ts'
import type { CertificateOf } from './close-session.ts'
import { type printZReportInput, sessionClosed, sessionNotReconciled, type xReport, type zReport } from './contract.ts'
import { makeReport } from './make-report.ts'
import { countLinesOf, countsOf, listMovements, type SessionRow } from './queries.ts'
import { asSession, plain, seesExpected, sessionInFullOf } from './read-sessions.ts'
import { readSession } from './sessions.ts'
import { writeZReport } from './write-z-report.ts'

/** How a session stands that is not closed. Refuses with `forbidden` who counts it blind, and with `session_closed`. */
export async function readXReport(context: QueryContext, certificateOf: CertificateOf, id: string) {
  const session = await readSession(context, id)
  if (session.status === 'closed') refuse(sessionClosed)
  if (!seesExpected(context, session)) refuse(platformRefusals.forbidden, 'This session is counted blind')
  return reportOf(context, certificateOf, session)
}

/** What a closed session came to, for ever the same. Refuses with `session_not_reconciled`. */
export async function readZReport(
  context: QueryContext,
  certificateOf: CertificateOf,
  id: string,
): Promise<z.input<typeof zReport>> {
  const session = await readSession(context, id)
  if (session.status !== 'closed') refuse(sessionNotReconciled)
  const { steps } = await sessionInFullOf(context, id)
  return { ...(await reportOf(context, certificateOf, session)), steps }
}

/** The final report to print, in the language of a locale, or else of the tenant. */
export async function printZReport(
  context: QueryContext,
  certificateOf: CertificateOf,
  { id, locale: wanted }: z.output<typeof printZReportInput>,
) {
  const report = await readZReport(context, certificateOf, id)
  const { currency, branch_id } = report.session
  const locale = wanted ?? (await findTenant(context))?.locale ?? 'en'
  const timeZone = (await findBranch(context, branch_id))?.time_zone ?? 'UTC'
  const minorUnit = (await findCurrency(context, currency))?.minor_unit ?? 2
  return { locale, html: writeZReport(report, { locale, timeZone, minorUnit }) }
}

/** More than a session ever has. */
const mostMovements = 10_000

async function reportOf(
  context: QueryContext,
  certificateOf: CertificateOf,
  session: SessionRow,
): Promise<z.input<typeof xReport>> {
  const { id, register_id, branch_id, offline_transaction_count } = session
  const last = (await countsOf(context, id)).at(-1)
  const lines = last ? await countLinesOf(context, [last.id]) : []
  const books = { sums: await sumsOf(context, id), balances: await balancesOf(context, id) }
  const counted = last ? new Map(lines.map((line) => [line.tender_kind, line.counted])) : null
  const register = await findRegister(context, register_id)
  const movements = await listMovements(context, { id, limit: mostMovements }, undefined)
  return {
    session: asSession(session),
    register_code: register?.code ?? '',
    register_name: register?.name ?? '',
    branch_name: (await findBranch(context, branch_id))?.name ?? null,
    at: session.closed_at ?? context.now,
    ...makeReport(books, counted),
    movements: movements.map((movement) => ({ ...movement, amount: plain(movement.amount) })),
    denominations: lines.find((line) => line.tender_kind === 'cash')?.denominations ?? [],
    offline_transaction_count: offline_transaction_count ?? (await certificateOf(context, id)).offlineTransactions,
  }
}
