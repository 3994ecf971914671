import type { z } from 'zod'
import { type Money, money } from '../platform/money.ts'
import type { QueryContext } from '../platform/operation.ts'
import type { Settings } from '../settings/index.ts'
import type { Place, Rollups } from './queries.ts'

/** What a column holds: how it is shown, and whether it is in the currency of its row. */
export const columnKinds = ['money', 'quantity', 'count', 'percent', 'month', 'day', 'text'] as const

export interface Column {
  readonly name: string
  readonly label: string
  readonly kind: (typeof columnKinds)[number]
  /** A figure that documents re-sum to: `drill` answers with them. */
  readonly is_figure?: boolean
  /** Null for whoever lacks this permission beside that of the report. */
  readonly needs?: string
}

/** What a row says of each column: text, an exact decimal, or null. */
export interface Row {
  readonly key: readonly (string | null)[]
  readonly cells: Readonly<Record<string, string | null>>
}

/** Days of the calendar of each branch, both included. */
export interface Period {
  readonly from: string
  readonly until: string
}

/** What every report rests on: which branches it is about, on which day, and how far the rollups have come. */
export interface Ground {
  readonly context: QueryContext
  readonly settings: Settings
  readonly places: readonly Place[]
  readonly today: string
  readonly rollups: Rollups
}

/** A document that a figure is made of. `at` orders it among the others. */
export interface DocumentRow {
  readonly id: string
  readonly kind: string
  /** Whose document it is, where there are several of the kind: sales or history. */
  readonly source?: string
  readonly number: string | null
  readonly name: string | null
  readonly branch_id: string
  readonly day: string | null
  readonly amount: string
  readonly at: readonly [string, string]
}

export interface DocumentPage {
  readonly limit: number
  readonly after: readonly [string, string] | undefined
}

/** One report, all there is to it. */
export interface Report<P extends z.ZodObject = z.ZodObject> {
  readonly name: string
  readonly title: string
  readonly summary: string
  readonly permission: string
  readonly parameters: P
  readonly columns: readonly Column[]
  /** Its rows in order, at most so many and one more where there are more. */
  run(ground: Ground, parameters: z.output<P>, most: number): Promise<Row[]>
  /**
   * The next documents of a figure in a row, at most `limit`, that come to it all together. Refuses with `report_row_unknown` a key
   * that is none of its own.
   */
  drill(
    ground: Ground,
    parameters: z.output<P>,
    at: { readonly key: readonly (string | null)[]; readonly figure: string; readonly page: DocumentPage },
  ): Promise<DocumentRow[]>
}

/** Declares a report. */
export function report<P extends z.ZodObject>(definition: Report<P>): Report {
  return definition as Report
}

/** A figure as sums of facts: those added, those taken off. */
export interface Formula {
  readonly plus: readonly string[]
  readonly minus?: readonly string[]
}

/** What sums come to by a formula. */
export function amountOf(sums: Readonly<Record<string, Money>>, { plus, minus = [] }: Formula): Money {
  const sumOf = (names: readonly string[]) => names.reduce((sum, name) => sum.plus(sums[name] ?? '0'), money('0'))
  return sumOf(plus).minus(sumOf(minus))
}
