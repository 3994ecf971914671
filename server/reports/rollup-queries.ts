import { type Money, money } from '../platform/money.ts'
import type { Place, Rollups, Scope } from './queries.ts'
import type { Formula, Period } from './report.ts'
import { spansOf } from './spans.ts'

/** What rows are told apart by. */
export type Group = Part | 'month' | 'day' | 'branch_id' | 'currency' | 'category_id'
type Part = 'variant_id' | 'tender_id' | 'customer_id' | 'jurisdiction_code' | 'name' | 'rate'

interface Rollup {
  /** What its rows are told apart by beside branch, currency and day. */
  readonly keys: readonly Part[]
  /** Its columns, and how those of several facts become one. */
  readonly sums: Readonly<Record<string, 'sum' | 'min' | 'max'>>
  /** What tells how many things a row is of: it is none where they come to nothing, for all of them were taken back. */
  readonly counts: readonly string[]
  /** Of what it has rows: of days, of days and once more of months and of years, or of all time. */
  readonly spans: 'days' | 'days, months and years' | 'none'
}

const summed = (...names: string[]) => Object.fromEntries(names.map((name) => [name, 'sum' as const]))

/** Every rollup: the table and the view of its facts are called after it. */
export const rollups = {
  trade: {
    keys: [],
    sums: summed(
      ...[
        'sales',
        'refunds',
        'exchanges',
        'sold',
        'refunded',
        'exchanged',
        'adjustments',
        'adjusted',
        'net',
        'tax',
        'cost',
        'uncosted_net',
      ],
    ),
    counts: ['sales', 'refunds', 'exchanges', 'adjustments'],
    spans: 'days',
  },
  goods: {
    keys: ['variant_id'],
    sums: summed('lines', 'quantity', 'net', 'cost', 'uncosted_net'),
    counts: ['lines'],
    spans: 'days, months and years',
  },
  tax: {
    keys: ['jurisdiction_code', 'name', 'rate'],
    sums: summed('charges', 'sold_base', 'sold_tax', 'returned_base', 'returned_tax'),
    counts: ['charges'],
    spans: 'days',
  },
  customer: {
    keys: ['customer_id'],
    sums: { ...summed('sales', 'returns', 'sold', 'returned'), first_at: 'min', last_at: 'max' },
    counts: ['sales', 'returns'],
    spans: 'none',
  },
  taking: {
    keys: ['tender_id'],
    sums: summed('payments', 'received', 'given_back', 'corrected'),
    counts: ['payments'],
    spans: 'days',
  },
} as const satisfies Record<string, Rollup>

export type RollupName = keyof typeof rollups

/** Adds a value to those of a statement, and gives the text that stands for it there. */
export type Bind = (value: unknown, type: string) => string

/** Begins the values of a statement. */
export function bindingTo(values: unknown[]): Bind {
  return (value, type) => `$${values.push(value)}::${type}`
}

/** The day of a fact in the calendar of its branch, where both are joined. */
export const dayOfFact = 'coalesce(f.day, (f.made_at AT TIME ZONE z.zone)::date)'

/** That a fact is of these days: those it was told to be of, or of its calendar, which begin and end within a day of midnight UTC. */
export function within({ from, until }: Period, bind: Bind): string {
  const [first, last] = [bind(from, 'date'), bind(until, 'date')]
  return `(f.day BETWEEN ${first} AND ${last} OR f.day IS NULL
            AND f.made_at >= (${first} - 1)::timestamp AT TIME ZONE 'UTC' AND f.made_at < (${last} + 2)::timestamp AT TIME ZONE 'UTC')
          AND ${dayOfFact} BETWEEN ${first} AND ${last}`
}

/** A formula over columns, as SQL. */
export function textOf({ plus, minus = [] }: Formula, column: (name: string) => string): string {
  return [...plus.map((name) => `+ ${column(name)}`), ...minus.map((name) => `- ${column(name)}`)].join(' ').slice(2)
}

interface Asked {
  readonly places: readonly Place[]
  /** All time where it is null. */
  readonly period: Period | null
  readonly rollups: Rollups
}

