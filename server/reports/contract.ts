import { z } from 'zod'
import { refusal } from '../platform/refusal.ts'
import { id, locale, name, pageInput, time, version } from '../platform/schema.ts'

export const permissions = {
  readSales: 'reports.read-sales',
  readStock: 'reports.read-stock',
  readCash: 'reports.read-cash',
  manageSaved: 'reports.manage-saved',
} as const

/** What else hides a column from whoever reads a report without it. */
export const needed = {
  costs: 'catalog.view-costs',
  values: 'valuation.view-values',
  parties: 'parties.view-parties',
} as const

export const mostRows = { shown: 2_000, exported: 100_000 } as const

export const unreadable = refusal('report_not_readable', 403, 'This report needs a permission you do not have')
export const columnUnreadable = refusal(
  'report_column_not_readable',
  403,
  'This figure needs a permission you do not have',
)
export const periodIncomplete = refusal('report_period_incomplete', 422, 'A period has a first and a last day')
export const periodCrossed = refusal('report_period_crossed', 422, 'The last day of a period is before its first')
export const boundsCrossed = refusal('report_bounds_crossed', 422, 'Class A ends before class B does')
export const rowUnknown = refusal('report_row_unknown', 422, 'No row of this report has such a key')
export const figureUnknown = refusal(
  'report_figure_unknown',
  422,
  'This report has no such figure that documents come to',
)
export const savedByAnother = refusal(
  'saved_report_of_another',
  403,
  'Somebody else saved this report, and you do not manage those of others',
)

const parameters = z
  .record(z.string().max(40), z.union([z.string().max(100), z.number(), z.boolean()]))
  .meta({ description: 'As the list of reports describes them.' })

const opaque = z.string().regex(/^[A-Za-z0-9_-]{1,1000}$/, { error: 'must be as it was given out' })

/** Fields of everything that asks for a report. The names are those of the reports. */
export function contractOf(names: readonly [string, ...string[]]) {
  const report = z.enum(names).meta({ description: 'Its name.' })
  const asked = { report, parameters: parameters.default({}) }
  const saved = z.object({
    id,
    report,
    name: z.string(),
    parameters: z.record(z.string(), z.unknown()),
    is_shared: z.boolean().meta({ description: 'True where all who may read the report see it.' }),
    is_own: z.boolean(),
    employee_id: id,
    version,
    created_at: time,
    updated_at: time,
  })
  return {
    run: z.strictObject({ ...asked, limit: z.int().min(1).max(mostRows.shown).default(200) }),
    drill: z.strictObject({
      ...asked,
      key: opaque.meta({ description: 'Of the row, as the report gave it.' }),
      figure: z
        .string()
        .regex(/^[a-z][a-z_]{0,39}$/)
        .meta({ description: 'The name of its column.' }),
      ...pageInput,
    }),
    export: z.strictObject({
      ...asked,
      format: z.enum(['csv', 'xlsx']).default('csv'),
      separator: z.enum([',', ';', '\t']).default(',').meta({ description: 'Between the fields of a line of CSV.' }),
      locale: locale.optional().meta({
        description: 'Whose language columns are named in: that of the caller, else of the tenant, unless given.',
      }),
    }),
    save: z.strictObject({ id: id.optional(), ...asked, name: name(100), is_shared: z.boolean().default(false) }),
    change: z.strictObject({
      id,
      version,
      name: name(100).optional(),
      parameters: parameters.optional(),
      is_shared: z.boolean().optional(),
    }),
    remove: z.strictObject({ id, version }),
    listSaved: z.strictObject({ report: report.optional(), ...pageInput }),
    saved,
  }
}

const column = z.object({
  name: z.string(),
  label: z.string(),
  kind: z.enum(['money', 'quantity', 'count', 'percent', 'month', 'day', 'text']),
  is_figure: z.boolean().meta({ description: 'True where documents come to it, which reports.drill-figure lists.' }),
})
const cells = z.record(z.string(), z.string().nullable())

const reportDescription = z.object({
  name: z.string(),
  title: z.string(),
  summary: z.string(),
  columns: z.array(column),
  parameters: z.record(z.string(), z.unknown()).meta({ description: 'JSON Schema of what it takes.' }),
})
export const listed = z.object({ items: z.array(reportDescription) })

export const result = z.object({
  report: z.string(),
  title: z.string(),
  computed_at: time,
  today: z.iso.date(),
  parameters: z.record(z.string(), z.unknown()).meta({ description: 'With what stands where nothing was given.' }),
  columns: z.array(column),
  rows: z.array(z.object({ key: z.string(), cells })),
  totals: z
    .array(z.object({ currency: z.string().nullable(), unit: z.string().nullable(), cells }))
    .nullable()
    .meta({
      description:
        'The sum of each figure, by currency, and by unit where rows say theirs; null where there are more rows.',
    }),
  is_truncated: z.boolean().meta({ description: 'True where there are more rows than these.' }),
})

export const documents = z.object({
  items: z.array(
    z.object({
      id,
      kind: z
        .string()

        .meta({
          description: 'sale, refund, exchange, adjustment, correction of a payment, cash_session, batch or stock.',
        }),
      source: z
        .string()
        .nullable()
        .meta({ description: 'Which operations know the document: sales, or history for an earlier one; else null.' }),
      number: z.string().nullable(),
      name: z.string().nullable(),
      branch_id: id,
      day: z.iso.date().nullable(),
      amount: z.string().meta({ description: 'What it adds to the figure; all pages together are the figure.' }),
    }),
  ),
  next_cursor: z.string().nullable(),
})

export const exported = z.object({
  file_name: z.string(),
  media_type: z.string(),
  content: z.string().meta({ description: 'In base64.' }),
  is_truncated: z.boolean(),
})
