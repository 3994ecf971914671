import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { typePassword } from '../server/cli-password.ts'
import { migrationNames } from '../server/platform/migrate.ts'
import { referenceLoaders } from '../server/registry.ts'
import { enrolSecondFactor } from './harness/accounts.ts'
import { lastSeq } from './harness/chain.ts'
import {
  asSuperuser,
  cloneCheckout,
  launch,
  processesAt,
  runCli,
  type ServerProcess,
  startServerProcess,
  temporaryDirectory,
} from './harness/process.ts'
import { signUpPerson } from './harness/server.ts'
import { rewriting, whileBroken } from './harness/tamper.ts'

const password = 'horse battery staple'
const owner = ['--email', 'Owner@Example.org', '--name', 'Amina', '--business', 'Pharmacie']
const place = ['--country', 'MA', '--currency', 'MAD', '--time-zone', 'Africa/Casablanca']
const usage = { code: 2, output: '' }
const absent = '01900000-0000-7000-8000-000000000000'

let directory: { path: string; remove(): Promise<void> }
let dataDir: string
let server: ServerProcess
let tenant: string
let apiKey: string
let everythingSaid = ''

/** Runs the command line as its user would, and keeps what it says. */
async function comptoir(args: string[], env: Record<string, string> = {}) {
  const config = join(directory.path, 'config')
  const result = await runCli(args, { DATA_DIR: dataDir, XDG_CONFIG_HOME: config, ...env })
  everythingSaid += result.output + result.errors
  expect(result.errors).not.toMatch(/\n\s+at /)
  return result
}

const call = (operation: string, input: unknown = {}, ...more: string[]) =>
  comptoir(['call', operation, '--json', JSON.stringify(input), ...more], { COMPTOIR_URL: server.url })

beforeAll(async () => {
  directory = await temporaryDirectory()
  dataDir = join(directory.path, 'data')
})

afterAll(async () => {
  await (server as ServerProcess | undefined)?.end('SIGTERM')
  expect(await processesAt(directory.path), 'processes left running').toEqual([])
  await directory.remove()
})

describe('a command line that cannot be understood says how to write it, exits with 2 and touches nothing:', () => {
  test.each([
    [['nonsense'], /^There is no command nonsense\.\n\n {2}comptoir help/],
    [['toString'], /^There is no command toString\./],
    [['verify', '--speed'], /Unknown option '--speed'[\s\S]+comptoir verify/],
    [['verify', '--tenant'], /'--tenant <value>' argument missing/],
    [['migrate', 'sideways'], /^comptoir migrate up \| down \[COUNT\] \| status\n$/],
    [['migrate', 'down', '0'], /^COUNT is the number of migrations to take back/],
    [['jobs', 'retry', 'all'], /^comptoir jobs dead \| retry ID…\n$/],
    [['create-owner', '--email', 'a@example.org'], /^--name is missing\n$/],
    [['call'], /^Say which operation/],
    [['call', 'tenants.list-tenants', '--json', '{"a":'], /^The input cannot be read: .+JSON/],
    [['call', 'tenants.list-tenants', '--json', '[]'], /^The input must be a JSON object\.\n$/],
    [['call', 'tenants.list-tenants', '--file', '/no/such/file'], /^The input cannot be read: ENOENT.+\n$/],
    [['call', 'tenants.list-tenants', '--url', 'shop'], /^shop is no http or https address\.\n$/],
  ])('%j', async (args, message) => {
    expect(await comptoir(args)).toEqual({ ...usage, errors: expect.stringMatching(message) })
    await expect(stat(dataDir)).rejects.toThrow('ENOENT')
  })
})

test('help names every command, and npx finds the command in a clone', async () => {
  const { code, output } = await comptoir(['help'])
  expect(code).toBe(0)
  const names = Array.from(output.matchAll(/^comptoir (\S+)/gm), ([, name]) => name)
  const expected =
    'help migrate load-reference import-fx create-owner reset-second-factor verify audit integrity settings encryption jobs login logout operations import call'
  expect(names.join(' ')).toBe(expected)
  const clone = join(directory.path, 'clone')
  await cloneCheckout(clone)
  const env = { npm_config_cache: join(directory.path, 'npm'), npm_config_offline: 'true' }
  const npx = launch(['npx', 'comptoir', 'help'], { cwd: clone, env })
  expect(await npx.ended, npx.output()).toBe(0)
  expect(npx.output()).toContain(output)
})

