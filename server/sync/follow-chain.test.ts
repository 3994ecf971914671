import { describe, expect, test } from 'vitest'
import { offlineSale, playDevice } from '../../tests/harness/devices.ts'
import { firstHash, type SealedSlip, sealSlip } from '../registers/index.ts'
import { type Chain, type Followed, followChain, type KnownSlip, readTexts } from './follow-chain.ts'
import { missingFrom, textOfRanges } from './missing.ts'

const at = {
  ...{ deviceId: crypto.randomUUID(), registerId: crypto.randomUUID(), sessionId: crypto.randomUUID() },
  ...{ cashierId: crypto.randomUUID(), credential: 'none' },
}
const before = crypto.randomUUID()
const sale = () => offlineSale({ variant_id: crypto.randomUUID(), tender_id: crypto.randomUUID() })

/** A device that was bound to a register without receipts, unless something else is known. */
function chainOf(over: Partial<Chain> = {}): Chain {
  return {
    ...{ deviceId: at.deviceId, registerId: at.registerId, registerIds: new Set([at.registerId, before]) },
    ...{ head: { sequence: 0, hash: firstHash }, own: 0, first: 0, starts: [firstHash] },
    ...{ slips: [], used: [], soldByServer: new Map() },
    ...over,
  }
}

async function sealed(count: number, over: (sequence: number) => Record<string, unknown> = () => ({})) {
  const till = playDevice({} as never, at)
  const slips: SealedSlip[] = []
  while (slips.length < count) slips.push(await till.seal(sale(), over(slips.length + 1)))
  return slips
}

async function follow(slips: readonly SealedSlip[], over: Partial<Chain> = {}) {
  return followChain(chainOf(over), await readTexts(slips))
}

/** What became of slips: the number of each that is next, or else what it is. */
function told(followed: readonly Followed[]): unknown[] {
  return followed.map((one) => {
    if (one.kind === 'next') return one.number
    return one.kind === 'faulty' ? one.fault : one.kind
  })
}

/** What is known of slips that came before and became this. */
function knownBy(followed: readonly Followed[]): Pick<Chain, 'slips' | 'head' | 'own'> {
  const slips = followed.flatMap((one): KnownSlip[] => {
    if (one.kind !== 'next' && one.kind !== 'faulty') return []
    const { sealed, textHash: text_hash, number } = one
    return [{ ...sealed, text_hash, number, fault: one.kind === 'faulty' ? one.fault : null }]
  })
  const own = Math.max(0, ...slips.filter(({ fault }) => fault !== 'sequence_taken').map(({ sequence }) => sequence))
  return { slips, own, head: followed.at(-1)?.after ?? { sequence: 0, hash: firstHash } }
}

test('slips in order are next, one after the other, and move the head on', async () => {
  const slips = await sealed(3)
  const followed = await follow(slips)
  expect(told(followed)).toEqual([1, 2, 3])
  expect(followed.at(-1)?.after).toEqual({ sequence: 3, hash: slips[2]?.hash })
  expect(told(await follow(slips, knownBy(followed)))).toEqual(['here', 'here', 'here'])
})

describe('what was tampered with is told, and the rest goes on', () => {
  const third = 2
  const change = (of: Partial<SealedSlip>) => (slips: SealedSlip[]) =>
    slips.with(third, { ...(slips[third] as SealedSlip), ...of })
  test.each<[string, (slips: SealedSlip[]) => SealedSlip[], unknown[]]>([
    ['a text', change({ body: '{}' }), [1, 2, 'hash_mismatch', 4, 5]],
    ['a hash', change({ hash: firstHash }), [1, 2, 'hash_mismatch', 'chain_broken', 5]],
    ['what it follows', change({ previous_hash: firstHash }), [1, 2, 'chain_broken', 4, 5]],
    ['a number told twice', change({ sequence: 2 }), [1, 2, 'unreadable', 4, 5]],
    ['one left out', (slips) => slips.toSpliced(third, 1), [1, 2, 'gap', 'gap']],
    [
      'one that comes after the next',
      (slips) => [0, 1, 3, 2, 4].map((one) => slips[one] as SealedSlip),
      [1, 2, 'gap', 'gap', 'gap'],
    ],
    ['one sent twice', (slips) => slips.toSpliced(third, 0, slips[third] as SealedSlip), [1, 2, 3, 'here', 4, 5]],
  ])('%s', async (_, tamper, found) => {
    expect(told(await follow(tamper(await sealed(5))))).toEqual(found)
  })

  test.each<[string, Record<string, unknown>, string]>([
    ['a slip of another device', { device_id: crypto.randomUUID() }, 'device_unknown'],
    ['a slip of another register', { register_id: crypto.randomUUID() }, 'register_unknown'],
    ['another format', { format: 2 }, 'unreadable'],
    ['a field too many', { surprise: 1 }, 'unreadable'],
    ['no sale', { sale: null }, 'unreadable'],
    ['a time that there is not', { made_at: 'yesterday' }, 'unreadable'],
  ])('%s', async (_, over, fault) => {
    expect(told(await follow(await sealed(3, (sequence) => (sequence === 2 ? over : {}))))).toEqual([1, fault, 3])
  })
})

