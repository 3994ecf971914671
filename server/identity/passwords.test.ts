import { type Algorithm, hash } from '@node-rs/argon2'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { anotherPassword, challengeOf, enrolSecondFactor, linkFor } from '../../tests/harness/accounts.ts'
import { withClient } from '../../tests/harness/postgres.ts'
import { clientWith, signUpPerson, startTestServer, type TestServer } from '../../tests/harness/server.ts'
import { assertPassword, hashPassword, isWeak, verifyPassword } from './passwords.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.close())

const refusedAs = (code: string) => ({ problem: { code } })
const change = (sql: string, values: unknown[]) =>
  withClient(server.database.superuserUrl, (client) => client.query(sql, values))
const numbered = (number: number) => `battery of horse number ${number}`

describe('a password is refused that guessers try first', () => {
  test.each([
    ['correct horse battery', true],
    ['une phrase assez longue', true],
    ['كلمة سر طويلة جدا', true],
    ['7Yx!kq29_Lpw', true],
    ['password1234', false],
    ['Password1234', false],
    ['PASSWORD!!!!!!!!', false],
    ['ｐａｓｓｗｏｒｄ１２３４', false],
    ['passwordpassword', false],
    ['qazwsxedcrfv', false],
    ['123456789012', false],
    ['987654321098', false],
    ['abcdefghijklmn', false],
    ['aaaaaaaaaaaa', false],
    ['ababababababab', false],
    ['amina.haddad@example.org', false],
    ['my name is Haddad', false],
    ['AminaHaddad2026', false],
  ])('%s: taken %s', (password, taken) => {
    const person = { email: 'amina.haddad@example.org', name: 'Amina Haddad' }
    const check = () => assertPassword(password, person)
    if (taken) expect(check).not.toThrow()
    else expect(check).toThrow(expect.objectContaining({ kind: expect.objectContaining({ code: 'password_refused' }) }))
  })

  test.each([
    ['eleven char', 'invalid_input'],
    ['x'.repeat(129), 'invalid_input'],
    ['\ud800 a lone surrogate', 'invalid_input'],
    ['🐴'.repeat(11), 'invalid_input'],
    ['password1234', 'password_refused'],
  ])('at sign-up, at a change and by a link: %s', async (password, code) => {
    const person = await signUpPerson(server)
    const { client, password: current_password } = person
    const signUp = { name: 'A', email: 'somebody@example.org', password }
    await expect(client.call('identity.sign-up', signUp)).rejects.toMatchObject(refusedAs(code))
    await expect(
      client.call('identity.change-password', { current_password, new_password: password }),
    ).rejects.toMatchObject(refusedAs(code))
    const token = await linkFor(server, person, 'password_reset')
    await expect(client.call('identity.reset-password', { token, password })).rejects.toMatchObject(refusedAs(code))
    await client.call('identity.reset-password', { token, password: anotherPassword })
  })
})

test('Unicode is the same however a keyboard composes it, and 128 code points fit', async () => {
  const stored = await hashPassword('pâtisserie ﬁne à Paris')
  expect(stored).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
  expect(await verifyPassword(stored, 'pa\u0302tisserie fine a\u0300 Paris')).toBe(true)
  expect(await verifyPassword(stored, 'patisserie fine a Paris')).toBe(false)
  expect(await verifyPassword(undefined, 'pâtisserie ﬁne à Paris')).toBe(false)
  const person = await signUpPerson(server)
  const new_password = `${'🐴🐎'.repeat(60)}12345678`
  await person.client.call('identity.change-password', { current_password: person.password, new_password })
  const answer = await person.client.call('identity.sign-in', { email: person.email, password: new_password })
  expect(answer.status).toBe('signed_in')
})

test('a hash made with less is made anew when its person signs in', async () => {
  const person = await signUpPerson(server)
  const { email, password, userId } = person
  const weak = await hash(password, { algorithm: 2 as Algorithm, memoryCost: 8_192, timeCost: 1, parallelism: 1 })
  expect(isWeak(weak)).toBe(true)
  await change('UPDATE identity.account SET password = $2 WHERE user_id = $1', [userId, weak])
  await person.client.call('identity.sign-in', { email, password })
  const { rows } = await change('SELECT password FROM identity.account WHERE user_id = $1', [userId])
  expect(isWeak(rows[0].password)).toBe(false)
  expect(await verifyPassword(rows[0].password, password)).toBe(true)
})

