import pg from 'pg'
import { symbols } from 'pino'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { writeAudit } from '../server/audit/index.ts'
import { fromSetting } from '../server/messaging/index.ts'
import { inOwnTransaction } from '../server/platform/database.ts'
import { nobody } from '../server/platform/identifiers.ts'
import { changePlatformSetting, defineSetting, type Setting } from '../server/settings/index.ts'
import { openCatalogue } from './harness/catalogue.ts'
import { sendTo, signIn } from './harness/http.ts'
import { withClient } from './harness/postgres.ts'
import {
  createSampler,
  type FieldSchema,
  type Input,
  inputSchemaOf,
  placeInput,
  withoutNull,
} from './harness/samples.ts'
import { signUpOwner, startTestServer, type TestOwner, type TestServer } from './harness/server.ts'

/** Marked columns that nothing can fill yet, and why. */
const empty: Record<string, string> = {
  'identity.account.access_token': 'nobody signs in through another service yet',
  'identity.account.refresh_token': 'nobody signs in through another service yet',
  'identity.account.id_token': 'nobody signs in through another service yet',
  'identity."user".image': 'there are no pictures of people yet',
  'identity.verification.identifier': 'there are no links by mail yet',
  'identity.verification.value': 'there are no links by mail yet',
}
const token = defineSetting({
  name: 'probe.token',
  type: z.string().max(100),
  default: '',
  help: 'A probe.',
  scopes: ['tenant', 'branch'],
  secret: true,
})
const shortest = 6
const address = '203.0.113.77'
const device = 'Telephone of Zineb 7'

interface Column {
  readonly table: string
  readonly name: string
  readonly comment: string | null
}

let server: TestServer
let owner: TestOwner
let superuser: pg.Client
const lines: string[] = []
/** What became of each operation. */
const answers: string[] = []
/** What was typed into fields that are marked personal or secret. */
const typed = new Set<string>()

beforeAll(async () => {
  server = await startTestServer({
    env: { LOG_LEVEL: 'trace', TRUST_PROXY: '127.0.0.1' },
    more: { settings: [token as Setting] },
  })
  Object.assign(server.product.log, { [symbols.streamSym]: { write: (line: string) => lines.push(line) } })
  owner = await signUpOwner(server)
  superuser = new pg.Client({ connectionString: server.database.superuserUrl })
  await superuser.connect()
  await openCatalogue(superuser)
  await useEverything()
  await server.product.mailer.queue({
    kind: 'probe',
    to: mark('mail@example.org'),
    subject: mark('a subject'),
    text: mark('a link'),
  })
  // As the operator does: a secret of the installation is sealed like one of a tenant.
  await superuser.query(
    `INSERT INTO settings.platform_value (id, name, is_set, sealed, valid, version)
     VALUES (gen_random_uuid(), 'messaging.smtp-url', true, $1, tstzrange(now(), NULL), 1)`,
    [
      server.product.encryption.seal(mark('smtp secret'), {
        table: 'settings.platform_value',
        column: 'sealed',
        row: '1',
      }),
    ],
  )
}, 180_000)
afterAll(async () => {
  await superuser.end()
  await server.close()
})

/** Runs every operation once, with values in its personal and secret fields that are found again. */
async function useEverything(): Promise<void> {
  const sampler = createSampler(server, owner, { marker: 'Plain' })
  for (const operation of server.product.operations) {
    const input = await sampler.inputOf(operation)
    fillMarked(inputSchemaOf(operation), input)
    // No cell says what nobody put there.
    if (operation.name === 'imports.fix-alike') input.original_value = undefined
    // Whether a value is a secret is for its setting to say.
    if (operation.name === 'settings.set-setting')
      Object.assign(input, { name: token.name, version: 0, value: mark('token') })
    const { method, url, body } = placeInput(operation, input as Input)
    const headers = { cookie: await sampler.cookieOf(operation), 'x-forwarded-for': address, 'user-agent': device }
    const tenant = operation.scope === 'tenant' ? { 'comptoir-tenant': owner.tenantId } : undefined
    const answer = await sendTo(server, { method, url, body, headers: { ...headers, ...tenant } })
    answers.push(`${operation.name} ${answer.statusCode < 300 ? 'done' : answer.body}`)
  }
  await sendTo(server, signIn({ email: mark('guessed@example.org'), password: mark('a guess') }))
  await setAddresses()
}

/** The address of a person stands in a setting as well, of a tenant and of the installation. */
async function setAddresses(): Promise<void> {
  for (const value of [mark('reply@example.org'), mark('answer@example.org')]) {
    const name = 'messaging.reply-to'
    const { version } = await owner.client.call('settings.get-setting', { name })
    await owner.client.call('settings.set-setting', { name, version, value })
  }
  const { settings } = server.product
  await withClient(server.database.ownerUrl, (client) =>
    inOwnTransaction(client, nobody, async (tx) => {
      const value = { given: mark('from@example.org') }
      const change = { setting: fromSetting as Setting, environment: '', value, from: undefined }
      await writeAudit(tx, nobody, [await changePlatformSetting(client, settings, change)])
    }),
  )
}