test.each([
  { keys: `${password}\r`, typed: password },
  { keys: 'wrong\u007f\u007f\u007f\u007f\u007fright words\r', typed: 'right words' },
  { keys: 'half a pass\u0003', typed: 'No password was given.' },
])('a password is asked at the terminal without showing it: $typed', async ({ keys, typed }) => {
  const input = new PassThrough()
  const shown: Buffer[] = []
  const output = new PassThrough().on('data', (chunk) => shown.push(chunk))
  const answer = typePassword(input, output).catch((error) => error.message)
  input.write(keys)
  expect(await answer).toBe(typed)
  expect(Buffer.concat(shown).toString()).toBe('Password: \n')
})

describe('without a running server', () => {
  const listed = (output: string) =>
    output
      .trimEnd()
      .split('\n')
      .map((line) => line.split(/ {2,}/))
  const pending = (name: string) => ['pending', name]
  const applied = (name: string) => [expect.stringMatching(/^\d{4}-\d\d-\d\dT/), name]

  test('migrate lists, applies, takes back and applies again; it starts PostgreSQL and stops it', async () => {
    const names = migrationNames()
    const last = names.at(-1) ?? ''
    const status = async () => {
      const { code, output } = await comptoir(['migrate', 'status'])
      return { code, list: listed(output) }
    }
    expect(await status()).toEqual({ code: 1, list: names.map(pending) })
    expect(await comptoir(['verify'])).toMatchObject({
      code: 1,
      errors: 'The database is not migrated to this version: run comptoir migrate up.\n',
    })
    const { code, output } = await comptoir(['migrate', 'up'])
    const [applying, ...loaded] = output.trimEnd().split('\n')
    expect({ code, applying }).toEqual({ code: 0, applying: `Applied ${names.join(', ')}.` })
    expect(loaded).toEqual(
      referenceLoaders.map(({ name }) => expect.stringMatching(`^${name}: \\d+ changed, of \\d+ rows\\.$`)),
    )
    const again = await comptoir(['load-reference'])
    expect(again.output.trimEnd().split('\n')).toEqual(
      referenceLoaders.map(({ name }) => expect.stringMatching(`^${name}: nothing changed, of \\d+ rows\\.$`)),
    )
    expect(await comptoir(['migrate', 'up'])).toMatchObject({ code: 0, output: 'Nothing to do.\n' })
    expect(await status()).toEqual({ code: 0, list: names.map(applied) })
    expect(await comptoir(['migrate', 'down', '1'])).toMatchObject({ code: 0, output: `Took back ${last}.\n` })
    expect(await status()).toEqual({ code: 1, list: [...names.slice(0, -1).map(applied), pending(last)] })
    expect(await processesAt(dataDir)).toEqual([])
  })

  test.each([
    ['a short password', { COMPTOIR_PASSWORD: 'short' }, place, /^The owner cannot be made:\n {2}password: .*12.+\n$/],
    [
      'a currency that is none, and a country too',
      { COMPTOIR_PASSWORD: password },
      ['--country', 'Morocco', '--currency', 'dirham', '--time-zone', 'Africa/Casablanca'],
      /^The owner cannot be made:\n {2}country: must be .+\n {2}currency: must be .+\n$/,
    ],
    ['no password', {}, place, /^Set COMPTOIR_PASSWORD, or run this in a terminal .+\n$/],
  ])('create-owner refuses %s', async (_, env, where, message) => {
    const refused = await comptoir(['create-owner', ...owner, ...where], env as Record<string, string>)
    expect(refused).toEqual({ code: 1, output: '', errors: expect.stringMatching(message) })
  })

  test('create-owner makes an owner and a tenant once, however often it is run', async () => {
    const create = () => comptoir(['create-owner', ...owner, ...place], { COMPTOIR_PASSWORD: password })
    const first = await create()
    expect(first).toMatchObject({ code: 0, errors: '' })
    expect(first.output).toMatch(/^Owner@Example\.org owns Pharmacie, tenant [0-9a-f-]{36}\.\n$/)
    expect(await create()).toEqual(first)
    tenant = /tenant (\S+)\./.exec(first.output)?.[1] ?? ''
    const another = await comptoir(['create-owner', ...owner, ...place], { COMPTOIR_PASSWORD: 'another password' })
    expect(another).toMatchObject({ code: 1, errors: expect.stringContaining('has an account with another password') })
    expect(await processesAt(dataDir)).toEqual([])
  })
})

