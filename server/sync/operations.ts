import { z } from 'zod'
import { readSession, sessionNotFound } from '../cash/index.ts'
import { booksRefusals } from '../ledger/index.ts'
import { type CommandContext, command, type QueryContext, query } from '../platform/operation.ts'
import { platformRefusals } from '../platform/refusal.ts'
import { page, readCursor, toPage } from '../platform/schema.ts'
import {
  authenticateDevice,
  deviceBound,
  deviceCredentialWrong,
  deviceNotFound,
  deviceRevoked,
  deviceUnbound,
  holdRetiredDevice,
  registerNotFound,
  sequenceGap,
} from '../registers/index.ts'
import type { Settings } from '../settings/index.ts'
import { branchNotFound, readBranch } from '../tenants/index.ts'
import { certify } from './certificate.ts'
import * as contract from './contract.ts'
import { listExceptions, listSetAside } from './queries.ts'
import { asException, asSetAside, openSetAside, readException, resolveException, resolveSetAside } from './resolve.ts'
import { openNote, standingOf } from './standing.ts'
import { takeIn } from './take-in.ts'

const { permissions } = contract

/** What devices send, what somebody should look at, and the certificates of sessions. */
export function syncOperations({ settings }: { settings: Settings }) {
  return [
    ...sending(settings),
    standingOperation,
    ...exceptionOperations,
    ...setAsideOperations(settings),
    certificateOperation,
  ] as const
}

function sending(settings: Settings) {
  return [
    command({
      name: 'sync.push',
      route: 'POST /v1/device-queues',
      summary: 'Take in what a device sealed while the server was out of reach, in order. Safe to repeat.',
      permission: permissions.push,
      reach: 'branch',
      mostBytes: contract.mostPushBytes,
      input: contract.pushInput,
      output: contract.pushed,
      refusals: [
        deviceNotFound,
        deviceCredentialWrong,
        deviceRevoked,
        deviceUnbound,
        sessionNotFound,
        sequenceGap,
        contract.slipOfAnotherRegister,
        contract.noteMissing,
        ...booksRefusals,
      ],
      handle: (context, input) => push(context, settings, input),
    }),
    command({
      name: 'sync.recover-queue',
      route: 'POST /v1/devices/:id/recovered-queue',
      summary:
        'Take in what a device sealed before it was revoked or taken off its register, brought by somebody else.',
      severity: 'notice',
      permission: permissions.recoverQueues,
      reach: 'branch',
      mostBytes: contract.mostPushBytes,
      input: contract.recoverInput,
      output: contract.pushed,
      refusals: [
        registerNotFound,
        deviceBound,
        deviceUnbound,
        sessionNotFound,
        sequenceGap,
        contract.slipOfAnotherRegister,
        contract.noteMissing,
        ...booksRefusals,
      ],
      handle: (context, input) => recover(context, settings, input),
    }),
  ] as const
}

const standingOperation = query({
  name: 'sync.get-standing',
  route: 'GET /v1/devices/:id/standing',
  summary: 'Where a device stands: its next number and hash, the session that is open on its register, this server.',
  permission: permissions.push,
  reach: 'branch',
  input: contract.byId,
  output: contract.standing,
  refusals: [deviceRevoked, deviceUnbound],
  handle: (context, { id }) => standingOf(context, id),
})

