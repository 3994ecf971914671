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

/** The days of its period; nothing where it is about no days. */
export function DaysAsked({ fields, given, today }: Required<Pick<ChosenProps, 'fields' | 'given' | 'today'>>) {
  const period = fields.find(({ kind }) => kind === 'period')
  if (!period || today === undefined) return null
  const { from, until } = daysAsked(period, given, today)
  return <span className="no-print">{saidOf(from, until)} · </span>
}

function daysAsked({ usual }: Field, { from, until, period = usual }: Given, today: string) {
  return from === undefined ? daysOf(String(period), today) : { from: String(from), until: String(until) }
}

const saidOf = (from: string, until: string) => (from === until ? day(from) : `${day(from)} – ${day(until)}`)

function useChosen({ report, fields, given, today }: ChosenProps): string[] {
  const t = useReportWords()
  const say = useSay()
  const { branches } = useBranches()
  return fields.flatMap((field) => {
    const { name, kind, usual } = field
    const value = given[name] ?? usual
    const label = say([`parameter/${report}/${name}`, `parameter/${name}`], name)
    if (kind === 'period') {
      const { from, until } = daysAsked(field, given, today ?? '2000-01-01')
      if (given.from !== undefined) return [saidOf(from, until)]
      const said = say([`choice/period/${value}`], String(value))
      return [today ? `${said} (${saidOf(from, until)})` : said]
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
