import type { Slice } from './check-slice.ts'
import type { Checkpoint } from './checkpoint.ts'
import { linesOf, parseLine } from './checkpoint-files.ts'
import { isEntryLine, parseEntryLine } from './export-lines.ts'

/** The time that the reader wants the slices to cover, ISO 8601 with a zone; `from` counts, `until` does not. */
export interface Claim {
  readonly from?: string | undefined
  readonly until?: string | undefined
}

/**
 * One sentence for each two slices that are not of one chain. Each must be unbroken by itself: then two that state the
 * same hash for the last entry that both know agree in all before it, and no other hash is compared. Reads the files again.
 */
export async function faultsBetween(slices: readonly Slice[]): Promise<string[]> {
  if (slices.length < 2) return []
  const ends = new Set(slices.map(({ last }) => last))
  const stated = new Map<number, { hash: string; path: string }>()
  const faults: string[] = []
  for (const slice of slices) {
    for (const [seq, hash] of await hashesAt(slice, ends)) {
      const before = stated.get(seq)
      if (!before) stated.set(seq, { hash, path: slice.path })
      else if (before.hash !== hash)
        faults.push(
          `${before.path} and ${slice.path} are not of one chain: they state different hashes for entry ${seq}`,
        )
    }
  }
  return faults
}

/**
 * The hash that exported files state of an entry of a tenant: their own, or the one that the entry after it names. Undefined when
 * none holds it. What a file states is worth as much as the check of the file.
 */
export async function findStatedHash(
  paths: readonly string[],
  { tenantId, seq }: { tenantId: string; seq: number },
): Promise<string | undefined> {
  for (const path of paths) {
    for await (const { text } of linesOf(path)) {
      const entry = isEntryLine(text) ? parseEntryLine(text) : undefined
      if (!entry || entry.number < seq) continue
      if (entry.number > seq + 1 || parseLine(entry.body)?.tenant_id !== tenantId) break
      return entry.number === seq ? entry.hash : entry.previousHash
    }
  }
  return undefined
}

async function hashesAt({ path, first, before }: Slice, wanted: ReadonlySet<number>): Promise<Map<number, string>> {
  const found = new Map<number, string>()
  if (wanted.has(first - 1)) found.set(first - 1, before)
  let seq = first - 1
  for await (const { text } of linesOf(path)) {
    if (!isEntryLine(text)) continue
    seq++
    const entry = wanted.has(seq) ? parseEntryLine(text) : undefined
    if (entry) found.set(seq, entry.hash)
  }
  return found
}

/** The entries between slices that no slice holds, in words. */
export function gapsBetween(slices: readonly Slice[]): string[] {
  const gaps: string[] = []
  let reached: number | undefined
  for (const { first, last } of slices.toSorted((one, other) => one.first - other.first)) {
    if (reached !== undefined && first > reached + 1) gaps.push(ranged(reached + 1, first - 1))
    reached = Math.max(reached ?? 0, last)
  }
  return gaps
}

/** `entry 7`, or `entries 7 to 9`. */
export function ranged(first: number, last: number): string {
  return first === last ? `entry ${first}` : `entries ${first} to ${last}`
}

/** Whether unbroken slices, taken together, hold all that was recorded in a span of time; sentences for and against. */
export function judgeClaim(slices: readonly Slice[], checkpoints: readonly Checkpoint[], { from, until }: Claim) {
  const findings: string[] = []
  const unproved: string[] = []
  const { 0: earliest } = slices.toSorted((one, other) => one.first - other.first)
  if (!earliest) return { findings, unproved }
  const last = Math.max(...slices.map((slice) => slice.last))
  const inside = checkpoints.filter(({ seq }) => seq >= earliest.first - 1 && seq <= last)
  if (from !== undefined) {
    const reason = reasonOfBeginning(earliest, inside, from)
    if (reason !== undefined) findings.push(`From ${from}: nothing is missing at the beginning, ${reason}.`)
    else
      unproved.push(
        `entry ${earliest.first - 1} is not here and may be of ${from} or later (give the file that ends with it, too)`,
      )
  }
  if (until !== undefined) {
    const end = microsOf(until)
    const covering = inside.find(({ seq, time_us: time }) => seq >= earliest.first && time >= end)
    if (covering)
      findings.push(`Until ${until}: nothing is missing at the end, the ${covering.name} was made after it.`)
    else unproved.push(`no checkpoint of these entries was made at ${until} or later, so some before it may be missing`)
  }
  const isClaimed = from !== undefined || until !== undefined
  if (isClaimed) unproved.push(...gapsBetween(slices).map((gap) => `${gap} missing between the files`))
  return { findings, unproved }
}

/** Why the entry before the first one here was recorded before that time; undefined when it may not have been. */
function reasonOfBeginning({ first, firstTime }: Slice, checkpoints: readonly Checkpoint[], from: string) {
  if (first === 1) return 'entry 1 is the first of all'
  if (Date.parse(firstTime) < Date.parse(from)) return `entry ${first} was recorded before it`
  const earlier = checkpoints.find(({ time_us: time }) => time < microsOf(from))
  return earlier && `the ${earlier.name} was made before it`
}

/** Microseconds since 1970 of an ISO 8601 time. */
export function microsOf(time: string): number {
  return Date.parse(time) * 1_000
}
