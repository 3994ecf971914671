import { describe, expect, test } from 'vitest'
import { offlineSale, playDevice } from '../../tests/harness/devices.ts'
import { firstHash, type SealedSlip } from '../registers/index.ts'
import { followChain } from './follow-chain.ts'
import { missingFrom, textOfRanges } from './missing.ts'

const at = {
  ...{ deviceId: crypto.randomUUID(), registerId: crypto.randomUUID(), sessionId: crypto.randomUUID() },
  ...{ cashierId: crypto.randomUUID(), credential: 'none' },
  soldByServer: new Map<number, { id: string }>(),
}
const start = { sequence: 0, hash: firstHash }
const sale = () => offlineSale({ variant_id: crypto.randomUUID(), tender_id: crypto.randomUUID() })

async function sealed(count: number, over: (sequence: number) => Record<string, unknown> = () => ({})) {
  const till = playDevice({} as never, at)
  const slips: SealedSlip[] = []
  while (slips.length < count) slips.push(await till.seal(sale(), over(slips.length + 1)))
  return slips
}

async function kinds(slips: readonly SealedSlip[], head = start) {
  const { followed } = await followChain(head, slips, at)
  return followed.map((one) => (one.kind === 'faulty' ? one.fault : one.kind))
}

test('slips in order are next, one after the other, and move the head on', async () => {
  const slips = await sealed(3)
  const { followed, head } = await followChain(start, slips, at)
  expect(followed.map(({ kind }) => kind)).toEqual(['next', 'next', 'next'])
  expect(head).toEqual({ sequence: 3, hash: slips[2]?.hash })
  expect(await kinds(slips, head)).toEqual(['behind', 'behind', 'behind'])
})

describe('what was tampered with is told, and the rest goes on', () => {
  const third = 2
  const change = (of: Partial<SealedSlip>) => (slips: SealedSlip[]) =>
    slips.with(third, { ...(slips[third] as SealedSlip), ...of })
  test.each<[string, (slips: SealedSlip[]) => SealedSlip[], string[]]>([
    ['a text', change({ body: '{}' }), ['next', 'next', 'hash_mismatch', 'next', 'next']],
    ['a hash', change({ hash: firstHash }), ['next', 'next', 'hash_mismatch', 'chain_broken', 'next']],
    ['what it follows', change({ previous_hash: firstHash }), ['next', 'next', 'chain_broken', 'next', 'next']],
    ['a number told twice', change({ sequence: 2 }), ['next', 'next', 'unreadable', 'next', 'next']],
    ['one left out', (slips) => slips.toSpliced(third, 1), ['next', 'next', 'gap', 'gap']],
    [
      'one that comes after the next',
      (slips) => [0, 1, 3, 2, 4].map((one) => slips[one] as SealedSlip),
      ['next', 'next', 'gap', 'gap', 'gap'],
    ],
    [
      'one sent twice',
      (slips) => slips.toSpliced(third, 0, slips[third] as SealedSlip),
      ['next', 'next', 'next', 'behind', 'next', 'next'],
    ],
  ])('%s', async (_, tamper, found) => {
    expect(await kinds(tamper(await sealed(5)))).toEqual(found)
  })

  test.each<[string, Record<string, unknown>, string]>([
    ['a slip of another device', { device_id: crypto.randomUUID() }, 'device_unknown'],
    ['a slip of another register', { register_id: crypto.randomUUID() }, 'register_unknown'],
    ['another format', { format: 2 }, 'unreadable'],
    ['a field too many', { surprise: 1 }, 'unreadable'],
    ['no sale', { sale: null }, 'unreadable'],
    ['a time that there is not', { made_at: 'yesterday' }, 'unreadable'],
  ])('%s', async (_, over, fault) => {
    expect(await kinds(await sealed(3, (sequence) => (sequence === 2 ? over : {})))).toEqual(['next', fault, 'next'])
  })
})

describe('a number that the server gave away meanwhile', () => {
  const head = { sequence: 2, hash: firstHash }
  test('to the same sale: the slip is known to be sold, and the next one follows it', async () => {
    const slips = await sealed(3)
    const id = JSON.parse(slips[0]?.body ?? '{}').sale.id
    const soldByServer = new Map([[1, { id }]])
    const { followed } = await followChain({ ...head, sequence: 1 }, slips, { ...at, soldByServer })
    expect(followed.map(({ kind }) => kind)).toEqual(['sold', 'next', 'next'])
  })

  test('to others: the slips get the next numbers', async () => {
    const soldByServer = new Map([1, 2].map((number) => [number, { id: crypto.randomUUID() }]))
    const { followed, head: last } = await followChain(head, await sealed(4), { ...at, soldByServer })
    expect(followed.map((one) => (one.kind === 'next' ? one.number : one.kind))).toEqual([3, 4, 5, 6])
    expect(last.sequence).toBe(6)
  })
})

test('missing numbers are named, however many gaps there are', () => {
  const slips = [5, 6, 9, 9, 14, 2].map((sequence) => ({ sequence }))
  expect(textOfRanges(missingFrom(3, slips))).toBe('4, 7 to 8, 10 to 13')
  expect(missingFrom(3, [])).toEqual([])
  expect(missingFrom(4, [{ sequence: 5 }])).toEqual([])
})