test('a slip that came damaged, or out of place for that, is booked under its number when it comes as it was sealed', async () => {
  const slips = await sealed(5)
  const [, , three, four] = slips as [SealedSlip, SealedSlip, SealedSlip, SealedSlip, SealedSlip]
  const wrongText = slips.with(2, { ...three, body: '{}' })
  const first = await follow(wrongText)
  expect(told(await follow(wrongText, knownBy(first)))).toEqual(['here', 'here', 'here', 'here', 'here'])
  expect(told(await follow([...slips, three], knownBy(first)))).toEqual(['here', 'here', 3, 'here', 'here', 'here'])
  const wrongHash = await follow(slips.with(2, { ...three, hash: firstHash }))
  expect(told(wrongHash)).toEqual([1, 2, 'hash_mismatch', 'chain_broken', 5])
  const again = await follow(slips, knownBy(wrongHash))
  expect(told(again)).toEqual(['here', 'here', 3, 4, 'here'])
  expect(again.at(-1)?.after.sequence).toBe(5)
  expect(told(await follow([four], knownBy(wrongHash)))).toEqual(['here'])
})

test('a second slip that follows the same one is set aside, and stays so', async () => {
  const slips = await sealed(2)
  const fork = await sealSlip(firstHash, { sequence: 1, sale: 'another' })
  const first = await follow([...slips, fork])
  expect(told(first)).toEqual([1, 2, 'sequence_taken'])
  expect(told(await follow([fork], knownBy(first)))).toEqual(['here'])
})

test('slips of a register that the device was bound to before are left for it, and the rest goes on', async () => {
  const slips = await sealed(3)
  const other = playDevice({} as never, { ...at, registerId: before }, { sequence: 7, hash: 'ab'.repeat(32) })
  const elsewhere = [await other.seal(sale()), await other.seal(sale())]
  expect(told(await follow([...elsewhere, ...slips]))).toEqual(['elsewhere', 'elsewhere', 1, 2, 3])
})

describe('a number that another receipt has', () => {
  const gone = { head: { sequence: 2, hash: firstHash } }
  test('because the server sold the same: the slip is known to be sold, and the next one follows it', async () => {
    const slips = await sealed(3)
    const { id } = JSON.parse(slips[0]?.body ?? '{}').sale
    const known = { head: { sequence: 1, hash: firstHash }, used: [1], own: 1 }
    expect(told(await follow(slips, { ...known, soldByServer: new Map([[id, {}]]) }))).toEqual(['sold', 2, 3])
  })

  test('because the server sold the same under a later number', async () => {
    const slips = await sealed(3)
    const { id } = JSON.parse(slips[0]?.body ?? '{}').sale
    expect(told(await follow(slips, { ...gone, soldByServer: new Map([[id, {}]]) }))).toEqual(['sold', 3, 4])
  })

  test('of another device: the slips get the next numbers', async () => {
    const slips = await sealed(4)
    const followed = await follow(slips, gone)
    expect(told(followed)).toEqual([3, 4, 5, 6])
    expect(told(await follow(slips, { ...gone, ...knownBy(followed) }))).toEqual(Array(4).fill('here'))
  })

  test('of another device: the slips still come in order, and one that the device lost keeps none of the rest away', async () => {
    const [one, two, three, four] = (await sealed(4)) as [SealedSlip, SealedSlip, SealedSlip, SealedSlip]
    const missing = await follow([three, four], gone)
    expect(missing).toMatchObject([{ kind: 'gap', missing: { first: 1, last: 2 } }, { kind: 'gap' }])
    const lost = { ...two, body: '' }
    expect(told(await follow([one, lost, three, four], gone))).toEqual([3, 'hash_mismatch', 5, 6])
  })
})

test('missing numbers are named, however many gaps there are', () => {
  const slips = [5, 6, 9, 9, 14, 2].map((sequence) => ({ sequence }))
  expect(textOfRanges(missingFrom(3, slips))).toBe('4, 7 to 8, 10 to 13')
  expect(missingFrom(3, [])).toEqual([])
  expect(missingFrom(4, [{ sequence: 5 }])).toEqual([])
})
