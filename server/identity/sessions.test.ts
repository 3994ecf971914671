import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { challengeOf, enrolSecondFactor, linkFor } from '../../tests/harness/accounts.ts'
import { type Sent, sendTo, signIn } from '../../tests/harness/http.ts'
import { withClient } from '../../tests/harness/postgres.ts'
import { signUpPerson, startTestServer, type TestPerson, type TestServer } from '../../tests/harness/server.ts'
import { setPlatform } from '../../tests/harness/settings.ts'
import { until } from '../../tests/harness/until.ts'
import { purgeIdentity } from './jobs.ts'
import { hashPassword } from './passwords.ts'
import { sessionDaysSetting, tillSessionDaysSetting } from './sign-in.ts'
import { hashToken } from './tokens.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.close())

const change = (sql: string, values: unknown[] = []) =>
  withClient(server.database.superuserUrl, (client) => client.query(sql, values))
const statusOf = async (cookie: string) => (await sendTo(server, { url: '/v1/me', headers: { cookie } })).statusCode
const tokenOf = (cookie: string) => decodeURIComponent(cookie.split('=')[1] ?? '')
const openAs = async ({ email, password }: TestPerson, kind: 'browser' | 'till') => {
  const { headers } = await sendTo(server, { ...signIn({ email, password }), body: { email, password, kind } })
  return String(headers['set-cookie'])
}
const sessionOf = async (cookie: string) => {
  const hash = hashToken(tokenOf(cookie)).toString('hex')
  const { rows } = await change(
    `SELECT id, used_at > now() - interval '1 minute' AS used_now,
            round(extract(epoch FROM expires_at - now()) / 86400)::int AS days
     FROM identity.session WHERE token_hash = $1`,
    [hash],
  )
  return rows[0]
}

test('what the table of sessions holds opens none', async () => {
  const { cookie, userId } = await signUpPerson(server)
  const { rows } = await change('SELECT token_hash FROM identity.session WHERE user_id = $1', [userId])
  expect(rows).toEqual([{ token_hash: hashToken(tokenOf(cookie)).toString('hex') }])
  expect(await statusOf(`comptoir_session=${rows[0].token_hash}`)).toBe(401)
  expect(await statusOf(cookie)).toBe(200)
})

test('the last use is written when the one before is five minutes old, not at every request', async () => {
  const { cookie } = await signUpPerson(server)
  const { id } = await sessionOf(cookie)
  const usedBefore = (minutes: number) =>
    change(`UPDATE identity.session SET used_at = now() - $2 * interval '1 minute' WHERE id = $1`, [id, minutes])
  await usedBefore(4)
  expect(await statusOf(cookie)).toBe(200)
  expect(await sessionOf(cookie)).toMatchObject({ used_now: false })
  await usedBefore(6)
  expect(await statusOf(cookie)).toBe(200)
  expect(await sessionOf(cookie)).toMatchObject({ used_now: true })
})

test('a request waits for nobody who holds the row of its session', async () => {
  const { cookie } = await signUpPerson(server)
  const { id } = await sessionOf(cookie)
  await change(`UPDATE identity.session SET used_at = now() - interval '1 hour' WHERE id = $1`, [id])
  await withClient(server.database.superuserUrl, async (client) => {
    await client.query('BEGIN')
    await client.query('SELECT FROM identity.session WHERE id = $1 FOR UPDATE', [id])
    const answers = await Promise.all(Array.from({ length: 5 }, () => statusOf(cookie)))
    expect(answers).toEqual([200, 200, 200, 200, 200])
    await client.query('ROLLBACK')
  })
  expect(await sessionOf(cookie)).toMatchObject({ used_now: false })
  await Promise.all(Array.from({ length: 5 }, () => statusOf(cookie)))
  expect(await sessionOf(cookie)).toMatchObject({ used_now: true })
})

test('a till stays signed in for 90 days after it was last used; a browser for seven after signing in', async () => {
  const person = await signUpPerson(server)
  const [till, browser] = [await openAs(person, 'till'), await openAs(person, 'browser')]
  const [tillCookie = '', browserCookie = ''] = [till, browser].map((cookie) => cookie.split(';')[0])
  expect(await sessionOf(tillCookie)).toMatchObject({ days: 90 })
  expect(await sessionOf(browserCookie)).toMatchObject({ days: 7 })
  const pass = (days: number) =>
    change(
      `UPDATE identity.session SET used_at = used_at - $2 * interval '1 day', expires_at = expires_at - $2 * interval '1 day' WHERE user_id = $1`,
      [person.userId, days],
    )
  await pass(6)
  expect([await statusOf(tillCookie), await statusOf(browserCookie)]).toEqual([200, 200])
  expect(await sessionOf(tillCookie)).toMatchObject({ days: 90 })
  expect(await sessionOf(browserCookie)).toMatchObject({ days: 1 })
  await pass(80)
  expect([await statusOf(tillCookie), await statusOf(browserCookie)]).toEqual([200, 401])
  await pass(91)
  expect(await statusOf(tillCookie)).toBe(401)
  const keptUntil = Date.parse(/Expires=([^;]+)/.exec(till)?.[1] ?? '')
  expect(keptUntil - Date.now()).toBeGreaterThan(390 * 86_400_000)
})

