import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { symbols } from 'pino'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { z } from 'zod'
import { defineSetting, type Setting } from '../server/settings/index.ts'
import { createTestDatabase, type TestDatabase, withClient } from './harness/postgres.ts'
import { runCli } from './harness/process.ts'
import { signUpOwner, startTestServer, type TestOwner, type TestServer } from './harness/server.ts'

const token = defineSetting({
  name: 'probe.token',
  type: z.string().max(100),
  default: '',
  help: 'A probe.',
  scopes: ['tenant'],
  secret: true,
})
const smtp = 'smtp://shop:hunter2@mail.example.org:587'

let database: TestDatabase
let server: TestServer
let owners: TestOwner[]

beforeAll(async () => {
  database = await createTestDatabase(inject('postgresPort'))
  server = await startTestServer({ database, more: { settings: [token as Setting] } })
  owners = [await signUpOwner(server), await signUpOwner(server)]
  for (const [index, { client }] of owners.entries())
    await client.call('settings.set-setting', { name: token.name, version: 0, value: `token ${index}` })
})
afterAll(async () => {
  await server.close()
  await database.drop()
})

/** The command line beside the running server: same database, same data directory. */
const comptoir = (...args: string[]) => comptoirReading('', ...args)

/** The same, with a text on its standard input. */
async function comptoirReading(input: string, ...args: string[]) {
  const { app, identity, jobs, read } = database.roleUrls
  const environment = {
    DATA_DIR: server.dataDir,
    DATABASE_URL: database.ownerUrl,
    DATABASE_APP_URL: app,
    DATABASE_IDENTITY_URL: identity,
    DATABASE_JOBS_URL: jobs,
    DATABASE_READ_URL: read,
  }
  const result = await runCli(args, environment, input)
  expect(result.errors).not.toMatch(/\n\s+at /)
  return { ...result, said: result.output + result.errors }
}

const sql = (text: string, values: unknown[] = []) =>
  withClient(database.superuserUrl, async (client) => (await client.query(text, values)).rows)

const readTokens = () =>
  Promise.all(
    owners.map(async ({ tenantId }) => {
      const client = await server.product.databases.app.connect()
      try {
        await client.query('BEGIN')
        await client.query('SELECT platform.set_tenant($1)', [tenantId])
        return await server.product.settings.read({ client, tenantId }, token)
      } finally {
        await client.query('ROLLBACK')
        client.release()
      }
    }),
  )

describe('comptoir settings', () => {
  test('sets and unsets for the installation, counts at once, and leaves an entry in its chain', async () => {
    const from = 'Corner Shop <shop@example.org>'
    const seen = async () => (await owners[0]?.client.call('settings.get-setting', { name: 'messaging.from' }))?.value
    expect(await comptoir('settings', 'set', 'messaging.from', from)).toMatchObject({
      code: 0,
      output: 'messaging.from is set from now on.\n',
    })
    expect(await seen()).toBe(from)
    expect((await comptoir('settings', 'list')).output).toContain(`messaging.from = "${from}"  (platform)`)
    await comptoir('settings', 'set', 'messaging.from', from, '--for', 'elsewhere', '--from', '2090-01-01T00:00:00Z')
    expect((await comptoir('settings', 'unset', 'messaging.from')).code).toBe(0)
    expect(await seen()).toBe(null)
    const entries = await sql(
      `SELECT body::json AS body FROM audit.entry WHERE tenant_id = '00000000-0000-0000-0000-000000000000' AND resource_id = 'messaging.from' ORDER BY seq`,
    )
    expect(entries.map(({ body }) => [body.event, body.old_values.value, body.new_values.value])).toEqual([
      ['settings.set-setting', null, '(personal)'],
      ['settings.set-setting', null, '(personal)'],
      ['settings.unset-setting', '(personal)', null],
    ])
  })

  test('shows a secret neither when it is set nor later, and says when a restart is due', async () => {
    const said = [
      await comptoirReading(`${smtp}\n`, 'settings', 'set', 'messaging.smtp-url', '-'),
      await comptoir('settings', 'get', 'messaging.smtp-url'),
      await comptoir('settings', 'list'),
    ]
    expect(said.map(({ code }) => code)).toEqual([0, 0, 0])
    expect(said[0]?.output).toContain('restart the servers for it')
    expect(said[1]?.output).toContain('messaging.smtp-url = (secret)  (platform)')
    const kept = await sql(
      'SELECT body AS text FROM audit.entry UNION ALL SELECT v::text FROM settings.platform_value v',
    )
    expect([...said.map((one) => one.said), ...kept.map(({ text }) => text)].join()).not.toContain('hunter2')
  })

  test.each([
    [['set', 'messaging.from', 'nobody'], 1, 'messaging.from takes Shop <shop@example.org>'],
    [['set', 'messaging.smtp-url', '17'], 1, 'messaging.smtp-url takes smtp://'],
    [['get', 'messaging.nothing'], 1, 'There is no such setting'],
    [['set', 'messaging.from'], 2, 'comptoir settings list'],
    [['set', 'messaging.from', 'null', '--from', 'tomorrow'], 2, '--from is a time'],
    [['set', 'messaging.from', 'null', '--from', '2020-01-01T00:00:00Z'], 1, 'in the past'],
    [['set', 'messaging.from', 'null', '--for', 'Not This'], 2, '--for is the name of an installation'],
    [['forget', 'messaging.from'], 2, 'comptoir settings list'],
  ])('%j is refused in a sentence', async (args, code, sentence) => {
    const refused = await comptoir('settings', ...args)
    expect(refused).toMatchObject({ code, output: '' })
    expect(refused.errors).toContain(sentence)
  })

  test('what no longer fits is named by verify and at the start', async () => {
    const spoil = (value: string) =>
      sql(`UPDATE settings.platform_value SET value = $1 WHERE name = 'messaging.from' AND is_set`, [value])
    await comptoir('settings', 'set', 'messaging.from', 'shop@example.org')
    await spoil('17')
    const sentence = /what is set for messaging\.from \([\da-f-]+\) no longer fits; set it again/
    const verified = await comptoir('verify')
    expect(verified.code).toBe(1)
    expect(verified.output).toMatch(sentence)
    const lines: string[] = []
    const started = await startTestServer({ database, env: { LOG_LEVEL: 'error' } })
    Object.assign(started.product.log, { [symbols.streamSym]: { write: (line: string) => lines.push(line) } })
    const worker = await started.product.startJobs()
    await worker.stop()
    await started.close()
    // This server has a key of its own, so the secret does not open either.
    expect(lines.filter((line) => sentence.test(line)).length).toBeGreaterThan(0)
    expect(lines.join()).toContain('the setting messaging.smtp-url: The value in settings.platform_value.sealed')
    await spoil('"shop@example.org"')
    expect((await comptoir('verify')).output).not.toContain('broken: settings')
  })
})

