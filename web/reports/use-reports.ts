import { type Output, useRead } from '../api.ts'
import { useWorkplace } from '../identity/session.ts'
import { useWholeListState } from '../ui/whole-list.ts'
import { useSay } from './report-words.ts'

export type Description = Output<'reports.list-reports'>['items'][number]
export type Result = Output<'reports.run-report'>
export type Row = Result['rows'][number]
export type ReportColumn = Result['columns'][number]
export type Saved = Output<'reports.list-saved-reports'>['items'][number]

/** The reports that whoever is signed in may read. */
export const useReports = () => useRead('reports.list-reports', {}, { staleTime: 300_000 })

/** Their saved reports and those that are shared with them, by name. */
export function useSaved() {
  const { items, ...state } = useWholeListState('reports.list-saved-reports', {})
  return { ...state, items: items.toSorted((one, other) => one.name.localeCompare(other.name)) }
}

/** Whether they may share reports, and change those of others. */
export function useManages(): boolean {
  return useWorkplace().permissions.includes('reports.manage-saved')
}

/** What a report is called, and what it answers. */
export function useReportName() {
  const say = useSay()
  return {
    titleOf: (name: string, otherwise = name) => say([`title/${name}`], otherwise),
    aboutOf: ({ name, summary }: Description) => say([`about/${name}`], summary),
  }
}
