import { setImmediate as giveWay } from 'node:timers/promises'
import type { JobContext } from '../platform/jobs.ts'
import { money, toText } from '../platform/money.ts'
import { Refusal } from '../platform/refusal.ts'
import { now } from '../platform/time.ts'
import { noCounts } from './check-file.ts'
import { add, type Counts, openHere, settle } from './commit-rows.ts'
import { mostErrors, tooManyErrors } from './contract.ts'
import { gatherRows, inParts, type RowGroup, refuseAlone } from './gather-rows.ts'
import { errorsOf, type JudgedRow, readWorld } from './judge-rows.ts'
import type { Preview } from './queries.ts'
import { insertErrors, sumsOfPostings } from './row-queries.ts'
import type { Made } from './target.ts'
import {
  batchSize,
  commandContext,
  endRun,
  holdImport,
  noteEveryMs,
  noteProgress,
  timeOfBatch,
  type Work,
} from './work.ts'

interface DryRun {
  readonly work: Work
  readonly run: number
  counts: Counts
  /** What was made so far: what a later batch makes again, because this one was rolled back, is the same thing. */
  readonly carried: Set<string>
  /** What the target remembers of batches that were rolled back. */
  readonly remembered: Set<string>
  readonly made: Map<string, number>
  readonly stock: Map<string, Preview['stock'][number]>
  readonly ledger: Map<string, Preview['ledger'][number]>
  errors: JudgedRow[]
}

/** The transaction of a batch has shown what it would do, and ends without a trace. */
class RolledBack extends Error {}

/**
 * Commits the rows of a file in batches, by the code that commits them, and rolls each back: nothing stays of it, neither
 * counted nor in the audit chain. Keeps what would have come of it.
 */
export async function dryRunRows(work: Work, { databases }: JobContext): Promise<void> {
  const began = performance.now()
  const world = await readWorld(work, databases.app)
  const dryRun = await begin(work)
  const size = batchSize()
  let batch: RowGroup[] = []
  let rows = 0
  let noted = performance.now()
  const runBatch = async () => {
    const started = performance.now()
    await inParts(batch, (groups) => dryRunTogether(dryRun, groups))
    size.note(rows, timeOfBatch(work, started))
    batch = []
    rows = 0
    if (dryRun.counts.failed_rows > mostErrors) throw new Refusal(tooManyErrors)
    if (performance.now() - noted > noteEveryMs) {
      await note(dryRun)
      noted = performance.now()
    }
    // Whoever waits goes first.
    await giveWay()
  }
  for await (const groups of gatherRows(work, world, databases.app)) {
    for (const group of groups) {
      if (rows > 0 && rows + group.length > size.rows) await runBatch()
      batch.push(group)
      rows += group.length
    }
  }
  if (rows > 0) await runBatch()
  await note(dryRun)
  await work.transaction(async (tx) => {
    await holdImport(work, tx, { status: 'trying', run: dryRun.run })
    const { processed_rows, ...counts } = dryRun.counts
    await endRun(work, tx, 'imports.try-import', {
      status: 'tried',
      total_rows: processed_rows,
      dry_run_ms: Math.trunc(performance.now() - began),
      preview: previewOf(dryRun, counts),
    })
  })
}

function begin(work: Work): Promise<DryRun> {
  return work.transaction(async (tx) => {
    const held = await holdImport(work, tx, { status: 'trying', run: work.import.run })
    const run = held.run + 1
    await noteProgress(work, tx, { run, ...noCounts, began_at: now() })
    return {
      work,
      run,
      counts: noCounts,
      carried: new Set(),
      remembered: new Set(),
      made: new Map(),
      stock: new Map(),
      ledger: new Map(),
      errors: [],
    }
  })
}

