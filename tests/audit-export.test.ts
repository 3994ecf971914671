import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { signCheckpoint } from '../server/audit/checkpoint.ts'
import { checkpointLine } from '../server/audit/checkpoint-files.ts'
import { keyLineOf } from '../server/audit/export-lines.ts'
import { checkFiles } from '../server/audit/index.ts'
import { publicKeysOf } from '../server/audit/keys.ts'
import { linkHash } from '../server/audit/link.ts'
import { exportChain } from '../server/cli-export.ts'
import { type SigningKey, signingKeyOf } from '../server/platform/signing-keys.ts'
import { lastSeq } from './harness/chain.ts'
import { withClient } from './harness/postgres.ts'
import { launch, runCli } from './harness/process.ts'
import { signUpOwner, startTestServer, type TestOwner, type TestServer } from './harness/server.ts'
import { until } from './harness/until.ts'

const [first, second, strange] = [1, 2, 3].map((byte) => signingKeyOf(Buffer.alloc(32, byte))) as [
  SigningKey,
  SigningKey,
  SigningKey,
]
const many = 2_500

let server: TestServer
let shop: TestOwner
let headers: Record<string, string>
let apiKey: string
let keys: readonly SigningKey[] = [first]
/** The entries of the roles, the first three covered by a checkpoint each, but for the second; and the last of all. */
let at: Record<'cook' | 'waiter' | 'till' | 'buyer' | 'end', number>
/** A moment after the first checkpoint and before the second role. */
let noon: string
let folder: string
let whole: string
let lines: string[]
let written = 0

beforeAll(async () => {
  server = await startTestServer({ signingKeys: () => keys })
  shop = await signUpOwner(server)
  folder = join(server.dataDir, 'exports')
  await mkdir(folder)
  const made = await shop.client.call('tenants.create-api-key', {
    name: 'accountant',
    permissions: ['audit.export-entries'],
    expires_at: '2099-01-01T00:00:00Z',
  })
  apiKey = made.secret ?? ''
  headers = { authorization: `Bearer ${apiKey}` }
  const last = () => lastSeq(server.database.superuserUrl, shop.tenantId)
  const role = async (name: string) => {
    const made = await shop.client.call('tenants.create-role', { name, permissions: ['tenants.view-tenant'] })
    return { seq: await last(), createdAt: made.created_at }
  }
  // Characters that other readers of lines take for the end of one.
  const account = { entity_id: shop.entityId, code: 'COOK', type: 'asset', currency: 'MAD' } as const
  await shop.client.call('ledger.create-account', { ...account, name: 'Cook\u2028Chef\u2029' })
  const cook = { seq: await last() }
  await shop.client.call('audit.create-checkpoint', {})
  const waiter = await role('Waiter')
  noon = new Date(Date.parse(waiter.createdAt)).toISOString()
  const till = await role('Till')
  await shop.client.call('audit.create-checkpoint', {})
  keys = [second, first]
  const buyer = await role('Buyer')
  await shop.client.call('audit.create-checkpoint', {})
  at = { cook: cook.seq, waiter: waiter.seq, till: till.seq, buyer: buyer.seq, end: await last() }
  whole = join(folder, 'whole.jsonl')
  await exportChain({ url: server.url, headers, from: undefined, until: undefined, out: whole })
  lines = (await readFile(whole, 'utf8')).trimEnd().split('\n')
})
afterAll(() => server.close())

/** Checks lines as a file; answers the faults, or the findings when there is none. */
async function checked(content: readonly string[], keyIds: string[] = [first.id], more: string[] = []) {
  const path = join(folder, `case-${++written}.jsonl`)
  await writeFile(path, content.map((line) => `${line}\n`).join(''))
  const { faults, findings } = await checkFiles([path, ...more], keyIds)
  return (faults.length > 0 ? faults : findings).map((text) => text.replaceAll(path, 'FILE'))
}

interface Line {
  type: string
  seq: number
  body: string
  hash: string
  previous_hash: string
  until_seq: number
}
const parsed = () => lines.map((line): Line => JSON.parse(line))
const isOf = (type: string) => (line: string) => line.startsWith(`{"type":"${type}"`)
const entryAt = (seq: number) => lines.findIndex((line) => line.startsWith(`{"type":"entry","seq":${seq},`))
const edited = (seq: number, edit: (line: string) => string) =>
  lines.map((line, index) => (index === entryAt(seq) ? edit(line) : line))
const without = (...indexes: number[]) => lines.filter((_, index) => !indexes.includes(index))

