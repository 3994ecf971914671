import { execFile } from 'node:child_process'
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { temporaryDirectory } from '../../tests/harness/process.ts'
import { addSigningKey, loadSigningKeys, signingKeyOf } from './signing-keys.ts'

let directory: Awaited<ReturnType<typeof temporaryDirectory>>
let dataDir: string
const config = (auditSigningKeys?: string[]) => ({ dataDir, auditSigningKeys })
const file = () => join(dataDir, 'audit-signing-keys.json')
const idsOf = (keys: readonly { id: string }[]) => keys.map(({ id }) => id)

beforeEach(async () => {
  directory = await temporaryDirectory()
  dataDir = join(directory.path, 'data')
})
afterEach(() => directory.remove())

test('a key is what RFC 8032 makes of its seed, and its id the beginning of the SHA-256 of its public part', () => {
  const seed = Buffer.from('9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60', 'hex')
  const key = signingKeyOf(seed)
  expect(key.publicKey.toString('hex')).toBe('d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a')
  expect(key.sign('').toString('hex')).toMatch(/^e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155/)
  expect(key.id).toBe('21fe31dfa154a261')
  expect(JSON.stringify(key)).not.toContain(seed.toString('base64'))
})

test('a key is generated once, for this user alone', () => {
  const keys = loadSigningKeys(config())
  expect(keys).toHaveLength(1)
  expect(idsOf(loadSigningKeys(config()))).toEqual(idsOf(keys))
  expect(statSync(file()).mode & 0o777).toBe(0o600)
})

test('processes that generate it at once agree on one', async () => {
  const module = join(import.meta.dirname, 'signing-keys.ts')
  const script = `import('${module}').then(({ loadSigningKeys }) => console.log(loadSigningKeys({ dataDir: '${dataDir}' })[0].id))`
  const runs = Array.from({ length: 4 }, () => promisify(execFile)(process.execPath, ['--eval', script]))
  const ids = (await Promise.all(runs)).map(({ stdout }) => stdout.trim())
  expect(ids).toEqual(Array.from({ length: 4 }, () => idsOf(loadSigningKeys(config()))[0]))
})

test('a rotation puts a new key in front and keeps the others', () => {
  const [one] = idsOf(loadSigningKeys(config()))
  const rotated = idsOf(addSigningKey(config()))
  expect(rotated).toEqual([expect.stringMatching(/^[0-9a-f]{16}$/), one])
  expect(rotated[0]).not.toBe(one)
  expect(idsOf(loadSigningKeys(config()))).toEqual(rotated)
  expect(statSync(file()).mode & 0o777).toBe(0o600)
})

test('of two rotations at once one is refused, so that no key is lost', () => {
  loadSigningKeys(config())
  writeFileSync(`${file()}.new`, '')
  expect(() => addSigningKey(config())).toThrow(
    `Another process is adding a signing key; if there is none, delete ${file()}.new.`,
  )
})

test('keys of the environment come as they are given, leave no file, and are rotated there', () => {
  const seeds = [1, 2].map((byte) => Buffer.alloc(32, byte))
  const given = config(seeds.map((seed) => seed.toString('base64')))
  expect(idsOf(loadSigningKeys(given))).toEqual(idsOf(seeds.map(signingKeyOf)))
  expect(() => addSigningKey(given)).toThrow(/^The signing keys come from AUDIT_SIGNING_KEY: put a new one.+\.$/)
  expect(() => statSync(dataDir)).toThrow('ENOENT')
})

test.each(['', '{', '{"keys":[]}', '{"keys":["c2hvcnQ="]}', '{"key":"x"}'])(
  'a damaged file, %j, is named and not quoted',
  (text) => {
    loadSigningKeys(config())
    const whole = readFileSync(file(), 'utf8')
    writeFileSync(file(), text)
    expect(() => loadSigningKeys(config())).toThrow(`${file()} is damaged: restore it from a backup`)
    writeFileSync(file(), whole.replace('=', ''))
    expect(() => loadSigningKeys(config())).toThrow(new Error(`${file()} is damaged: restore it from a backup`))
  },
)
