import { afterAll, beforeAll, expect, test } from 'vitest'
import { sendTo, signIn } from '../../tests/harness/http.ts'
import { withClient } from '../../tests/harness/postgres.ts'
import { signUpPerson, startTestServer, type TestServer } from '../../tests/harness/server.ts'

let server: TestServer
let other: TestServer
beforeAll(async () => {
  server = await startTestServer()
  other = await startTestServer({ database: server.database })
})
afterAll(async () => {
  await other.close()
  await server.close()
})

const change = (sql: string, values: unknown[] = []) =>
  withClient(server.database.superuserUrl, (client) => client.query(sql, values))
const wrong = 'a wrong guess'
const attempt = async (email: string, password = wrong, at = server) => {
  const response = await sendTo({ product: at.product }, signIn({ email, password }))
  return response.statusCode === 201 ? 'signed in' : response.json().code
}
const guesses = async (email: string, count: number) => {
  const answers: string[] = []
  for (let number = 1; number <= count; number++) answers.push(await attempt(email))
  return answers
}
const nine = Array.from({ length: 9 }, () => 'wrong_credentials')
/** As if so many minutes had passed since the last attempt at any address. */
const wait = (minutes: number) =>
  change(
    `UPDATE identity.attempt SET failed_at = failed_at - $1 * interval '1 minute', locked_until = locked_until - $1 * interval '1 minute'`,
    [minutes],
  )
/** Whether Retry-After says that so many minutes are left, give or take the one that is running. */
const isAbout = (seconds: unknown, minutes: number) =>
  Number(seconds) > (minutes - 1) * 60 && Number(seconds) <= minutes * 60
const readAttempts = async () =>
  (await change('SELECT failures, lockouts FROM identity.attempt ORDER BY created_at')).rows

test('a known and an unknown address are locked alike, and every answer is the same', async () => {
  const { email, password } = await signUpPerson(server)
  const answersFor = async (address: string, last: string) => {
    const answers = []
    for (let number = 1; number <= 12; number++) {
      const sent = signIn({ email: address, password: number > 10 ? last : wrong })
      const { statusCode, headers, body } = await sendTo(server, sent)
      const { 'x-request-id': _, date: __, 'retry-after': left, ...same } = headers
      const saysWhen = statusCode === 429 ? isAbout(left, 15) : left === undefined
      answers.push({ statusCode, same, saysWhen, body: { ...JSON.parse(body), instance: '' } })
    }
    return answers
  }
  const known = await answersFor(email, password)
  expect(known.map(({ body }) => body.code)).toEqual([...nine, 'locked_out', 'locked_out', 'locked_out'])
  expect(known.every(({ saysWhen }) => saysWhen)).toBe(true)
  expect(await answersFor('nobody-here@example.org', password)).toEqual(known)
})

test('all processes count together, and what one locked the others refuse', async () => {
  const { email, password } = await signUpPerson(server)
  expect(await guesses(email, 5)).toEqual(nine.slice(0, 5))
  for (let number = 6; number < 10; number++) expect(await attempt(email, wrong, other)).toBe('wrong_credentials')
  expect(await attempt(email, wrong, other)).toBe('locked_out')
  expect(await attempt(email, password)).toBe('locked_out')
})

test('of many guesses at once none is lost', async () => {
  const { email } = await signUpPerson(server)
  await change('DELETE FROM identity.attempt')
  await Promise.all(Array.from({ length: 9 }, (_, number) => attempt(email, wrong, number % 2 ? server : other)))
  expect(await readAttempts()).toEqual([{ failures: 9, lockouts: 0 }])
  expect(await attempt(email)).toBe('locked_out')
})

test('a lockout ends after a quarter of an hour, the next after twice that, and signing in forgets them', async () => {
  const { email, password } = await signUpPerson(server)
  await change('DELETE FROM identity.attempt')
  for (const minutes of [15, 30, 60]) {
    expect(await guesses(email, 10)).toEqual([...nine, 'locked_out'])
    await wait(minutes - 1)
    const { statusCode, headers } = await sendTo(server, signIn({ email, password }))
    expect([statusCode, isAbout(headers['retry-after'], 1)]).toEqual([429, true])
    await wait(1)
  }
  expect(await attempt(email, password)).toBe('signed in')
  expect(await readAttempts()).toEqual([])
  expect(await guesses(email, 9)).toEqual(nine)
  await wait(24 * 60)
  expect(await guesses(email, 9)).toEqual(nine)
})

test('an unknown address leaves nothing that names it', async () => {
  const email = 'somebody-unknown@example.org'
  await guesses(email, 11)
  const client = { 'user-agent': 'Unknown Telephone' }
  const reset = { method: 'POST', url: '/v1/password-resets', body: { email }, headers: client }
  expect((await sendTo(server, reset)).statusCode).toBe(204)
  const tables = await change(
    `SELECT c.oid::regclass::text AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind = 'r' AND n.nspname !~ '^(pg_|information_schema)'`,
  )
  for (const { name } of tables.rows) {
    const { rows } = await change(`SELECT FROM ${name} t WHERE t::text LIKE ANY ($1)`, [
      [`%${email}%`, '%Unknown Telephone%'],
    ])
    expect([name, rows.length]).toEqual([name, 0])
  }
})

test('asking for a link answers the same and does the same for a known and an unknown address', async () => {
  const { email } = await signUpPerson(server)
  const traces = async (address: string) => {
    const count = async () =>
      (
        await change(
          `SELECT (SELECT count(*)::int FROM identity.proof) AS links,
                  (SELECT count(*)::int FROM graphile_worker.jobs) AS jobs,
                  (SELECT count(*)::int FROM audit.entry) AS entries`,
        )
      ).rows[0]
    const before = await count()
    const body = { email: address }
    const {
      statusCode,
      body: text,
      headers,
    } = await sendTo(server, { method: 'POST', url: '/v1/password-resets', body })
    const { 'x-request-id': _, date: __, ...same } = headers
    const after = await count()
    const made = Object.keys(before).map((name) => after[name] - before[name])
    return { statusCode, text, same, made }
  }
  const known = await traces(email)
  expect(known).toMatchObject({ statusCode: 204, made: [1, 1, 1] })
  expect(await traces('nobody-at-all@example.org')).toEqual(known)
})

test('nobody is sent more than five links an hour', async () => {
  const { email, userId } = await signUpPerson(server)
  const body = { email }
  for (let number = 1; number <= 7; number++)
    expect((await sendTo(server, { method: 'POST', url: '/v1/password-resets', body })).statusCode).toBe(204)
  const { rows } = await change(
    `SELECT count(*)::int AS links FROM identity.proof WHERE user_id = $1 AND purpose = 'password_reset'`,
    [userId],
  )
  expect(rows).toEqual([{ links: 5 }])
})

test('an over-long address is refused, and so is a name that could pass for another', async () => {
  const signUp = async (more: object) => {
    const body = { name: 'Amina', email: 'new@example.org', password: 'correct horse battery', ...more }
    const response = await sendTo(server, { method: 'POST', url: '/v1/users', body })
    return response.statusCode === 204 ? 'made' : response.json().code
  }
  expect(await signUp({ email: `${'a'.repeat(250)}@example.org` })).toBe('invalid_input')
  for (const name of ['Pаypal', 'Ami\u200bna', 'Amina\u202e', 'x'.repeat(101), ' '])
    expect(await signUp({ name })).toBe('invalid_input')
  expect(await signUp({})).toBe('made')
})
