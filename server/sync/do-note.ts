import { bookOfflineSession, cashPermissions, findSession, sessionAlreadyOpen } from '../cash/index.ts'
import { createParty, findParties, partyConstraints, partyPermissions } from '../parties/index.ts'
import { holds } from '../platform/execute.ts'
import type { Change, CommandContext } from '../platform/operation.ts'
import { platformRefusals, Refusal, refusalOfConstraint, refuse } from '../platform/refusal.ts'
import type { Settings } from '../settings/index.ts'
import type { EmployeeAt } from '../tenants/index.ts'
import { changeTicket, findTicket, moveOn, parkTicket, ticketInFullOf, ticketPermissions } from '../tickets/index.ts'
import { isToWaitFor, type Raised } from './book.ts'
import type { CustomerNote, Note, SessionNote, TicketNote } from './note.ts'
import { beginAttempt, endAttempt, undoAttempt } from './record-queries.ts'
import type { Sender } from './take-in.ts'

const constraints = new Map(Object.entries({ ...partyConstraints, session_open_key: sessionAlreadyOpen }))

export interface DoneNote {
  /** The session that stands for the one it opened. */
  readonly sessionId: string | null
  readonly raised: readonly Raised[]
}

interface Doing {
  readonly sender: Sender
  readonly settings: Settings
  /** Who stood at the till, as they are now; undefined where there is no such employee. */
  readonly cashier: EmployeeAt | undefined
}

/**
 * Does what a note says was done, as far as it can be: what whoever stood at the till may not do any more is told and done all
 * the same. A refusal where it cannot be done; then nothing of it is. Throws what all that comes after has to wait for.
 */
export async function doNote(context: CommandContext, doing: Doing, note: Note): Promise<DoneNote | Refusal> {
  const employeeId = doing.cashier ? note.cashier_id : context.caller.employeeId
  const by = { ...context, caller: { ...context.caller, employeeId } }
  const raised = judgeCashier(doing.cashier, permissionFor(note))
  const done = async (sessionId: string | null, more: readonly Raised[] = []) => ({
    sessionId,
    raised: [...raised, ...more],
  })
  return attempt(by, async (inside) => {
    if (note.kind === 'customer') {
      await addCustomer(inside, note)
      return done(null)
    }
    if (note.kind === 'ticket') {
      await moveTicket(inside, doing.sender, note)
      return done(null)
    }
    const sessionId = await openSession(inside, doing, note)
    const detail = 'Another session was open on its register, and stands for it'
    return done(sessionId, sessionId === note.id ? [] : [{ kind: sessionAlreadyOpen.code, line: null, detail }])
  })
}

/**
 * Opens the session of a note that cannot be read or done, without a float: its receipts belong somewhere. Null where the id is
 * that of another session.
 */
export function openWithoutFloat(
  context: CommandContext,
  doing: Doing,
  note: Pick<SessionNote, 'id' | 'cashier_id' | 'made_at'>,
): Promise<string | null> {
  return attempt(context, (inside) => openSession(inside, doing, { ...note, float_amount: '0', currency: null })).then(
    (opened) => (opened instanceof Refusal ? null : opened),
  )
}

function permissionFor(note: Note): string {
  if (note.kind === 'session') return cashPermissions.openSession
  if (note.kind === 'customer') return partyPermissions.manageParties
  return note.action === 'discard' ? ticketPermissions.discardTickets : ticketPermissions.parkTickets
}

function judgeCashier(cashier: EmployeeAt | undefined, permission: string): Raised[] {
  const told = (kind: string, detail: string): Raised[] => [{ kind, line: null, detail }]
  if (!cashier) return told('cashier_unknown', 'It names an employee that there is not')
  return [
    ...(holds(cashier.permissions, permission) ? [] : told('permission_withdrawn', 'Who did it may not any more')),
    ...(cashier.isInScope ? [] : told('out_of_scope', 'Who did it does not work in this branch')),
  ]
}

/** Does work, or leaves nothing of it when it is refused. Once more where somebody else was at it at the same moment. */
async function attempt<T>(
  context: CommandContext,
  work: (context: CommandContext) => Promise<T>,
  isSecond = false,
): Promise<T | Refusal> {
  const changes: Change[] = []
  await beginAttempt(context)
  try {
    const done = await work({ ...context, changed: (change) => changes.push(change) })
    await endAttempt(context)
    for (const change of changes) context.changed(change)
    return done
  } catch (error) {
    const refusal = error instanceof Refusal ? error : refusalOfConstraint(error, constraints)
    if (!refusal || refusal.kind === platformRefusals.busy || isToWaitFor(refusal)) throw error
    await undoAttempt(context)
    return refusal.kind === sessionAlreadyOpen && !isSecond ? attempt(context, work, true) : refusal
  }
}

type Opening = Pick<SessionNote, 'id' | 'float_amount' | 'cashier_id' | 'made_at'> & {
  readonly currency: string | null
}

/** A till that asked to open it, and did not hear the answer, notes the same session. */
async function openSession(
  context: CommandContext,
  { sender, settings, cashier }: Doing,
  { id, float_amount, currency, cashier_id, made_at }: Opening,
): Promise<string> {
  const known = await findSession(context, id)
  if (known) return known.register_id === sender.registerId ? id : refuse(platformRefusals.alreadyExists)
  return bookOfflineSession(context, settings, {
    ...{ id, register_id: sender.registerId, branch_id: sender.branchId, float_amount, currency },
    ...{ opened_by: cashier ? cashier_id : null, opened_at: new Date(made_at) },
  })
}

async function addCustomer(context: CommandContext, { id, customer }: CustomerNote): Promise<void> {
  const [known] = await findParties(context, [id])
  if (!known) await createParty(context, { ...customer, id, roles: ['customer'] })
}

async function moveTicket(context: CommandContext, { branchId, registerId }: Sender, note: TicketNote): Promise<void> {
  const { id } = note
  const at = { id, register_id: registerId }
  if (note.action === 'park') {
    // A till that asked to park it, and did not hear the answer, notes the same ticket.
    if (await findTicket(context, id)) return
    await parkTicket(context, { ...note.ticket, ...at, branch_id: branchId })
    return
  }
  const { version } = await ticketInFullOf(context, id)
  if (note.action === 'change') await changeTicket(context, { ...note.ticket, ...at, version })
  else if (note.action === 'discard') await moveOn(context, { ...at, version, action: 'discard', reason: note.reason })
  else await moveOn(context, { ...at, version, action: note.action })
}
