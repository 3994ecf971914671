import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { canonicalText, firstHash, hashSlip, readCanonicalText, type SealedSlip, sealSlip } from './seal-slip.ts'

async function chainOf(count: number): Promise<SealedSlip[]> {
  const slips: SealedSlip[] = []
  for (let sequence = 1; sequence <= count; sequence++)
    slips.push(
      await sealSlip(slips.at(-1)?.hash ?? firstHash, { sequence, total: `${sequence}.50`, note: 'Thé à la menthe' }),
    )
  return slips
}

/** The numbers of the slips that do not hold: their hash is another, or they follow another slip. */
async function broken(slips: readonly SealedSlip[]): Promise<number[]> {
  const found: number[] = []
  for (const [index, { sequence, previous_hash, body, hash }] of slips.entries()) {
    const follows = previous_hash === (slips[index - 1]?.hash ?? firstHash)
    if (!follows || (await hashSlip(previous_hash, body)) !== hash) found.push(sequence)
  }
  return found
}

test('a slip has the hash of the slip before it and of its own text', async () => {
  const [first, second] = await chainOf(2)
  expect(first?.body).toBe('{"note":"Thé à la menthe","sequence":1,"total":"1.50"}')
  expect(first?.previous_hash).toBe(firstHash)
  const bytes = Buffer.concat([Buffer.from(first?.hash ?? '', 'hex'), Buffer.from(second?.body ?? '')])
  expect(second?.hash).toBe(createHash('sha256').update(bytes).digest('hex'))
})

describe('what somebody changes in a chain of five is found', () => {
  const change = (slip: SealedSlip, of: Partial<SealedSlip>): SealedSlip => ({ ...slip, ...of })
  const third = 2
  test.each<[string, (slips: SealedSlip[]) => Promise<SealedSlip[]> | SealedSlip[], number[]]>([
    ['nothing', (slips) => slips, []],
    [
      'an amount',
      (slips) =>
        slips.with(third, change(slips[third] as SealedSlip, { body: '{"note":"Thé","sequence":3,"total":"0.50"}' })),
      [3],
    ],
    [
      'a blank',
      (slips) => slips.with(third, change(slips[third] as SealedSlip, { body: ` ${slips[third]?.body}` })),
      [3],
    ],
    ['its hash', (slips) => slips.with(third, change(slips[third] as SealedSlip, { hash: firstHash })), [3, 4]],
    [
      'what it follows',
      (slips) => slips.with(third, change(slips[third] as SealedSlip, { previous_hash: firstHash })),
      [3],
    ],
    ['one left out', (slips) => slips.toSpliced(third, 1), [4]],
    ['the first left out', (slips) => slips.slice(1), [2]],
    ['two in each other’s place', (slips) => [0, 1, 3, 2, 4].map((at) => slips[at] as SealedSlip), [4, 3, 5]],
    ['one twice', (slips) => slips.toSpliced(third, 0, slips[third] as SealedSlip), [3]],
    [
      'one sealed anew with another amount',
      async (slips) => slips.with(third, await sealSlip(slips[1]?.hash ?? '', { sequence: 3, total: '0.50' })),
      [4],
    ],
  ])('%s', async (_, tamper, found) => {
    expect(await broken(await tamper(await chainOf(5)))).toEqual(found)
  })
})

test('of all texts of a value one is canonical', () => {
  expect(canonicalText({ b: [1, null, true], a: { d: 'x', c: '"' } })).toBe(
    '{"a":{"c":"\\"","d":"x"},"b":[1,null,true]}',
  )
  const texts = [
    '{"b":1,"a":2}',
    '{"a": 1}',
    '{"a":1,"a":2}',
    '{"a":1.5}',
    '{"a":1e2}',
    '{"a":-0}',
    '"\\ud800"',
    '{',
    '',
  ]
  expect(texts.map(readCanonicalText)).toEqual(texts.map(() => undefined))
  const json = fc.jsonValue({ noUnicodeString: false }).map((value) => JSON.parse(JSON.stringify(value), wholeNumbers))
  fc.assert(
    fc.property(json, (value) => {
      expect(readCanonicalText(canonicalText(value))).toEqual(value)
    }),
  )
})

test('what JSON or UTF-8 cannot carry is not sealed', async () => {
  for (const value of [1.5, Number.NaN, -0, 2 ** 53, undefined, 1n, '\ud800'])
    await expect(sealSlip(firstHash, { sequence: 1, value })).rejects.toThrow('a slip holds')
  await expect(hashSlip('ABC', '{}')).rejects.toThrow('64 hexadecimal digits')
})

test('a browser can run it: it imports nothing', () => {
  expect(readFileSync(join(import.meta.dirname, 'seal-slip.ts'), 'utf8')).not.toMatch(/^import /m)
})

function wholeNumbers(_: string, value: unknown): unknown {
  if (typeof value === 'number') return Math.trunc(value % 1e15) || 0
  return typeof value === 'string' ? value.toWellFormed() : value
}
