import { randomBytes } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { temporaryDirectory } from '../../tests/harness/process.ts'
import {
  addEncryptionKey,
  createEncryption,
  EncryptionKeyMissing,
  loadEncryptionKeys,
  SealBroken,
} from './encryption.ts'

const [one, two] = [1, 2].map((byte) => Buffer.alloc(32, byte).toString('base64')) as [string, string]
const place = { table: 'settings.value', column: 'sealed', tenantId: 'a', row: '1' }
const withKeys = (...keys: string[]) => createEncryption(() => keys)

let directory: Awaited<ReturnType<typeof temporaryDirectory>>
beforeEach(async () => {
  directory = await temporaryDirectory()
})
afterEach(() => directory.remove())

test('a sealed text and sealed bytes open where they were sealed, and show nothing', () => {
  const encryption = withKeys(one)
  const texts = ['', 'a secret', 'سرّ 🔑', '\u0000', 'x'.repeat(5_000)]
  for (const text of texts) {
    const sealed = encryption.seal(text, place)
    expect(encryption.open(sealed, place)).toBe(text)
    expect(sealed).toMatch(/^v1\.[0-9a-f]{16}\.[A-Za-z0-9_-]+$/)
    if (text.length > 1) expect(Buffer.from(sealed.split('.')[2] ?? '', 'base64url').includes(text)).toBe(false)
  }
  const bytes = randomBytes(300)
  expect(encryption.openBytes(encryption.seal(bytes, place), place).equals(bytes)).toBe(true)
})

test('the same value is never sealed to the same text', () => {
  const encryption = withKeys(one)
  expect(new Set(Array.from({ length: 100 }, () => encryption.seal('a secret', place))).size).toBe(100)
})

test('a value opens in no other table, column, tenant or row', () => {
  const encryption = withKeys(one)
  const sealed = encryption.seal('a secret', place)
  const { tenantId: _, ...nowhere } = place
  const elsewhere = [
    { ...place, table: 'settings.other' },
    { ...place, column: 'value' },
    { ...place, tenantId: 'b' },
    { ...place, row: '2' },
    nowhere,
    { table: 'settings.value","sealed', column: 'sealed', tenantId: 'a', row: '1' },
  ]
  for (const other of elsewhere) {
    expect(() => encryption.open(sealed, other)).toThrow(SealBroken)
    expect(() => encryption.open(sealed, other)).toThrow('does not open: it was changed, or sealed for another place.')
  }
})

test('a value that was changed, cut or made up does not open', () => {
  const encryption = withKeys(one)
  const sealed = encryption.seal('a secret', place)
  const [version, key, body = ''] = sealed.split('.')
  const bytes = Buffer.from(body, 'base64url')
  for (let index = 0; index < bytes.length; index++) {
    const changed = Buffer.from(bytes)
    changed[index] = (changed[index] ?? 0) ^ 1
    expect(() => encryption.open(`${version}.${key}.${changed.toString('base64url')}`, place)).toThrow(SealBroken)
  }
  for (let length = 0; length < bytes.length; length++) {
    const cut = bytes.subarray(0, length).toString('base64url')
    expect(() => encryption.open(`${version}.${key}.${cut}`, place)).toThrow(SealBroken)
  }
  for (const text of ['', 'a secret', `v2.${key}.${body}`, `${sealed}=`, `${sealed}\n`])
    expect(() => encryption.open(text, place)).toThrow(SealBroken)
})

test('the newest key seals, older ones still open, and one that is missing is named with the place', () => {
  const old = withKeys(one).seal('a secret', place)
  const rotated = withKeys(two, one)
  expect(rotated.open(old, place)).toBe('a secret')
  expect(old.startsWith(rotated.newestPrefix())).toBe(false)
  const fresh = rotated.seal('a secret', place)
  expect(fresh.startsWith(rotated.newestPrefix())).toBe(true)
  expect(withKeys(two).open(fresh, place)).toBe('a secret')
  expect(() => withKeys(two).open(old, place)).toThrow(EncryptionKeyMissing)
  expect(() => withKeys(two).open(old, place)).toThrow(
    `The value in settings.value.sealed, row 1, was sealed with the key ${old.split('.')[1]}, which is not here`,
  )
})

test('a key is generated once, for this user alone, and a rotation counts in a running process', () => {
  const config = { encryptionKeys: undefined, dataDir: join(directory.path, 'data') }
  const encryption = createEncryption(() => loadEncryptionKeys(config))
  const old = encryption.seal('a secret', place)
  const file = join(config.dataDir, 'encryption-keys.json')
  expect(statSync(file).mode & 0o777).toBe(0o600)
  expect(addEncryptionKey(config)).toBe(true)
  expect(JSON.parse(readFileSync(file, 'utf8')).keys).toHaveLength(2)
  const fresh = encryption.seal('a secret', place)
  expect(fresh.split('.')[1]).not.toBe(old.split('.')[1])
  expect([old, fresh].map((sealed) => encryption.open(sealed, place))).toEqual(['a secret', 'a secret'])
})

test('keys of the environment leave no file and are rotated there', () => {
  const config = { encryptionKeys: [one], dataDir: join(directory.path, 'data') }
  expect(loadEncryptionKeys(config)).toEqual([one])
  expect(addEncryptionKey(config)).toBe(false)
  expect(() => statSync(config.dataDir)).toThrow('ENOENT')
})
