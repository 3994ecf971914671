import type { z } from 'zod'
import { type CertificateOf, findSession, type SessionRow, sessionNotFound } from '../cash/index.ts'
import type { QueryContext } from '../platform/operation.ts'
import { refuse } from '../platform/refusal.ts'
import { devicesOf, findRegister, receiptNumberOf } from '../registers/index.ts'
import { numbersMissing, receiptsOfSession } from '../sales/index.ts'
import { lastSequenceOf, numbersSetAside, statementsOf, unsettledOf } from './certificate-queries.ts'
import type { certificate } from './contract.ts'

/**
 * What is known of the receipts of a session: complete when all numbers from its first to its last receipt are here, each device
 * that could seal receipts in it has said up to where, all up to there is here, and nothing of it is set aside unsettled. A late
 * session rests on what devices said of the one it is late for.
 */
export async function certify(context: QueryContext, session: SessionRow): Promise<z.input<typeof certificate>> {
  const { id, register_id: registerId, late_of } = session
  const own = (late_of === null ? undefined : await findSession(context, late_of)) ?? session
  const { first, last, count, offline } = await receiptsOfSession(context, id)
  const gaps = first === null || last === null ? [] : await gapsBetween(context, { registerId, first, last })
  const stated = new Map((await statementsOf(context, own.id)).map((one) => [one.device_id, one.last_sequence]))
  const devices = (await devicesOf(context, registerId, own.opened_at)).map((device) => ({
    device_id: device.id,
    stated_sequence: stated.get(device.id) ?? null,
    is_revoked: device.revoked_at !== null,
  }))
  const here = await lastSequenceOf(context, registerId)
  const end = Math.max(here, ...devices.map(({ stated_sequence }) => stated_sequence ?? 0))
  const missing = end > here ? [...gaps, { first: here + 1, last: end }] : gaps
  const set_aside = await unsettledOf(context, { sessionId: own.id, registerId, since: own.opened_at })
  const isStated = devices.every(({ stated_sequence }) => stated_sequence !== null)
  return {
    ...{ session_id: id, register_id: registerId, first_sequence: first, last_sequence: last },
    is_complete: isStated && missing.length === 0 && set_aside.length === 0,
    receipts: count,
    offline_receipts: offline,
    ...{ missing, set_aside, devices },
    issued_at: context.now,
  }
}

async function gapsBetween(context: QueryContext, span: { registerId: string; first: number; last: number }) {
  return numbersMissing(context, { ...span, others: await numbersSetAside(context, span) })
}

/** The same as the close of a session asks for it: what is missing, in words. */
export const certificateOf: CertificateOf = async (context, sessionId) => {
  const session = (await findSession(context, sessionId)) ?? refuse(sessionNotFound)
  const { is_complete, missing, set_aside, devices, offline_receipts } = await certify(context, session)
  const code = (await findRegister(context, session.register_id))?.code ?? ''
  const number = (sequence: number) => receiptNumberOf(code, String(sequence))
  const silent = devices.filter(({ stated_sequence }) => stated_sequence === null)
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
