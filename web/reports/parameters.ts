import { useNavigate, useRouterState } from '@tanstack/react-router'
import type { Description } from './use-reports.ts'

type Value = string | number | boolean
/** What was chosen; what is not there is as usual. */
export type Given = Readonly<Record<string, Value>>

/** A parameter of a report, as its schema describes it. */
export interface Field {
  readonly name: string
  readonly kind: 'period' | 'branch' | 'choice' | 'number' | 'flag' | 'day'
  readonly usual: Value | undefined
  readonly choices: readonly string[]
  readonly least: number | undefined
  readonly most: number | undefined
}

interface Property {
  readonly type?: string
  readonly format?: string
  readonly enum?: readonly string[]
  readonly default?: Value
  readonly minimum?: number
  readonly maximum?: number
}

const ends = ['from', 'until'] as const

/** What a report takes. The first and the last day are part of its period. */
export function fieldsOf({ parameters }: Pick<Description, 'parameters'>): Field[] {
  const properties = Object.entries((parameters.properties ?? {}) as Record<string, Property>)
  const hasPeriod = properties.some(([name]) => name === 'period')
  return properties.flatMap(([name, property]) => {
    const kind = kindOf(name, property)
    if (kind === undefined || (hasPeriod && name !== 'period' && isEnd(name))) return []
    const { default: usual, enum: choices = [], minimum: least, maximum: most } = property
    return [{ name, kind, usual, choices, least, most }]
  })
}

function kindOf(name: string, { type, format, enum: choices }: Property): Field['kind'] | undefined {
  if (choices) return name === 'period' ? 'period' : 'choice'
  if (name === 'branch_id') return 'branch'
  if (format === 'date') return 'day'
  if (type === 'boolean') return 'flag'
  return type === 'integer' || type === 'number' ? 'number' : undefined
}

const isEnd = (name: string) => ends.some((end) => end === name)

/** What is chosen, kept in the address: it can be sent to others, and is there again after going back. */
export function useGiven(fields: readonly Field[]) {
  const search = useRouterState({ select: ({ location }) => location.search as Record<string, unknown> })
  const navigate = useNavigate()
  const given = readGiven(fields, search)
  const set = (changes: Readonly<Record<string, Value | undefined>>) => {
    const next = readGiven(fields, { ...given, ...changes })
    const saved = search.saved === undefined ? {} : { saved: search.saved }
    void navigate({ to: '.', search: { ...saved, ...next } as never, replace: true })
  }
  return { given, set, savedId: typeof search.saved === 'string' ? search.saved : undefined }
}

/** Of what is given, what a report takes and what is other than usual. */
export function readGiven(fields: readonly Field[], from: Readonly<Record<string, unknown>>): Given {
  const found = fields.flatMap((field): [string, Value][] => {
    if (field.kind === 'period' && ends.every((end) => isDay(from[end])))
      return ends.map((end) => [end, from[end] as string])
    const value = from[field.name]
    return fits(field, value) && value !== field.usual ? [[field.name, value]] : []
  })
  return Object.fromEntries(found)
}

function fits({ kind, choices, least, most }: Field, value: unknown): value is Value {
  if (kind === 'flag') return typeof value === 'boolean'
  if (kind === 'number')
    return (
      Number.isInteger(value) &&
      (value as number) >= (least ?? 0) &&
      (value as number) <= (most ?? Number.POSITIVE_INFINITY)
    )
  if (typeof value !== 'string') return false
  if (kind === 'day') return isDay(value)
  return kind === 'branch' ? /^[0-9a-f-]{36}$/i.test(value) : choices.includes(value)
}

const isDay = (value: unknown) => typeof value === 'string' && /^\d{4}-\d\d-\d\d$/.test(value)

/** True for the same choices, in whatever order. */
export function isSame(one: Given, other: Given): boolean {
  const text = (given: Given) => JSON.stringify(Object.entries(given).toSorted(([a], [b]) => (a < b ? -1 : 1)))
  return text(one) === text(other)
}