/** All entries from one on written anew, with right hashes. */
function rewritten(seq: number, edit: (body: string) => string): string[] {
  let previous = ''
  return parsed().map((line) => {
    if (line.type !== 'entry') return JSON.stringify(line)
    const body = line.seq === seq ? edit(line.body) : line.body
    const link = line.seq <= seq ? line.previous_hash : previous
    previous = linkHash(link, body)
    return JSON.stringify({ ...line, previous_hash: link, hash: previous, body })
  })
}

describe('an export', () => {
  test('holds the keys, every entry in order, and the checkpoints', () => {
    const types = parsed().map(({ type }) => type)
    expect([...new Set(types)]).toEqual(['export', 'key', 'entry', 'checkpoint'])
    const entries = parsed().filter(({ type }) => type === 'entry')
    expect(entries.map(({ seq }) => seq)).toEqual(Array.from({ length: at.end }, (_, index) => index + 1))
    expect(types.filter((type) => type === 'checkpoint')).toHaveLength(3)
  })

  test('is intact, says what is proved and what not yet, and whose word that is', async () => {
    expect(await checked(lines)).toEqual([
      expect.stringMatching(
        new RegExp(`^Unbroken: entries 1 to ${at.end} of tenant ${shop.tenantId} \\(FILE\\), recorded .+Z to .+Z\\.$`),
      ),
      expect.stringMatching(
        new RegExp(
          `^Agreeing: 3 checkpoints; the newest is of entry ${at.buyer}, made .+Z, signed by the key ${second.id}\\.$`,
        ),
      ),
      `Proved: entries 1 to ${at.buyer}; not proved: entry ${at.end}.`,
      `Key: compared with the one you gave, ${first.id}.`,
    ])
    expect((await checked(lines, [])).at(-1)).toMatch(
      /^Key: not compared, so whoever made these files could have signed/,
    )
    expect((await checked(lines.filter((line) => !isOf('checkpoint')(line))))[1]).toMatch(
      /^Proved: none of them; no checkpoint/,
    )
  })

  test('of a span begins with its first entry and goes on to the checkpoint that covers its last', async () => {
    const cut = async (span: { from?: string; until?: string }) => {
      const out = join(folder, 'span.jsonl')
      const made = await exportChain({ url: server.url, headers, from: span.from, until: span.until, out })
      const verdict = await checkFiles([out], [first.id])
      expect(verdict.faults).toEqual([])
      return [made.from_seq, made.until_seq, made.proved]
    }
    expect(await cut({})).toEqual([1, at.end, at.buyer])
    expect(await cut({ from: noon })).toEqual([at.waiter, at.end, at.buyer])
    expect(await cut({ until: noon })).toEqual([1, at.till, at.till])
    expect(await cut({ from: '2020-01-01T00:00:00Z', until: '2199-01-01T00:00:00Z' })).toEqual([1, at.end, at.buyer])
    await expect(cut({ until: '2020-01-01T00:00:00Z' })).rejects.toThrow('No entry was recorded in that time')
  })

  test('may be read in pages, which together are the slice', async () => {
    const seqs: number[] = []
    for (let cursor: string | null | undefined; cursor !== null; ) {
      const given = cursor === undefined ? {} : { cursor }
      const page = await shop.client.call('audit.read-chain', { from_seq: 2, until_seq: 6, page_size: 2, ...given })
      expect([page.from_seq, page.until_seq]).toEqual([2, 6])
      seqs.push(...page.items.map(({ seq }) => seq))
      cursor = page.next_cursor
    }
    expect(seqs).toEqual([2, 3, 4, 5, 6])
    expect(await shop.client.call('audit.read-chain', { from_seq: 500 })).toMatchObject({ items: [], from_seq: null })
  })
})