describe('beside a running server', () => {
  beforeAll(async () => {
    server = await startServerProcess({ DATA_DIR: dataDir })
    expect(server.demo, 'a database with a real owner gets no demo').toBeUndefined()
  })

  test('login keeps a session that only this user can read, and call uses it', async () => {
    const login = (secret: string) =>
      comptoir(['login', '--email', 'owner@example.org', '--url', `${server.url}/`], { COMPTOIR_PASSWORD: secret })
    const refused = await login('a wrong password')
    expect(refused).toMatchObject({ code: 1, output: '' })
    expect(JSON.parse(refused.errors)).toMatchObject({ status: 401, code: 'wrong_credentials' })
    const file = join(directory.path, 'config', 'comptoir', 'session.json')
    await expect(stat(file)).rejects.toThrow('ENOENT')
    expect(await login(password)).toEqual({ code: 0, output: `Signed in at ${server.url}.\n`, errors: '' })
    expect((await stat(file)).mode & 0o777).toBe(0o600)

    const { code, output } = await call('tenants.list-tenants')
    expect(code).toBe(0)
    expect(JSON.parse(output)).toEqual({ items: [{ id: tenant, legal_name: 'Pharmacie' }] })
    expect((await comptoir(['call', 'tenants.get-tenant', '--tenant', tenant])).code).toBe(0)
  })

  test('login takes the code of a second factor, and says that it needs one', async () => {
    const person = await signUpPerson(server)
    const { code } = await enrolSecondFactor(person)
    const env = { COMPTOIR_PASSWORD: person.password, XDG_CONFIG_HOME: join(directory.path, 'second-factor') }
    const login = (...more: string[]) => comptoir(['login', '--email', person.email, '--url', server.url, ...more], env)
    expect(await login()).toEqual({
      code: 1,
      output: '',
      errors: 'This account has a second factor: give a code with --code, or run this in a terminal.\n',
    })
    expect((await login('--code', '000000')).errors).toContain('wrong_code')
    expect(await login('--code', await code(1))).toMatchObject({ code: 0, output: `Signed in at ${server.url}.\n` })
    expect((await comptoir(['call', 'identity.get-me'], env)).output).toContain(person.userId)
  })

  test('call shows an API key from the option or the environment', async () => {
    const input = { name: 'till', permissions: ['tenants.view-tenant'], expires_at: '2099-01-01T00:00:00Z' }
    const saidBefore = everythingSaid
    const made = await call('tenants.create-api-key', input)
    // The one answer that is meant to show it.
    everythingSaid = saidBefore
    apiKey = JSON.parse(made.output).secret
    const nobody = { XDG_CONFIG_HOME: join(directory.path, 'nobody'), COMPTOIR_URL: server.url }
    const get = ['call', 'tenants.get-tenant']
    expect(await comptoir(get, nobody)).toMatchObject({ code: 1, errors: expect.stringContaining('unauthenticated') })
    expect((await comptoir([...get, '--api-key', apiKey], nobody)).code).toBe(0)
    expect((await comptoir(get, { ...nobody, COMPTOIR_API_KEY: apiKey })).code).toBe(0)
  })

  test('operations lists all to a stranger, and to who signed in what they may use, without what is switched off', async () => {
    const listed = async (env: Record<string, string> = {}) => {
      const { code, output } = await comptoir(['operations'], { COMPTOIR_URL: server.url, ...env })
      expect(code).toBe(0)
      return Array.from(output.matchAll(/^(\S+) +\S/gm), ([, name]) => name)
    }
    const all = await listed({ XDG_CONFIG_HOME: join(directory.path, 'nobody') })
    expect(await listed()).toEqual(all)
    expect(await listed({ COMPTOIR_API_KEY: apiKey })).not.toContain('tenants.create-role')
    const features = async (on: string[]) => {
      const { version } = JSON.parse((await call('tenants.list-features')).output)
      expect((await call('tenants.set-features', { version, features: on })).code).toBe(0)
    }
    await features(['tax'])
    expect(await listed()).toEqual(all.filter((name) => !name?.startsWith('ledger.')))
    expect((await call('ledger.list-charts')).errors).toContain('"not_found"')
    await features(['ledger', 'tax'])
    expect(await listed()).toEqual(all)
  })

  test('call reads its input from a file, and repeats a key without repeating the change', async () => {
    const [entity] = JSON.parse((await call('tenants.list-entities')).output).items
    const file = join(directory.path, 'branch.json')
    const branch = { entity_id: entity.id, code: 'TWO', name: 'Second', time_zone: 'UTC' }
    await writeFile(file, JSON.stringify(branch))
    const create = ['call', 'tenants.create-branch', '--file', file, '--idempotency-key', 'once']
    const first = await comptoir(create, { COMPTOIR_URL: server.url })
    expect(first.code).toBe(0)
    expect(await comptoir(create, { COMPTOIR_URL: server.url })).toEqual(first)
    expect((await call('tenants.create-branch', { ...branch, code: 'THREE' })).code).toBe(0)

    const refused = await call('tenants.create-branch', branch)
    expect(refused).toMatchObject({ code: 1, output: '' })
    expect(JSON.parse(refused.errors)).toMatchObject({ status: 409, code: 'branch_code_taken' })
  })

  test('call says when there is no such operation, and when no Comptoir answers', async () => {
    expect(await call('tenants.sell-everything')).toEqual({
      ...usage,
      errors: 'The server has no operation tenants.sell-everything.\n',
    })
    expect(await call('tenants.get-tenant', {}, '--url', 'http://127.0.0.1:1')).toMatchObject({
      code: 1,
      errors: expect.stringMatching(/^No Comptoir answers at http:\/\/127\.0\.0\.1:1 \(.+\): start it, or .+\n$/),
    })
  })

  test('jobs lists the dead ones and gives them new attempts', async () => {
    const id = await asSuperuser(dataDir, async (client) => {
      await client.query("SELECT graphile_worker.add_job('tests.nobody-does-this', max_attempts => 3::smallint)")
      const { rows } = await client.query(
        "UPDATE graphile_worker._private_jobs SET attempts = 3, last_error = 'boom' WHERE max_attempts = 3 RETURNING id",
      )
      return String(rows[0].id)
    })
    const dead = await comptoir(['jobs', 'dead'])
    expect(dead).toMatchObject({ code: 0, errors: '' })
    expect(dead.output).toMatch(new RegExp(`^${id} {2}\\S+Z {2}tests\\.nobody-does-this {2}3 attempts {2}boom\n$`))
    expect(await comptoir(['jobs', 'retry', '9999'])).toMatchObject({ code: 0, output: '0 jobs will run again.\n' })
    expect(await comptoir(['jobs', 'retry', id])).toMatchObject({ code: 0, output: '1 jobs will run again.\n' })
    expect(await comptoir(['jobs', 'dead'])).toMatchObject({ code: 0, output: '' })
  })
})

