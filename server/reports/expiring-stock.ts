import { z } from 'zod'
import { money, toText } from '../platform/money.ts'
import { refuse } from '../platform/refusal.ts'
import { id } from '../platform/schema.ts'
import { dayIn } from '../platform/time.ts'
import { needed, permissions, rowUnknown } from './contract.ts'
import { amountsIn, ofBranch } from './ground.ts'
import { readMinorUnits } from './queries.ts'
import { type Ground, report } from './report.ts'
import { type PlaceToday, readExpiring, readExpiringBatches } from './stock-queries.ts'

const figures = z.enum(['batches', 'quantity', 'value'])

/** What has expired and what will, and what it is worth. */
export const expiringStock = report({
  name: 'expiring-stock',
  title: 'Expiring stock',
  summary:
    'Batches of which there is something that have expired or will, by days to expiry, with their share of the value.',
  permission: permissions.readStock,
  parameters: z.strictObject({
    ...ofBranch,
    days: z.int().min(0).max(3_650).default(90).meta({ description: 'Within how many days from today.' }),
  }),
  columns: [
    { name: 'branch', label: 'Branch', kind: 'text' },
    { name: 'expires_in', label: 'Days to expiry', kind: 'text' },
    { name: 'currency', label: 'Currency', kind: 'text' },
    { name: 'batches', label: 'Batches', kind: 'count', is_figure: true },
    { name: 'quantity', label: 'Quantity', kind: 'quantity', is_figure: true },
    { name: 'value', label: 'Value', kind: 'money', is_figure: true, needs: needed.values },
  ],

  async run(ground, { days }) {
    const places = await placesToday(ground)
    const names = new Map(places.map((place) => [place.id, place.name]))
    const write = await amountsIn(
      ground,
      places.map(({ currency }) => currency),
    )
    return (await readExpiring(ground.context, places, days)).map((row) => ({
      key: [row.branch_id, `${row.from_days}`],
      cells: {
        branch: names.get(row.branch_id) ?? null,
        expires_in: daysOf(row.from_days, days),
        currency: row.currency,
        batches: row.batches,
        quantity: toText(money(row.quantity)),
        value: write(money(row.value), row.currency),
      },
    }))
  },

  async drill(ground, { days }, { key, figure, page }) {
    const { data: [branchId, fromDays] = [] } = z.tuple([id, z.string().regex(/^(-1|\d{1,4})$/)]).safeParse(key)
    if (branchId === undefined || fromDays === undefined) return refuse(rowUnknown)
    const places = (await placesToday(ground)).filter((place) => place.id === branchId)
    const at = { days, fromDays: money(fromDays).toNumber(), figure: figures.parse(figure) }
    return readExpiringBatches(ground.context, places, at, page)
  },
})

async function placesToday({ context, places }: Ground): Promise<PlaceToday[]> {
  const minorUnits = await readMinorUnits(
    context,
    places.map(({ currency }) => currency),
  )
  return places.map((place) => ({
    ...place,
    today: dayIn(place.time_zone, context.now),
    minor_unit: minorUnits.get(place.currency) ?? 2,
  }))
}

function daysOf(from: number, most: number): string {
  if (from < 0) return 'expired'
  return `${from}–${Math.min(from === 0 ? 30 : from + 29, most)}`
}