describe('the offline check names the first broken link and why:', () => {
  test.each<[what: string, content: () => string[], finding: RegExp | (() => RegExp)]>([
    [
      'a changed body',
      () => edited(at.cook, (line) => line.replace('Cook', 'Boss')),
      () => new RegExp(`^line \\d+ of FILE: the hash of entry ${at.cook} is not the hash of its body$`),
    ],
    [
      'a changed hash',
      () => edited(4, (line) => line.replace(/"hash":"./, '"hash":"x')),
      /: the hash of entry 4 is not the hash of its body$/,
    ],
    [
      'a changed previous hash',
      () => edited(4, (line) => line.replace(/"previous_hash":"./, '"previous_hash":"x')),
      /: entry 4 does not point at/,
    ],
    ['a removed entry', () => without(entryAt(4)), /: entry 4 is missing; the next one is 5$/],
    [
      'two swapped entries',
      () => lines.with(entryAt(4), lines[entryAt(5)]!).with(entryAt(5), lines[entryAt(4)]!),
      /: entry 4 is missing; the next one is 5$/,
    ],
    ['an entry twice', () => lines.toSpliced(entryAt(4), 0, lines[entryAt(4)]!), /: entry 4 is there twice$/],
    [
      'an entry of somebody else',
      () => rewritten(4, (body) => body.replace(shop.tenantId, crypto.randomUUID())),
      /: the body of entry 4 is of tenant/,
    ],
    [
      'an entry with another number',
      () => rewritten(4, (body) => body.replace('"seq": 4', '"seq": 14')),
      /: the body of entry 4 says it is entry 14$/,
    ],
    [
      'a tail that is cut off',
      () => without(entryAt(at.end)),
      () => new RegExp(`^FILE ends with entry ${at.buyer}, its first line says ${at.end}$`),
    ],
    [
      'a beginning that is cut off',
      () => without(entryAt(1), entryAt(2)),
      /^FILE begins with entry 3, its first line says 1$/,
    ],
    ['no first line', () => lines.slice(1), /^FILE does not begin as an export does: its first line is gone$/],
    ['no entries', () => lines.filter((line) => !isOf('entry')(line)), /^FILE holds no entries$/],
    [
      'a line cut short',
      () => edited(4, (line) => line.slice(0, 90)),
      /^line \d+ of FILE: is no entry: the file is damaged$/,
    ],
    [
      'a line of another kind',
      () => lines.toSpliced(3, 0, '{"type":"poem"}'),
      /^line 4 of FILE is no line of an export: the file is damaged$/,
    ],
    [
      'a chain written anew',
      () => rewritten(at.cook, (body) => body.replace('Cook', 'Boss')),
      () =>
        new RegExp(
          `states another hash for entry ${at.cook}: an entry from 1 to ${at.cook} was changed and the chain written anew$`,
        ),
    ],
    [
      'a chain written anew after a checkpoint',
      () => rewritten(at.waiter, (body) => body.replace('Waiter', 'Thief!')),
      () =>
        new RegExp(`states another hash for entry ${at.till}: an entry from ${at.cook + 1} to ${at.till} was changed`),
    ],
    [
      'a checkpoint with another signature',
      () =>
        lines.map((line) => (isOf('checkpoint')(line) ? line.replace(/"signature":"..../, '"signature":"AAAA') : line)),
      () => new RegExp(`^the checkpoint of entry ${at.cook} .+ was not signed by the key .+: it is forged or damaged$`),
    ],
    [
      'a checkpoint with another text',
      () => lines.map((line) => line.replace(`\\"seq\\":${at.cook}`, `\\"seq\\":${at.cook - 1}`)),
      () => new RegExp(`^the checkpoint of entry ${at.cook - 1} .+ was not signed`),
    ],
    [
      'a key that is not what its id says',
      () => lines.map((line) => (isOf('key')(line) ? line.replace(/"public_key":"..../, '"public_key":"AAAA') : line)),
      /^the key .+ that you gave is in none of these files$/,
    ],
    [
      'a forged endorsement',
      () => lines.map((line) => line.replace(/"endorsement":"..../, '"endorsement":"AAAA')),
      () =>
        new RegExp(
          `^the checkpoint of entry ${at.buyer} .+ is signed by the key ${second.id}, which no key of yours vouches for$`,
        ),
    ],
  ])('%s', async (_, content, finding) => {
    expect((await checked(content()))[0]).toMatch(finding instanceof RegExp ? finding : finding())
  })

  test('a chain written anew and signed with a key of their own, unless no key is given to compare', async () => {
    const anew = rewritten(at.cook, (body) => body.replace('Cook', 'Boss'))
    const { hash } = JSON.parse(anew[entryAt(at.buyer)]!)
    const stated = { tenantId: shop.tenantId, seq: at.buyer, hash, at: new Date(), reason: 'daily' } as const
    const [theirs] = publicKeysOf([strange])
    const key = keyLineOf({
      id: strange.id,
      public_key: theirs!.publicKey.toString('base64'),
      endorsed_by: null,
      endorsement: null,
    })
    const forged = [
      anew[0]!,
      key.trimEnd(),
      ...anew.filter(isOf('entry')),
      checkpointLine(signCheckpoint(strange, stated)).trimEnd(),
    ]
    const gullible = await checked(forged, [])
    expect(gullible[2]).toBe(`Proved: entries 1 to ${at.buyer}; not proved: entry ${at.end}.`)
    expect(gullible.at(-1)).toContain('Key: not compared')
    expect(gullible.at(-1)).toContain(`(in the files: ${strange.id})`)
    expect(await checked(forged)).toEqual([
      `the key ${first.id} that you gave is in none of these files`,
      expect.stringContaining(`is signed by the key ${strange.id}, which no key of yours vouches for`),
    ])
    // Checkpoints collected earlier show it as well.
    const collected = join(folder, 'collected.jsonl')
    await writeFile(collected, `${lines.filter((line) => isOf('key')(line) || isOf('checkpoint')(line)).join('\n')}\n`)
    expect((await checked(forged, [first.id], [collected])).at(-1)).toContain(
      `states another hash for entry ${at.cook}`,
    )
  })

  test('entries left out at the end, although the file says so itself, by checkpoints collected earlier', async () => {
    const short = lines
      .filter((line) => !(isOf('entry')(line) && JSON.parse(line).seq > at.cook + 1) && !isOf('checkpoint')(line))
      .map((line) =>
        line
          .replace('"until":null', '"until":"2199-01-01T00:00:00Z"')
          .replace(/"exported_at":"\d{4}/, '"exported_at":"2199')
          .replace(`"until_seq":${at.end}`, `"until_seq":${at.cook + 1}`),
      )
    expect((await checked(short))[1]).toMatch(/^Proved: none of them/)
    const collected = join(server.dataDir, 'checkpoints', `${shop.tenantId}.jsonl`)
    expect(await checked(short, [first.id], [collected])).toEqual([
      expect.stringMatching(
        new RegExp(
          `^FILE ends with entry ${at.cook + 1}, but the checkpoint of entry ${at.till} .+ speaks of a later one: entries are missing$`,
        ),
      ),
    ])
  })
})

test('a key vouches for those after it, not for those before it; several may be given', async () => {
  expect(await checked(lines, [second.id])).toEqual(
    [at.cook, at.till].map((seq) =>
      expect.stringMatching(
        new RegExp(`^the checkpoint of entry ${seq} .+ is signed by the key ${first.id}, which no key`),
      ),
    ),
  )
  expect((await checked(lines, [second.id, first.id])).at(-1)).toBe(
    `Key: compared with the one you gave, ${second.id}, ${first.id}.`,
  )
})

describe('on the command line', () => {
  const comptoir = (args: string[], env: Record<string, string> = {}) =>
    runCli(args, {
      DATA_DIR: server.dataDir,
      XDG_CONFIG_HOME: folder,
      COMPTOIR_URL: server.url,
      COMPTOIR_API_KEY: apiKey,
      ...env,
    })

  test.each([
    [['audit'], /^comptoir audit export \| check \| checkpoint \| keys \| rotate-key\n$/],
    [['audit', 'toString'], /^comptoir audit export/],
    [['audit', 'keys', 'all'], /^comptoir audit export/],
    [['audit', 'check'], /^Say which files: comptoir audit check FILE/],
    [['audit', 'check', 'x', '--key', 'mine'], /^--key takes the id of a key, 16 hex digits/],
    [['audit', 'check', 'x', '--out', 'y'], /^audit check does not take --out\.\nUsage: comptoir audit check FILE/],
    [['audit', 'keys', '--key', 'y'], /^audit keys does not take --key\.\nUsage: comptoir audit keys\n$/],
    [
      ['audit', 'check', 'x', '--from', '2027-01-01', '--until', '2026-01-01'],
      /^--from 2027-.+ is after --until 2026-/,
    ],
    [['audit', 'export', '--out', 'x', '--from', '2027-01-01', '--until', '2026-01-01'], /^--from 2027-.+ is after/],
    [['audit', 'export'], /^--out is missing\n$/],
    [['audit', 'export', '--out', 'x', '--from', '1 January'], /^--from is a day such as 2026-01-01/],
    [['audit', 'export', '--out', 'x', '--until', '2026-02-30'], /^--until is a day such as 2026-01-01/],
  ])('%j says how to write it', async (args, message) => {
    expect(await comptoir(args)).toEqual({ code: 2, output: '', errors: expect.stringMatching(message) })
  })

  test('export, then check: 0 when intact, 3 when not proved, 1 when broken, a sentence when the file is not there', async () => {
    await withClient(server.database.ownerUrl, async (client) => {
      await client.query('BEGIN')
      await client.query('SELECT platform.set_tenant($1)', [shop.tenantId])
      await client.query(
        `SELECT FROM audit.record($1, (SELECT jsonb_agg(jsonb_build_object('event', 'probe.fill', 'number', n)) FROM generate_series(1, ${many}) n))`,
        [shop.tenantId],
      )
      await client.query('COMMIT')
    })
    await shop.client.call('audit.create-checkpoint', {})
    const out = join(folder, 'year.jsonl')
    const year = ['--from', '2020-01-01', '--until', '2199-01-01T00:00:00+01:00']
    const last = at.end + many + 1
    expect(await comptoir(['audit', 'export', ...year, '--out', out])).toEqual({
      code: 0,
      output: `Exported entries 1 to ${last}, checkpoints: 4, to ${out}.\nNo checkpoint covers what came after entry ${last - 1} yet; the next one will.\n`,
      errors: '',
    })
    const check = (path: string, ...more: string[]) =>
      comptoir(['audit', 'check', path, ...more], { COMPTOIR_URL: 'http://127.0.0.1:1' })
    const good = await check(out, '--key', first.id)
    expect(good).toMatchObject({ code: 0, errors: '' })
    expect(good.output).toContain(`Proved: entries 1 to ${last - 1}; not proved: entry ${last}.\n`)
    expect(good.output.endsWith('\nIntact.\n')).toBe(true)
    expect(await check(out)).toMatchObject({
      code: 3,
      output: expect.stringMatching(/\nUnbroken, not proved: no key was compared \(--key\)\.\n$/),
    })
    const ahead = await check(out, '--key', first.id, '--from', '2020-01-01', '--until', '2199-01-01')
    expect(ahead.code).toBe(3)
    expect(ahead.output).toContain('nothing is missing at the beginning, entry 1 is the first of all.\n')
    expect(ahead.output).toMatch(/\nUnbroken, not proved: no checkpoint of these entries was made at 2199-01-01T.+\n$/)
    expect(await check(out, '--key', first.id, '--until', noon)).toMatchObject({ code: 0 })
    await writeFile(out, (await readFile(out, 'utf8')).replace('\\"number\\": 1234', '\\"number\\": 4321'))
    expect(await check(out)).toMatchObject({
      code: 1,
      output: expect.stringMatching(
        new RegExp(`\nbroken: line \\d+ of .+: the hash of entry ${at.end + 1_234} is not`),
      ),
    })
    expect(await check(join(folder, 'absent'))).toEqual({
      code: 1,
      output: '',
      errors: expect.stringMatching(/absent cannot be read \(ENOENT/),
    })
    expect(await comptoir(['audit', 'export', '--out', join(folder, 'no', 'x')])).toMatchObject({
      code: 1,
      errors: expect.stringMatching(/x cannot be written \(ENOENT.+\)\.\n$/),
    })
  })

  test('an export that is interrupted or fails leaves no file, and one that is asked to wait goes on', async () => {
    const target = join(folder, 'interrupted')
    await mkdir(target)
    const args = ['audit', 'export', '--out', join(target, 'year.jsonl')]
    const trouble: { kind: 'hang' | 'fail' | 'busy' } = { kind: 'hang' }
    const met: string[] = []
    const between = createServer(async (request, response) => {
      const isSecondPage = request.url?.includes('cursor=') === true
      if (isSecondPage) met.push(trouble.kind)
      if (isSecondPage && trouble.kind === 'hang') return
      const status = { fail: 500, busy: 429, hang: 0 }[trouble.kind]
      if (isSecondPage && !(trouble.kind === 'busy' && met.filter((kind) => kind === 'busy').length > 1)) {
        response.writeHead(status).end(JSON.stringify({ status, code: trouble.kind, title: '', detail: '' }))
        return
      }
      const answer = await fetch(new URL(request.url ?? '', server.url), { headers })
      response.writeHead(answer.status).end(await answer.text())
    })
    await new Promise<void>((resolve) => between.listen(0, '127.0.0.1', resolve))
    const url = `http://127.0.0.1:${(between.address() as AddressInfo).port}`
    try {
      const env = { COMPTOIR_URL: url, COMPTOIR_API_KEY: apiKey, DATA_DIR: server.dataDir, XDG_CONFIG_HOME: folder }
      const running = launch([process.execPath, 'server/cli.ts', ...args], { env })
      await until('the second page is asked for', () => met.includes('hang'))
      expect(await readdir(target)).toEqual([expect.stringMatching(/^year\.jsonl\.part-\d+$/)])
      running.child.kill('SIGINT')
      expect(await running.ended, running.output()).toBe(130)
      expect(await readdir(target)).toEqual([])
      trouble.kind = 'fail'
      expect(await comptoir(args, env)).toMatchObject({ code: 1, errors: expect.stringContaining('"code": "fail"') })
      expect(await readdir(target)).toEqual([])
      trouble.kind = 'busy'
      expect(await comptoir(args, env)).toMatchObject({ code: 0, errors: '' })
      expect(await readdir(target)).toEqual(['year.jsonl'])
    } finally {
      between.closeAllConnections()
      between.close()
    }
  })
})
