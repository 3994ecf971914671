import { useBranches } from '../identity/session.ts'
import { day } from '../ui/format.ts'
import { daysOf } from './days.ts'
import type { Field, Given } from './parameters.ts'
import { useSay } from './report-words.ts'
import { useReportWords } from './words.ts'

interface ChosenProps {
  readonly report: string
  readonly fields: readonly Field[]
  readonly given: Given
  /** Where it is told, a period is told as days, too. */
  readonly today?: string | undefined
}

/** What a report is asked for, in words. */
export function Chosen(props: ChosenProps) {
  return useChosen(props).join(' · ')
}

function useChosen({ report, fields, given, today }: ChosenProps): string[] {
  const t = useReportWords()
  const say = useSay()
  const { branches } = useBranches()
  const daysSaid = (from: string, until: string) => (from === until ? day(from) : `${day(from)} – ${day(until)}`)
  return fields.flatMap(({ name, kind, usual }) => {
    const value = given[name] ?? usual
    const label = say([`parameter/${report}/${name}`, `parameter/${name}`], name)
    if (kind === 'period') {
      if (given.from !== undefined) return [daysSaid(String(given.from), String(given.until))]
      const { from, until } = daysOf(String(value), today ?? '2000-01-01')
      const said = say([`choice/period/${value}`], String(value))
      return [today ? `${said} (${daysSaid(from, until)})` : said]
    }
    if (kind === 'branch')
      return branches.find(({ id }) => id === value)?.name ?? (branches.length > 1 ? t('everyBranch') : [])
    if (value === undefined) return []
    if (kind === 'flag') return value === true ? [label] : []
    if (kind === 'day') return [`${label} ${day(String(value))}`]
    if (kind === 'choice') return [`${label}: ${say([`choice/${name}/${value}`], String(value))}`]
    return [`${label}: ${value}`]
  })
}