export interface SummedRow {
  /** In the order in which they were asked for; goods without a category have null. */
  readonly groups: readonly (string | null)[]
  readonly sums: Readonly<Record<string, Money>>
  /** Least and greatest times, where the rollup has them. */
  readonly times: Readonly<Record<string, Date | null>>
}

/**
 * The sums of a rollup by groups, so many of them, exact to this moment: what it holds and what came since. They come in the order
 * of the groups, or by what `greatest` says.
 */
export async function readSums(
  { client, tenantId }: Scope,
  name: RollupName,
  { groups, greatest, most, ...asked }: Asked & { groups: readonly Group[]; greatest?: Formula; most: number },
): Promise<SummedRow[]> {
  const values: unknown[] = [tenantId]
  const bind = bindingTo(values)
  const { sums, counts }: Rollup = rollups[name]
  const columns = Object.keys(sums)
  const summedUp = columns.map((column) => `${sums[column]}(${column}) AS ${column}`)
  const numbers = groups.map((_, at) => at + 1).join(', ')
  const order = greatest ? `${textOf(greatest, (column) => `sum(${column})`)} DESC, ${numbers}` : numbers
  // Goods are summed up before it is asked of which category they are.
  const parts = groups.map((group) => {
    if (group === 'month') return "to_char(day, 'YYYY-MM') AS month"
    return group === 'category_id' ? 'variant_id' : group
  })
  const sumsOf = (by: readonly string[], from: string) =>
    `SELECT ${[...by, ...summedUp].join(', ')} FROM ${from} GROUP BY ${numbers}`
  const ofCategories = sumsOf(
    groups,
    `(${sumsOf(parts, 'cell')}) part JOIN catalog.read_variant v ON v.tenant_id = $1 AND v.id = part.variant_id`,
  )
  const { rows } = await client.query({
    text: `WITH cell AS (${cellsOf(name, asked, bind).join(' UNION ALL ')})
           ${groups.includes('category_id') ? ofCategories : sumsOf(parts, 'cell')}
           ${anyOf(counts)} ORDER BY ${order} LIMIT ${bind(most, 'bigint')}`,
    values,
  })
  const [amounts, times] = [columns.filter((one) => sums[one] === 'sum'), columns.filter((one) => sums[one] !== 'sum')]
  return rows.map((row) => ({
    groups: groups.map((group) => row[group]),
    sums: Object.fromEntries(amounts.map((one) => [one, money(row[one])])),
    times: Object.fromEntries(times.map((one) => [one, row[one]])),
  }))
}

/** That not all of a row was taken back. */
function anyOf(counts: readonly string[]): string {
  return `HAVING ${counts.map((one) => `sum(${one})`).join(' + ')} <> 0`
}

/** What is summed: rows of the rollup for what it holds, facts for what it does not. */
function cellsOf(name: RollupName, { places, period, rollups: asFar }: Asked, bind: Bind): string[] {
  // The first and the last of a customer cannot be taken off.
  const reached = name === 'customer' && asFar?.takesBack ? null : asFar
  const ids = bind(
    places.map(({ id }) => id),
    'uuid[]',
  )
  const { keys, sums, spans }: Rollup = rollups[name]
  const columnsOf = (of: string, day: string, sign = 1) => {
    const amounts = Object.keys(sums).map((one) => (sign === 1 ? `${of}.${one}` : `-${of}.${one} AS ${one}`))
    return [...['branch_id', 'currency', ...keys].map((one) => `${of}.${one}`), ...amounts, `${day} AS day`].join(', ')
  }
  const held = (more: string, sign = 1) => `
    SELECT ${columnsOf('r', period === null ? 'NULL::date' : 'r.day', sign)} FROM reports.${name} r
    WHERE r.tenant_id = $1 AND r.branch_id = ANY (${ids}) ${more}`
  const on = ({ from, until }: Period) => `AND r.day BETWEEN ${bind(from, 'date')} AND ${bind(until, 'date')}`
  const heldCells = () => {
    if (period === null) return [held('')]
    if (spans !== 'days, months and years') return [held(on(period))]
    return spansOf(period).map((one) => held(`AND r.span = ${bind(one.unit, 'text')} ${on(one)}`, one.sign))
  }
  const cells = reached === null ? [] : heldCells()
  if (reached?.lateFacts.length === 0) return cells
  const zones = bind(
    places.map(({ time_zone }) => time_zone),
    'text[]',
  )
  const facts = `SELECT ${columnsOf('f', dayOfFact)} FROM unnest(${ids}, ${zones}) AS z (id, zone)
                 JOIN reports.${name}_fact f ON f.branch_id = z.id
                 WHERE f.tenant_id = $1 ${period === null ? '' : `AND ${within(period, bind)}`}
                 ${reached === null ? '' : `AND ${amongOf(name, bind(reached.lateFacts, 'uuid[]'))}`}`
  return [...cells, facts]
}

