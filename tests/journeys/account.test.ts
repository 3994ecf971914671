import { afterAll, beforeAll, expect, test } from 'vitest'
import { createClient } from '../../server/platform/client.ts'
import { addEncryptionKey, type SealedColumn, sealAnew } from '../../server/platform/encryption.ts'
import { type Operations, sealedColumns } from '../../server/registry.ts'
import { anotherPassword, authenticatorOf, challengeOf, enrolSecondFactor } from '../harness/accounts.ts'
import { waitForMail } from '../harness/mail.ts'
import { withClient } from '../harness/postgres.ts'
import { signUpPerson, startTestServer, type TestClient, type TestPerson, type TestServer } from '../harness/server.ts'

let server: TestServer
let worker: { stop(): Promise<void> }

beforeAll(async () => {
  server = await startTestServer()
  worker = await server.product.startJobs()
})

afterAll(async () => {
  await worker.stop()
  await server.close()
})

/** A device with a User-Agent of its own, which keeps the cookies it is given. */
function deviceOf(name: string) {
  const cookies = new Map<string, string>()
  const client = (): TestClient =>
    createClient<Operations>({
      url: server.url,
      headers: { 'user-agent': name, cookie: [...cookies].map(([key, value]) => `${key}=${value}`).join('; ') },
    })
  return {
    client,
    async request(operation: 'identity.sign-in' | 'identity.complete-sign-in', input: Record<string, unknown>) {
      const { headers, body } = await client().request(operation, input)
      for (const cookie of headers.getSetCookie()) {
        const [key = '', value = ''] = (cookie.split(';')[0] ?? '').split('=')
        cookies.set(key, value)
      }
      return body as Record<string, string>
    },
  }
}

const refusedAs = (code: string) => ({ problem: { code } })
const credentials = ({ email, password }: TestPerson, more = {}) => ({ email, password, ...more })

async function eventsOf(client: TestClient) {
  const { items } = await client.call('identity.list-security-events', {})
  return items.map(({ event }) => event)
}

test('a second factor is enrolled, asked for on a new device, and left out on one that is trusted', async () => {
  const person = await signUpPerson(server)
  const { secret, url } = await person.client.call('identity.enrol-second-factor', { password: person.password })
  expect(url).toBe(
    `otpauth://totp/Comptoir:${encodeURIComponent(person.email)}?secret=${secret}&issuer=Comptoir&digits=6&period=30`,
  )
  expect((await person.client.call('identity.sign-in', credentials(person))).status).toBe('signed_in')
  const app = authenticatorOf(secret)
  const confirmed = await person.client.call('identity.confirm-second-factor', { code: await app.code() })
  expect(new Set(confirmed.backup_codes).size).toBe(10)

  const telephone = deviceOf('Telephone')
  const asked = await telephone.request('identity.sign-in', credentials(person, { device_name: 'My telephone' }))
  expect(asked).toEqual({
    status: 'second_factor_required',
    challenge: expect.any(String),
    expires_at: expect.any(String),
  })
  await expect(telephone.client().call('identity.get-me', {})).rejects.toMatchObject(refusedAs('unauthenticated'))
  const shown = { challenge: asked.challenge, trust_device: true }
  await expect(telephone.request('identity.complete-sign-in', { ...shown, code: '000000' })).rejects.toMatchObject(
    refusedAs('wrong_code'),
  )
  await telephone.request('identity.complete-sign-in', { ...shown, code: await app.code(1) })
  expect(await telephone.client().call('identity.get-me', {})).toMatchObject({ second_factor: true })

  expect(await telephone.request('identity.sign-in', credentials(person))).toMatchObject({ status: 'signed_in' })
  const [trusted] = (await telephone.client().call('identity.list-trusted-devices', {})).items
  expect(trusted).toMatchObject({ device_name: 'My telephone', device: 'Telephone', address: '127.0.0.1' })
  await telephone.client().call('identity.revoke-trusted-device', { id: trusted?.id ?? '' })
  const again = await telephone.request('identity.sign-in', credentials(person))
  expect(again).toMatchObject({ status: 'second_factor_required' })
  await telephone.request('identity.complete-sign-in', {
    challenge: again.challenge,
    code: confirmed.backup_codes[0]?.toUpperCase().replace('-', ' '),
  })
  expect(await telephone.client().call('identity.get-second-factor', {})).toMatchObject({ backup_codes_left: 9 })

  expect(await eventsOf(telephone.client())).toEqual([
    'backup_code_used',
    'signed_in',
    'second_factor_asked',
    'trusted_device_revoked',
    'signed_in',
    'trusted_device_added',
    'new_device',
    'second_factor_used',
    'signed_in',
    'second_factor_failed',
    'second_factor_asked',
    'second_factor_confirmed',
    'signed_in',
    'second_factor_enrolled',
    'signed_in',
    'signed_up',
  ])
  const mail = await waitForMail(server, person.email, 'new device')
  expect(mail.text).toContain('Device: Telephone')
})

