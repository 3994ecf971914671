import { z } from 'zod'
import { type Money, toText } from '../platform/money.ts'
import { refuse } from '../platform/refusal.ts'
import { day, id } from '../platform/schema.ts'
import { rowUnknown } from './contract.ts'
import { readDocuments, type Where } from './document-queries.ts'
import { amountsIn, monthWithin } from './ground.ts'
import {
  amountOf,
  type Column,
  type Formula,
  type Ground,
  type Period,
  type Report,
  type Row,
  report,
} from './report.ts'
import { type Group, type RollupName, readSums } from './rollup-queries.ts'

export interface SummedColumn extends Column {
  /** What it is the sum of; such a column is a figure. */
  readonly of?: Formula
}

/** A row of a report of sums before its texts are added. */
export interface SummedPart {
  /** By the groups of the report. */
  readonly at: Readonly<Partial<Record<Group, string | null>>>
  readonly times: Readonly<Record<string, Date | null>>
  /** By the columns that have a formula. */
  readonly figures: Readonly<Record<string, Money>>
  /** Writes an amount in the currency of the row. */
  write(amount: Money): string
}

interface SumsReport<P extends z.ZodObject> extends Omit<Report<P>, 'columns' | 'run' | 'drill'> {
  readonly rollup: RollupName
  readonly columns: readonly SummedColumn[]
  /** What its rows are told apart by; the currency is always one of them. */
  groups(parameters: z.output<P>): readonly Group[]
  /** The days that it is about; all time where it is null. */
  period(parameters: z.output<P>, today: string): Period | null
  /** The rows with the greatest sums come first, and are all that is read. */
  readonly greatest?: Formula
  /** The texts of rows and what follows from their figures, by the names of columns; rows that it gives null for are left out. */
  describe(
    ground: Ground,
    parts: readonly SummedPart[],
    parameters: z.output<P>,
  ): Promise<(part: SummedPart, index: number) => Readonly<Record<string, string | null>>>
}

/** Declares a report whose figures are sums of facts: what they come to, and the documents of them, follow from its formulas. */
export function sumsReport<P extends z.ZodObject>(definition: SumsReport<P>): Report {
  const { rollup, columns, groups, period, greatest, describe, ...head } = definition
  return report<P>({
    ...head,
    columns: columns.map(({ of, ...column }) => ({ ...column, is_figure: of !== undefined })),

    async run(ground, parameters, most) {
      const by = groups(parameters)
      const rows = await readSums(ground.context, rollup, {
        ...ground,
        period: period(parameters, ground.today),
        groups: by,
        most: most + 1,
        ...(greatest && { greatest }),
      })
      const currencyAt = by.indexOf('currency')
      const write = await amountsIn(
        ground,
        rows.map((row) => row.groups[currencyAt] ?? ''),
      )
      const parts = rows.map(
        (row): SummedPart => ({
          at: Object.fromEntries(by.map((group, at) => [group, row.groups[at]])),
          times: row.times,
          figures: Object.fromEntries(columns.flatMap(({ name, of }) => (of ? [[name, amountOf(row.sums, of)]] : []))),
          write: (amount) => write(amount, row.groups[currencyAt] ?? ''),
        }),
      )
      const textsOf = await describe(ground, parts, parameters)
      return parts.map((part, index): Row => {
        const figures = columns.flatMap(({ name, kind }) => {
          const amount = part.figures[name]
          return amount ? [[name, kind === 'money' ? part.write(amount) : toText(amount)]] : []
        })
        return {
          key: rows[index]?.groups ?? [],
          cells: { currency: part.at.currency ?? null, ...Object.fromEntries(figures), ...textsOf(part, index) },
        }
      })
    },

    async drill(ground, parameters, { key, figure, page }) {
      const of = columns.find(({ name }) => name === figure)?.of ?? refuse(rowUnknown)
      const at = placedAt(ground, period(parameters, ground.today), { by: groups(parameters), key })
      return readDocuments({ context: ground.context, places: at.places }, rollup, { of, ...at, page })
    },
  })
}

const shapes: Readonly<Record<Group, z.ZodType<string | null>>> = {
  month: z.string().regex(/^\d{4}-(0[1-9]|1[0-2])$/),
  day,
  branch_id: id,
  currency: z.string().max(10),
  category_id: id.nullable(),
  variant_id: id,
  // That of earlier sales is the nil id: nobody knows it.
  tender_id: z.uuid(),
  customer_id: id,
  jurisdiction_code: z.string().max(100),
  name: z.string().max(200),
  rate: z.string().regex(/^\d{1,6}(\.\d{1,6})?$/),
}

/** Which branches, days and facts a row is about. Refuses with `report_row_unknown`. */
function placedAt(
  ground: Ground,
  asked: Period | null,
  { by, key }: { by: readonly Group[]; key: readonly (string | null)[] },
): { places: Ground['places']; period: Period | null; where: Where } {
  if (key.length !== by.length) refuse(rowUnknown)
  let { places } = ground
  let period = asked
  const where: Record<string, string | null> = {}
  for (const [index, group] of by.entries()) {
    const { data: value, success } = shapes[group].safeParse(key[index])
    if (!success) refuse(rowUnknown)
    if (group === 'branch_id') places = places.filter((place) => place.id === value)
    else if (group === 'month' && period) period = monthWithin(value ?? '', period)
    else if (group === 'day' && period) period = dayWithin(value ?? '', period)
    else where[group] = value ?? null
  }
  return { places, period, where }
}

/** A day of a period; no day where it is none of it. */
function dayWithin(on: string, { from, until }: Period): Period {
  return on >= from && on <= until ? { from: on, until: on } : { from: until, until: from }
}
