import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { lastSeq } from '../../tests/harness/chain.ts'
import { signUpOwner, startTestServer, type TestOwner, type TestServer } from '../../tests/harness/server.ts'
import { rewriting, whileBroken } from '../../tests/harness/tamper.ts'
import { inTransaction } from '../platform/database.ts'
import { nobody } from '../platform/identifiers.ts'
import { type SigningKey, signingKeyOf } from '../platform/signing-keys.ts'
import { now } from '../platform/time.ts'
import { signCheckpoint } from './checkpoint.ts'
import { checkpointLine, readCheckpointFile } from './checkpoint-files.ts'
import { knownChains } from './known-chains.ts'
import { makeRetentionCheckpoint } from './make-checkpoint.ts'
import { verifyTenant } from './verify-tenant.ts'

const [first, second, strange] = [1, 2, 3].map((byte) => signingKeyOf(Buffer.alloc(32, byte))) as [
  SigningKey,
  SigningKey,
  SigningKey,
]

let server: TestServer
let shop: TestOwner
let owner: pg.Client
let superuser: pg.Client
let tenantId: string
/** The last of the entries that came with the tenant. */
let born: number
let directory: string
let keys: readonly SigningKey[] = [first]

beforeAll(async () => {
  server = await startTestServer({ signingKeys: () => keys })
  directory = join(server.dataDir, 'checkpoints')
  owner = new pg.Client({ connectionString: server.database.ownerUrl })
  superuser = new pg.Client({ connectionString: server.database.superuserUrl })
  await Promise.all([owner.connect(), superuser.connect()])
})
afterAll(async () => {
  await Promise.all([owner.end(), superuser.end()])
  await server.close()
})
beforeEach(async () => {
  keys = [first]
  shop = await signUpOwner(server)
  ;({ tenantId } = shop)
  born = await lastSeq(superuser, tenantId)
})

const makeRole = (name: string) =>
  shop.client.call('tenants.create-role', { name, permissions: ['tenants.view-tenant'] })
const checkpoint = () => shop.client.call('audit.create-checkpoint', {})
const fileOf = (tenant: string) => join(directory, `${tenant}.jsonl`)
const daily = () => {
  const job = server.product.jobs.find(({ name }) => name === 'audit.make-checkpoints')
  return server.product.runJob(job!, {})
}

/** What verifying says: the faults, or one line when there is none. */
async function verdict(files: readonly string[] = []): Promise<string[]> {
  const given = await Promise.all(files.map((path) => readCheckpointFile(path)))
  const found = await verifyTenant(owner, tenantId, { keys, directory, files: given })
  const intact = `intact: ${found.entries} entries, ${found.checkpoints} checkpoints up to ${found.proved}`
  return found.faults.length > 0 ? [...found.faults] : [intact, ...found.notes]
}

