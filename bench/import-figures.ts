import { parse } from 'csv-parse/sync'
import type { createClient } from '../server/platform/client.ts'
import { money, toText } from '../server/platform/money.ts'
import type { Operations } from '../server/registry.ts'
import type { Figures, readInvoices } from './read-invoices.ts'
import type { Result } from './report.ts'
import type { Shop } from './shops.ts'
import type { Stage } from './stage.ts'

type BenchClient = ReturnType<typeof createClient<Operations>>

export interface Imported {
  readonly client: BenchClient
  readonly shop: Shop
  readonly importId: string
}

/**
 * Compares what a file says with what became of it in documents, books and reports, figure by figure, and gives them side by side. Fails
 * with all that differ.
 */
export async function compareImport(
  stage: Stage,
  imported: Imported,
  { figures, booked, reported }: Awaited<ReturnType<typeof readInvoices>>,
): Promise<Result[]> {
  const found = [
    { where: 'documents', wanted: figures, told: await documentsOf(stage, imported) },
    { where: 'books', wanted: booked, told: await booksOf(stage, imported) },
    { where: 'reports', wanted: reported, told: await reportsOf(imported) },
  ]
  const differing = found.flatMap(({ where, wanted, told }) =>
    Object.keys({ ...wanted, ...told }).flatMap((name) =>
      wanted[name] === told[name] ? [] : [`${name} is ${wanted[name]} in the file and ${told[name]} in ${where}`],
    ),
  )
  if (differing.length > 0) throw new Error(differing.join('\n'))
  return found.flatMap(({ where, wanted, told }) =>
    Object.entries(wanted).flatMap(([name, text]) => {
      const reference = `${name} in the file, for ${where}`
      const row = { value: money(text).toNumber(), exact: text, unit: /\./.test(text) ? 'amount' : 'count' }
      const other = { ...row, exact: told[name] ?? '', name: `${name} in ${where}`, reference, ratio: 1 }
      return [{ ...row, name: reference, reference: null, ratio: null }, other]
    }),
  )
}

async function documentsOf(stage: Stage, { shop, importId }: Imported): Promise<Figures> {
  const where = (what: string) => `(count(*) FILTER (WHERE ${what}))::text`
  const [row] = await stage.query<Figures>(
    'comptoir',
    `SELECT count(*)::text AS lines, count(DISTINCT d.id)::text AS invoices,
            (count(DISTINCT d.id) FILTER (WHERE d.kind = 'credit'))::text AS cancellations, count(DISTINCT d.customer_id)::text AS customers,
            count(DISTINCT l.sku)::text AS "stock codes", ${where('l.quantity < 0')} AS "quantities below zero",
            ${where('d.customer_id IS NULL')} AS "lines without a customer", ${where('l.unit_price = 0')} AS "prices of zero",
            ${where('l.unit_price < 0')} AS "prices below zero", trim_scale(sum(l.exact_amount))::text AS "Σ quantity × price",
            trim_scale(sum(l.total))::text AS "Σ of lines in cents",
            (SELECT trim_scale(sum(o.total))::text FROM history.document o WHERE o.tenant_id = '${shop.tenantId}' AND o.import_id = '${importId}') AS total
     FROM history.line l JOIN history.document d ON d.tenant_id = l.tenant_id AND d.id = l.document_id
     WHERE d.tenant_id = '${shop.tenantId}' AND d.import_id = '${importId}'`,
  )
  const { total, ...figures } = row!
  if (total !== figures['Σ of lines in cents']) throw new Error(`documents come to ${total}, and their lines do not`)
  return figures
}

/** What journals of its documents left on accounts, by their entries. */
async function booksOf(stage: Stage, { shop, importId }: Imported): Promise<Figures> {
  const left = (sign: string, purposes: string) =>
    `trim_scale(coalesce(${sign}sum(e.amount) FILTER (WHERE a.purpose IN (${purposes})), 0))::text`
  const [row] = await stage.query<Figures>(
    'comptoir',
    `SELECT ${left('', "'history_clearing'")} AS "settled elsewhere", ${left('-', "'sales', 'sales_returns'")} AS "sales less returns",
            ${left('', "'bad_debts'")} AS "bad debts"
     FROM history.document d JOIN ledger.entry e ON e.tenant_id = d.tenant_id AND e.journal_id = d.journal_id
     JOIN ledger.account a ON a.tenant_id = e.tenant_id AND a.id = e.account_id
     WHERE d.tenant_id = '${shop.tenantId}' AND d.import_id = '${importId}'`,
  )
  return row!
}

const always = { from: '1990-01-01', until: '2199-12-31' }

/** Each report that tells revenue has to tell the same. */
async function reportsOf({ client }: Imported): Promise<Figures> {
  const totalsOf = async (report: string, parameters: Record<string, string>) => {
    const { totals } = await client.call('reports.run-report', { report, parameters, limit: 2_000 })
    return Object.fromEntries(
      Object.entries(totals?.[0]?.cells ?? {}).map(([name, text]) => [name, toText(money(text ?? '0'))]),
    )
  }
  const months = await totalsOf('sales-by-month', always)
  const revenues = {
    'sales-by-month': months.revenue,
    'gross-margin by category': (await totalsOf('gross-margin', { ...always, by: 'category' })).revenue,
    'gross-margin-by-day by branch': (await totalsOf('gross-margin-by-day', { ...always, by: 'branch' })).revenue,
    'tax-summary': (await totalsOf('tax-summary', always)).base,
  }
  const others = Object.entries(revenues).filter(([, revenue]) => revenue !== months.revenue)
  if (others.length > 0) throw new Error(`revenue is not the same in all reports: ${JSON.stringify(revenues)}`)
  const names = ['sales', 'refunds', 'with_adjustments', 'revenue', 'adjusted']
  return { ...Object.fromEntries(names.map((name) => [name, months[name] ?? 'none'])), ...(await customersOf(client)) }
}

/** There are more customers than a report shows at once: a file has them all. */
async function customersOf(client: BenchClient): Promise<Figures> {
  const { columns } = await client.call('reports.run-report', { report: 'customer-value', limit: 1 })
  const names = columns.map(({ name }) => name)
  const { content } = await client.call('reports.export-report', { report: 'customer-value' })
  const rows: { revenue: string }[] = parse(Buffer.from(content, 'base64'), { bom: true, from_line: 2, columns: names })
  const sum = rows.reduce((all, { revenue }) => all.plus(revenue), money('0'))
  return { 'revenue of customers': toText(sum), 'customers who bought': `${rows.length}` }
}
