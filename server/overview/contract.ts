import { z } from 'zod'
import { id, time } from '../platform/schema.ts'

/** The permission of each part: whoever lacks it gets null in its place. */
export const parts = {
  takings: 'sales.view-sales',
  sessions: 'cash.view-sessions',
  alerts: 'replenishment.view-figures',
  expiring: 'inventory.view-stock',
  unsettled: 'sync.view-exceptions',
  tickets: 'tickets.view-tickets',
} as const
/** What expiring stock is worth is for those who hold this as well. */
export const viewValues = 'valuation.view-values'

export const alertKinds = ['low', 'out', 'negative', 'expiring', 'expired'] as const

export const getDayInput = z.strictObject({
  branch_id: id.optional().meta({ description: 'One branch; unless given, all that the caller works with.' }),
})

const amount = z.string().meta({ description: 'With tax, less what was given back.' })
const figures = z.object({
  takings: amount,
  receipts: z.int().meta({ description: 'Sales, refunds and exchanges.' }),
  sales: z.int().meta({ description: 'Receipts that only sell.' }),
  average_basket: z.string().nullable().meta({ description: 'What such a sale came to; null where there is none.' }),
})
export const takings = z.object({
  currency: z.string(),
  today: figures,
  last_week_so_far: figures.meta({ description: 'Seven days ago, up to the time that it is now.' }),
  last_week: figures.meta({ description: 'Seven days ago, the whole day.' }),
  hours: z
    .array(z.object({ hour: z.int(), today: amount, last_week: amount }))
    .meta({ description: 'From 0 to 23, by the clock on the wall.' }),
  days: z
    .array(z.object({ day: z.iso.date(), takings: amount, receipts: z.int() }))
    .meta({ description: 'The last 14 days, today last.' }),
})

const sessions = z.object({
  open: z.int(),
  draft: z.int().meta({ description: 'Ended, and not counted to the end.' }),
  escalated: z.int().meta({ description: 'Wait for somebody who approves the variance.' }),
  items: z
    .array(
      z.object({
        id,
        number: z.string(),
        branch_id: id,
        register_id: id,
        late_of: id.nullable(),
        opened_by: id.nullable(),
        opened_at: time,
      }),
    )
    .meta({ description: 'Those that are open, the longest open first; at most 200.' }),
})

const expiry = z.object({
  batches: z.int(),
  quantity: z.string(),
  value: z.string().nullable().meta({ description: 'By average cost; null for those who may not see values.' }),
})
export const expiring = z.object({
  currency: z.string(),
  expired: expiry,
  within_30_days: expiry,
  within_60_days: expiry.meta({ description: 'With those within 30.' }),
  within_90_days: expiry.meta({ description: 'With those within 60.' }),
})

export const day = z.object({
  day: z.iso.date().meta({ description: 'Today in the zone of the branch asked for, or else of the tenant.' }),
  time_zone: z.string(),
  computed_at: time,
  takings: z.array(takings).nullable().meta({ description: 'By currency, each branch by its own calendar.' }),
  sessions: sessions.nullable(),
  alerts: z
    .array(z.object({ kind: z.enum(alertKinds), open: z.int(), unacknowledged: z.int() }))
    .nullable()
    .meta({ description: 'Each kind, with those that are open.' }),
  expiring: z.array(expiring).nullable().meta({ description: 'Batches of which there is something, by currency.' }),
  unsettled: z
    .object({ exceptions: z.int(), set_aside: z.int() })
    .nullable()
    .meta({ description: 'What was sold offline and nobody has settled.' }),
  tickets: z.object({ waiting: z.int(), oldest_at: time.nullable() }).nullable(),
})
