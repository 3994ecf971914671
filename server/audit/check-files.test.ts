import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { temporaryDirectory } from '../../tests/harness/process.ts'
import { type SigningKey, signingKeyOf } from '../platform/signing-keys.ts'
import { checkFiles } from './check-files.ts'
import type { Claim } from './check-slices.ts'
import { signCheckpoint } from './checkpoint.ts'
import { checkpointLine } from './checkpoint-files.ts'
import { entryLineOf, headerLineOf, keyLineOf } from './export-lines.ts'
import { publicKeysOf } from './keys.ts'
import { genesis, linkHash } from './link.ts'

const tenantId = '01a1fcb5-ad98-7a32-8953-56d11c025492'
const key: SigningKey = signingKeyOf(Buffer.alloc(32, 1))
const [own] = publicKeysOf([key])
const keyLine = keyLineOf({
  id: key.id,
  public_key: own?.publicKey.toString('base64') ?? '',
  endorsed_by: null,
  endorsement: null,
})

/** Entry 1 was recorded on 1 March, entry 2 on the second, and so on. */
const dayOf = (day: number) => `2026-03-${String(day).padStart(2, '0')}T00:00:00.000Z`

function chainOf(name: string) {
  let previous_hash = genesis
  return Array.from({ length: 12 }, (_, index) => {
    const seq = index + 1
    const body = JSON.stringify({ tenant_id: tenantId, seq, time_us: Date.parse(dayOf(seq)) * 1_000, name })
    const entry = { seq, previous_hash, hash: linkHash(previous_hash, body), body }
    previous_hash = entry.hash
    return entry
  })
}
const chain = chainOf('true')

function checkpointOf(seq: number, day: number, entries = chain): string {
  const hash = entries[seq - 1]?.hash ?? ''
  return checkpointLine(signCheckpoint(key, { tenantId, seq, hash, at: new Date(dayOf(day)), reason: 'daily' }))
}

interface Shape {
  readonly entries?: typeof chain
  readonly checkpoints?: readonly string[]
  readonly exportedOn?: number
  readonly until?: string
}

function exported(first: number, last: number, shape: Shape = {}): string {
  const {
    entries = chain,
    checkpoints = [checkpointOf(last, last, entries)],
    exportedOn = 20,
    until = dayOf(last + 1),
  } = shape
  const header = { from: null, until, from_seq: first, until_seq: last, exported_at: dayOf(exportedOn) }
  return [headerLineOf(header), keyLine, ...entries.slice(first - 1, last).map(entryLineOf), ...checkpoints].join('')
}

let directory: Awaited<ReturnType<typeof temporaryDirectory>>
let written = 0

beforeAll(async () => {
  directory = await temporaryDirectory()
})
afterAll(() => directory.remove())

/** Files are called A, B and so on in what is answered. */
async function check(contents: readonly string[], claim: Claim = {}, keyIds: readonly string[] = [key.id]) {
  const folder = join(directory.path, String(++written))
  const paths = contents.map((_, index) => `${folder}${'ABC'[index]}`)
  for (const [index, path] of paths.entries()) await writeFile(path, contents[index] ?? '')
  const { faults, findings, unproved } = await checkFiles(paths, keyIds, claim)
  const short = (texts: readonly string[]) => texts.map((text) => text.replaceAll(folder, ''))
  return { faults: short(faults), findings: short(findings), unproved: short(unproved) }
}
const nothing = { faults: [], unproved: [] }

describe('what proves nothing', () => {
  test('is a file without a key to compare', async () => {
    expect(await check([exported(1, 8)])).toMatchObject(nothing)
    expect(await check([exported(1, 8)], {}, [])).toMatchObject({
      ...nothing,
      unproved: ['no key was compared (--key)'],
    })
  })

  test('is one that no checkpoint covers, beside one that is covered too', async () => {
    const unproved = (path: string) => ({ faults: [], unproved: [`no checkpoint covers the entries of ${path}`] })
    expect(await check([exported(1, 8, { checkpoints: [] })])).toMatchObject(unproved('A'))
    expect(await check([exported(5, 8, { checkpoints: [checkpointOf(4, 4)] })])).toMatchObject(unproved('A'))
    expect(await check([exported(1, 8), exported(9, 12, { checkpoints: [] })])).toMatchObject(unproved('B'))
  })

  test('are checkpoints alone, and a file of something else', async () => {
    expect(await check([keyLine + checkpointOf(3, 3)])).toMatchObject({
      faults: [],
      unproved: ['there are no entries here'],
    })
    expect((await check(['a poem\n'], {}, [])).unproved).toContain('there are no entries here')
  })

  test('are entries after the newest checkpoint', async () => {
    const { findings } = await check([exported(1, 10, { checkpoints: [checkpointOf(8, 8)] })])
    expect(findings).toContain('Proved: entries 1 to 8; not proved: entries 9 to 10.')
    expect((await check([exported(1, 10)])).findings).toContain('Proved: all of them.')
  })
})

