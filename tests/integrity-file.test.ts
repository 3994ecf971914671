import { hash } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { exportChain } from '../server/cli-export.ts'
import { checkCertificate } from '../server/integrity/check-certificate.ts'
import { signedText } from '../server/integrity/take-certificate.ts'
import { type SigningKey, signingKeyOf } from '../server/platform/signing-keys.ts'
import { canonicalText } from '../server/registers/index.ts'
import { withClient } from './harness/postgres.ts'
import { runCli } from './harness/process.ts'
import { signUpOwner, startTestServer, type TestOwner, type TestServer } from './harness/server.ts'
import { whileBroken } from './harness/tamper.ts'

const [first, second, strange] = [1, 2, 3].map((byte) => signingKeyOf(Buffer.alloc(32, byte))) as [
  SigningKey,
  SigningKey,
  SigningKey,
]
let server: TestServer
let owner: TestOwner
let keys: readonly SigningKey[] = [first]
let file: Awaited<ReturnType<typeof download>>

beforeAll(async () => {
  server = await startTestServer({ signingKeys: () => keys })
  owner = await signUpOwner(server)
  await owner.client.call('audit.create-checkpoint', {})
  file = await download()
})
afterAll(() => server?.close())

async function download() {
  const { id } = await owner.client.call('integrity.create-certificate', {})
  return owner.client.call('integrity.download-certificate', { id })
}

const pathOf = (name: string) => join(server.dataDir, name)

async function check(content: unknown, keyIds: readonly string[] = [first.id], exports: readonly string[] = []) {
  await writeFile(pathOf('certificate.json'), typeof content === 'string' ? content : JSON.stringify(content))
  return checkCertificate(pathOf('certificate.json'), { keyIds, exports })
}

async function exportTo(name: string): Promise<string> {
  const headers = { cookie: owner.cookie, 'comptoir-tenant': owner.tenantId }
  await exportChain({ url: server.url, headers, from: undefined, until: undefined, out: pathOf(name) })
  return pathOf(name)
}

/** What somebody makes of a file who has a key of his own, every hash right. */
function forged(key: SigningKey, over: object = {}): typeof file {
  const certificate = { ...file.certificate, ...over, key_id: key.id }
  const sha256 = hash('sha256', canonicalText(certificate), 'hex')
  const own = { id: key.id, public_key: key.publicKey.toString('base64'), endorsed_by: null, endorsement: null }
  const signature = key.sign(signedText(sha256)).toString('base64')
  return { ...file, certificate, sha256, signature, keys: [...file.keys, own] }
}

test('a file as it was downloaded is genuine, says each line, and stays so when it is written anew in another order', async () => {
  const whole = await check(file)
  expect(whole).toMatchObject({ faults: [], unproved: [] })
  const said = whole.findings.join('\n')
  for (const { code } of file.certificate.lines) expect(said).toContain(`  ${code}: `)
  expect(said).toContain(`Audit chain: entry ${file.certificate.chain.seq}, hash ${file.certificate.chain.hash}`)
  const turned = Object.fromEntries(Object.entries(file.certificate).toReversed())
  expect(await check(JSON.stringify({ ...file, certificate: turned }, null, 4))).toEqual(whole)
})

test('without a key that the reader wrote down nothing is proved, and with another one it is refused', async () => {
  expect(await check(file, [])).toMatchObject({ faults: [], unproved: ['no key was compared (--key)'] })
  const { faults, findings } = await check(file, [strange.id])
  expect(faults).toEqual([expect.stringContaining('which no key of yours vouches for')])
  expect(findings).toEqual([])
})