function amongOf(name: RollupName, facts: string): string {
  if (name !== 'taking') return `f.fact_id = ANY (${facts})`
  return `(f.source = 'history' AND f.fact_id = ANY (${facts}) OR f.source = 'sales'
           AND (f.document_id = ANY (${facts}) AND NOT f.is_correction OR f.payment_id = ANY (${facts}) AND f.is_correction))`
}

/**
 * The first rollup of the tenant in which some row is not what the documents come to that the cursor has passed, with what
 * tells the row apart; undefined where all are, and where they are to be made anew.
 */
export async function findFault({ client, tenantId }: Scope): Promise<string | undefined> {
  for (const name of Object.keys(rollups) as RollupName[]) {
    const { keys, sums, counts, spans }: Rollup = rollups[name]
    const own = [
      'branch_id',
      'currency',
      ...keys,
      ...(spans === 'none' ? [] : ['day']),
      ...(spans === 'days, months and years' ? ['span'] : []),
    ]
    const columns = Object.keys(sums)
    const spanned =
      spans === 'days, months and years'
        ? `CROSS JOIN LATERAL (VALUES ('day', f.told_on), ('month', date_trunc('month', f.told_on)::date),
            ('year', date_trunc('year', f.told_on)::date)) AS s (span, day)`
        : ''
    const from = (one: string) => {
      if (!['day', 'span'].includes(one)) return `f.${one}`
      return spanned ? `s.${one}` : 'f.told_on AS day'
    }
    const times = columns.filter((one) => sums[one] !== 'sum')
    const amounts = columns.filter((one) => sums[one] === 'sum')
    const areOther = (names: readonly string[]) =>
      `(${names.map((one) => `w.${one}`).join(', ')}) IS DISTINCT FROM (${names.map((one) => `h.${one}`).join(', ')})`
    const { rows } = await client.query({
      text: `WITH whole AS (SELECT seq FROM reports.cursor WHERE tenant_id = $1 AND is_whole),
             late AS (SELECT c.fact_id FROM reports.change c, whole w WHERE c.tenant_id = $1 AND c.seq > w.seq),
             fact AS (SELECT f.*, coalesce(f.day, (f.made_at AT TIME ZONE z.time_zone)::date) AS told_on
                      FROM reports.${name}_fact f JOIN reports.calendar z ON z.tenant_id = $1 AND z.branch_id = f.branch_id
                      WHERE f.tenant_id = $1 AND f.fact_id NOT IN (SELECT fact_id FROM late)),
             wanted AS (SELECT ${own.map(from).join(', ')}, ${columns.map((one) => `${sums[one]}(f.${one}) AS ${one}`).join(', ')}
                        FROM fact f ${spanned} GROUP BY ${own.map((_, at) => at + 1).join(', ')} ${anyOf(counts)}),
             held AS (SELECT ${[...own, ...columns].join(', ')} FROM reports.${name} WHERE tenant_id = $1)
             SELECT concat_ws(' ', ${own.join(', ')}) AS at FROM wanted w FULL JOIN held h USING (${own.join(', ')})
             WHERE EXISTS (SELECT FROM whole) AND (${areOther(amounts)}
               ${times.length === 0 ? '' : `OR NOT EXISTS (SELECT FROM late) AND ${areOther(times)}`})
             LIMIT 1`,
      values: [tenantId],
    })
    if (rows[0]) return `${name} ${rows[0].at}`
  }
  return undefined
}
