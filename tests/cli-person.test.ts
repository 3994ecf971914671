import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { enrolSecondFactor } from './harness/accounts.ts'
import { waitForMail } from './harness/mail.ts'
import { launch, runCli, temporaryDirectory } from './harness/process.ts'
import { signUpPerson, startTestServer, type TestServer } from './harness/server.ts'

let directory: { path: string; remove(): Promise<void> }
let nowhere: string
let server: TestServer
let worker: { stop(): Promise<void> }

beforeAll(async () => {
  directory = await temporaryDirectory()
  nowhere = join(directory.path, 'nothing-here')
  server = await startTestServer()
  worker = await server.product.startJobs()
})
afterAll(async () => {
  await worker.stop()
  await server.close()
  await directory.remove()
})

/** The command line beside the running server: same database, same data directory. */
async function comptoir(args: string[], env: Record<string, string> = {}) {
  const { ownerUrl, roleUrls } = server.database
  const result = await runCli(args, {
    DATA_DIR: server.dataDir,
    XDG_CONFIG_HOME: join(directory.path, 'config'),
    DATABASE_URL: ownerUrl,
    DATABASE_APP_URL: roleUrls.app,
    DATABASE_IDENTITY_URL: roleUrls.identity,
    DATABASE_JOBS_URL: roleUrls.jobs,
    DATABASE_READ_URL: roleUrls.read,
    ...env,
  })
  expect(result.errors).not.toMatch(/\n\s+at /)
  return result
}

test.each([
  ['login', ['--email', '--code', '--url']],
  ['migrate', ['up | down']],
  ['reset-second-factor', ['--email']],
])('comptoir %s --help says how to write it, and does nothing', async (name, words) => {
  for (const asking of ['--help', '-h']) {
    const { code, output, errors } = await comptoir([name, asking], { DATA_DIR: nowhere })
    expect({ code, errors }).toEqual({ code: 0, errors: '' })
    expect(output).toMatch(new RegExp(`^comptoir ${name}`))
    for (const word of words) expect(output).toContain(word)
  }
  await expect(stat(nowhere)).rejects.toThrow('ENOENT')
})

test.each([[['settings', 'list']], [['encryption', 'status']], [['reset-second-factor', '--email', 'a@example.org']]])(
  '%j where there is no installation says so, and makes none',
  async (args) => {
    const errors = expect.stringMatching(
      /^There is no installation in .+: start the server once, or set DATA_DIR .+\n$/,
    )
    expect(await runCli(args, { DATA_DIR: nowhere })).toEqual({ code: 1, output: '', errors })
    await expect(stat(nowhere)).rejects.toThrow('ENOENT')
  },
)

test('a reader that has read enough, as head, is no failure', async () => {
  // Whoever reads is gone before the first line comes.
  const script = '("$0" server/cli.ts help; echo "ended with $?" >&2) | true'
  const { ended, output } = launch(['bash', '-c', script, process.execPath], {
    env: { DATA_DIR: nowhere, XDG_CONFIG_HOME: directory.path },
  })
  await ended
  expect(output()).toBe('ended with 0\n')
})

test('a second factor that was lost is taken away beside the database; its person is told', async () => {
  const person = await signUpPerson(server)
  const reset = () => comptoir(['reset-second-factor', '--email', person.email])
  expect(await reset()).toEqual({ code: 1, output: '', errors: `${person.email} has no second factor.\n` })
  await enrolSecondFactor(person)
  expect(await reset()).toEqual({
    code: 0,
    output: `${person.email} signs in with the password alone from now on.\n`,
    errors: '',
  })
  await expect(person.client.call('identity.get-me', {})).rejects.toMatchObject({
    problem: { code: 'unauthenticated' },
  })
  const { email, password: own } = person
  const { body, headers } = await person.client.request('identity.sign-in', { email, password: own })
  expect(body).toMatchObject({ status: 'signed_in' })
  const cookie = headers.getSetCookie()[0]?.split(';')[0] ?? ''
  const log = await fetch(`${server.url}/v1/me/security-events`, { headers: { cookie } })
  const { items } = (await log.json()) as { items: { event: string; session_id: string | null }[] }
  expect(items.slice(0, 2)).toMatchObject([
    { event: 'signed_in' },
    { event: 'second_factor_disabled', session_id: null },
  ])
  await waitForMail(server, email, 'second factor was switched off')
  expect(await comptoir(['reset-second-factor', '--email', 'nobody@example.org'])).toMatchObject({
    code: 1,
    errors: 'nobody@example.org has no account here.\n',
  })
})

test('operations without a tenant are those of a person, and logout ends the session here and there', async () => {
  const person = await signUpPerson(server)
  const config = join(directory.path, 'no-tenant')
  const env = { COMPTOIR_PASSWORD: person.password, XDG_CONFIG_HOME: config }
  await comptoir(['login', '--email', person.email, '--url', server.url], env)
  const { code, output, errors } = await comptoir(['operations'], env)
  expect(code).toBe(0)
  expect(output).toMatch(/^identity\.change-password /m)
  expect(output).toMatch(/^tenants\.create-tenant /m)
  expect(output).not.toMatch(/^tenants\.create-role /m)
  expect(errors).toContain('--tenant ID')

  const { cookie } = JSON.parse(await readFile(join(config, 'comptoir', 'session.json'), 'utf8'))
  const logout = () => comptoir(['logout'], env)
  expect(await logout()).toEqual({ code: 0, output: `Signed out at ${server.url}.\n`, errors: '' })
  expect((await fetch(`${server.url}/v1/me`, { headers: { cookie } })).status).toBe(401)
  expect(await logout()).toEqual({ code: 0, output: 'Nobody is signed in.\n', errors: '' })
})