describe('making checkpoints', () => {
  test('the chain as it stands is signed once, and again when something else happened', async () => {
    const one = await checkpoint()
    expect(one).toMatchObject({ seq: born, key_id: first.id, reason: 'requested' })
    expect(JSON.parse(one.body)).toMatchObject({ format: 1, tenant_id: tenantId, seq: born, hash: one.hash })
    expect(await checkpoint()).toEqual(one)
    await makeRole('Cook')
    const two = await checkpoint()
    // After two entries of checkpoints, of which the second found nothing new.
    expect(two.seq).toBe(born + 3)
    expect((await shop.client.call('audit.list-checkpoints', {})).items).toEqual([one, two])
    expect((await shop.client.call('audit.list-checkpoints', { from_seq: born + 1 })).items).toEqual([two])
    expect(readFileSync(fileOf(tenantId), 'utf8')).toBe(checkpointLine(one) + checkpointLine(two))
    expect(await verdict()).toEqual([`intact: ${born + 4} entries, 2 checkpoints up to ${born + 3}`])
  })

  test('two at the same moment answer the same one', async () => {
    const both = await Promise.all([checkpoint(), checkpoint(), checkpoint()])
    expect(new Set(both.map(({ hash }) => hash)).size).toBe(1)
    expect((await shop.client.call('audit.list-checkpoints', {})).items).toHaveLength(1)
  })

  test('each chain that moved gets one a day, the platform’s too', async () => {
    const seqs = async () => (await shop.client.call('audit.list-checkpoints', {})).items.map(({ seq }) => seq)
    await daily()
    await daily()
    expect(await seqs()).toEqual([born])
    await makeRole('Cook')
    await daily()
    expect(await seqs()).toEqual([born, born + 1])
    expect((await readCheckpointFile(fileOf(nobody))).checkpoints.at(-1)).toMatchObject({ reason: 'daily' })
  })

  test('one chain that gets none stops no other, and is named in the end', async () => {
    const shops = [await signUpOwner(server), shop, await signUpOwner(server)]
    // No file can be read there, nor written.
    mkdirSync(fileOf(tenantId), { recursive: true })
    await expect(daily()).rejects.toThrow(`no checkpoint of ${tenantId} was made: `)
    rmSync(fileOf(tenantId), { recursive: true })
    const made = await Promise.all(shops.map(({ client }) => client.call('audit.list-checkpoints', {})))
    expect(made.map(({ items }) => items.length)).toEqual([1, 0, 1])
    await daily()
  })

  test('a chain that contradicts its last checkpoint is not signed', async () => {
    await makeRole('Cook')
    await checkpoint()
    await whileBroken(superuser, rewriting(tenantId, born + 1, `replace(body, 'Cook', 'Boss')`), async () => {
      await expect(checkpoint()).rejects.toMatchObject({ problem: { code: 'chain_contradicts_checkpoint' } })
      await expect(daily()).rejects.toThrow(`contradict the chain of ${tenantId}: run comptoir verify`)
    })
  })

  const contradicts = { problem: { code: 'chain_contradicts_checkpoint' } }
  const forget = () => `DELETE FROM audit.checkpoint WHERE tenant_id = '${tenantId}'`
  /** Neither on demand nor by night; and no line is left in the file by the attempt. */
  const refusesToSign = async (broken: string) => {
    const kept = existsSync(fileOf(tenantId)) ? readFileSync(fileOf(tenantId), 'utf8') : ''
    await whileBroken(superuser, broken, async () => {
      await expect(checkpoint()).rejects.toMatchObject(contradicts)
      await expect(daily()).rejects.toThrow(`contradict the chain of ${tenantId}: run comptoir verify`)
    })
    expect(existsSync(fileOf(tenantId)) ? readFileSync(fileOf(tenantId), 'utf8') : '').toBe(kept)
  }

  // what a superuser does after a checkpoint of the role Cook, and another command
  test.each<[string, () => string]>([
    [
      'written anew, the checkpoints in the table deleted, contradicts the file',
      () => `${rewriting(tenantId, born + 1, `replace(body, 'Cook', 'Boss')`)}; ${forget()}`,
    ],
    [
      'that lacks an entry of which a line of the file speaks',
      () => `${forget()}; DELETE FROM audit.entry WHERE tenant_id = '${tenantId}' AND seq = ${born + 1}`,
    ],
    [
      'that was cut off, head and table put back,',
      () => `${forget()}; DELETE FROM audit.entry WHERE tenant_id = '${tenantId}' AND seq > ${born};
        UPDATE audit.head SET seq = ${born}, hash = (SELECT hash FROM audit.entry WHERE tenant_id = '${tenantId}' AND seq = ${born})
        WHERE tenant_id = '${tenantId}'`,
    ],
    [
      'whose head has another hash than its own entry',
      () => `UPDATE audit.head SET hash = sha256(hash) WHERE tenant_id = '${tenantId}'`,
    ],
    [
      'whose newest checkpoint is forged, of an entry far ahead,',
      () => `INSERT INTO audit.checkpoint (tenant_id, id, seq, hash, reason, key_id, body, signature)
        SELECT tenant_id, gen_random_uuid(), 99999, hash, 'retention', key_id,
               replace(replace(body, '"seq":${born + 1}', '"seq":99999'), '"requested"', '"retention"'), signature
        FROM audit.checkpoint WHERE tenant_id = '${tenantId}'`,
    ],
    [
      'whose newest checkpoint is a genuine one under another number',
      () => `UPDATE audit.checkpoint SET seq = 99999, reason = 'retention' WHERE tenant_id = '${tenantId}'`,
    ],
  ])('a chain %s is not signed', async (_, broken) => {
    await makeRole('Cook')
    expect(await checkpoint()).toMatchObject({ seq: born + 1 })
    await makeRole('Waiter')
    await refusesToSign(broken())
    expect((await checkpoint()).seq).toBeGreaterThan(born + 2)
  })

  test('a line in the file that no key of ours signed stops nothing', async () => {
    const stated = { tenantId, seq: 1, hash: '0'.repeat(64), at: now(), reason: 'daily' as const }
    mkdirSync(directory, { recursive: true })
    appendFileSync(fileOf(tenantId), checkpointLine(signCheckpoint(strange, stated)))
    expect(await checkpoint()).toMatchObject({ seq: born })
    rmSync(fileOf(tenantId))
  })

  test('entries that retention dropped do not contradict what was stated of them', async () => {
    await makeRole('Cook')
    await checkpoint()
    await inTransaction(server.product.databases.app, tenantId, ({ client }) =>
      makeRetentionCheckpoint({ client, tenantId, now: now() }, server.product.sealing, born + 1),
    )
    await makeRole('Waiter')
    const drop = `DELETE FROM audit.entry WHERE tenant_id = '${tenantId}' AND seq <= ${born + 1}`
    await whileBroken(superuser, drop, async () => {
      expect(await checkpoint()).toMatchObject({ seq: born + 3 })
    })
    rmSync(fileOf(tenantId))
  })

  test('a forbidden attempt at it is movement', async () => {
    const one = await checkpoint()
    const { secret } = await shop.client.call('tenants.create-api-key', {
      name: 'till',
      permissions: ['tenants.view-tenant'],
      expires_at: '2099-01-01T00:00:00Z',
    })
    const two = await checkpoint()
    const forbidden = {
      method: 'POST',
      url: '/v1/audit/checkpoints',
      headers: { authorization: `Bearer ${secret}` },
    } as const
    expect((await server.product.http.inject(forbidden)).statusCode).toBe(403)
    expect(two.seq).toBeGreaterThan(one.seq)
    expect((await checkpoint()).seq).toBeGreaterThan(two.seq)
  })

  test('whoever may not export reads neither the chain nor its checkpoints', async () => {
    const { secret } = await shop.client.call('tenants.create-api-key', {
      name: 'till',
      permissions: ['audit.create-checkpoint'],
      expires_at: '2099-01-01T00:00:00Z',
    })
    const headers = { authorization: `Bearer ${secret}` }
    const status = async (method: 'GET' | 'POST', path: string) =>
      (await server.product.http.inject({ method, url: `/v1/audit/${path}`, headers })).statusCode
    expect(await status('POST', 'checkpoints')).toBe(201)
    for (const path of ['checkpoints', 'signing-keys', 'chain'])
      expect([path, await status('GET', path)]).toEqual([path, 403])
  })
})

