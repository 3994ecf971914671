import { z } from 'zod'
import { purposeRefusals } from '../ledger/index.ts'
import { command, query } from '../platform/operation.ts'
import { platformRefusals, refuse } from '../platform/refusal.ts'
import { page, readCursor, toPage } from '../platform/schema.ts'
import { assertInScope } from '../platform/scope.ts'
import { findRegister, registerInactive, registerNotFound } from '../registers/index.ts'
import { type Settings, settingInvalid } from '../settings/index.ts'
import { branchNotFound, findBranch } from '../tenants/index.ts'
import * as contract from './contract.ts'
import { openSession } from './open-session.ts'
import { listSessions } from './queries.ts'
import { asSession, sessionInFullOf } from './read-sessions.ts'

const { permissions } = contract

const reads = [
  query({
    name: 'cash.list-sessions',
    route: 'GET /v1/cash-sessions',
    summary: 'Sessions of registers, the newest first.',
    permission: permissions.viewSessions,
    reach: 'branch',
    input: contract.listSessionsInput,
    output: page(contract.session),
    refusals: [branchNotFound, registerNotFound],
    async handle(context, { cursor, ...filter }) {
      const [after] = readCursor(cursor, z.tuple([z.string().regex(/^\d{1,18}$/)])) ?? []
      const { branch_id, register_id } = filter
      if (branch_id !== undefined) {
        assertInScope(context, { branchId: branch_id }, branchNotFound)
        if (!(await findBranch(context, branch_id))) refuse(branchNotFound)
      }
      if (register_id !== undefined) {
        const register = (await findRegister(context, register_id)) ?? refuse(registerNotFound)
        assertInScope(context, { branchId: register.branch_id }, registerNotFound)
      }
      const rows = await listSessions(context, filter, after)
      return toPage(rows.map(asSession), filter.limit, (row) => [row.number])
    },
  }),
  query({
    name: 'cash.get-session',
    route: 'GET /v1/cash-sessions/:id',
    summary: 'One session: its counts, and what was done with it.',
    permission: permissions.viewSessions,
    reach: 'branch',
    input: contract.byId,
    output: contract.sessionInFull,
    handle: (context, { id }) => sessionInFullOf(context, id),
  }),
] as const

/** Sessions of registers, from the float to the reconciliation. */
export function cashOperations({ settings }: { settings: Settings }) {
  return [
    ...reads,
    command({
      name: 'cash.open-session',
      route: 'POST /v1/cash-sessions',
      summary: 'Open a session on a register: its float comes out of the safe of the branch.',
      permission: permissions.openSession,
      reach: 'branch',
      input: contract.openSessionInput,
      output: contract.sessionInFull,
      refusals: [
        registerNotFound,
        registerInactive,
        branchNotFound,
        contract.amountTooFine,
        contract.amountTooLarge,
        contract.sessionAlreadyOpen,
        settingInvalid,
        platformRefusals.alreadyExists,
        ...purposeRefusals,
      ],
      handle: (context, input) => openSession(context, settings, input),
    }),
  ] as const
}
