import { createHmac, timingSafeEqual } from 'node:crypto'
import type { Message } from './provider.ts'

const mostSecondsApart = 300

/** Signs a message: `t=<seconds since 1970>,v1=<HMAC-SHA256 of "t.tenant.body">`, in the manner of webhooks of today. */
export function signCallback(secret: Buffer, { tenantId, body, at }: Omit<Message, 'signature'>): string {
  const seconds = secondsOf(at)
  return `t=${seconds},v1=${hashOf(secret, `${seconds}.${tenantId}.`, body).toString('hex')}`
}

/** True when the message is signed for its tenant, within five minutes of its time either way. */
export function isSigned(secret: Buffer, { tenantId, body, signature, at }: Message): boolean {
  const [, seconds = '', hash = ''] = /^t=(\d{1,12}),v1=([0-9a-f]{64})$/.exec(signature) ?? []
  const expected = hashOf(secret, `${seconds}.${tenantId}.`, body)
  const given = Buffer.from(hash, 'hex')
  const isSame = given.length === expected.length && timingSafeEqual(given, expected)
  return isSame && Math.abs(secondsOf(at) - Number.parseInt(seconds, 10)) <= mostSecondsApart
}

function secondsOf(at: Date): number {
  return Math.floor(at.getTime() / 1_000)
}

function hashOf(secret: Buffer, prefix: string, body: Buffer): Buffer {
  return createHmac('sha256', secret).update(prefix).update(body).digest()
}
