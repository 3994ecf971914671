import { afterAll, beforeAll, expect, test } from 'vitest'
import { authenticatorOf, challengeOf, enrolSecondFactor } from '../../tests/harness/accounts.ts'
import { withClient } from '../../tests/harness/postgres.ts'
import { signUpPerson, startTestServer, type TestServer } from '../../tests/harness/server.ts'
import { codeAt } from './totp.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.close())

const refusedAs = (code: string) => ({ problem: { code } })
const change = (sql: string, values: unknown[]) =>
  withClient(server.database.superuserUrl, (client) => client.query(sql, values))
/** As if the last code had been used long ago. */
const forgetSteps = (userId: string) =>
  change('UPDATE identity.second_factor SET last_step = 0 WHERE user_id = $1', [userId])

test.each([
  // RFC 6238, appendix B: seconds, and the last six of its eight digits.
  [59, '287082'],
  [1_111_111_109, '081804'],
  [1_234_567_890, '005924'],
  [20_000_000_000, '353130'],
])('the code at second %i is %s', async (seconds, code) => {
  expect(await codeAt('12345678901234567890', Math.floor(seconds / 30))).toBe(code)
})

test('a code is good once, and none of an earlier step after it', async () => {
  const person = await signUpPerson(server)
  const { code, first } = await enrolSecondFactor(person)
  const next = await code(1)
  const complete = async (given: string, challenge?: string) =>
    person.client.call('identity.complete-sign-in', {
      challenge: challenge ?? (await challengeOf(person)),
      code: given,
    })
  await expect(complete(first), 'the one that confirmed').rejects.toMatchObject(refusedAs('wrong_code'))
  expect(await complete(next)).toMatchObject({ status: 'signed_in', user_id: person.userId })
  await expect(complete(next), 'replayed').rejects.toMatchObject(refusedAs('wrong_code'))
  await expect(complete(first), 'of an earlier step').rejects.toMatchObject(refusedAs('wrong_code'))
  await forgetSteps(person.userId)
  for (const steps of [-20, 20])
    await expect(complete(await code(steps)), `${steps} steps away`).rejects.toMatchObject(refusedAs('wrong_code'))
})

test.each(['app', 'backup'])('of several sign-ins at once with one code of %s, one succeeds', async (kind) => {
  const person = await signUpPerson(server)
  const { code, backupCodes } = await enrolSecondFactor(person)
  const given = kind === 'app' ? await code(1) : (backupCodes[3] ?? '')
  const challenges = await Promise.all(Array.from({ length: 5 }, () => challengeOf(person)))
  const results = await Promise.allSettled(
    challenges.map((challenge) => person.client.call('identity.complete-sign-in', { challenge, code: given })),
  )
  expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  for (const one of results) if (one.status === 'rejected') expect(one.reason).toMatchObject(refusedAs('wrong_code'))
})

test('a challenge is good for one session, for five tries, and for five minutes', async () => {
  const person = await signUpPerson(server)
  const { backupCodes } = await enrolSecondFactor(person)
  const complete = (challenge: string, code = backupCodes[0] ?? '') =>
    person.client.call('identity.complete-sign-in', { challenge, code })
  const used = await challengeOf(person)
  await complete(used)
  await expect(complete(used, backupCodes[1]), 'used').rejects.toMatchObject(refusedAs('challenge_invalid'))
  const tried = await challengeOf(person)
  for (let count = 1; count <= 5; count++)
    await expect(complete(tried, '000000')).rejects.toMatchObject(refusedAs('wrong_code'))
  await expect(complete(tried, backupCodes[1]), 'tried').rejects.toMatchObject(refusedAs('challenge_invalid'))
  const late = await challengeOf(person)
  await change("UPDATE identity.proof SET expires_at = now() - interval '1 second' WHERE user_id = $1", [person.userId])
  await expect(complete(late, backupCodes[1]), 'late').rejects.toMatchObject(refusedAs('challenge_invalid'))
  await expect(complete('no challenge', backupCodes[1])).rejects.toMatchObject(refusedAs('challenge_invalid'))
})

