import { z } from 'zod'
import { holds } from '../platform/execute.ts'
import { type Money, money, toText } from '../platform/money.ts'
import type { QueryContext } from '../platform/operation.ts'
import { platformRefusals, Refusal, refuse } from '../platform/refusal.ts'
import { jsonSchemaOf, readCursor, toPage } from '../platform/schema.ts'
import type { Settings } from '../settings/index.ts'
import { reports } from './all-reports.ts'
import { columnUnreadable, figureUnknown, mostRows, rowUnknown, unreadable } from './contract.ts'
import { groundOf } from './ground.ts'
import type { Column, Ground, Report, Row } from './report.ts'

/** What asks for a report. */
export interface Asked {
  readonly report: string
  readonly parameters: Readonly<Record<string, unknown>>
}

type Reader = Pick<QueryContext, 'caller'>

/** The reports that the caller may read, with what they take. */
export function listReports(context: Reader) {
  const readable = reports.filter(({ permission }) => holds(context.caller.permissions, permission))
  return {
    items: readable.map(({ name, title, summary, columns, parameters }) => ({
      ...{ name, title, summary },
      columns: columns.map(asColumn),
      parameters: jsonSchemaOf(parameters, 'input'),
    })),
  }
}

/** A report with its parameters as it takes them. Refuses with `report_not_readable`, and with `invalid_input` what does not fit. */
export function readableReport(context: Reader, asked: Asked): { report: Report; parameters: Record<string, unknown> } {
  const report = reports.find(({ name }) => name === asked.report) ?? refuse(platformRefusals.notFound)
  if (!holds(context.caller.permissions, report.permission)) refuse(unreadable)
  const parsed = report.parameters.safeParse(asked.parameters)
  if (parsed.success) return { report, parameters: parsed.data }
  const fields = parsed.error.issues.map(({ path, code, message }) => ({
    path: ['parameters', ...path].join('.'),
    code,
    message,
  }))
  throw new Refusal(platformRefusals.invalidInput, undefined, fields)
}

/** The rows of a report, as many as asked for, with the sums of its figures. */
export async function runReport(
  context: QueryContext,
  settings: Settings,
  { limit, ...asked }: Asked & { limit: number },
) {
  const { report, parameters } = readableReport(context, asked)
  const { ground, rows, isTruncated } = await rowsOf(context, settings, { report, parameters, most: limit })
  return {
    report: report.name,
    title: report.title,
    computed_at: context.now,
    today: ground.today,
    parameters,
    columns: report.columns.map(asColumn),
    rows: rows.map(({ key, cells }) => ({ key: Buffer.from(JSON.stringify(key)).toString('base64url'), cells })),
    totals: isTruncated ? null : totalsOf(report.columns, rows),
    is_truncated: isTruncated,
  }
}

/** A page of the documents that a figure of a row is made of; all pages together come to it. */
export async function drillFigure(
  context: QueryContext,
  settings: Settings,
  asked: Asked & { key: string; figure: string; limit: number; cursor?: string | undefined },
) {
  const { report, parameters } = readableReport(context, asked)
  const column = report.columns.find(({ name }) => name === asked.figure)
  if (!column?.is_figure) return refuse(figureUnknown)
  if (!isShown(context, column)) refuse(columnUnreadable)
  const after = readCursor(asked.cursor, documentKey)
  const ground = await groundOf(context, settings, parameters)
  const rows = await report.drill(ground, parameters, {
    key: rowKeyOf(asked.key),
    figure: asked.figure,
    page: { limit: asked.limit + 1, after },
  })
  const page = toPage(rows, asked.limit, ({ at }) => [...at])
  return {
    ...page,
    items: page.items.map(({ at: _, amount, source = null, ...row }) => ({
      ...row,
      source,
      amount: toText(money(amount)),
    })),
  }
}

/** All rows of a report for a file, as many as a file takes. */
export async function rowsToExport(context: QueryContext, settings: Settings, asked: Asked) {
  const { report, parameters } = readableReport(context, asked)
  return { report, ...(await rowsOf(context, settings, { report, parameters, most: mostRows.exported })) }
}

async function rowsOf(
  context: QueryContext,
  settings: Settings,
  { report, parameters, most }: { report: Report; parameters: Record<string, unknown>; most: number },
): Promise<{ ground: Ground; rows: Row[]; isTruncated: boolean }> {
  const ground = await groundOf(context, settings, parameters)
  const found = await report.run(ground, parameters, most)
  const rows = found.slice(0, most).map(({ key, cells }) => ({ key, cells: shownOf(context, report.columns, cells) }))
  return { ground, rows, isTruncated: found.length > most }
}

/** Every column in order, null where there is nothing or where the caller may not see it. */
function shownOf(context: Reader, columns: readonly Column[], cells: Row['cells']): Record<string, string | null> {
  return Object.fromEntries(
    columns.map((column) => [column.name, isShown(context, column) ? (cells[column.name] ?? null) : null]),
  )
}

function isShown({ caller }: Reader, { needs }: Column): boolean {
  return needs === undefined || holds(caller.permissions, needs)
}

function asColumn({ name, label, kind, is_figure = false }: Column) {
  return { name, label, kind, is_figure }
}

/** What figures come to in all rows of a currency and, where rows say theirs, of a unit; null for those that the caller may not see. */
function totalsOf(columns: readonly Column[], rows: readonly Row[]) {
  const figures = columns.filter(({ is_figure }) => is_figure)
  const alike = Map.groupBy(rows, ({ cells }) => JSON.stringify([cells.currency ?? null, cells.unit ?? null]))
  return [...alike.values()].map((own) => ({
    currency: own[0]?.cells.currency ?? null,
    unit: own[0]?.cells.unit ?? null,
    cells: Object.fromEntries(figures.map(({ name }) => [name, sumOf(own.map(({ cells }) => cells[name] ?? null))])),
  }))
}

function sumOf(texts: readonly (string | null)[]): string | null {
  if (texts.length === 0 || texts.includes(null)) return null
  const amounts = texts.map((text) => money(text ?? '0'))
  const decimals = Math.max(...texts.map((text) => text?.split('.')[1]?.length ?? 0))
  const sum = amounts.reduce((total: Money, one) => total.plus(one), money('0'))
  const [whole = '', part = ''] = toText(sum).split('.')
  return decimals === 0 ? toText(sum) : `${whole}.${part.padEnd(decimals, '0')}`
}

const documentKey = z.tuple([z.string().max(100), z.uuid()])
const rowKey = z.array(z.string().max(300).nullable()).max(6)

function rowKeyOf(text: string): readonly (string | null)[] {
  try {
    return rowKey.parse(JSON.parse(Buffer.from(text, 'base64url').toString('utf8')))
  } catch {
    return refuse(rowUnknown)
  }
}
