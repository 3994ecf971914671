import { queryOptions, useQuery } from '@tanstack/react-query'
import { call, queryClient } from '../api.ts'
import type { Import } from './use-import.ts'

/** The cells of a row of a file, each with the name of its column. */
export type FileRow = readonly (readonly [column: string, text: string])[]

interface Asked {
  readonly id: string
  readonly number: number
  /** Says that nobody shows it any more. */
  readonly signal: AbortSignal
  readonly answer: PromiseWithResolvers<FileRow | null>
}

/** As many as the server takes at once. */
const most = 200
let asked: Asked[] = []
let isAsking = false

/**
 * Asks for a row together with the others in sight, one call after the other: the server reads the file up to the last of them,
 * and far rows of a long file take their time.
 */
function ask(one: Omit<Asked, 'answer'>): Promise<FileRow | null> {
  const answer = Promise.withResolvers<FileRow | null>()
  asked.push({ ...one, answer })
  if (!isAsking) {
    isAsking = true
    setTimeout(() => void askAll())
  }
  return answer.promise
}

async function askAll(): Promise<void> {
  for (;;) {
    asked = asked.filter(({ signal }) => !signal.aborted)
    const [first] = asked
    if (!first) break
    const some = asked.filter(({ id }) => id === first.id).slice(0, most)
    asked = asked.filter((one) => !some.includes(one))
    await askSome(first.id, some)
  }
  isAsking = false
}

async function askSome(id: string, some: readonly Asked[]): Promise<void> {
  try {
    const numbers = [...new Set(some.map(({ number }) => number))].join(',')
    const { columns, items } = await call('imports.show-rows', { id, numbers })
    const found = new Map(items.map(({ row_number, cells }) => [row_number, cells]))
    for (const { number, answer } of some) {
      const cells = found.get(number)
      answer.resolve(cells ? columns.map((column, at) => [column, cells[at] ?? '']) : null)
    }
  } catch (error) {
    for (const { answer } of some) answer.reject(error)
  }
}

type Of = Pick<Import, 'id' | 'run'>

/** Known until a run reads the file again: changes of other rows leave it as it is. */
const rowOf = ({ id, run }: Of, number: number) =>
  queryOptions({
    queryKey: ['rows-of-files', id, run, number],
    queryFn: ({ signal }) => ask({ id, number, signal }),
    staleTime: Number.POSITIVE_INFINITY,
    // Errors can be read without: what the row says beside them only helps to know it again.
    retry: false,
  })

/** A row of a file, once it was read. */
export function useRow(of: Of, number: number): FileRow | null | undefined {
  return useQuery(rowOf(of, number)).data
}

/** A cell was put right: its row says so wherever it is known. */
export function keepCell(of: Of, number: number, [column, text]: FileRow[number]): void {
  queryClient.setQueryData(rowOf(of, number).queryKey, (row) =>
    row?.map(([name, was]) => [name, name === column ? text : was] as const),
  )
}
