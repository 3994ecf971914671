import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { lastSeq } from '../../tests/harness/chain.ts'
import { signUpOwner, startTestServer, type TestOwner, type TestServer } from '../../tests/harness/server.ts'
import { rewriting, whileBroken } from '../../tests/harness/tamper.ts'
import { nobody } from '../platform/identifiers.ts'
import { verifyChain } from './verify-chain.ts'

let server: TestServer
let shop: TestOwner
let owner: pg.Client
let superuser: pg.Client
let tenantId: string
/** The last entry of the chain, and one in its middle: the first role. */
let length: number
let middle: number

beforeAll(async () => {
  server = await startTestServer()
  shop = await signUpOwner(server)
  ;({ tenantId } = shop)
  owner = new pg.Client({ connectionString: server.database.ownerUrl })
  superuser = new pg.Client({ connectionString: server.database.superuserUrl })
  await Promise.all([owner.connect(), superuser.connect()])
  middle = (await lastSeq(superuser, tenantId)) + 1
  for (const name of ['Rôle 1', 'Rôle 2', 'Rôle 3', 'Rôle 4'])
    await shop.client.call('tenants.create-role', { name, permissions: ['tenants.view-tenant'] })
  length = await lastSeq(superuser, tenantId)
})
afterAll(async () => {
  await Promise.all([owner.end(), superuser.end()])
  await server.close()
})

/** The verdict in one line. */
async function verdict(): Promise<string> {
  const found = await verifyChain(owner, tenantId)
  return found.intact ? `intact: ${found.entries} entries` : `entry ${found.seq}: ${found.reason}`
}

const change = (text: string, seq: string) =>
  `UPDATE audit.entry SET ${text} WHERE tenant_id = '${tenantId}' AND seq ${seq}`
const remove = (seq: string) => `DELETE FROM audit.entry WHERE tenant_id = '${tenantId}' AND seq ${seq}`
const head = (text: string) => `UPDATE audit.head SET ${text} WHERE tenant_id = '${tenantId}'`
const headOf = (seq: number) =>
  head(`seq = ${seq}, hash = (SELECT hash FROM audit.entry WHERE tenant_id = '${tenantId}' AND seq = ${seq})`)
const copy = (from: number, { seq, month = '0' }: { seq: number; month?: string }) =>
  `INSERT INTO audit.entry (tenant_id, seq, recorded_at, event, severity, actor_id, session_id, resource_type, resource_id, body, previous_hash, hash)
   SELECT tenant_id, ${seq}, recorded_at + interval '${month} months', event, severity, actor_id, session_id, resource_type,
          resource_id, body, sha256(previous_hash), hash FROM audit.entry WHERE tenant_id = '${tenantId}' AND seq = ${from}`
const differs = (at: number, column: string) => `entry ${at}: the column ${column} of entry ${at} differs from its body`
const flipped = (column: string) => `set_byte(${column}, 31, get_byte(${column}, 31) # 1)`

test('a chain as the product wrote it is intact, the platform’s too', async () => {
  expect(await verdict()).toBe(`intact: ${length} entries`)
  expect(await verifyChain(owner, nobody)).toMatchObject({ intact: true })
  expect(await verifyChain(owner, '01900000-0000-7000-8000-000000000000')).toEqual({ intact: true, entries: 0n })
})