describe('comptoir encryption', () => {
  const keyFile = () => join(server.dataDir, 'encryption-keys.json')
  const keysUsed = async () => {
    const rows = await sql(
      `SELECT split_part(sealed, '.', 2) AS key FROM settings.value WHERE sealed IS NOT NULL
       UNION ALL SELECT split_part(sealed, '.', 2) FROM settings.platform_value WHERE sealed IS NOT NULL`,
    )
    return rows.map(({ key }) => key as string)
  }

  test('moves everything to a new key, in every tenant, while the server runs', async () => {
    const [old = ''] = await keysUsed()
    expect((await comptoir('encryption', 'status')).output).toContain(`${old}  seals  3 values`)
    const rotated = await comptoir('encryption', 'rotate')
    expect(rotated.code).toBe(0)
    const used = await keysUsed()
    expect([used.length, new Set(used).size, used.includes(old)]).toEqual([3, 1, false])
    expect(rotated.output).toContain(`${used[0]}  seals  3 values`)
    expect(rotated.output).toContain(`${old}  opens  0 values`)
    expect(await readTokens()).toEqual(['token 0', 'token 1'])
    const [entry] = await sql(`SELECT body::json AS body FROM audit.entry WHERE event = 'platform.seal-anew'`)
    expect(entry.body.resource_id).toBe(used[0])
  })

  test('names what does not open, by the key that is missing and by the row that was tampered with', async () => {
    const text = await readFile(keyFile(), 'utf8')
    const { keys } = JSON.parse(text)
    const [current = ''] = await keysUsed()
    await writeFile(keyFile(), JSON.stringify({ keys: keys.slice(1) }))
    const without = await comptoir('encryption', 'reseal')
    expect(without.code).toBe(1)
    expect(without.output.match(new RegExp(`was sealed with the key ${current}, which is not here`, 'g'))).toHaveLength(
      3,
    )
    expect(without.output).toContain(`${current}  is missing  3 values`)
    expect((await comptoir('verify')).output).toContain('the setting messaging.smtp-url: The value in')
    await writeFile(keyFile(), text)

    await comptoir('encryption', 'rotate')
    await sql(
      'UPDATE settings.value v SET sealed = o.sealed FROM settings.value o WHERE v.tenant_id = $1 AND o.tenant_id = $2 AND o.sealed IS NOT NULL',
      owners.map(({ tenantId }) => tenantId),
    )
    const moved = await comptoir('encryption', 'rotate')
    expect(moved.code).toBe(1)
    expect(moved.output).toMatch(/broken: The value in settings\.value\.sealed, row [\da-f-]+, does not open/)
    await expect(readTokens()).rejects.toThrow('does not open')
  })
})