test('none of the last five passwords comes back; the one before them may', async () => {
  const { client, password } = await signUpPerson(server)
  const set = (current_password: string, new_password: string) =>
    client.call('identity.change-password', { current_password, new_password })
  await set(password, numbered(1))
  for (let number = 1; number < 5; number++) await set(numbered(number), numbered(number + 1))
  for (let number = 1; number <= 5; number++)
    await expect(set(numbered(5), numbered(number))).rejects.toMatchObject(refusedAs('password_reused'))
  await set(numbered(5), password)
})

test('changing a password needs the present one and ends the other sessions', async () => {
  const person = await signUpPerson(server)
  const { client, email, password } = person
  const { headers } = await client.request('identity.sign-in', { email, password })
  const cookie = headers.getSetCookie()[0]?.split(';')[0] ?? ''
  await expect(
    client.call('identity.change-password', { current_password: 'not mine', new_password: anotherPassword }),
  ).rejects.toMatchObject(refusedAs('wrong_password'))
  const both = [1, 2].map((number) =>
    client.call('identity.change-password', { current_password: password, new_password: numbered(number) }),
  )
  const results = await Promise.allSettled(both)
  expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  expect(await client.call('identity.get-me', {})).toMatchObject({ email })
  const other = await server.product.http.inject({ url: '/v1/me', headers: { cookie } })
  expect(other.statusCode).toBe(401)
})

describe('a reset link', () => {
  test('is good once, of several at once too; used, expired, unknown and of another kind are one refusal', async () => {
    const person = await signUpPerson(server)
    const reset = (token: string, password = anotherPassword) =>
      person.client.call('identity.reset-password', { token, password })
    const token = await linkFor(server, person, 'password_reset')
    const results = await Promise.allSettled([1, 2, 3].map((number) => reset(token, numbered(number))))
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    const late = await linkFor(server, person, 'password_reset')
    await change("UPDATE identity.proof SET expires_at = now() - interval '1 second' WHERE user_id = $1", [
      person.userId,
    ])
    const other = await linkFor(server, person, 'email_verification')
    const problems = await Promise.all(
      [token, late, 'unknown', other].map((one) => reset(one).catch((error) => error.problem)),
    )
    for (const { code, status, detail } of problems)
      expect({ code, status, detail }).toEqual({ code: 'link_invalid', status: 422, detail: problems[0].detail })
  })

  test('ends all sessions and other links, and leaves the second factor of who had verified the address', async () => {
    const person = await signUpPerson(server)
    await enrolSecondFactor(person)
    await person.client.call('identity.verify-email', { token: await linkFor(server, person, 'email_verification') })
    const [token, other] = [
      await linkFor(server, person, 'password_reset'),
      await linkFor(server, person, 'password_reset'),
    ]
    await person.client.call('identity.reset-password', { token, password: anotherPassword })
    await expect(person.client.call('identity.get-me', {})).rejects.toMatchObject(refusedAs('unauthenticated'))
    await expect(
      person.client.call('identity.reset-password', { token: other, password: numbered(1) }),
    ).rejects.toMatchObject(refusedAs('link_invalid'))
    const answer = await person.client.call('identity.sign-in', { email: person.email, password: anotherPassword })
    expect(answer.status).toBe('second_factor_required')
    const { rows } = await change('SELECT email_verified FROM identity."user" WHERE id = $1', [person.userId])
    expect(rows).toEqual([{ email_verified: true }])
  })
})

test('who signed up with the address of somebody else keeps no second factor once its owner sets a password', async () => {
  const squatter = await signUpPerson(server)
  await enrolSecondFactor(squatter)
  const { client, email, userId } = squatter
  const token = await linkFor(server, squatter, 'password_reset')
  await client.call('identity.reset-password', { token, password: anotherPassword })
  const answer = await client.call('identity.sign-in', { email, password: anotherPassword })
  expect(answer.status).toBe('signed_in')
  const left = await change(
    'SELECT FROM identity.second_factor WHERE user_id = $1 UNION ALL SELECT FROM identity.backup_code WHERE user_id = $1',
    [userId],
  )
  expect(left.rows).toEqual([])
  const { rows } = await change('SELECT email_verified FROM identity."user" WHERE id = $1', [userId])
  expect(rows).toEqual([{ email_verified: true }])
})

