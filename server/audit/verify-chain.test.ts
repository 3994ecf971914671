import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { signUpOwner, startTestServer, type TestOwner, type TestServer } from '../../tests/harness/server.ts'
import { rewriting, whileBroken } from '../../tests/harness/tamper.ts'
import { nobody } from '../platform/identifiers.ts'
import { verifyChain } from './verify-chain.ts'

const length = 8

let server: TestServer
let shop: TestOwner
let owner: pg.Client
let superuser: pg.Client
let tenantId: string

beforeAll(async () => {
  server = await startTestServer()
  shop = await signUpOwner(server)
  ;({ tenantId } = shop)
  for (let number = 2; number <= length; number++)
    await shop.client.call('tenants.create-role', { name: `Role é ${number}`, permissions: ['tenants.view-tenant'] })
  owner = new pg.Client({ connectionString: server.database.ownerUrl })
  superuser = new pg.Client({ connectionString: server.database.superuserUrl })
  await Promise.all([owner.connect(), superuser.connect()])
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
  `INSERT INTO audit.entry (tenant_id, seq, recorded_at, event, actor_id, session_id, resource_type, resource_id, body, previous_hash, hash)
   SELECT tenant_id, ${seq}, recorded_at + interval '${month} months', event, actor_id, session_id, resource_type, resource_id,
          body, sha256(previous_hash), hash FROM audit.entry WHERE tenant_id = '${tenantId}' AND seq = ${from}`
const flipped = (column: string) => `set_byte(${column}, 31, get_byte(${column}, 31) # 1)`

test('a chain as the product wrote it is intact, the platform’s too', async () => {
  expect(await verdict()).toBe(`intact: ${length} entries`)
  expect(await verifyChain(owner, nobody)).toMatchObject({ intact: true })
  expect(await verifyChain(owner, '01900000-0000-7000-8000-000000000000')).toEqual({ intact: true, entries: 0n })
})

describe('the verifier names the entry and why when somebody', () => {
  test.each<[what: string, broken: () => string, finding: string]>([
    [
      'changes one byte of a body',
      () => change(`body = overlay(body PLACING '~' FROM 10 FOR 1)`, '= 4'),
      'entry 4: the hash of entry 4 is not the hash of its body',
    ],
    [
      'changes one byte of a hash',
      () => change(`hash = ${flipped('hash')}`, '= 4'),
      'entry 4: the hash of entry 4 is not the hash of its body',
    ],
    [
      'changes one byte of a previous hash',
      () => change(`previous_hash = ${flipped('previous_hash')}`, '= 4'),
      'entry 4: entry 4 does not point at the hash of the entry before it',
    ],
    [
      'changes the hash before the first entry',
      () => change(`previous_hash = ${flipped('previous_hash')}`, '= 1'),
      'entry 1: entry 1 does not point at the hash of the entry before it',
    ],
    ...['event', 'resource_type', 'resource_id'].map((column): [string, () => string, string] => [
      `changes one byte of the column ${column}`,
      () => change(`${column} = overlay(${column} PLACING '~' FROM 3 FOR 1)`, '= 4'),
      `entry 4: the column ${column} of entry 4 differs from its body`,
    ]),
    ...['actor_id', 'session_id', 'resource_id'].map((column): [string, () => string, string] => [
      `empties the column ${column}`,
      () => change(`${column} = NULL`, '= 4'),
      `entry 4: the column ${column} of entry 4 differs from its body`,
    ]),
    [
      'puts somebody else into the column actor_id',
      () => change('actor_id = gen_random_uuid()', '= 4'),
      'entry 4: the column actor_id of entry 4 differs from its body',
    ],
    [
      'moves an entry by a microsecond',
      () => change(`recorded_at = recorded_at + interval '1 microsecond'`, '= 4'),
      'entry 4: the column recorded_at of entry 4 differs from its body',
    ],
    [
      'changes a body and hashes it again',
      () => change(`body = body || ' ', hash = sha256(previous_hash || convert_to(body || ' ', 'UTF8'))`, '= 4'),
      'entry 5: entry 5 does not point at the hash of the entry before it',
    ],
    ['removes an entry', () => remove('= 4'), 'entry 4: entry 4 is missing; the next one is 5'],
    ['removes several', () => remove('BETWEEN 3 AND 6'), 'entry 3: entry 3 is missing; the next one is 7'],
    ['removes the first ones', () => remove('<= 2'), 'entry 1: entry 1 is missing; the next one is 3'],
    [
      'swaps two entries',
      () => `${change('seq = -seq', 'IN (3, 4)')}; ${change('seq = 7 + seq', 'IN (-3, -4)')}`,
      'entry 3: entry 3 does not point at the hash of the entry before it',
    ],
    [
      'puts an entry in twice, into another month',
      () => copy(4, { seq: 4, month: '1' }),
      'entry 5: entry 4 is there twice',
    ],
    ['puts an entry before the first', () => copy(4, { seq: 0 }), 'entry 1: entry 0 stands before the first one'],
    [
      'appends an entry past the head',
      () => copy(4, { seq: length + 1 }),
      `entry ${length + 1}: entry ${length + 1} does not point at the hash of the entry before it`,
    ],
    [
      'cuts the tail off',
      () => remove('> 5'),
      `entry 6: the head says the chain ends at ${length}, its last entry is 5`,
    ],
    [
      'puts the head back before the last entries',
      () => headOf(5),
      `entry 6: the head says the chain ends at 5, its last entry is ${length}`,
    ],
    [
      'changes one byte of the head',
      () => head(`hash = ${flipped('hash')}`),
      `entry ${length}: the head has another hash than entry ${length}, the last one`,
    ],
    [
      'removes all entries',
      () => remove('> 0'),
      `entry 1: the head says the chain ends at ${length}, its last entry is 0`,
    ],
    [
      'writes the chain anew with the number of another entry in a body',
      () => rewriting(tenantId, 4, `replace(body, '"seq": 4', '"seq": 5')`),
      'entry 4: the body of entry 4 says it is entry 5',
    ],
    [
      'writes the chain anew with a body of another tenant',
      () => rewriting(tenantId, 4, `replace(body, '${tenantId}', '${nobody}')`),
      `entry 4: the body of entry 4 is of tenant ${nobody}`,
    ],
    [
      'writes the chain anew with a body that is no JSON',
      () => rewriting(tenantId, 4, `'forged'`),
      'entry 4: the body of entry 4 is not JSON',
    ],
    [
      'writes the chain anew with another event, and forgets the column',
      () => rewriting(tenantId, 4, `replace(body, 'tenants.create-role', 'tenants.create-cook')`),
      'entry 4: the column event of entry 4 differs from its body',
    ],
  ])('%s', async (_, broken, finding) => {
    expect(await whileBroken(superuser, broken(), verdict)).toBe(finding)
    expect(await verdict()).toBe(`intact: ${length} entries`)
  })
})

test('hashes alone do not show a chain written anew as a whole, or cut off with its head put back', async () => {
  const forged = rewriting(tenantId, 4, `replace(body, 'Role é 4', 'Role é X')`)
  expect(await whileBroken(superuser, forged, verdict)).toBe(`intact: ${length} entries`)
  expect(await whileBroken(superuser, `${headOf(5)}; ${remove('> 5')}`, verdict)).toBe('intact: 5 entries')
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
