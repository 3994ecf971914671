import { checkSlice, type Slice } from './check-slice.ts'
import { type Claim, faultsBetween, gapsBetween, judgeClaim, microsOf, ranged } from './check-slices.ts'
import { type Checkpoint, faultOfSignature } from './checkpoint.ts'
import { linesOf, parseCheckpoint, parseLine } from './checkpoint-files.ts'
import { type ExportHeader, isEntryLine, isHeader, parseHeader, parseKeyLine } from './export-lines.ts'
import { type PublicKey, vouchedFor } from './keys.ts'

export interface FilesVerdict {
  /** One sentence each; the first broken link of each file, and every checkpoint that cannot be believed. */
  readonly faults: readonly string[]
  /** What was found, in sentences. */
  readonly findings: readonly string[]
  /** Why the files, though nothing in them is broken, prove less than was asked; empty when they prove it. */
  readonly unproved: readonly string[]
}

interface Collected {
  readonly headers: Map<string, ExportHeader>
  readonly keys: PublicKey[]
  readonly checkpoints: Checkpoint[]
  readonly faults: string[]
  readonly notes: string[]
}

/**
 * Checks exported slices of a chain and collected checkpoints, without a database: links, signatures, that the checkpoints
 * state what the entries give, and that slices agree with one another. `keyIds` are the keys that the reader wrote down;
 * without them, the keys in the files are taken as they are and nothing is proved. `claim` is the time that the slices
 * should cover. Reads each file line by line, at most three times, and keeps no entry.
 * Throws `OperatorError` for a file that cannot be read.
 */
export async function checkFiles(
  paths: readonly string[],
  keyIds: readonly string[],
  claim: Claim = {},
): Promise<FilesVerdict> {
  const { keys, headers, notes, ...collected } = await collect(new Set(paths))
  const { believed, faults: disbelieved } = believe(collected.checkpoints, keys, keyIds)
  const slices: Slice[] = []
  let tenantId: string | undefined
  for (const [path, header] of headers) {
    const slice = await checkSlice(path, header, { tenantId, checkpoints: believed })
    tenantId = slice.tenantId ?? tenantId
    slices.push(slice)
  }
  const whole = slices.filter(({ fault }) => fault === undefined)
  const mine = believed.filter((one) => one.tenant_id === tenantId)
  const judged = whole.map((slice) => judgeEnd(slice, headers.get(slice.path) ?? {}, mine))
  const covered = judgeClaim(whole, mine, claim)
  const faults = [
    ...[...collected.faults, ...disbelieved],
    ...slices.flatMap(({ fault }) => fault ?? []),
    ...judged.flatMap((one) => one.faults),
    ...(await faultsBetween(whole)),
  ]
  const findings = [
    ...whole.flatMap(describeSlice),
    ...gapsBetween(whole).map((gap) => `In no file: ${gap}.`),
    ...(whole.length === slices.length ? describeRest(whole, believed, mine) : []),
    ...[...judged.flatMap((one) => one.notes), ...covered.findings, ...notes, describeKeys(keys, keyIds)],
  ]
  const unproved = [
    ...(keyIds.length === 0 ? ['no key was compared (--key)'] : []),
    ...(headers.size === 0 ? ['there are no entries here'] : []),
    ...whole.filter((slice) => !isCovered(slice)).map(({ path }) => `no checkpoint covers the entries of ${path}`),
    ...covered.unproved,
  ]
  return { faults, findings, unproved }
}

function believe(checkpoints: readonly Checkpoint[], keys: readonly PublicKey[], keyIds: readonly string[]) {
  const vouched = vouchedFor(keys, new Set(keyIds.length > 0 ? keyIds : keys.map(({ id }) => id)))
  const absent = keyIds.filter((id) => !vouched.has(id))
  const faults = absent.map((id) => `the key ${id} that you gave is in none of these files`)
  const believed: Checkpoint[] = []
  for (const checkpoint of checkpoints) {
    const fault = faultOfSignature(checkpoint, vouched)
    if (fault === undefined) believed.push(checkpoint)
    else faults.push(fault)
  }
  return { believed, faults }
}

