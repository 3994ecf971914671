import { checkSlice, type Slice } from './check-slice.ts'
import { type Checkpoint, faultOfSignature } from './checkpoint.ts'
import { linesOf, parseCheckpoint, parseLine } from './checkpoint-files.ts'
import { type ExportHeader, isEntryLine, parseHeader, parseKeyLine } from './export-lines.ts'
import { type PublicKey, vouchedFor } from './keys.ts'

export interface FilesVerdict {
  /** One sentence each; the first broken link of each file, and every checkpoint that cannot be believed. */
  readonly faults: readonly string[]
  /** What was found, in sentences. */
  readonly findings: readonly string[]
}

interface Collected {
  readonly headers: Map<string, ExportHeader>
  readonly keys: PublicKey[]
  readonly checkpoints: Checkpoint[]
  readonly faults: string[]
  readonly notes: string[]
}

/**
 * Checks exported slices of a chain and collected checkpoints, without a database: links, signatures, and that the
 * checkpoints state what the entries give. `keyIds` are the keys that the reader wrote down; without them, the keys in the
 * files are taken as they are and a finding says so. Reads each file twice, line by line, and keeps no entry.
 * Throws `OperatorError` for a file that cannot be read.
 */
export async function checkFiles(paths: readonly string[], keyIds: readonly string[]): Promise<FilesVerdict> {
  const collected = await collect(paths)
  const { keys, checkpoints, headers } = collected
  const roots = keyIds.length > 0 ? keyIds : keys.map(({ id }) => id)
  const vouched = vouchedFor(keys, new Set(roots))
  const faults = [...collected.faults]
  for (const id of keyIds) if (!vouched.has(id)) faults.push(`the key ${id} that you gave is in none of these files`)
  const believed: Checkpoint[] = []
  for (const checkpoint of checkpoints) {
    const fault = faultOfSignature(checkpoint, vouched)
    if (fault === undefined) believed.push(checkpoint)
    else faults.push(fault)
  }
  const findings: string[] = []
  const compared = new Set<Checkpoint>()
  let tenantId: string | undefined
  let isWhole = true
  for (const [path, header] of headers) {
    const slice = await checkSlice(path, header, { tenantId, checkpoints: believed })
    tenantId = slice.tenantId ?? tenantId
    isWhole &&= slice.fault === undefined
    if (slice.fault !== undefined) faults.push(slice.fault)
    else {
      const mine = believed.filter((one) => one.tenant_id === slice.tenantId)
      findings.push(...describeSlice(slice))
      faults.push(...faultsBeyond(slice, header, mine))
      for (const one of mine) if (one.seq >= slice.first - 1 && one.seq <= slice.last) compared.add(one)
    }
  }
  if (headers.size === 0)
    findings.push(`There are no entries here: of ${counted(believed.length)} the signature was checked.`)
  const rest = believed.length - compared.size
  if (headers.size > 0 && isWhole && rest > 0)
    findings.push(`Not compared: ${counted(rest)} of entries that are not here, or of another tenant.`)
  return { faults, findings: [...findings, ...collected.notes, describeKeys(keys, keyIds)] }
}

/** Reads everything but the entries. */
async function collect(paths: readonly string[]): Promise<Collected> {
  const collected: Collected = { headers: new Map(), keys: [], checkpoints: [], faults: [], notes: [] }
  const seen = new Set<string>()
  for (const path of paths) {
    for await (const { text, source } of linesOf(path)) {
      if (isEntryLine(text)) {
        if (collected.headers.has(path)) continue
        collected.headers.set(path, {})
        collected.faults.push(`${path} does not begin as an export does: its first line is gone`)
        continue
      }
      const line = parseLine(text)
      const header = parseHeader(line)
      const key = parseKeyLine(line)
      const checkpoint = parseCheckpoint(line, source)
      if (header) collected.headers.set(path, header)
      else if (key) collected.keys.push(key)
      else if (!checkpoint) refuseLine(collected, path, source)
      else if (!seen.has(`${checkpoint.body}${checkpoint.signature}`)) {
        seen.add(`${checkpoint.body}${checkpoint.signature}`)
        collected.checkpoints.push(checkpoint)
      }
    }
  }
  return collected
}

/** A file of checkpoints may hold a line that a power cut left half; an export may not. */
function refuseLine({ headers, faults, notes }: Collected, path: string, source: string): void {
  if (headers.has(path)) faults.push(`${source} is no line of an export: the file is damaged`)
  else notes.push(`The ${source} is no checkpoint and proves nothing.`)
}

function describeSlice({ tenantId, first, last, firstTime, lastTime, path, matched, newest }: Slice): string[] {
  const unbroken = `Unbroken: ${ranged(first, last)} of tenant ${tenantId} (${path}), recorded ${firstTime} to ${lastTime}.`
  if (!newest) return [unbroken, 'Proved: none of them; no checkpoint speaks of them, so only their hashes are right.']
  const made = new Date(newest.time_us / 1_000).toISOString()
  const proof = `Agreeing: ${counted(matched)}; the newest is of entry ${newest.seq}, made ${made}, signed by the key ${newest.key_id}.`
  const proved = newest.seq < first ? 'none of them' : ranged(first, newest.seq)
  const after = Math.max(newest.seq + 1, first)
  const open = after > last ? 'all of them' : `not yet ${ranged(after, last)}, recorded after it`
  return [unbroken, proof, `Proved: ${after > last ? open : `${proved}; ${open}`}.`]
}

function ranged(first: number, last: number): string {
  return first === last ? `entry ${first}` : `entries ${first} to ${last}`
}

function counted(checkpoints: number): string {
  return checkpoints === 1 ? '1 checkpoint' : `${checkpoints} checkpoints`
}

/** An export that lacks its end: a checkpoint was made before the time it claims to reach, of an entry it does not hold. */
function faultsBeyond(slice: Slice, { until }: ExportHeader, checkpoints: readonly Checkpoint[]): string[] {
  if (until === undefined || until === null) return []
  const end = Date.parse(until) * 1_000
  const missing = checkpoints.find(({ seq, time_us: time }) => seq > slice.last && time < end)
  return missing
    ? [
        `${slice.path} ends with entry ${slice.last}, but the ${missing.name} speaks of a later one: entries are missing`,
      ]
    : []
}

function describeKeys(keys: readonly PublicKey[], keyIds: readonly string[]): string {
  if (keyIds.length > 0) return `Key: compared with the one you gave, ${keyIds.join(', ')}.`
  const there = [...new Set(keys.map(({ id }) => id))].join(', ') || 'none'
  return `Key: not compared, so whoever made these files could have signed them; give the id that you wrote down with --key (in the files: ${there}).`
}
