import { purposeRefusals } from '../ledger/index.ts'
import { paidOtherwise, saleNotPaidHere, tenderOfAnotherKind, tenderRefusals } from '../payments/index.ts'
import { command, query } from '../platform/operation.ts'
import { platformRefusals } from '../platform/refusal.ts'
import { found, lookUpInput, page, readCursor, toPage } from '../platform/schema.ts'
import { registerInactive, registerNotFound } from '../registers/index.ts'
import { type Settings, settingInvalid } from '../settings/index.ts'
import { branchNotFound } from '../tenants/index.ts'
import { type CertificateOf, closeSession } from './close-session.ts'
import * as contract from './contract.ts'
import { countSession } from './count-session.ts'
import { dropCash, payIn, payOut } from './move-cash.ts'
import * as movements from './movement-contract.ts'
import { openSession } from './open-session.ts'
import { listMovements, lookUpSessions } from './queries.ts'
import { plain, readSessions, sessionInFullOf } from './read-sessions.ts'
import { adjustSession, approveSession, fixTransaction, requestRecount, writeOffVariance } from './reconcile.ts'
import { reportOperations, type SalesOf } from './reports.ts'
import { safeOperations } from './safe.ts'
import { readSession } from './sessions.ts'

const { permissions } = contract

const postingRefusals = [branchNotFound, contract.amountTooFine, contract.amountTooLarge, ...purposeRefusals] as const
const movingRefusals = [
  contract.sessionOfAnother,
  contract.sessionNotOpen,
  ...postingRefusals,
  platformRefusals.alreadyExists,
] as const
const shortRefusals = [contract.drawerShort, contract.drawerShortBlind] as const
const escalatedRefusals = [
  contract.sessionStillOpen,
  contract.sessionClosed,
  contract.sessionNotCounted,
  contract.varianceOwn,
] as const

