import type { z } from 'zod'
import { type CertificateOf, findOpenSession, findSession, type SessionRow, sessionNotFound } from '../cash/index.ts'
import type { QueryContext } from '../platform/operation.ts'
import { refuse } from '../platform/refusal.ts'
import { type DeviceUse, devicesOf, findRegister, receiptNumberOf } from '../registers/index.ts'
import { lastNumberGiven, numbersMissing, receiptsOfSession } from '../sales/index.ts'
import { endOf, findStatement, isSlipHere, numbersTaken, sendersOf, unsettledOf } from './certificate-queries.ts'
import type { certificate } from './contract.ts'
import type { Range } from './missing.ts'
import { standOf } from './read-chain.ts'

/**
 * What is known of the receipts of a session: complete when all numbers from its first to its last receipt are here, each device
 * that could seal receipts in it has said up to where it did, the slip at which it ended is here, and nothing of it is set aside
 * unsettled. A late session rests on what devices said of the one it is late for.
 */
export async function certify(context: QueryContext, session: SessionRow): Promise<z.input<typeof certificate>> {
  const { id, register_id: registerId, late_of } = session
  const own = (late_of === null ? undefined : await findSession(context, late_of)) ?? session
  const { first, last, count, offline } = await receiptsOfSession(context, id)
  const gaps = first === null || last === null ? [] : await gapsBetween(context, { registerId, first, last })
  const devices = await devicesIn(context, own)
  const missing = [...gaps, ...devices.flatMap((device) => device.missing ?? [])]
  const set_aside = await unsettledOf(context, { sessionId: own.id, registerId, since: own.opened_at })
  return {
    ...{ session_id: id, register_id: registerId, first_sequence: first, last_sequence: last },
    is_complete: missing.length === 0 && set_aside.length === 0 && devices.every((device) => device.is_here),
    receipts: count,
    offline_receipts: offline,
    ...{ missing, set_aside },
    devices: devices.map(({ missing: _, ...device }) => device),
    issued_at: context.now,
  }
}

async function gapsBetween(context: QueryContext, span: { registerId: string; first: number; last: number }) {
  return numbersMissing(context, { ...span, others: await numbersTaken(context, span) })
}

/** The devices that were bound to the register of a session while it was at work, or that sent slips of it, and what they said. */
async function devicesIn(context: QueryContext, { id, register_id: registerId, opened_at: from }: SessionRow) {
  const senders = new Map((await sendersOf(context, id)).map((one) => [one.device_id, one.last_sequence]))
  const until = await endOf(context, id)
  const devices = await devicesOf(context, { registerId, from, until, others: [...senders.keys()] })
  return Promise.all(
    devices.map(async (device) => ({
      device_id: device.id,
      ...(await statedBy(context, { id: device.id, registerId, sessionId: id, sent: senders.get(device.id) ?? 0 })),
      is_revoked: device.revoked_at !== null,
    })),
  )
}

interface DeviceIn {
  readonly id: string
  readonly registerId: string
  readonly sessionId: string
  /** The last number of its slips of the session. */
  readonly sent: number
}

interface Stated {
  readonly stated_sequence: number | null
  readonly is_here: boolean
  readonly missing?: Range
}

/** What a device said at the end of a session, unless it gave receipts away in it afterwards, and whether that is here. */
async function statedBy(context: QueryContext, { id, registerId, sessionId, sent }: DeviceIn): Promise<Stated> {
  const stated = await findStatement(context, sessionId, id)
  if (!stated) return { stated_sequence: null, is_here: false }
  const { last_sequence: end, head_hash: hash } = stated
  const after = await lastNumberGiven(context, { registerId, deviceId: id }, { after: end, sessionId })
  if (Math.max(after, sent) > end) return { stated_sequence: null, is_here: false }
  const { reach, starts } = await standOf(context, { id, registerId })
  const isHashHere = starts.includes(hash) || (await isSlipHere(context, { deviceId: id, registerId, hash }))
  const is_here = reach >= end && isHashHere
  return { stated_sequence: end, is_here, ...(reach < end ? { missing: { first: reach + 1, last: end } } : {}) }
}

/** Whether a device has said that all it sealed in the session that is open on its register is here. */
export const isDone: DeviceUse['isDone'] = async (context, { id, registerId }) => {
  const session = await findOpenSession(context, registerId)
  if (!session) return true
  const sent = (await sendersOf(context, session.id)).find(({ device_id }) => device_id === id)?.last_sequence ?? 0
  return (await statedBy(context, { id, registerId, sessionId: session.id, sent })).is_here
}

/** The same as the close of a session asks for it: what is missing, in words. */
export const certificateOf: CertificateOf = async (context, sessionId) => {
  const session = (await findSession(context, sessionId)) ?? refuse(sessionNotFound)
  const { is_complete, missing, set_aside, devices, offline_receipts } = await certify(context, session)
  const code = (await findRegister(context, session.register_id))?.code ?? ''
  const number = (sequence: number) => receiptNumberOf(code, String(sequence))
  const silent = devices.filter(({ is_here }) => !is_here)
  return {
    isComplete: is_complete,
    gaps: [
      ...missing.map(({ first, last }) => (first === last ? number(first) : `${number(first)} to ${number(last)}`)),
      ...set_aside.map(({ sequence, code: fault }) => `${number(sequence)} (${fault})`),
      ...silent.map(({ device_id }) => `the end of device ${device_id}`),
    ],
    offlineTransactions: offline_receipts,
  }
}