test('sessions are listed, one is ended, then all others; what they show is refused at the next request', async () => {
  const person = await signUpPerson(server)
  const till = deviceOf('Till')
  const tablet = deviceOf('Tablet')
  await till.request('identity.sign-in', credentials(person, { kind: 'till', device_name: 'Till 1' }))
  await tablet.request('identity.sign-in', credentials(person))
  const { items } = await person.client.call('identity.list-sessions', {})
  expect(items.map(({ current, kind, device_name, device }) => [current, kind, device_name, device])).toEqual([
    [false, 'browser', null, 'Tablet'],
    [false, 'till', 'Till 1', 'Till'],
    [true, 'browser', null, expect.any(String)],
  ])
  await person.client.call('identity.revoke-session', { id: items[0]?.id ?? '' })
  await expect(tablet.client().call('identity.get-me', {})).rejects.toMatchObject(refusedAs('unauthenticated'))
  expect(await till.client().call('identity.get-me', {})).toMatchObject({ email: person.email })
  expect(await person.client.call('identity.revoke-other-sessions', {})).toEqual({ count: 1 })
  await expect(till.client().call('identity.get-me', {})).rejects.toMatchObject(refusedAs('unauthenticated'))
  expect((await person.client.call('identity.list-sessions', {})).items).toHaveLength(1)
  expect(await eventsOf(person.client)).toEqual([
    'session_revoked',
    'session_revoked',
    'new_device',
    'signed_in',
    'new_device',
    'signed_in',
    'signed_in',
    'signed_up',
  ])
})

test('guessing locks an account, the right password included, until a link sets a new one', async () => {
  const person = await signUpPerson(server)
  const stranger = deviceOf('Stranger')
  const guess = () => stranger.request('identity.sign-in', { email: person.email, password: 'a wrong guess' })
  for (let count = 1; count < 10; count++) await expect(guess()).rejects.toMatchObject(refusedAs('wrong_credentials'))
  await expect(guess()).rejects.toMatchObject(refusedAs('locked_out'))
  await expect(stranger.request('identity.sign-in', credentials(person))).rejects.toMatchObject(refusedAs('locked_out'))

  await stranger.client().call('identity.request-password-reset', { email: person.email })
  const mail = await waitForMail(server, person.email, 'new password')
  const token = /#token=(\S+)/.exec(mail.text)?.[1] ?? ''
  await stranger.client().call('identity.reset-password', { token, password: anotherPassword })
  await expect(person.client.call('identity.get-me', {})).rejects.toMatchObject(refusedAs('unauthenticated'))
  const own = deviceOf('Own')
  await own.request('identity.sign-in', { email: person.email, password: anotherPassword })
  expect(await own.client().call('identity.get-me', {})).toMatchObject({ email_verified: true })

  expect(await eventsOf(own.client())).toEqual([
    'new_device',
    'signed_in',
    'password_reset',
    'password_reset_requested',
    'sign_in_failed',
    'locked_out',
    ...Array.from({ length: 10 }, () => 'sign_in_failed'),
    'signed_in',
    'signed_up',
  ])
  const { items } = await own.client().call('identity.list-security-events', { limit: 5 })
  expect(items[4]).toMatchObject({ event: 'sign_in_failed', device: 'Stranger', address: '127.0.0.1' })
})

test('where somebody was can be forgotten, and what happened stays in the chain', async () => {
  const person = await signUpPerson(server)
  await withClient(server.database.superuserUrl, (client) =>
    client.query('DELETE FROM identity.visit WHERE user_id = $1', [person.userId]),
  )
  expect((await person.client.call('identity.list-security-events', {})).items).toMatchObject([
    { event: 'signed_in', address: null, device: null },
    { event: 'signed_up', address: null, device: null },
  ])
  const pages = await person.client.call('identity.list-security-events', { limit: 1 })
  const next = await person.client.call('identity.list-security-events', { limit: 1, cursor: pages.next_cursor ?? '' })
  expect(next).toMatchObject({ items: [{ event: 'signed_up' }], next_cursor: null })
})

test('a second factor outlives the key that sealed it: it is sealed anew with the next one', async () => {
  const person = await signUpPerson(server)
  const { code } = await enrolSecondFactor(person)
  const sealed = async () =>
    withClient(
      server.database.superuserUrl,
      async (client) =>
        (await client.query('SELECT secret FROM identity.second_factor WHERE user_id = $1', [person.userId])).rows[0]
          .secret,
    )
  const before = await sealed()
  addEncryptionKey({ encryptionKeys: undefined, dataDir: server.dataDir })
  const column = sealedColumns.find(({ table }) => table === 'identity.second_factor')
  await withClient(server.database.superuserUrl, (client) =>
    sealAnew(client, column as SealedColumn, server.product.encryption, {
      tenantId: null,
      after: undefined,
      limit: 100,
    }),
  )
  expect((await sealed()).split('.')[1]).not.toBe(before.split('.')[1])
  const challenge = await challengeOf(person)
  const answer = await person.client.call('identity.complete-sign-in', { challenge, code: await code(1) })
  expect(answer.status).toBe('signed_in')
})