describe('verify', () => {
  const change = (text: string) => `UPDATE audit.entry SET ${text} WHERE tenant_id = '${tenant}' AND seq`
  let last: number
  beforeAll(async () => {
    last = await asSuperuser(dataDir, (client) => lastSeq(client, tenant))
  })
  const books = () => `books of ${tenant}, 0 journals, 0 entries`
  const stock = () => `stock of ${tenant}, 0 costs, 0 movements`
  const remove = (table: string, which: string) => `DELETE FROM ${table} WHERE tenant_id = '${tenant}' AND ${which}`

  test('finds everything intact', async () => {
    const { code, output, errors } = await comptoir(['verify'])
    expect({ code, errors }).toEqual({ code: 0, errors: '' })
    const unproved = '\\d+ entries, no checkpoint yet'
    expect(output).toMatch(
      new RegExp(
        `^intact: chain of 0{8}-.+, ${unproved}\nintact: chain of ${tenant}, ${unproved}\nintact: ${books()}\nintact: ${stock()}\nintact: rollups of ${tenant}\n$`,
      ),
    )
    expect(await comptoir(['verify', '--tenant', absent])).toMatchObject({
      code: 1,
      errors: `There is no tenant ${absent}.\n`,
    })
    expect(await comptoir(['verify', '--tenant', 'Pharmacie'])).toMatchObject(usage)
  })

  test.each([
    {
      what: 'one changed byte',
      broken: () => `${change(`body = overlay(body PLACING '~' FROM 10 FOR 1)`)} = 2`,
      finding: 'at entry 2: the hash of entry 2 is not the hash of its body',
    },
    {
      what: 'a changed body that was hashed again',
      broken: () =>
        `${change(`body = body || ' ', hash = sha256(previous_hash || convert_to(body || ' ', 'UTF8'))`)} = 2`,
      finding: 'at entry 3: entry 3 does not point at the hash of the entry before it',
    },
    {
      what: 'a removed entry',
      broken: () => remove('audit.entry', 'seq = 2'),
      finding: 'at entry 2: entry 2 is missing; the next one is 3',
    },
    {
      what: 'two swapped entries',
      broken: () => `${change('seq = -seq')} IN (2, 3); ${change('seq = 5 + seq')} IN (-2, -3)`,
      finding: 'at entry 2: entry 2 does not point at the hash of the entry before it',
    },
    {
      what: 'a truncated tail',
      broken: () => remove('audit.entry', 'seq >= 3'),
      finding: () => `at entry 3: the head says the chain ends at ${last}, its last entry is 2`,
    },
    {
      what: 'a whole chain gone, its head too',
      broken: () => `${remove('audit.entry', 'true')}; ${remove('audit.head', 'true')}`,
      finding: 'at entry 1: the whole chain is missing',
    },
  ])('names the entry of $what', async ({ broken, finding }) => {
    await asSuperuser(dataDir, (client) =>
      whileBroken(client, broken(), async () => {
        const { code, output } = await comptoir(['verify', '--tenant', tenant])
        const found = typeof finding === 'string' ? finding : finding()
        expect({ code, output }).toEqual({
          code: 1,
          output: `broken: chain of ${tenant} ${found}\nintact: ${books()}\nintact: ${stock()}\nintact: rollups of ${tenant}\n`,
        })
      }),
    )
  })

  test('names the account whose balance is not the sum of its entries', async () => {
    const [entity] = JSON.parse((await call('tenants.list-entities')).output).items
    const [account] = JSON.parse((await call('ledger.list-accounts', { entity_id: entity.id })).output).items
    const raise = (amount: string) =>
      asSuperuser(dataDir, async (client) => {
        await client.query("SET session_replication_role = 'replica'")
        await client.query(`UPDATE ledger.account SET balance = balance + ${amount} WHERE id = '${account.id}'`)
      })
    await raise('7')
    const broken = await comptoir(['verify', '--tenant', tenant])
    await raise('-7')
    expect(broken).toMatchObject({
      code: 1,
      output: expect.stringMatching(
        new RegExp(
          `^intact: chain of ${tenant}, .+\nbroken: books of ${tenant}, account ${account.id}: its balance is 7\\.0000 after 0 entries, they say .+\nintact: ${stock()}\nintact: rollups of ${tenant}\n$`,
        ),
      ),
    })
    expect((await comptoir(['verify', '--tenant', tenant])).code).toBe(0)
  })

  test('names a table that no longer isolates tenants, and goes on to the chains', async () => {
    await asSuperuser(dataDir, (client) => client.query('ALTER TABLE tenants.branch DISABLE ROW LEVEL SECURITY'))
    const { code, output } = await comptoir(['verify'])
    expect(code).toBe(1)
    expect(output).toContain('broken: tenants.branch does not enforce row-level security\nintact: chain of')
    await asSuperuser(dataDir, (client) => client.query('ALTER TABLE tenants.branch ENABLE ROW LEVEL SECURITY'))
    expect((await comptoir(['verify'])).code).toBe(0)
  })
})