describe('the verifier names the entry and why when somebody', () => {
  // what they do to the tenant's chain around an entry in its middle, and what the verifier says
  test.each<[what: string, broken: (at: number) => string, finding: (at: number) => string]>([
    [
      'changes one byte of a body',
      (at) => change(`body = overlay(body PLACING '~' FROM 10 FOR 1)`, `= ${at}`),
      (at) => `entry ${at}: the hash of entry ${at} is not the hash of its body`,
    ],
    [
      'changes one byte of a hash',
      (at) => change(`hash = ${flipped('hash')}`, `= ${at}`),
      (at) => `entry ${at}: the hash of entry ${at} is not the hash of its body`,
    ],
    [
      'changes one byte of a previous hash',
      (at) => change(`previous_hash = ${flipped('previous_hash')}`, `= ${at}`),
      (at) => `entry ${at}: entry ${at} does not point at the hash of the entry before it`,
    ],
    [
      'changes the hash before the first entry',
      () => change(`previous_hash = ${flipped('previous_hash')}`, '= 1'),
      () => 'entry 1: entry 1 does not point at the hash of the entry before it',
    ],
    ...['event', 'resource_type', 'resource_id'].map(
      (column): [string, (at: number) => string, (at: number) => string] => [
        `changes one byte of the column ${column}`,
        (at) => change(`${column} = overlay(${column} PLACING '~' FROM 3 FOR 1)`, `= ${at}`),
        (at) => differs(at, column),
      ],
    ),
    ...['actor_id', 'session_id', 'resource_id'].map(
      (column): [string, (at: number) => string, (at: number) => string] => [
        `empties the column ${column}`,
        (at) => change(`${column} = NULL`, `= ${at}`),
        (at) => differs(at, column),
      ],
    ),
    [
      'puts somebody else into the column actor_id',
      (at) => change('actor_id = gen_random_uuid()', `= ${at}`),
      (at) => differs(at, 'actor_id'),
    ],
    ['plays down the column severity', (at) => change(`severity = 'info'`, `= ${at}`), (at) => differs(at, 'severity')],
    [
      'plays up the column severity',
      (at) => change(`severity = 'critical'`, `= ${at}`),
      (at) => differs(at, 'severity'),
    ],
    [
      'moves an entry by a microsecond',
      (at) => change(`recorded_at = recorded_at + interval '1 microsecond'`, `= ${at}`),
      (at) => differs(at, 'recorded_at'),
    ],
    [
      'changes a body and hashes it again',
      (at) => change(`body = body || ' ', hash = sha256(previous_hash || convert_to(body || ' ', 'UTF8'))`, `= ${at}`),
      (at) => `entry ${at + 1}: entry ${at + 1} does not point at the hash of the entry before it`,
    ],
    [
      'removes an entry',
      (at) => remove(`= ${at}`),
      (at) => `entry ${at}: entry ${at} is missing; the next one is ${at + 1}`,
    ],
    [
      'removes several',
      (at) => remove(`BETWEEN ${at - 1} AND ${at + 2}`),
      (at) => `entry ${at - 1}: entry ${at - 1} is missing; the next one is ${at + 3}`,
    ],
    ['removes the first ones', () => remove('<= 2'), () => 'entry 1: entry 1 is missing; the next one is 3'],
    [
      'swaps two entries',
      (at) =>
        `${change('seq = -seq', `IN (${at}, ${at + 1})`)}; ${change(`seq = ${2 * at + 1} + seq`, `IN (-${at}, -${at + 1})`)}`,
      (at) => `entry ${at}: entry ${at} does not point at the hash of the entry before it`,
    ],
    [
      'puts an entry in twice, into another month',
      (at) => copy(at, { seq: at, month: '1' }),
      (at) => `entry ${at + 1}: entry ${at} is there twice`,
    ],
    [
      'puts an entry before the first',
      (at) => copy(at, { seq: 0 }),
      () => 'entry 1: entry 0 stands before the first one',
    ],
    [
      'appends an entry past the head',
      (at) => copy(at, { seq: length + 1 }),
      () => `entry ${length + 1}: entry ${length + 1} does not point at the hash of the entry before it`,
    ],
    [
      'cuts the tail off',
      (at) => remove(`> ${at}`),
      (at) => `entry ${at + 1}: the head says the chain ends at ${length}, its last entry is ${at}`,
    ],
    [
      'puts the head back before the last entries',
      (at) => headOf(at),
      (at) => `entry ${at + 1}: the head says the chain ends at ${at}, its last entry is ${length}`,
    ],
    [
      'changes one byte of the head',
      () => head(`hash = ${flipped('hash')}`),
      () => `entry ${length}: the head has another hash than entry ${length}, the last one`,
    ],
    [
      'removes all entries',
      () => remove('> 0'),
      () => `entry 1: the head says the chain ends at ${length}, its last entry is 0`,
    ],
    [
      'writes the chain anew with the number of another entry in a body',
      (at) => rewriting(tenantId, at, `replace(body, '"seq": ${at}', '"seq": ${at + 1}')`),
      (at) => `entry ${at}: the body of entry ${at} says it is entry ${at + 1}`,
    ],
    [
      'writes the chain anew with a body of another tenant',
      (at) => rewriting(tenantId, at, `replace(body, '${tenantId}', '${nobody}')`),
      (at) => `entry ${at}: the body of entry ${at} is of tenant ${nobody}`,
    ],
    [
      'writes the chain anew with a body that is no JSON',
      (at) => rewriting(tenantId, at, `'forged'`),
      (at) => `entry ${at}: the body of entry ${at} is not JSON`,
    ],
    [
      'writes the chain anew with another event, and forgets the column',
      (at) => rewriting(tenantId, at, `replace(body, 'tenants.create-role', 'tenants.create-cook')`),
      (at) => differs(at, 'event'),
    ],
    [
      'writes the chain anew without a severity, and forgets the column',
      (at) => rewriting(tenantId, at, `replace(body, '"severity": "notice", ', '')`),
      (at) => differs(at, 'severity'),
    ],
  ])('%s', async (_, broken, finding) => {
    expect(await whileBroken(superuser, broken(middle), verdict)).toBe(finding(middle))
    expect(await verdict()).toBe(`intact: ${length} entries`)
  })
})

test('an entry of the time before entries had a severity counts as info', async () => {
  const older = rewriting(tenantId, middle, `replace(body, '"severity": "notice", ', '')`)
  const column = change(`severity = 'info'`, `= ${middle}`)
  expect(await whileBroken(superuser, `${older}; ${column}`, verdict)).toBe(`intact: ${length} entries`)
})

test('hashes alone do not show a chain written anew as a whole, or cut off with its head put back', async () => {
  const forged = rewriting(tenantId, middle, `replace(body, 'Rôle 1', 'Rôle X')`)
  expect(await whileBroken(superuser, forged, verdict)).toBe(`intact: ${length} entries`)
  expect(await whileBroken(superuser, `${headOf(middle)}; ${remove(`> ${middle}`)}`, verdict)).toBe(
    `intact: ${middle} entries`,
  )
})

test('entries that are recorded while it verifies disturb it not', async () => {
  const input = { name: 'Late', permissions: ['tenants.view-tenant'] }
  const writing = Promise.all(
    Array.from({ length: 20 }, (_, at) => shop.client.call('tenants.create-role', { ...input, name: `Late ${at}` })),
  )
  const verdicts = []
  for (let round = 0; round < 10; round++) verdicts.push(await verdict())
  await writing
  for (const one of [...verdicts, await verdict()]) expect(one).toMatch(/^intact: \d+ entries$/)
})