describe('a link that verifies an address, opened by whoever is not signed in to its account,', () => {
  const leftOf = async (userId: string) =>
    (
      await change(
        `SELECT 'factor' AS kind FROM identity.second_factor WHERE user_id = $1
         UNION ALL SELECT 'code' FROM identity.backup_code WHERE user_id = $1
         UNION ALL SELECT 'session' FROM identity.session WHERE user_id = $1
         UNION ALL SELECT 'device' FROM identity.trusted_device WHERE user_id = $1`,
        [userId],
      )
    ).rows.map(({ kind }) => kind)
  const withEverything = async () => {
    const person = await signUpPerson(server)
    const { code } = await enrolSecondFactor(person)
    const answer = { challenge: await challengeOf(person), code: await code(1), trust_device: true }
    await person.client.call('identity.complete-sign-in', answer)
    return person
  }

  test.each(['nobody', 'somebody else'])(
    'leaves nothing of what was made with it but the password: %s',
    async (who) => {
      const squatter = await withEverything()
      const { email, password, userId } = squatter
      const waiting = await challengeOf(squatter)
      const client = who === 'nobody' ? clientWith(server) : (await signUpPerson(server)).client
      await client.call('identity.verify-email', { token: await linkFor(server, squatter, 'email_verification') })
      expect(await leftOf(userId)).toEqual([])
      await expect(squatter.client.call('identity.get-me', {})).rejects.toMatchObject(refusedAs('unauthenticated'))
      const late = client.call('identity.complete-sign-in', { challenge: waiting, code: '000000' })
      await expect(late).rejects.toMatchObject(refusedAs('challenge_invalid'))
      const { headers, body } = await client.request('identity.sign-in', { email, password })
      expect(body).toMatchObject({ status: 'signed_in' })
      const cookie = headers.getSetCookie()[0]?.split(';')[0] ?? ''
      const owner = clientWith(server, cookie)
      const { items } = await owner.call('identity.list-security-events', {})
      const ended = ['second_factor_disabled', 'trusted_device_revoked', 'session_revoked']
      expect(items.map(({ event }) => event)).toEqual(expect.arrayContaining(['email_verified', ...ended]))
    },
  )

  test('ends nothing of an address that was verified before, nor does who is signed in', async () => {
    const person = await withEverything()
    const before = await leftOf(person.userId)
    const [own, late] = [
      await linkFor(server, person, 'email_verification'),
      await linkFor(server, person, 'email_verification'),
    ]
    await person.client.call('identity.verify-email', { token: own })
    expect(await leftOf(person.userId)).toEqual(before)
    await clientWith(server).call('identity.verify-email', { token: late })
    expect(await leftOf(person.userId)).toEqual(before)
    expect(before).toEqual(expect.arrayContaining(['factor', 'code', 'session', 'device']))
  })
})

test('an account that the database refuses is told as a failure, not as a known address', async () => {
  await change(
    `CREATE FUNCTION identity.refuse_probe() RETURNS trigger LANGUAGE plpgsql AS
     'BEGIN IF NEW.email LIKE ''refused-%'' THEN RAISE EXCEPTION ''no''; END IF; RETURN NEW; END'`,
    [],
  )
  await change(
    `CREATE TRIGGER refuse_probe BEFORE INSERT ON identity."user" FOR EACH ROW EXECUTE FUNCTION identity.refuse_probe()`,
    [],
  )
  const { client } = await signUpPerson(server)
  const refused = client.call('identity.sign-up', {
    name: 'Amina',
    email: 'refused-person@example.org',
    password: 'correct horse battery',
  })
  await expect(refused).rejects.toMatchObject({ problem: { status: 500 } })
  await change('DROP FUNCTION identity.refuse_probe() CASCADE', [])
})

test('an address is verified by its link, once', async () => {
  const person = await signUpPerson(server)
  const token = await linkFor(server, person, 'email_verification')
  expect(await person.client.call('identity.get-me', {})).toMatchObject({ email_verified: false })
  await person.client.call('identity.verify-email', { token })
  expect(await person.client.call('identity.get-me', {})).toMatchObject({ email_verified: true })
  await expect(person.client.call('identity.verify-email', { token })).rejects.toMatchObject(refusedAs('link_invalid'))
})