test('how long sessions last can be set: a browser follows at its next sign-in, a till at its next use', async () => {
  const person = await signUpPerson(server)
  const [oldTill = '', oldBrowser = ''] = [await openAs(person, 'till'), await openAs(person, 'browser')].map(
    (cookie) => cookie.split(';')[0],
  )
  const set = async (days: { browser: unknown; till: unknown }) => {
    await setPlatform(server, sessionDaysSetting, days.browser)
    await setPlatform(server, tillSessionDaysSetting, days.till)
  }
  const use = async (cookie: string) => {
    await change(`UPDATE identity.session SET used_at = used_at - interval '1 hour' WHERE id = $1`, [
      (await sessionOf(cookie)).id,
    ])
    expect(await statusOf(cookie)).toBe(200)
    return sessionOf(cookie)
  }
  await set({ browser: 2, till: 30 })
  const browser = await openAs(person, 'browser')
  expect(await sessionOf(browser.split(';')[0] ?? '')).toMatchObject({ days: 2 })
  const keptUntil = Date.parse(/Expires=([^;]+)/.exec(browser)?.[1] ?? '')
  expect(keptUntil - Date.now()).toBeLessThan(2.5 * 86_400_000)
  expect(await sessionOf((await openAs(person, 'till')).split(';')[0] ?? '')).toMatchObject({ days: 30 })
  expect(await use(oldTill)).toMatchObject({ days: 30, used_now: true })
  expect(await use(oldBrowser)).toMatchObject({ days: 7, used_now: true })

  await set({ browser: undefined, till: 120 })
  await change(`UPDATE settings.platform_value SET value = '0' WHERE name = $1`, [tillSessionDaysSetting.name])
  expect(await use(oldTill), 'a setting that no longer fits lengthens nothing').toMatchObject({
    days: 30,
    used_now: true,
  })
  const { email, password } = person
  const refused = await sendTo(server, { ...signIn({ email, password }), body: { email, password, kind: 'till' } })
  expect(refused.json()).toMatchObject({ status: 409, code: 'setting_invalid' })
  await set({ browser: undefined, till: undefined })
  expect(await use(oldTill)).toMatchObject({ days: 90 })
})

test('a setting that no longer fits uses up no code, and the challenge stays good', async () => {
  const person = await signUpPerson(server)
  const { backupCodes } = await enrolSecondFactor(person)
  const body = { challenge: await challengeOf(person), code: backupCodes[0] ?? '' }
  const complete = () => sendTo(server, { method: 'POST', url: '/v1/sessions/second-factor', body })
  await setPlatform(server, sessionDaysSetting, 2)
  await change(`UPDATE settings.platform_value SET value = '0' WHERE name = $1`, [sessionDaysSetting.name])
  expect((await complete()).json()).toMatchObject({ status: 409, code: 'setting_invalid' })
  await setPlatform(server, sessionDaysSetting, undefined)
  expect((await complete()).json()).toMatchObject({ status: 'signed_in', user_id: person.userId })
})

test('a till is lengthened by who holds its token, and nobody else', async () => {
  const { cookie } = await signUpPerson(server)
  const { id, days } = await sessionOf(cookie)
  await change(`UPDATE identity.session SET kind = 'till', used_at = used_at - interval '1 hour' WHERE id = $1`, [id])
  const touch = (text: string, values: unknown[]) => server.product.databases.app.query(text, values)
  await touch('SELECT tenants.touch_session($1, 300)', [id])
  expect(await sessionOf(cookie)).toMatchObject({ days, used_now: false })
  await expect(touch('SELECT identity.touch_session($1, now(), 300)', [id])).rejects.toMatchObject({ code: '42501' })
})

test('a session of somebody else is as unknown as none, and stays', async () => {
  const [person, other] = [await signUpPerson(server), await signUpPerson(server)]
  const { id } = await sessionOf(other.cookie)
  await expect(person.client.call('identity.revoke-session', { id })).rejects.toMatchObject({
    problem: { code: 'not_found' },
  })
  expect(await statusOf(other.cookie)).toBe(200)
})