describe('audit', () => {
  const keysFile = () => join(dataDir, 'audit-signing-keys.json')
  const idOf = (line: string) => line.slice(0, 16)

  test('makes checkpoints, which verify holds against the chain, and names where the chain was written anew', async () => {
    const last = await asSuperuser(dataDir, (client) => lastSeq(client, tenant))
    const made = await comptoir(['audit', 'checkpoint', '--tenant', tenant])
    expect(made.output).toMatch(
      new RegExp(`^made: checkpoint of entry ${last}, chain of ${tenant}, key [0-9a-f]{16}\n$`),
    )
    expect((await comptoir(['audit', 'checkpoint', '--tenant', tenant])).output).toBe(
      made.output.replace('made', 'unchanged'),
    )
    const verified = await comptoir(['verify', '--tenant', tenant])
    expect(verified.output).toBe(
      `intact: chain of ${tenant}, ${last} entries, proved up to entry ${last} by 1 of its checkpoints\nintact: books of ${tenant}, 0 journals, 0 entries\nintact: stock of ${tenant}, 0 costs, 0 movements\nintact: rollups of ${tenant}\n`,
    )
    await asSuperuser(dataDir, (client) =>
      whileBroken(client, rewriting(tenant, last - 1, `replace(body, 'Second', 'Hidden')`), async () => {
        const broken = await comptoir(['verify', '--tenant', tenant, '--checkpoints', join(dataDir, 'checkpoints')])
        expect(broken).toMatchObject({
          code: 1,
          output: expect.stringMatching(
            new RegExp(
              `^broken: chain of .+ at entry ${last}: the checkpoint .+ an entry from 1 to ${last} was .+\nintact: books of`,
            ),
          ),
        })
        expect((await comptoir(['audit', 'checkpoint'])).output).toContain(
          `broken: checkpoints contradict the chain of ${tenant}: run comptoir verify\n`,
        )
      }),
    )
    const listed = `tenants.directory WHERE kind = 'tenant' AND tenant_id = '${tenant}'`
    const unlisted = await asSuperuser(dataDir, async (client) => {
      await client.query(`CREATE TEMP TABLE kept AS SELECT * FROM ${listed}; DELETE FROM ${listed}`)
      const all = await comptoir(['verify'])
      const one = await comptoir(['verify', '--tenant', tenant])
      await client.query('INSERT INTO tenants.directory SELECT * FROM kept')
      return [all, one]
    })
    for (const { code, output } of unlisted) {
      expect(code).toBe(1)
      expect(output).toContain(
        `broken: tenant ${tenant} has checkpoints and is not in the directory\nintact: chain of ${tenant}`,
      )
    }
    const absentTenant = await comptoir(['audit', 'checkpoint', '--tenant', absent])
    expect(absentTenant).toMatchObject({ code: 1, errors: `There is no tenant ${absent}.\n` })
    const absentFile = await comptoir(['verify', '--checkpoints', '/no/such/file'])
    expect(absentFile).toMatchObject({
      code: 1,
      errors: expect.stringMatching(/^\/no\/such\/file cannot be read .+\n$/),
    })
  })

  test('rotates its keys, which the server takes at once, unless they come from the environment', async () => {
    const before = idOf((await comptoir(['audit', 'keys'])).output)
    const rotated = await comptoir(['audit', 'rotate-key'])
    expect(rotated.output).toMatch(new RegExp(`^[0-9a-f]{16} signs from now on; ${before} endorsed it\\.\n$`))
    const after = idOf(rotated.output)
    expect((await comptoir(['audit', 'keys'])).output).toBe(`${after}  signs\n${before}  signed before\n`)
    await call('tenants.create-role', { name: 'cook', permissions: ['tenants.view-tenant'] })
    expect(JSON.parse((await call('audit.create-checkpoint')).output)).toMatchObject({ key_id: after })
    expect((await comptoir(['verify'])).code).toBe(0)

    const AUDIT_SIGNING_KEY = Buffer.alloc(32, 5).toString('base64')
    expect(await comptoir(['audit', 'rotate-key'], { AUDIT_SIGNING_KEY })).toMatchObject({
      code: 1,
      errors: expect.stringMatching(/^The signing keys come from AUDIT_SIGNING_KEY: .+\n$/),
    })
    const others = await comptoir(['verify', '--tenant', tenant], { AUDIT_SIGNING_KEY })
    expect(others.output).toContain('which no key of yours vouches for')
    const { keys } = JSON.parse(await readFile(keysFile(), 'utf8'))
    const joined = { AUDIT_SIGNING_KEY: [AUDIT_SIGNING_KEY, ...keys].join(',') }
    expect((await comptoir(['verify', '--tenant', tenant], joined)).code).toBe(0)
  })
})

test('migrate beside a running server takes it out of service and brings it back', async () => {
  const ready = async () => (await fetch(`${server.url}/readyz`)).status
  expect(await ready()).toBe(200)
  expect((await comptoir(['migrate', 'down'])).code).toBe(0)
  expect(await ready()).toBe(503)
  expect((await comptoir(['migrate', 'up'])).code).toBe(0)
  expect(await ready()).toBe(200)
})

test('nothing that the command line or the server said holds a secret', async () => {
  const secrets = JSON.parse(await readFile(join(dataDir, 'secrets.json'), 'utf8'))
  const { cookie } = JSON.parse(await readFile(join(directory.path, 'config', 'comptoir', 'session.json'), 'utf8'))
  const { keys } = JSON.parse(await readFile(join(dataDir, 'audit-signing-keys.json'), 'utf8'))
  expect(keys).toHaveLength(2)
  const said = everythingSaid + server.output()
  for (const secret of [...Object.values<string>(secrets), ...keys, password, cookie.split('=')[1], apiKey]) {
    expect(secret.length).toBeGreaterThan(10)
    expect(said).not.toContain(secret)
  }
})
