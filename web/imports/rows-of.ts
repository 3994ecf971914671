import { skipToken, useQuery } from '@tanstack/react-query'
import { call, queryClient } from '../api.ts'

/** The cells of a row of a file, each with the name of its column. */
export type FileRow = readonly (readonly [column: string, text: string])[]

const keyOfRow = (id: string, number: number) => ['imports', 'imports.show-rows', id, number]

/** Reads rows of a file, for those who show them by `useRow`. A list does not wait for it: far rows of a long file take their time. */
export function loadRows(id: string, numbers: readonly number[]): void {
  if (numbers.length === 0) return
  const asked = [...new Set(numbers)].join(',')
  void call('imports.show-rows', { id, numbers: asked }).then(
    ({ columns, items }) => {
      for (const { row_number, cells } of items) {
        const row: FileRow = columns.map((column, at) => [column, cells[at] ?? ''])
        queryClient.setQueryData(keyOfRow(id, row_number), row)
      }
    },
    // Errors can be read without: what the row says beside them only helps to know it again.
    () => undefined,
  )
}

/** A row of a file, once it was read. */
export function useRow(id: string, number: number): FileRow | undefined {
  return useQuery<FileRow>({ queryKey: keyOfRow(id, number), queryFn: skipToken, staleTime: Number.POSITIVE_INFINITY })
    .data
}