describe('a chain written anew, every hash right,', () => {
  const insert = (table: string, columns: string, values: string) =>
    `INSERT INTO ${table} (${columns}) VALUES (${values})`
  const bytes = (value: Buffer) => `'\\x${value.toString('hex')}'`
  /** The checkpoint that somebody with this key makes of the sealed entry as it is in the database now. */
  const forged = async (key: SigningKey) => {
    const { rows } = await superuser.query(
      `SELECT encode(hash, 'hex') AS hash FROM audit.entry WHERE tenant_id = $1 AND seq = $2`,
      [tenantId, sealed],
    )
    const { body, signature } = signCheckpoint(key, {
      tenantId,
      seq: sealed,
      hash: rows[0].hash,
      at: now(),
      reason: 'daily',
    })
    await superuser.query(`DELETE FROM audit.checkpoint WHERE tenant_id = '${tenantId}'`)
    await superuser.query(
      insert(
        'audit.checkpoint',
        'tenant_id, id, seq, hash, reason, key_id, body, signature',
        `'${tenantId}', gen_random_uuid(), ${sealed}, '\\x${rows[0].hash}', 'daily', '${key.id}', '${body}', ${bytes(Buffer.from(signature, 'base64'))}`,
      ),
    )
  }
  const newKey = (key: SigningKey) =>
    insert('audit.signing_key', 'id, public_key', `'${key.id}', ${bytes(key.publicKey)}`)
  const another = (source: string) =>
    expect.stringMatching(
      new RegExp(
        `^at entry ${sealed}: the checkpoint of entry ${sealed} made on \\d{4}-\\d\\d-\\d\\d \\(${source}\\) states another hash for entry ${sealed}: an entry from 1 to ${sealed} was changed and the chain written anew$`,
      ),
    )
  /** The last role before the checkpoint. */
  let sealed: number
  let anew: string

  beforeEach(async () => {
    for (const name of ['Cook', 'Waiter', 'Till']) await makeRole(name)
    ;({ seq: sealed } = await checkpoint())
    expect(sealed).toBe(born + 3)
    await makeRole('Buyer')
    anew = rewriting(tenantId, sealed - 1, `replace(body, 'Waiter', 'Thief!')`)
    expect(await verdict()).toEqual([`intact: ${sealed + 2} entries, 1 checkpoints up to ${sealed}`])
  })

  test('is caught by the checkpoint in the database', async () => {
    const kept = readFileSync(fileOf(tenantId))
    rmSync(fileOf(tenantId))
    expect(await whileBroken(superuser, anew, verdict)).toEqual([another('in the database')])
    writeFileSync(fileOf(tenantId), kept)
  })

  test('is caught by the file when the checkpoints in the database are gone', async () => {
    const broken = `${anew}; DELETE FROM audit.checkpoint WHERE tenant_id = '${tenantId}'`
    expect(await whileBroken(superuser, broken, verdict)).toEqual([another('line 1 of .+\\.jsonl')])
  })

  test('is caught by a file that was kept elsewhere when those here are gone too', async () => {
    const elsewhere = join(server.dataDir, 'elsewhere.jsonl')
    const kept = readFileSync(fileOf(tenantId))
    writeFileSync(elsewhere, kept)
    rmSync(fileOf(tenantId))
    const broken = `${anew}; DELETE FROM audit.checkpoint WHERE tenant_id = '${tenantId}'`
    await whileBroken(superuser, broken, async () => {
      expect(await verdict()).toEqual([`intact: ${sealed + 2} entries, 0 checkpoints up to 0`])
      expect(await verdict([elsewhere])).toEqual([another('line 1 of .+elsewhere\\.jsonl')])
    })
    writeFileSync(fileOf(tenantId), kept)
  })

  const forgedEndorsement = `UPDATE audit.signing_key SET endorsed_by = '${first.id}', endorsement = ${bytes(strange.sign('follows'))}
    WHERE id = '${strange.id}'`
  test.each([
    ['an unknown key', ''],
    ['a key that was slipped into the database', newKey(strange)],
    ['a key whose endorsement is forged', `${newKey(strange)}; ${forgedEndorsement}`],
  ])('is caught although its checkpoints were made anew with %s', async (_, text) => {
    await whileBroken(superuser, `${anew}; ${text}`, async () => {
      await forged(strange)
      const unvouched = `is signed by the key ${strange.id}, which no key of yours vouches for`
      expect(await verdict()).toEqual([another('line 1 of .+\\.jsonl'), expect.stringContaining(unvouched)])
    })
  })

  test('and cut off, its head put back, is caught', async () => {
    const cut = `DELETE FROM audit.entry WHERE tenant_id = '${tenantId}' AND seq > ${sealed - 2};
      UPDATE audit.head SET seq = ${sealed - 2}, hash = (SELECT hash FROM audit.entry WHERE tenant_id = '${tenantId}' AND seq = ${sealed - 2})
      WHERE tenant_id = '${tenantId}'`
    expect(await whileBroken(superuser, cut, verdict)).toEqual([
      expect.stringMatching(
        new RegExp(
          `^at entry ${sealed - 1}: the checkpoint of entry ${sealed} .+ speaks of entry ${sealed}, the chain ends at ${sealed - 2}$`,
        ),
      ),
    ])
  })

  test.each<[string, string, RegExp | (() => RegExp)]>([
    ['signature', 'signature = set_byte(signature, 9, get_byte(signature, 9) # 1)', /was not signed by the key/],
    ['text', `body = replace(body, '"reason":"requested"', '"reason":"retention"')`, /was not signed by the key/],
    [
      'text beyond recognition',
      `body = 'forged'`,
      () => new RegExp(`the checkpoint of entry ${sealed} in the database is not one$`),
    ],
    ['column hash', 'hash = sha256(hash)', /has a column that differs from its body/],
    ['column reason', `reason = 'daily'`, /has a column that differs from its body/],
  ])('and a checkpoint with another %s is named', async (_, text, finding) => {
    const broken = `UPDATE audit.checkpoint SET ${text} WHERE tenant_id = '${tenantId}'`
    const expected = finding instanceof RegExp ? finding : finding()
    expect((await whileBroken(superuser, broken, verdict)).join('\n')).toMatch(expected)
  })
})