describe('several files', () => {
  const other = chainOf('false')

  test('that follow one another or overlap agree', async () => {
    expect(await check([exported(1, 5), exported(6, 12)])).toMatchObject(nothing)
    expect(await check([exported(4, 12), exported(1, 8), exported(2, 3)])).toMatchObject(nothing)
  })

  test.each([
    ['one that does not go on where the other ends', exported(1, 5), exported(6, 12, { entries: other }), 5],
    ['one that differs in an overlap', exported(1, 8), exported(4, 12, { entries: other }), 8],
    ['one that differs inside of the other', exported(1, 12), exported(4, 6, { entries: other, checkpoints: [] }), 6],
  ])('are broken by %s', async (_, one, two, seq) => {
    const unstated = [one, two].map((content) => content.replaceAll(/{"type":"checkpoint".*\n/g, ''))
    const { faults } = await check(unstated)
    expect(faults).toEqual([`A and B are not of one chain: they state different hashes for entry ${seq}`])
  })

  test('with a gap between them say so', async () => {
    const { faults, findings } = await check([exported(1, 7), exported(10, 12)])
    expect(faults).toEqual([])
    expect(findings).toContain('In no file: entries 8 to 9.')
  })
})

describe('a damaged file', () => {
  const [header = '', ...rest] = exported(1, 8).trimEnd().split('\n')
  const withHeader = (change: object) => [JSON.stringify({ ...JSON.parse(header), ...change }), ...rest].join('\n')
  const noHeader = 'line 1 of A does not say what the first line of an export says: the file is damaged'

  test.each([
    [
      'a strange line',
      `${exported(1, 8)}{"type": "entry"}\n`,
      'line 12 of A is no line of an export: the file is damaged',
    ],
    ['a strange first line', `poem\n${exported(1, 8)}`, 'line 1 of A is no line of an export: the file is damaged'],
    [
      'two first lines',
      exported(1, 8) + header,
      'line 12 of A is a first line once more: the file is not as it was exported',
    ],
    ['a time that is none', withHeader({ until: 'soon' }), noHeader],
    ['no time of export', withHeader({ exported_at: undefined }), noHeader],
  ])('with %s is broken', async (_, content, fault) => {
    expect((await check([content])).faults).toEqual([fault])
  })

  test('with a line that has no end is refused', async () => {
    await expect(check(['x'.repeat(65 << 20)])).rejects.toThrow('has a line that is too long')
  })

  test('is not one whose lines end as on Windows, or whose last line does not end', async () => {
    expect(await check([exported(1, 8).replaceAll('\n', '\r\n')])).toMatchObject(nothing)
    expect(await check([exported(1, 8).trimEnd()])).toMatchObject(nothing)
  })
})

describe('the time that the reader claims', () => {
  test('is covered by a checkpoint made after it, of an entry that is here', async () => {
    const until = dayOf(8)
    const covered = await check([exported(1, 8, { checkpoints: [checkpointOf(8, 9)] })], { until })
    expect(covered).toMatchObject(nothing)
    expect(covered.findings.join('\n')).toContain(
      `Until ${until}: nothing is missing at the end, the checkpoint of entry 8 made on 2026-03-09 (line 11 of A) was made after it.`,
    )
    const reason = `no checkpoint of these entries was made at ${until} or later, so some before it may be missing`
    const early = await check([exported(1, 8, { checkpoints: [checkpointOf(8, 7)] })], { until })
    expect(early).toMatchObject({ faults: [], unproved: [reason] })
    const beyond = await check([exported(1, 8), checkpointOf(10, 20)], { until: dayOf(9) })
    expect(beyond).toMatchObject({ faults: [], unproved: [reason.replace(until, dayOf(9))] })
  })

  test('begins with entry 1, an entry from before it, or one that a checkpoint from before it speaks of', async () => {
    expect(await check([exported(1, 8)], { from: dayOf(1) })).toMatchObject(nothing)
    expect(await check([exported(4, 8)], { from: dayOf(5) })).toMatchObject(nothing)
    expect(await check([exported(1, 3), exported(4, 8)], { from: dayOf(4) })).toMatchObject(nothing)
    expect(await check([exported(4, 8), checkpointOf(3, 3)], { from: dayOf(4) })).toMatchObject(nothing)
    expect(await check([exported(4, 8)], { from: dayOf(4) })).toMatchObject({
      faults: [],
      unproved: [`entry 3 is not here and may be of ${dayOf(4)} or later (give the file that ends with it, too)`],
    })
  })

  test('has no gap', async () => {
    expect(await check([exported(1, 7), exported(10, 12)], { from: dayOf(1) })).toMatchObject({
      faults: [],
      unproved: ['entries 8 to 9 missing between the files'],
    })
  })
})

test('a checkpoint of a later entry contradicts an export that was made after it, not one made before', async () => {
  const until = dayOf(20)
  const later = checkpointOf(10, 10)
  expect((await check([exported(1, 8, { exportedOn: 11, until }), later])).faults).toEqual([
    'A ends with entry 8, but the checkpoint of entry 10 made on 2026-03-10 (line 1 of B) speaks of a later one: entries are missing',
  ])
  const before = await check([exported(1, 8, { exportedOn: 9, until }), later])
  expect(before).toMatchObject(nothing)
  expect(before.findings).toContain(
    'The checkpoint of entry 10 made on 2026-03-10 (line 1 of B) was made after A was exported; its entry may be later than that.',
  )
})