/** Fills what is marked, in what stands in lists and objects of an input, too. */
function fillMarked({ properties = {} }: FieldSchema, input: Record<string, unknown>): void {
  for (const [name, field] of Object.entries(properties)) {
    const within = input[name]
    const { items } = withoutNull(field)
    if (isMarked(field)) input[name] = recognisable(withoutNull(field), within)
    else if (Array.isArray(within) && items) for (const one of within.filter(isObject)) fillMarked(items, one)
    else if (isObject(within)) fillMarked(withoutNull(field), within)
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isMarked(field: FieldSchema & { personal?: boolean }): boolean {
  return [field, ...(field.anyOf ?? [])].some((one: FieldSchema & { personal?: boolean }) => one.personal || one.secret)
}

/** A new text where any will do; what was there where it must be this one, as a password. */
function recognisable(field: FieldSchema, value: unknown): unknown {
  const isFree = field.type === 'string' && field.format === undefined && field.pattern === undefined && !field.secret
  if (isFree) return mark('personal')
  if (typeof value === 'string') typed.add(value)
  return value
}

function mark(word: string): string {
  const value = `${word.replace(/@.*/, '')} ${crypto.randomUUID().slice(0, 8)}`.replace(
    ' ',
    word.includes('@') ? '-' : ' ',
  )
  const whole = word.includes('@') ? `${value}@example.org` : value
  typed.add(whole)
  return whole
}

async function columns(condition: string): Promise<Column[]> {
  const { rows } = await superuser.query(
    `SELECT "table", name, comment FROM our_column WHERE NOT is_partition AND ${condition} ORDER BY 1, position`,
  )
  return rows
}

/** What stands in a column, as text; bytes as they are written in hexadecimal. */
async function valuesIn({ table, name }: Column): Promise<string[]> {
  const { rows } = await superuser.query(
    `SELECT DISTINCT CASE WHEN pg_typeof(t."${name}") = 'bytea'::regtype THEN substr(t."${name}"::text, 3) ELSE t."${name}"::text END AS value
     FROM ${table} t WHERE t."${name}" IS NOT NULL`,
  )
  return rows.map(({ value }) => value)
}

const marked = () => columns(`comment IN ('personal', 'secret')`)

/** Everything that must stay out of sight: what was typed, and what is kept under a mark. */
async function hidden(): Promise<string[]> {
  const kept = await Promise.all((await marked()).map(valuesIn))
  const all = [...typed, ...kept.flat()].filter((value) => value.length >= shortest && value !== '127.0.0.1')
  return [...new Set(all)]
}

test('every operation did what it was asked, or there would be nothing to find', () => {
  expect(answers.filter((answer) => !answer.endsWith(' done'))).toEqual([])
  expect(answers.length).toBe(server.product.operations.length)
})

test('every column marked personal or secret was filled by the operations of the product', async () => {
  const unfilled: string[] = []
  for (const column of await marked()) {
    if ((await valuesIn(column)).length === 0) unfilled.push(`${column.table}.${column.name}`)
  }
  expect(unfilled.filter((name) => !(name in empty))).toEqual([])
  expect(typed.size).toBeGreaterThan(5)
})

test('what was typed as personal or secret stands in marked columns and nowhere else', async () => {
  const found: string[] = []
  for (const { table, name } of await columns(
    `comment IS DISTINCT FROM 'personal' AND comment IS DISTINCT FROM 'secret'`,
  )) {
    const { rows } = await superuser.query(
      `SELECT DISTINCT typed FROM ${table} t, unnest($1::text[]) typed WHERE position(typed IN t."${name}"::text) > 0`,
      [[...typed].filter((value) => value.length >= shortest)],
    )
    found.push(...rows.map((row) => `${table}.${name}: ${row.typed}`))
  }
  expect(found).toEqual([])
})

test('nothing personal and no secret is in a row that can never be changed, nor in a job', async () => {
  const { rows: tables } = await superuser.query(
    `SELECT name FROM our_table WHERE append_only AND NOT is_partition UNION ALL SELECT 'graphile_worker._private_jobs'`,
  )
  expect(tables.length).toBeGreaterThan(4)
  const values = await hidden()
  const found: string[] = []
  for (const { name } of tables) {
    const { rows } = await superuser.query(
      `SELECT DISTINCT kept.value FROM ${name} t, unnest($1::text[]) AS kept (value) WHERE position(kept.value IN t::text) > 0`,
      [values],
    )
    found.push(...rows.map(({ value }) => `${name}: ${value}`))
  }
  expect(found).toEqual([])
})

test('nothing personal and no secret is in the log or the metrics', async () => {
  const metrics = (await sendTo(server, { url: '/metrics' })).body
  expect(lines.length).toBeGreaterThan(server.product.operations.length / 2)
  const values = await hidden()
  expect(lines.filter((line) => values.some((value) => holds(line, value)))).toEqual([])
  expect(values.filter((value) => holds(metrics, value))).toEqual([])
})

/** Whether a text holds a value; digits only by themselves, for a time or a size in bytes may hold any. */
function holds(text: string, value: string): boolean {
  return /^\d+$/.test(value) ? new RegExp(`(?<![\\w.])${value}(?![\\w.])`).test(text) : text.includes(value)
}