// what is done to the file, and what is said of it
const tamperings: [what: string, tampered: () => unknown, said: string][] = [
  [
    'a count',
    () => {
      const copy = structuredClone(file)
      Object.assign(copy.certificate.lines[0]?.counted ?? {}, { journals: 7 })
      return copy
    },
    'its text has another hash',
  ],
  [
    'a verdict',
    () => ({ ...file, certificate: { ...file.certificate, verdict: 'broken' } }),
    'its text has another hash',
  ],
  [
    'a member more',
    () => ({ ...file, certificate: { ...file.certificate, approved: true } }),
    'its text has another hash',
  ],
  [
    'a member that readers hide',
    () => JSON.stringify(file).replace('"certificate":{', '"certificate":{"__proto__":1,'),
    'another hash',
  ],
  ['a number that is not whole', () => ({ ...file, certificate: { ...file.certificate, extra: 0.5 } }), 'another hash'],
  ['the hash', () => ({ ...file, sha256: 'ab'.repeat(32) }), 'its text has another hash'],
  ['the signature', () => ({ ...file, signature: forged(strange).signature }), 'it is forged or damaged'],
  [
    'all of it, signed by another key',
    () => forged(strange, { reason: 'nightly' }),
    'which no key of yours vouches for',
  ],
  ['its key, named as ours', () => forged({ ...strange, id: first.id }), 'it is forged or damaged'],
  ['a line that is gone', () => ({ ...file, certificate: undefined }), 'is no certificate'],
  ['half of it', () => JSON.stringify(file).slice(0, 500), 'is no certificate'],
]
test.each(tamperings)('a file with %s changed is refused', async (_, tampered, said) => {
  const { faults } = await check(tampered())
  expect(faults).toEqual([expect.stringContaining(said)])
})

test('a key that was rotated vouches for the next one', async () => {
  keys = [second, first]
  const newer = await download()
  keys = [first]
  expect(newer.certificate.key_id).toBe(second.id)
  expect(await check(newer)).toMatchObject({ faults: [], unproved: [] })
  expect((await check(file, [second.id])).faults).toEqual([expect.stringContaining('no key of yours vouches for')])
})

test('its head is found in an export of the chain, missed in one that ends before, and refused where it differs', async () => {
  const before = await exportTo('before.jsonl')
  for (const name of ['Cook', 'Waiter'])
    await owner.client.call('tenants.create-role', { name, permissions: ['tenants.view-tenant'] })
  const newer = await download()
  await owner.client.call('audit.create-checkpoint', {})
  const { seq } = newer.certificate.chain
  const found = await check(newer, [first.id], [await exportTo('chain.jsonl')])
  expect(found).toMatchObject({ faults: [], unproved: [] })
  expect(found.findings).toContain(`In the exported chain: entry ${seq}, with the hash of the certificate.`)
  expect((await check(newer, [first.id], [before])).unproved).toContain(
    `entry ${seq}, at which it was taken, is in none of the exports`,
  )
  keys = [strange]
  const elsewhere = await signUpOwner(server)
  const { id } = await elsewhere.client.call('integrity.create-certificate', {})
  const theirs = await elsewhere.client.call('integrity.download-certificate', { id })
  keys = [first]
  const { chain } = theirs.certificate
  const moved = forged(first, { chain: { ...newer.certificate.chain, hash: chain.hash } })
  expect((await check(moved, [first.id], [pathOf('chain.jsonl')])).faults).toEqual([
    `the exports state another hash for entry ${seq}, at which it was taken`,
  ])
})

test('the command says what holds and ends with 0, 1 for what is broken or forged, 3 for what is not proved', async () => {
  const run = async (content: unknown, ...more: string[]) => {
    await writeFile(pathOf('cli.json'), JSON.stringify(content))
    return runCli(['integrity', 'check', pathOf('cli.json'), ...more], { DATA_DIR: pathOf('nowhere') })
  }
  const good = await run(file, '--key', first.id)
  expect([good.code, good.errors]).toEqual([0, ''])
  expect(good.output).toContain('Genuine, and everything holds.')
  expect((await run(file)).code).toBe(3)
  const bad = await run({ ...file, sha256: 'ab'.repeat(32) }, '--key', first.id)
  expect([bad.code, bad.output]).toEqual([1, expect.stringMatching(/^broken: .+ is not as it was signed/)])
  const usage = await runCli(['integrity', 'check'], { DATA_DIR: pathOf('nowhere') })
  expect([usage.code, usage.errors]).toEqual([2, expect.stringContaining('integrity check FILE')])
})

test('a genuine certificate of a tenant that is not whole is told as broken, thing by thing', async () => {
  const sql = `UPDATE ledger.account SET balance = balance + 1 WHERE tenant_id = '${owner.tenantId}' AND purpose = 'sales'`
  const broken = await withClient(server.database.superuserUrl, (superuser) =>
    whileBroken(superuser, sql, download, ['ledger.account']),
  )
  const { faults, findings } = await check(broken)
  expect(faults).toEqual([expect.stringMatching(/^ledger: account .+, balance should be 0 and is 1 \(.+ EUR\)$/)])
  expect(findings.join('\n')).toContain('ledger:    broken, 1 differ')
})
