import type pg from 'pg'
import { Refusal, refuse } from '../platform/refusal.ts'
import { documentsScattered } from './contract.ts'
import { hashOf, type JudgedRow, judgeFile, refusedRow } from './judge-rows.ts'
import type { RowOutcome } from './target.ts'
import type { Work } from './work.ts'

/** Rows that go in or stay out together, in the order of the file: those of a document, or one that is a thing by itself. */
export type RowGroup = readonly JudgedRow[]

const mostScattered = 10_000

/**
 * Notes, while the rows of a file go by, which documents have rows that do not follow one another, with the last row of each.
 * Refuses with `import_documents_scattered` where most have.
 */
export function watchDocuments(field: string | undefined) {
  const ended = new Set<number>()
  const scattered = new Map<string, number>()
  let current = ''
  return {
    note({ number, texts }: JudgedRow): void {
      const name = field === undefined ? '' : (texts[field] ?? '')
      if (name === '') return
      if (name !== current) {
        if (current !== '') ended.add(hashOf(current))
        if (ended.has(hashOf(name))) scattered.set(name, number)
        if (scattered.size > mostScattered) refuse(documentsScattered)
        current = name
      } else if (scattered.has(name)) scattered.set(name, number)
    },
    scattered: () => Object.fromEntries(scattered),
  }
}

/**
 * The rows of a file, judged, in groups; a group comes with the last of its rows, so that all before the last row of one that was
 * committed are in as well. What is wrong with one row keeps its whole group out.
 */
export async function* gatherRows(work: Work, world: unknown, pool: pg.Pool): AsyncIterable<readonly RowGroup[]> {
  const { documentField } = work.target
  const gather = documentField === undefined ? undefined : newGatherer(documentField, work.import.scattered)
  for await (const chunk of judgeFile(work, world, pool)) yield gather ? gather.take(chunk) : chunk.map((row) => [row])
  if (gather) yield gather.rest()
}

function newGatherer(field: string, scattered: Readonly<Record<string, number>>) {
  const ends = new Map(Object.entries(scattered))
  const open = new Map<string, JudgedRow[]>()
  let current: JudgedRow[] = []
  const nameOf = (row: JudgedRow | undefined) => row?.texts[field] ?? ''

  function put(row: JudgedRow, groups: RowGroup[]): void {
    const name = nameOf(row)
    if (current.length > 0 && (name === '' || name !== nameOf(current[0]))) {
      groups.push(whole(current))
      current = []
    }
    const end = ends.get(name)
    if (end === undefined) {
      current.push(row)
      return
    }
    const rows = [...(open.get(name) ?? []), row]
    open.set(name, rows)
    if (row.number < end) return
    groups.push(whole(rows))
    open.delete(name)
  }

  return {
    take(chunk: readonly JudgedRow[]): RowGroup[] {
      const groups: RowGroup[] = []
      for (const row of chunk) put(row, groups)
      return groups
    },
    rest: (): RowGroup[] => [...(current.length > 0 ? [whole(current)] : []), ...[...open.values()].map(whole)],
  }
}

/** Of a document that lacks a row nothing goes in. */
function whole(rows: RowGroup): RowGroup {
  const wrong = rows.find(({ row }) => row === undefined)
  if (!wrong) return rows
  const message = `Row ${wrong.number} of the same document is wrong`
  const fault = { field: null, kind: 'refused', code: 'document_incomplete', message } as const
  return rows.map((row) => (row.row ? { ...row, row: undefined, faults: [fault] } : row))
}

/** The number of the last row of a group: it is after those of all groups before it. */
export function endOf(group: RowGroup | undefined): number | undefined {
  return group?.at(-1)?.number
}

/** Works on groups together, in smaller parts where some of them are refused, until the one is found that is wrong. */
export async function inParts(
  groups: readonly RowGroup[],
  work: (groups: readonly RowGroup[]) => Promise<void>,
): Promise<void> {
  try {
    await work(groups)
  } catch (error) {
    const sound = groups.filter(isSound)
    const [only, ...others] = sound
    if (!(error instanceof Refusal) || !only) throw error
    if (others.length === 0) {
      await work(groups.map((group) => (group === only ? group.map((row) => refusedRow(row, error)) : group)))
      return
    }
    const middle = groups.indexOf(sound[Math.floor(sound.length / 2)] ?? only)
    await inParts(groups.slice(0, middle), work)
    await inParts(groups.slice(middle), work)
  }
}

/** Of a group that is alone and refused nothing may stay: throws its refusal. */
export function refuseAlone(groups: readonly RowGroup[], outcomes: readonly RowOutcome[]): void {
  const refused = outcomes.find((outcome) => outcome instanceof Refusal)
  if (refused && groups.filter(isSound).length === 1) throw refused
}

function isSound(group: RowGroup): boolean {
  return group[0]?.row !== undefined
}