/** Reads everything but the entries. */
async function collect(paths: ReadonlySet<string>): Promise<Collected> {
  const collected: Collected = { headers: new Map(), keys: [], checkpoints: [], faults: [], notes: [] }
  const seen = new Set<string>()
  for (const path of paths) {
    const strange: string[] = []
    for await (const { text, source } of linesOf(path)) {
      if (isEntryLine(text)) {
        if (collected.headers.has(path)) continue
        collected.headers.set(path, {})
        collected.faults.push(`${path} does not begin as an export does: its first line is gone`)
        continue
      }
      const line = parseLine(text)
      const key = parseKeyLine(line)
      const checkpoint = parseCheckpoint(line, source)
      if (isHeader(line)) takeHeader(collected, path, parseHeader(line), source)
      else if (key) collected.keys.push(key)
      else if (!checkpoint) strange.push(source)
      else if (!seen.has(`${checkpoint.body}${checkpoint.signature}`)) {
        seen.add(`${checkpoint.body}${checkpoint.signature}`)
        collected.checkpoints.push(checkpoint)
      }
    }
    // A file of checkpoints may hold a line that a power cut left half; an export may not.
    if (collected.headers.has(path))
      collected.faults.push(...strange.map((source) => `${source} is no line of an export: the file is damaged`))
    else collected.notes.push(...strange.map((source) => `The ${source} is no checkpoint and proves nothing.`))
  }
  return collected
}

function takeHeader({ headers, faults }: Collected, path: string, header: ExportHeader | undefined, source: string) {
  if (headers.has(path)) faults.push(`${source} is a first line once more: the file is not as it was exported`)
  else {
    headers.set(path, header ?? {})
    if (!header) faults.push(`${source} does not say what the first line of an export says: the file is damaged`)
  }
}

function isCovered({ newest, first }: Slice): boolean {
  return newest !== undefined && newest.seq >= first
}

function describeSlice(slice: Slice): string[] {
  const { tenantId, first, last, firstTime, lastTime, path, matched, newest } = slice
  const unbroken = `Unbroken: ${ranged(first, last)} of tenant ${tenantId} (${path}), recorded ${firstTime} to ${lastTime}.`
  if (!newest) return [unbroken, 'Proved: none of them; no checkpoint speaks of them, so only their hashes are right.']
  const made = new Date(newest.time_us / 1_000).toISOString()
  const proof = `Agreeing: ${counted(matched)}; the newest is of entry ${newest.seq}, made ${made}, signed by the key ${newest.key_id}.`
  const after = Math.max(newest.seq + 1, first)
  if (after > last) return [unbroken, proof, 'Proved: all of them.']
  const proved = isCovered(slice) ? ranged(first, newest.seq) : 'none of them'
  return [unbroken, proof, `Proved: ${proved}; not proved: ${ranged(after, last)}.`]
}

/** Of checkpoints that no entry was compared with. */
function describeRest(
  slices: readonly Slice[],
  believed: readonly Checkpoint[],
  mine: readonly Checkpoint[],
): string[] {
  if (slices.length === 0)
    return [`There are no entries here: of ${counted(believed.length)} the signature was checked.`]
  const compared = mine.filter(({ seq }) => slices.some(({ first, last }) => seq >= first - 1 && seq <= last))
  const rest = believed.length - compared.length
  return rest > 0 ? [`Not compared: ${counted(rest)} of entries that are not here, or of another tenant.`] : []
}

function counted(checkpoints: number): string {
  return checkpoints === 1 ? '1 checkpoint' : `${checkpoints} checkpoints`
}

/**
 * An export lacks its end when a checkpoint was made before the time it claims to reach, of an entry it does not hold.
 * Made after the export it contradicts nothing: the entry may not have been there yet.
 */
function judgeEnd({ path, last }: Slice, header: ExportHeader, checkpoints: readonly Checkpoint[]) {
  const { until, exported_at: exportedAt } = header
  if (exportedAt === undefined) return { faults: [], notes: [] }
  const end = until ? microsOf(until) : Number.POSITIVE_INFINITY
  const later = checkpoints.filter(({ seq, time_us: time }) => seq > last && time < end)
  const missing = later.find(({ time_us: time }) => time < microsOf(exportedAt))
  const newer = later.find(({ time_us: time }) => time >= microsOf(exportedAt))
  return {
    faults: missing
      ? [`${path} ends with entry ${last}, but the ${missing.name} speaks of a later one: entries are missing`]
      : [],
    notes: newer ? [`The ${newer.name} was made after ${path} was exported; its entry may be later than that.`] : [],
  }
}

function describeKeys(keys: readonly PublicKey[], keyIds: readonly string[]): string {
  if (keyIds.length > 0) return `Key: compared with the one you gave, ${keyIds.join(', ')}.`
  const there = [...new Set(keys.map(({ id }) => id))].join(', ') || 'none'
  return `Key: not compared, so whoever made these files could have signed them; give the id that you wrote down with --key (in the files: ${there}).`
}