describe('keys', () => {
  test('that were rotated are believed as far as one endorsed the next', async () => {
    await checkpoint()
    keys = [second, first]
    await makeRole('Cook')
    expect(await checkpoint()).toMatchObject({ key_id: second.id })
    const { items } = await shop.client.call('audit.list-signing-keys', {})
    expect(items.find(({ id }) => id === second.id)).toMatchObject({ endorsed_by: first.id })
    expect(await verdict()).toEqual([`intact: ${born + 3} entries, 2 checkpoints up to ${born + 2}`])
    keys = [first]
    expect(await verdict()).toEqual([`intact: ${born + 3} entries, 2 checkpoints up to ${born + 2}`])
    // Whoever knows only the newer one does not believe the older: anybody can endorse a key that is there.
    keys = [second]
    expect((await verdict())[0]).toContain(`is signed by the key ${first.id}, which no key of yours vouches for`)
  })

  test('are never in the database, the answers or the file', async () => {
    await checkpoint()
    const { rows } = await superuser.query(
      'SELECT c::text || k::text AS text FROM audit.checkpoint c, audit.signing_key k',
    )
    const told = [...rows.map(({ text }) => text), readFileSync(fileOf(tenantId), 'utf8')].join()
    const seed = Buffer.alloc(32, 1)
    for (const encoding of ['hex', 'base64'] as const) expect(told).not.toContain(seed.toString(encoding))
  })
})

