import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { sendTo } from '../../tests/harness/http.ts'
import { waitForMail, writtenMails } from '../../tests/harness/mail.ts'
import { withClient } from '../../tests/harness/postgres.ts'
import { signUpPerson, startTestServer, type TestServer } from '../../tests/harness/server.ts'
import { until } from '../../tests/harness/until.ts'

let server: TestServer
const ends: (() => Promise<unknown>)[] = []
beforeAll(async () => {
  server = await startTestServer({ env: { PUBLIC_URL: 'https://shop.example', SIGN_UP: 'open' } })
  const worker = await server.product.startJobs()
  ends.push(
    () => server.close(),
    () => worker.stop(),
  )
})
afterAll(async () => {
  for (const end of ends.toReversed()) await end()
})

/** A port of this machine on which nothing listens. */
async function closedPort(): Promise<number> {
  const listener = createServer().listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const { port } = listener.address() as AddressInfo
  listener.close()
  await once(listener, 'close')
  return port
}

test('signing in works with every outside service down; what could not be sent is tried again', async () => {
  const without = await startTestServer({ env: { SMTP_URL: `smtp://127.0.0.1:${await closedPort()}` } })
  ends.push(() => without.close())
  const worker = await without.product.startJobs()
  ends.push(() => worker.stop())
  const { client, email, password } = await signUpPerson(without)
  await client.call('identity.request-password-reset', { email })
  expect((await client.call('identity.sign-in', { email, password })).status).toBe('signed_in')
  const waiting = await until('two mails wait for another try', () =>
    withClient(without.database.superuserUrl, async (superuser) => {
      const { rows } = await superuser.query(
        `SELECT attempts, run_at > now() AS later, last_error FROM graphile_worker.jobs WHERE task_identifier = 'messaging.send-mail'`,
      )
      return rows.length === 2 && rows.every(({ attempts, last_error }) => attempts > 0 && last_error) && rows
    }),
  )
  for (const { later, last_error } of waiting) {
    expect(later).toBe(true)
    expect(last_error).not.toContain(email)
  }
})

test('the links of mails work, and stand in the mail alone', async () => {
  const { client, email } = await signUpPerson(server)
  const welcome = await waitForMail(server, email, 'Welcome')
  await client.call('identity.request-password-reset', { email })
  const reset = await waitForMail(server, email, 'new password')
  const [verifying = '', resetting = ''] = [welcome, reset].map(({ text }) => /#token=(\S+)/.exec(text)?.[1])
  expect(welcome.text).toContain(`\nhttps://shop.example/verify-email#token=${verifying}\n`)
  expect(reset.text).toContain(`\nhttps://shop.example/reset-password#token=${resetting}\n`)
  await withClient(server.database.superuserUrl, async (superuser) => {
    for (const table of ['identity.proof', 'graphile_worker._private_jobs', 'audit.entry']) {
      const { rows } = await superuser.query(`SELECT FROM ${table} t WHERE t::text LIKE ANY ($1)`, [
        [verifying, resetting].map((token) => `%${token}%`),
      ])
      expect([table, rows.length]).toEqual([table, 0])
    }
  })
  await client.call('identity.verify-email', { token: verifying })
  await client.call('identity.reset-password', { token: resetting, password: 'another horse battery' })
  await waitForMail(server, email, 'password was changed')
})

test('no mail makes a link of what somebody is called, or of the device they show', async () => {
  const email = 'stranger@example.org'
  const send = (device: string, url: string, body: object) =>
    sendTo(server, { method: 'POST', url, headers: { 'user-agent': device }, body })
  const password = 'plain umbrella orchard'
  await send('first', '/v1/users', { name: 'Win at http://evil.example/prize', email, password })
  await waitForMail(server, email, 'Welcome')
  for (const device of ['first', 'see www.evil.example or http://evil.example'])
    await send(device, '/v1/sessions', { email, password })
  const { text: onDevice } = await waitForMail(server, email, 'new device')
  expect(onDevice).toContain('Device: see www. evil. example or http: //evil. example')
  await send('first', '/v1/password-resets', { email })
  await waitForMail(server, email, 'new password')
  const mails = (await writtenMails(server)).filter(({ to }) => to === email)
  expect(mails.length).toBeGreaterThanOrEqual(3)
  for (const { text } of mails) {
    expect(text).toMatch(/^Hello Win at http: \/\/evil\. example\/prize,$/m)
    expect(text).not.toMatch(/evil\.example|www\.evil|http:\/\/evil/)
  }
})

test('who has an account is told when somebody signs up with the address; a stranger learns nothing', async () => {
  const { client, email } = await signUpPerson(server)
  const answer = await client.request('identity.sign-up', { name: 'Impostor', email, password: 'a password of mine' })
  expect([answer.status, answer.body]).toEqual([204, null])
  const mail = await waitForMail(server, email, 'account already')
  expect(mail.text).not.toContain('Impostor')
  expect(mail.text).not.toContain('token')
})

test('who is signed in may ask for the link that verifies the address again', async () => {
  const { client, email } = await signUpPerson(server)
  await client.call('identity.request-email-verification', {})
  const { text } = await waitForMail(server, email, 'Confirm')
  await client.call('identity.verify-email', { token: /#token=(\S+)/.exec(text)?.[1] ?? '' })
  expect(await client.call('identity.get-me', {})).toMatchObject({ email_verified: true })
})