async function note(dryRun: DryRun): Promise<void> {
  const { work, run, errors, counts } = dryRun
  await work.transaction(async (tx) => {
    await holdImport(work, tx, { status: 'trying', run })
    await insertErrors(
      { ...tx, tenantId: work.tenantId },
      errors.flatMap((row) => errorsOf(work.import, run, row)),
    )
    const { processed_rows, failed_rows, created_rows, updated_rows, skipped_rows } = counts
    await noteProgress(work, tx, { processed_rows, failed_rows, created_rows, updated_rows, skipped_rows })
  })
  dryRun.errors = []
}

async function dryRunTogether(dryRun: DryRun, groups: readonly RowGroup[]): Promise<void> {
  const { work } = dryRun
  const rows = groups.flat()
  const sound = rows.flatMap(({ row }) => row ?? [])
  let shown: { settled: ReturnType<typeof settle>; sums: Pick<Preview, 'stock' | 'ledger'> } | undefined
  if (sound.length > 0)
    await work
      .transaction(async (tx) => {
        const context = commandContext(work, tx)
        const outcomes = await work.target.commit(context, await openHere(work, context, dryRun.remembered), sound)
        refuseAlone(groups, outcomes)
        const settled = settle(rows, outcomes)
        const postings = settled.made.filter(({ resource }) => posts.has(resource)).map(({ id }) => id)
        shown = { settled, sums: await sumsOfPostings({ ...tx, tenantId: work.tenantId }, [...new Set(postings)]) }
        throw new RolledBack('a dry run commits nothing')
      })
      .catch((error: unknown) => {
        if (!(error instanceof RolledBack)) throw error
      })
  const { settled, sums } = shown ?? { settled: settle(rows, []), sums: { stock: [], ledger: [] } }
  dryRun.errors.push(...settled.failed)
  const whats = settled.whats.map((one) => ({ ...one, what: carriedWhat(dryRun, one) }))
  dryRun.counts = add(dryRun.counts, rows.length, { failed: settled.failed, whats })
  for (const one of settled.made) tally(dryRun, one)
  for (const one of sums.stock) {
    const { quantity = '0', value = '0' } = dryRun.stock.get(one.branch_id) ?? {}
    const sum = { quantity: plus(quantity, one.quantity), value: plus(value, one.value) }
    dryRun.stock.set(one.branch_id, { branch_id: one.branch_id, ...sum })
  }
  for (const one of sums.ledger) {
    // An account that a batch opens is another one in the next.
    const key = `${one.code}\u0000${one.name}`
    const amount = plus(dryRun.ledger.get(key)?.amount ?? '0', one.amount)
    dryRun.ledger.set(key, { ...one, amount })
  }
}

/** A row that makes what an earlier one made would have found it there. */
function carriedWhat(
  { carried }: DryRun,
  { what, made }: { what: 'created' | 'updated' | 'skipped'; made: readonly Made[] },
) {
  if (what !== 'created') return what
  const [main] = made.filter((one) => !references.has(one.resource) && one.what === 'created')
  if (!main || !carried.has(main.name)) return what
  return made.some(({ resource }) => resource === 'posting') ? 'updated' : 'skipped'
}

const references: ReadonlySet<string> = new Set(['category', 'posting'])
/** What has postings of stock and a journal of its own. */
const posts: ReadonlySet<string> = new Set(['posting', 'history_document'])

function tally({ carried, made }: DryRun, { resource, what, name }: Made): void {
  if (what === 'skipped' || carried.has(name)) return
  carried.add(name)
  made.set(resource, (made.get(resource) ?? 0) + 1)
}

function previewOf({ made, stock, ledger }: DryRun, counts: Omit<Counts, 'processed_rows'>): Preview {
  const { created_rows, updated_rows, skipped_rows, failed_rows } = counts
  return {
    created_rows,
    updated_rows,
    skipped_rows,
    failed_rows,
    made: Object.fromEntries(made),
    stock: [...stock.values()],
    ledger: [...ledger.values()],
  }
}

function plus(a: string, b: string): string {
  return toText(money(a).plus(b))
}
