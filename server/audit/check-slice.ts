import { type Checkpoint, createComparison } from './checkpoint.ts'
import { linesOf } from './checkpoint-files.ts'
import { type ExportHeader, isEntryLine, parseEntryLine } from './export-lines.ts'
import { genesis, judgeLink, type Link } from './link.ts'

/** What was found in one exported file. */
export interface Slice {
  readonly path: string
  readonly tenantId: string | undefined
  readonly first: number
  readonly last: number
  /** The hash of the entry before the first, as the first one states it. */
  readonly before: string
  /** ISO 8601. */
  readonly firstTime: string
  readonly lastTime: string
  readonly matched: number
  readonly newest: Checkpoint | undefined
  /** The first broken link; what else is said here is then only what came before it. */
  readonly fault?: string
}

interface Walk {
  readonly path: string
  tenantId: string | undefined
  first: number
  last: number
  before: string
  previousHash: string | undefined
  firstMicros: number
  lastMicros: number
  comparison: ReturnType<typeof createComparison>
}

/** Walks the entries of an exported file and holds the checkpoints of their tenant against them. */
export async function checkSlice(
  path: string,
  header: ExportHeader,
  { tenantId, checkpoints }: { tenantId: string | undefined; checkpoints: readonly Checkpoint[] },
): Promise<Slice> {
  const nothing = { first: 0, last: 0, before: '', previousHash: undefined, firstMicros: 0, lastMicros: 0 }
  const walk: Walk = { path, tenantId, ...nothing, comparison: createComparison([]) }
  for await (const { text, source } of linesOf(path)) {
    if (!isEntryLine(text)) continue
    const entry = parseEntryLine(text)
    const fault = entry ? step(walk, entry, checkpoints) : 'is no entry: the file is damaged'
    if (fault !== undefined) return sliceOf(walk, `${source}: ${fault}`)
  }
  return sliceOf(walk, faultOfEnds(path, header, walk))
}

function step(walk: Walk, entry: Link & { number: number }, checkpoints: readonly Checkpoint[]): string | undefined {
  const isFirst = walk.first === 0
  const seq = isFirst ? entry.number : walk.last + 1
  const previousHash = isFirst && seq === 1 ? genesis : walk.previousHash
  const { fault, body } = judgeLink(entry, { seq, previousHash, tenantId: walk.tenantId })
  if (!body) return fault
  if (isFirst) {
    walk.comparison = createComparison(checkpoints.filter((one) => one.tenant_id === body.tenant_id))
    walk.tenantId = body.tenant_id
    walk.first = seq
    walk.before = entry.previousHash
    walk.firstMicros = body.time_us
    // What the entry before the slice must have been is stated as well.
    const before = walk.comparison.faultAt(seq - 1, entry.previousHash)
    if (before !== undefined) return before
  }
  walk.last = seq
  walk.previousHash = entry.hash
  walk.lastMicros = body.time_us
  return walk.comparison.faultAt(seq, entry.hash)
}

function sliceOf(walk: Walk, fault?: string): Slice {
  const { path, tenantId, first, last, before, firstMicros, lastMicros, comparison } = walk
  const [firstTime, lastTime] = [isoOf(firstMicros), isoOf(lastMicros)]
  const { matched, newest } = comparison
  const slice = { path, tenantId, first, last, before, firstTime, lastTime, matched, newest }
  return fault === undefined ? slice : { ...slice, fault }
}

/** The first line of an export says which entries follow. */
function faultOfEnds(path: string, header: ExportHeader, { first, last }: { first: number; last: number }) {
  if (first === 0) return `${path} holds no entries`
  const { from_seq: from, until_seq: until } = header
  if (from !== undefined && from !== first) return `${path} begins with entry ${first}, its first line says ${from}`
  if (until !== undefined && until !== last) return `${path} ends with entry ${last}, its first line says ${until}`
  return undefined
}

function isoOf(micros: number): string {
  return new Date(micros / 1_000).toISOString()
}