test('a sign-in that began before the password was changed leaves no session', async () => {
  const person = await signUpPerson(server)
  const hash = await hashPassword('another horse battery')
  await withClient(server.database.superuserUrl, async (client) => {
    await client.query('BEGIN')
    await client.query('UPDATE identity.account SET password = $2 WHERE user_id = $1', [person.userId, hash])
    await client.query('DELETE FROM identity.session WHERE user_id = $1', [person.userId])
    const { email, password } = person
    const signing = sendTo(server, signIn({ email, password }))
    await until('the sign-in waits for the change', async () => {
      const { rows } = await change(
        "SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query ~ 'FOR SHARE'",
      )
      return rows.length > 0
    })
    await client.query('COMMIT')
    expect((await signing).statusCode).toBe(401)
  })
  expect((await change('SELECT FROM identity.session WHERE user_id = $1', [person.userId])).rows).toEqual([])
})

describe('a sign-in with a second factor that began before the password was changed', () => {
  /** Sends a request that comes to wait for a lock, changes the password meanwhile, and answers the status. */
  async function changedWhile(userId: string, lock: string, waitsIn: string, request: Sent): Promise<number> {
    const hash = await hashPassword('another horse battery')
    return withClient(server.database.superuserUrl, async (client) => {
      await client.query('BEGIN')
      await client.query(lock)
      const signing = sendTo(server, request)
      await until('the sign-in waits', async () => {
        const { rows } = await change(
          "SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database() AND query ~ $1",
          [waitsIn],
        )
        return rows.length > 0
      })
      await client.query('UPDATE identity.account SET password = $2 WHERE user_id = $1', [userId, hash])
      await client.query('COMMIT')
      return (await signing).statusCode
    })
  }

  test('leaves no challenge', async () => {
    const person = await signUpPerson(server)
    await enrolSecondFactor(person)
    const { userId } = person
    const lock = `SELECT FROM identity.account WHERE user_id = '${userId}' FOR UPDATE`
    expect(await changedWhile(userId, lock, 'FOR SHARE', signIn(person))).toBe(401)
    const { rows } = await change(`SELECT FROM identity.proof WHERE user_id = $1 AND purpose = 'second_factor'`, [
      userId,
    ])
    expect(rows.length).toBe(0)
  })

  test('leaves no trusted device', async () => {
    const person = await signUpPerson(server)
    const { code } = await enrolSecondFactor(person)
    const body = { challenge: await challengeOf(person), code: await code(1), trust_device: true }
    const completing = { method: 'POST', url: '/v1/sessions/second-factor', body }
    // Its session is open by then, and would be ended by the change.
    const lock = 'LOCK TABLE identity.visit IN ACCESS EXCLUSIVE MODE'
    expect(await changedWhile(person.userId, lock, 'identity.visit', completing)).toBe(401)
    const { rows } = await change('SELECT FROM identity.trusted_device WHERE user_id = $1', [person.userId])
    expect(rows.length).toBe(0)
  })
})

test('every night what is over is forgotten, and nothing else', async () => {
  const person = await signUpPerson(server)
  const late = await openAs(person, 'browser')
  await linkFor(server, person, 'password_reset')
  await sendTo(server, signIn({ email: 'unknown@example.org', password: 'x' }))
  const count = async () =>
    (
      await change(
        `SELECT (SELECT count(*)::int FROM identity.session WHERE user_id = $1) AS sessions,
                (SELECT count(*)::int FROM identity.proof WHERE purpose = 'password_reset') AS links,
                (SELECT count(*)::int FROM identity.attempt) AS attempts,
                (SELECT count(*)::int FROM identity.visit WHERE user_id = $1) AS visits`,
        [person.userId],
      )
    ).rows[0]
  const purge = () => server.product.runJob(purgeIdentity, {})
  await purge()
  expect(await count()).toEqual({ sessions: 2, links: 1, attempts: 1, visits: 3 })
  const { id } = await sessionOf(late.split(';')[0] ?? '')
  await change(`UPDATE identity.session SET expires_at = now() - interval '1 minute' WHERE id = $1`, [id])
  await change(`UPDATE identity.proof SET expires_at = now() - interval '2 days'`)
  await change(`UPDATE identity.attempt SET failed_at = now() - interval '3 days'`)
  await change(`UPDATE identity.visit SET created_at = now() - interval '401 days' WHERE signed_in`)
  await purge()
  expect(await count()).toEqual({ sessions: 1, links: 0, attempts: 0, visits: 1 })
})
