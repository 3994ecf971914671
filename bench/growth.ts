import { inProcess } from './checkout.ts'
import type { CheckoutLoop, CheckoutSample } from './checkout-loop.ts'
import { assertSold, fillSales, openCounter } from './fill.ts'
import { measure, type Subject, wantedOf } from './measure.ts'
import type { Result } from './report.ts'
import { openShops } from './shops.ts'
import type { Benchmark, Stage } from './stage.ts'
import { openTpcb } from './tpcb.ts'

const clients = 64
const tills = 64
const number = new Intl.NumberFormat('en')

/** How fast a shop sells that has sold much, against one that has not, and how much room a sale takes. */
export const growthBenchmark: Benchmark = {
  async run(stage, options) {
    const { sales, note } = options
    const yardsticks = await openTpcb(stage, options)
    const url = await stage.startServer()
    const { shops, cookies } = await openShops(url, { tenants: 1, sessions: 1 })
    const counter = await openCounter(stage, url, {
      shop: shops[0]!,
      cookie: cookies[0]!,
      tills: wantedOf(tills, options),
    })
    // What is copied has nobody connected to it.
    await stage.stopServer()
    const steps = [Math.round(sales / 100), Math.round(sales / 10), sales]
    // Each table has by then what a VACUUM gives it.
    await stage.query('comptoir', 'VACUUM ANALYZE')
    const empty = await sizesOf(stage)
    const sizes: Sizes[] = []
    const shopsSold: Sold[] = []
    for (const [at, sold] of steps.entries()) {
      note(`Selling until there are ${number.format(sold)} sales …`)
      await fillSales(stage, [counter], { sales: sold - (steps[at - 1] ?? 0), note })
      sizes.push(perSale(await sizesOf(stage), empty, sold))
      const database = sold === sales ? 'comptoir' : `after_${sold}`
      // A copy for each, so that all are measured in the same rounds, whatever else the machine does.
      if (database !== 'comptoir')
        await stage.query('postgres', `CREATE DATABASE ${database} TEMPLATE comptoir STRATEGY FILE_COPY`)
      shopsSold.push({ database, before: sold, tally: { sales: sold, cutOff: 0 } })
    }
    const ask = stage.start<CheckoutLoop, CheckoutSample>('checkout-loop.ts')
    const subjects = shopsSold.map(({ database, before, tally }) =>
      inProcess(ask, {
        environment: stage.environment(database),
        counters: [counter],
        clients,
        tally,
        after: afterSales(before),
      }),
    )
    const results = await measure([...yardsticks, ...subjects.map((one) => againstFirst(one, subjects[0]!))], options)
    for (const { database, tally } of shopsSold) await assertSold(stage, tally, database)
    return [...results, ...sizeRows(steps, sizes)]
  },
}

/** A shop as it was after so many sales, in a database of its own. */
interface Sold {
  readonly database: string
  readonly before: number
  readonly tally: { sales: number; cutOff: number }
}

const afterSales = (sales: number) => `, after ${number.format(sales)} sales`

function againstFirst(subject: Subject, first: Subject): Subject {
  return subject === first ? subject : { ...subject, against: { ...subject.against, 'the first': first.name } }
}

/** Bytes by table, its partitions with it. */
type Sizes = ReadonlyMap<string, { readonly heap: number; readonly indexes: number }>

async function sizesOf(stage: Stage): Promise<Sizes> {
  const rows = await stage.query<{ name: string; heap: number; indexes: number }>(
    'comptoir',
    `SELECT root.oid::regclass::text AS name, sum(pg_table_size(coalesce(part.relid, root.oid)))::float AS heap,
            sum(pg_indexes_size(coalesce(part.relid, root.oid)))::float AS indexes
     FROM pg_class root LEFT JOIN LATERAL pg_partition_tree(root.oid) part ON true
     WHERE root.relkind IN ('r', 'p') AND NOT root.relispartition AND root.relnamespace::regnamespace::text !~ '^(pg_|information_schema)'
     GROUP BY 1 ORDER BY 1`,
  )
  return new Map(rows.map(({ name, ...sizes }) => [name, sizes]))
}

/** What came since the tables were as they were before the first sale. */
function perSale(now: Sizes, before: Sizes, sales: number): Sizes {
  const grown = (name: string, of: 'heap' | 'indexes') => (now.get(name)![of] - (before.get(name)?.[of] ?? 0)) / sales
  return new Map([...now.keys()].map((name) => [name, { heap: grown(name, 'heap'), indexes: grown(name, 'indexes') }]))
}

/** All tables after each step, against the first; in the end each table that a sale makes longer. */
function sizeRows(steps: readonly number[], sizes: readonly Sizes[]): Result[] {
  const of = (step: number, what: 'heap' | 'indexes') =>
    [...sizes[step]!.values()].reduce((sum, one) => sum + one[what], 0)
  const kinds = ['heap', 'indexes'] as const
  const all = steps.flatMap((sales, at) =>
    kinds.map((what): Result => {
      const [value, first] = [of(at, what), of(0, what)]
      const row = { name: `all tables, ${what}${afterSales(sales)}`, value, unit: 'bytes/sale' }
      return at === 0
        ? { ...row, reference: null, ratio: null }
        : { ...row, reference: `all tables, ${what}${afterSales(steps[0]!)}`, ratio: value / first }
    }),
  )
  const each = [...sizes.at(-1)!].flatMap(([name, of]) =>
    kinds.flatMap((what): Result[] =>
      of[what] < 1
        ? []
        : [{ name: `${name}, ${what}`, value: of[what], unit: 'bytes/sale', reference: null, ratio: null }],
    ),
  )
  return [...all, ...each]
}