test('wrong codes lock the account as wrong passwords do, however often the password was right', async () => {
  const person = await signUpPerson(server)
  const { code } = await enrolSecondFactor(person)
  const guesses: string[] = []
  for (let count = 1; count <= 10; count++) {
    const challenge = await challengeOf(person)
    await person.client
      .call('identity.complete-sign-in', { challenge, code: `00000${count % 10}` })
      .catch((error) => guesses.push(error.problem.code))
  }
  expect(guesses).toEqual([...Array.from({ length: 9 }, () => 'wrong_code'), 'locked_out'])
  await expect(challengeOf(person)).rejects.toMatchObject(refusedAs('locked_out'))
  const { email, password } = person
  await expect(
    person.client.call('identity.disable-second-factor', { password, code: await code() }),
  ).rejects.toMatchObject(refusedAs('locked_out'))
  expect(await person.client.call('identity.get-me', {})).toMatchObject({ email, second_factor: true })
})

test('the secret counts for nothing before a code confirmed it, needs the password, and is sealed', async () => {
  const person = await signUpPerson(server)
  const { client, email, password } = person
  await expect(client.call('identity.confirm-second-factor', { code: '000000' })).rejects.toMatchObject(
    refusedAs('second_factor_inactive'),
  )
  await expect(client.call('identity.enrol-second-factor', { password: 'not mine' })).rejects.toMatchObject(
    refusedAs('wrong_password'),
  )
  const first = await client.call('identity.enrol-second-factor', { password })
  const second = await client.call('identity.enrol-second-factor', { password })
  await expect(
    client.call('identity.confirm-second-factor', { code: await authenticatorOf(first.secret).code() }),
    'of the secret that was replaced',
  ).rejects.toMatchObject(refusedAs('wrong_code'))
  const code = await authenticatorOf(second.secret).code()
  const confirmed = await Promise.allSettled([1, 2].map(() => client.call('identity.confirm-second-factor', { code })))
  expect(confirmed.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  await expect(client.call('identity.enrol-second-factor', { password })).rejects.toMatchObject(
    refusedAs('second_factor_active'),
  )
  const { rows } = await change('SELECT secret FROM identity.second_factor WHERE user_id = $1', [person.userId])
  expect(rows[0].secret).toMatch(/^v1\./)
  expect((await client.call('identity.sign-in', { email, password })).status).toBe('second_factor_required')
})

test('switching it off and new backup codes need password and code; old codes are good no more', async () => {
  const person = await signUpPerson(server)
  const { client, password, email } = person
  const { backupCodes } = await enrolSecondFactor(person)
  const given = (index: number) => ({ password, code: backupCodes[index] ?? '' })
  for (const operation of ['identity.replace-backup-codes', 'identity.disable-second-factor'] as const) {
    await expect(client.call(operation, { ...given(0), password: 'not mine' })).rejects.toMatchObject(
      refusedAs('wrong_password'),
    )
    await expect(client.call(operation, { ...given(0), code: 'abcde-fghjk' })).rejects.toMatchObject(
      refusedAs('wrong_code'),
    )
  }
  const replaced = await client.call('identity.replace-backup-codes', given(0))
  await expect(client.call('identity.disable-second-factor', given(1))).rejects.toMatchObject(refusedAs('wrong_code'))
  await client.call('identity.disable-second-factor', { password, code: replaced.backup_codes[0] ?? '' })
  expect((await client.call('identity.sign-in', { email, password })).status).toBe('signed_in')
  await expect(client.call('identity.disable-second-factor', given(1))).rejects.toMatchObject(
    refusedAs('second_factor_inactive'),
  )
})

test.each(['identity.change-password', 'identity.disable-second-factor'] as const)(
  'after %s a trusted device is asked for the second factor again',
  async (operation) => {
    const person = await signUpPerson(server)
    const { client, password, email } = person
    const { backupCodes } = await enrolSecondFactor(person)
    const [code = '', other = ''] = backupCodes
    const challenge = await challengeOf(person)
    const { headers } = await client.request('identity.complete-sign-in', { challenge, code, trust_device: true })
    expect(headers.getSetCookie().map((one) => one.split('=')[0])).toEqual(['comptoir_session', 'comptoir_device'])
    expect((await client.call('identity.list-trusted-devices', {})).items).toHaveLength(1)
    const new_password = 'another horse battery'
    const input = { current_password: password, new_password }
    await client.request(operation, operation === 'identity.change-password' ? input : { password, code: other })
    expect((await client.call('identity.list-trusted-devices', {})).items).toEqual([])
    const answer = await client.call('identity.sign-in', {
      email,
      password: operation === 'identity.change-password' ? new_password : password,
    })
    expect(answer.status === 'signed_in').toBe(operation === 'identity.disable-second-factor')
  },
)