const reads = [
  query({
    name: 'cash.list-sessions',
    route: 'GET /v1/cash-sessions',
    summary: 'Sessions of registers, the newest first.',
    permission: permissions.viewSessions,
    reach: 'branch',
    input: contract.listSessionsInput,
    output: page(contract.session),
    refusals: [branchNotFound, registerNotFound, contract.sessionNotFound],
    handle: readSessions,
  }),
  query({
    name: 'cash.look-up-sessions',
    route: 'GET /v1/look-ups/cash-sessions',
    summary: 'Which sessions they are: number, register, who opened them when.',
    permission: permissions.viewSessions,
    reach: 'branch',
    input: lookUpInput,
    output: found(contract.sessionNumber),
    handle: async (context, { ids }) => ({ items: await lookUpSessions(context, ids) }),
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
  query({
    name: 'cash.list-movements',
    route: 'GET /v1/cash-sessions/:id/movements',
    summary: 'Cash that was put into a drawer or taken out of it, and why.',
    permission: permissions.viewSessions,
    reach: 'branch',
    input: movements.listMovementsInput,
    output: page(movements.movement),
    async handle(context, { cursor, ...filter }) {
      const [after] = readCursor(cursor, movements.movementCursor) ?? []
      await readSession(context, filter.id)
      const rows = await listMovements(context, filter, after)
      const items = rows.map((row) => ({ ...row, amount: plain(row.amount) }))
      return toPage(items, filter.limit, (row) => [row.id])
    },
  }),
] as const

const moving = [
  command({
    name: 'cash.pay-in',
    route: 'POST /v1/cash-sessions/:id/pay-in',
    summary: 'Put cash into a drawer that is no sale, and say why.',
    permission: permissions.moveCash,
    extraPermissions: [permissions.manageSessions],
    reach: 'branch',
    input: movements.payInInput,
    output: movements.movement,
    refusals: movingRefusals,
    handle: payIn,
  }),
  command({
    name: 'cash.pay-out',
    route: 'POST /v1/cash-sessions/:id/pay-out',
    summary: 'Take cash out of a drawer that is no refund, and say why.',
    permission: permissions.moveCash,
    extraPermissions: [permissions.manageSessions],
    reach: 'branch',
    input: movements.payOutInput,
    output: movements.movement,
    refusals: [...movingRefusals, ...shortRefusals, contract.payOutBeyondLimit],
    handle: payOut,
  }),
  command({
    name: 'cash.drop-cash',
    route: 'POST /v1/cash-sessions/:id/drop',
    summary: 'Take cash out of a drawer into the safe of the branch, without a look at what is expected.',
    permission: permissions.moveCash,
    extraPermissions: [permissions.manageSessions],
    reach: 'branch',
    input: movements.dropInput,
    output: movements.movement,
    refusals: [...movingRefusals, ...shortRefusals],
    handle: dropCash,
  }),
] as const

const explaining = [
  command({
    name: 'cash.adjust-session',
    route: 'POST /v1/cash-sessions/:id/adjust',
    summary: 'Explain a part of a variance by what was not recorded, such as a pay-out.',
    permission: permissions.approveVariance,
    reach: 'branch',
    input: contract.adjustInput,
    output: contract.sessionInFull,
    refusals: [...escalatedRefusals, contract.drawerShort, ...postingRefusals],
    handle: adjustSession,
  }),
  command({
    name: 'cash.fix-transaction',
    route: 'POST /v1/cash-sessions/:id/fix-transaction',
    summary: 'Explain a part of a variance by a sale that was recorded as paid with another kind of tender.',
    permission: permissions.approveVariance,
    reach: 'branch',
    input: contract.fixInput,
    output: contract.sessionInFull,
    refusals: [
      ...escalatedRefusals,
      contract.sameTender,
      contract.drawerShort,
      saleNotPaidHere,
      paidOtherwise,
      tenderOfAnotherKind,
      ...tenderRefusals,
      ...postingRefusals,
    ],
    handle: fixTransaction,
  }),
  command({
    name: 'cash.write-off-variance',
    route: 'POST /v1/cash-sessions/:id/write-off',
    summary: 'Give up what is left of a variance, and say why.',
    permission: permissions.approveVariance,
    reach: 'branch',
    input: contract.stepInput,
    output: contract.sessionInFull,
    refusals: [...escalatedRefusals, contract.varianceNone, branchNotFound, ...purposeRefusals],
    handle: writeOffVariance,
  }),
  command({
    name: 'cash.request-recount',
    route: 'POST /v1/cash-sessions/:id/request-recount',
    summary: 'Let a session be counted once more.',
    permission: permissions.approveVariance,
    reach: 'branch',
    input: contract.stepInput,
    output: contract.sessionInFull,
    refusals: escalatedRefusals,
    handle: requestRecount,
  }),
  command({
    name: 'cash.approve-session',
    route: 'POST /v1/cash-sessions/:id/approve',
    summary: 'Close a session of others whose variance is explained or written off.',
    severity: 'notice',
    permission: permissions.approveVariance,
    reach: 'branch',
    input: contract.approveInput,
    output: contract.sessionInFull,
    refusals: [...escalatedRefusals, contract.varianceLeft, branchNotFound, ...purposeRefusals],
    handle: approveSession,
  }),
] as const

interface Parts {
  readonly settings: Settings
  readonly certificateOf: CertificateOf
  readonly salesOf: SalesOf
}

/** Sessions of registers, from the float to the reconciliation. */
export function cashOperations({ settings, certificateOf, salesOf }: Parts) {
  return [
    ...reads,
    ...reportOperations({ certificateOf, salesOf }),
    ...moving,
    ...explaining,
    ...safeOperations,
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
    command({
      name: 'cash.close-session',
      route: 'POST /v1/cash-sessions/:id/close',
      summary: 'End a session: nothing is sold in it any more, and it is to be counted.',
      permission: permissions.countSession,
      extraPermissions: [permissions.manageSessions, permissions.overrideCertificate],
      reach: 'branch',
      input: contract.closeSessionInput,
      output: contract.sessionInFull,
      refusals: [contract.sessionOfAnother, contract.sessionNotOpen, contract.certificateIncomplete],
      handle: (context, input) => closeSession(context, certificateOf, input),
    }),
    command({
      name: 'cash.count-session',
      route: 'POST /v1/cash-sessions/:id/count',
      summary: 'Count a session that has ended: within the threshold it closes, beyond it somebody else approves.',
      permission: permissions.countSession,
      extraPermissions: [permissions.manageSessions],
      reach: 'branch',
      input: contract.countSessionInput,
      output: contract.sessionInFull,
      refusals: [
        contract.sessionOfAnother,
        contract.sessionStillOpen,
        contract.sessionClosed,
        contract.varianceEscalated,
        contract.tenderTwice,
        contract.tenderNotCounted,
        contract.denominationsDiffer,
        ...postingRefusals,
      ],
      handle: countSession,
    }),
  ] as const
}