describe('files of checkpoints', () => {
  test('survive a line that was written half: the next one stands by itself, and a note says so', async () => {
    await checkpoint()
    appendFileSync(fileOf(tenantId), '{"type":"checkpoint","body":"{')
    await makeRole('Cook')
    await checkpoint()
    const note = `line 2 of ${fileOf(tenantId)} is no checkpoint and proves nothing`
    expect(await verdict()).toEqual([`intact: ${born + 3} entries, 2 checkpoints up to ${born + 2}`, note])
  })
})

test('chains of tenants that the directory lost are known by their files, here and elsewhere', async () => {
  await checkpoint()
  const files = [await readCheckpointFile(fileOf(tenantId))]
  const nowhere = join(server.dataDir, 'nowhere')
  const known = { tenantId, fault: undefined }
  const lost = { tenantId, fault: `tenant ${tenantId} has checkpoints and is not in the directory` }
  const platform = { tenantId: nobody, fault: undefined }
  expect(knownChains([tenantId], { directory: nowhere, files })).toEqual([platform, known])
  expect(knownChains([], { directory: nowhere, files })).toEqual([platform, lost])
  expect(knownChains([], { directory, files })).toContainEqual(lost)
  expect(knownChains([], { directory, files: [] })).toContainEqual(lost)
})

describe('retention', () => {
  const drop = (until: number) => `DELETE FROM audit.entry WHERE tenant_id = '${tenantId}' AND seq <= ${until}`
  const retain = (seq: number) =>
    inTransaction(server.product.databases.app, tenantId, ({ client }) =>
      makeRetentionCheckpoint({ client, tenantId, now: now() }, server.product.sealing, seq),
    )

  beforeEach(async () => {
    for (const name of ['Cook', 'Waiter', 'Till']) await makeRole(name)
  })

  test('lets the chain begin after the entry of its checkpoint, and after no other', async () => {
    const [cook, waiter, till] = [born + 1, born + 2, born + 3]
    expect(await retain(till + 1)).toBeUndefined()
    expect(await retain(cook)).toMatchObject({ seq: cook, reason: 'retention' })
    expect(await whileBroken(superuser, drop(cook), verdict)).toEqual([
      `intact: ${till} entries, 0 checkpoints up to 0`,
    ])
    const missing = (next: number) => `at entry 1: entry 1 is missing; the next one is ${next}`
    expect(await whileBroken(superuser, drop(born), verdict)).toEqual([missing(cook)])
    expect(await whileBroken(superuser, drop(waiter), verdict)).toEqual([missing(till)])
    const forged = rewriting(tenantId, waiter, `replace(body, 'Waiter', 'Thief!')`)
    const unhinged = `${drop(cook)}; ${forged}; UPDATE audit.entry SET previous_hash = sha256('x') WHERE tenant_id = '${tenantId}' AND seq = ${waiter}`
    expect((await whileBroken(superuser, unhinged, verdict))[0]).toContain(`entry ${waiter} does not point at the hash`)
  })

  test('may drop all there was, and a checkpoint for another reason does not excuse a gap', async () => {
    const till = born + 3
    await retain(till)
    expect(await whileBroken(superuser, drop(till), verdict)).toEqual([
      `intact: ${till} entries, 0 checkpoints up to 0`,
    ])
    await checkpoint()
    const gone = `${drop(till)}; DELETE FROM audit.checkpoint WHERE reason = 'retention' AND tenant_id = '${tenantId}'`
    rmSync(fileOf(tenantId))
    expect((await whileBroken(superuser, gone, verdict))[0]).toMatch(/^at entry 1: entry 1 is missing/)
  })
})