const exceptionOperations = [
  query({
    name: 'sync.list-exceptions',
    route: 'GET /v1/sync-exceptions',
    summary: 'What was booked although the server would have refused it, newest first.',
    permission: permissions.viewExceptions,
    reach: 'branch',
    input: contract.listExceptionsInput,
    output: page(contract.exception),
    refusals: [branchNotFound, sessionNotFound],
    async handle(context, { cursor, ...filter }) {
      const [before] = readCursor(cursor, z.tuple([z.uuid()])) ?? []
      await assertFilter(context, filter)
      const rows = await listExceptions(context, filter, before)
      return toPage(rows.map(asException), filter.limit, (row) => [row.id])
    },
  }),
  query({
    name: 'sync.get-exception',
    route: 'GET /v1/sync-exceptions/:id',
    summary: 'One exception, and how it was settled.',
    permission: permissions.viewExceptions,
    reach: 'branch',
    input: contract.byId,
    output: contract.exception,
    handle: (context, { id }) => readException(context, id),
  }),
  command({
    name: 'sync.resolve-exception',
    route: 'POST /v1/sync-exceptions/:id/resolution',
    summary: 'Say how an exception was settled, once.',
    permission: permissions.resolveExceptions,
    reach: 'branch',
    input: contract.resolveInput,
    output: contract.exception,
    refusals: [contract.alreadyResolved, contract.exceptionOwn, platformRefusals.alreadyExists],
    handle: resolveException,
  }),
] as const

function setAsideOperations(settings: Settings) {
  return [
    query({
      name: 'sync.list-set-aside',
      route: 'GET /v1/set-aside-slips',
      summary: 'Slips that could not be booked, newest first.',
      permission: permissions.viewExceptions,
      reach: 'branch',
      input: contract.listSetAsideInput,
      output: page(contract.setAside),
      refusals: [branchNotFound],
      async handle(context, { cursor, ...filter }) {
        const [before] = readCursor(cursor, z.tuple([z.uuid()])) ?? []
        await assertFilter(context, filter)
        const rows = await listSetAside(context, filter, before)
        return toPage(rows.map(asSetAside), filter.limit, (row) => [row.id])
      },
    }),
    query({
      name: 'sync.get-set-aside',
      route: 'GET /v1/set-aside-slips/:id',
      summary: 'One slip that could not be booked, with its text.',
      permission: permissions.resolveExceptions,
      reach: 'branch',
      input: contract.byId,
      output: contract.setAsideInFull,
      handle: (context, { id }) => openSetAside(context, settings, id),
    }),
    query({
      name: 'sync.get-note',
      route: 'GET /v1/device-notes/:id',
      summary: 'What a device noted beside its receipts, with its text where it was not done as it says.',
      permission: permissions.resolveExceptions,
      reach: 'branch',
      input: contract.byId,
      output: contract.noteInFull,
      handle: (context, { id }) => openNote(context, settings, id),
    }),
    command({
      name: 'sync.resolve-set-aside',
      route: 'POST /v1/set-aside-slips/:id/resolution',
      summary: 'Say how a slip that could not be booked was settled, once.',
      permission: permissions.resolveExceptions,
      reach: 'branch',
      input: contract.resolveInput,
      output: contract.setAside,
      refusals: [contract.alreadyResolved, platformRefusals.alreadyExists],
      handle: resolveSetAside,
    }),
  ] as const
}

const certificateOperation = query({
  name: 'sync.get-certificate',
  route: 'GET /v1/cash-sessions/:id/sync-certificate',
  summary: 'Whether all receipts of a session are here, and which are not.',
  permission: permissions.viewCertificates,
  reach: 'branch',
  input: contract.byId,
  output: contract.certificate,
  handle: async (context, { id }) => certify(context, await readSession(context, id)),
})

async function push(
  context: CommandContext,
  settings: Settings,
  { device_id: id, credential, ...queue }: z.output<typeof contract.pushInput>,
) {
  return takeIn(context, settings, await authenticateDevice(context, { id, credential }), queue)
}

async function recover(
  context: CommandContext,
  settings: Settings,
  { id, register_id: registerId, ...queue }: z.output<typeof contract.recoverInput>,
) {
  return takeIn(context, settings, await holdRetiredDevice(context, { id, registerId }), queue)
}

async function assertFilter(
  context: QueryContext,
  { branch_id, session_id }: { branch_id?: string | undefined; session_id?: string | undefined },
): Promise<void> {
  if (branch_id !== undefined) await readBranch(context, branch_id)
  if (session_id !== undefined) await readSession(context, session_id, sessionNotFound)
}
