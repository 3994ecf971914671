import { z } from 'zod'
import { refusal } from '../platform/refusal.ts'
import { day, exact, id, line, pageInput, paragraph, time, version } from '../platform/schema.ts'

export const permissions = {
  viewCounts: 'counts.view-counts',
  enterCounts: 'counts.enter-counts',
  manageCounts: 'counts.manage-counts',
  approveCount: 'counts.approve-count',
} as const

/** The most lines of a count: as many as are posted together. */
export const mostLines = 10_000

export const subjects = ['everything', 'category', 'variants', 'due'] as const
export const states = ['open', 'submitted', 'approved', 'cancelled'] as const
export const actions = ['open', 'submit', 'send_back', 'lift_freeze', 'approve', 'cancel'] as const
const reason = line(200).meta({ description: 'Stays for ever: no names of persons.' })
const daysUncounted = z.int().min(0).max(3_650).optional()
const hidden = 'Null in a blind count that is not over, for those who may not approve it.'

export const byId = z.strictObject({ id })
export const count = z.object({
  id: id.meta({ description: 'Its posting and journal have the same id.' }),
  number: z.string().meta({ description: '1, 2, 3 in the tenant.' }),
  branch_id: id,
  subject: z.enum(subjects),
  category_id: id.nullable(),
  not_counted_for_days: z.int().nullable(),
  is_blind: z.boolean(),
  frozen_until: time.nullable().meta({ description: 'Until then nothing that is counted moves; null: it does.' }),
  notes: z.string().nullable().meta({ personal: true }),
  state: z.enum(states),
  version,
  created_at: time,
  updated_at: time,
})
export const countNumber = count.pick({ id: true, number: true, branch_id: true, subject: true, state: true })
export const countInFull = z.object({
  ...count.shape,
  lines: z.int(),
  counted: z.int(),
  to_recount: z.int(),
  varying: z
    .int()
    .nullable()
    .meta({ description: `Lines that differ from the books. ${hidden}` }),
  steps: z.array(
    z.object({
      number: z.int(),
      action: z.enum(actions),
      reason: z.string().nullable(),
      actor_id: id.nullable().meta({ description: 'The employee.' }),
      recorded_at: time,
    }),
  ),
})
export const countLine = z.object({
  id,
  variant_id: id,
  batch_id: id.nullable(),
  name: z.string(),
  sku: z.string().nullable(),
  batch_number: z.string().nullable(),
  expected: z
    .string()
    .nullable()
    .meta({
      description: `What the books said when it was last counted; until then, when the count began. ${hidden}`,
    }),
  counted: z.string().nullable(),
  variance: z
    .string()
    .nullable()
    .meta({ description: `Counted less expected, which approval posts. ${hidden}` }),
  moved: z
    .string()
    .nullable()
    .meta({
      description: `What has come and gone since, while the count is not over. ${hidden}`,
    }),
  counted_by: id.nullable().meta({ description: 'The employee.' }),
  counted_at: time.nullable(),
  times_counted: z.int(),
  requires_recount: z.boolean(),
})
export const entry = z.object({
  number: z.int(),
  counted: z.string(),
  expected: z.string().nullable().meta({ description: hidden }),
  actor_id: id,
  recorded_at: time,
})

export const createCountInput = z.strictObject({
  id: id.optional(),
  branch_id: id,
  category_id: id.optional().meta({ description: 'Only goods of this category and those below it.' }),
  variant_ids: z.array(id).min(1).max(1_000).optional().meta({ description: 'Only these.' }),
  requires_recount: z.boolean().default(false).meta({ description: 'Only what is to be counted again.' }),
  not_counted_for_days: daysUncounted.meta({
    description: 'Only what was not counted for so many days, or never, and what is to be counted again.',
  }),
  is_blind: z.boolean().default(false).meta({ description: 'Whoever counts does not see what the books say.' }),
  freezes_stock: z.boolean().default(false).meta({ description: 'Nothing that is counted moves until approval.' }),
  notes: paragraph(1_000).optional().meta({ personal: true }),
})
export const listCountsInput = z.strictObject({
  branch_id: id.optional(),
  state: z.enum(states).optional(),
  ...pageInput,
})
export const listLinesInput = z.strictObject({
  id,
  show: z.enum(['all', 'uncounted', 'to_recount', 'varying']).default('all'),
  ...pageInput,
})
export const listEntriesInput = z.strictObject({ id, ...pageInput })
export const enterLinesInput = z.strictObject({
  id,
  lines: z
    .array(
      z.strictObject({
        variant_id: id,
        batch_id: id.optional(),
        batch_number: line(60).optional().meta({ description: 'What is printed on it; made if nobody knows it yet.' }),
        manufactured_on: day.optional(),
        expires_on: day.optional().meta({ description: 'The last day on which it may be sold.' }),
        quantity: exact.meta({ description: 'All that lies there; 0 where nothing does.' }),
        pack_id: id.optional().meta({ description: 'The quantity is in packs.' }),
        unit_id: id.optional().meta({ description: 'The quantity is in this unit, not in that of the product.' }),
      }),
    )
    .min(1)
    .max(1_000),
})
export const enteredLines = z.object({ lines: z.array(countLine) })
export const submitInput = z.strictObject({
  id,
  version,
  leaves_out_uncounted: z.boolean().default(false).meta({
    description: 'Lines that nobody counted stay as the books have them, and are not taken for counted.',
  }),
})
export const sendBackInput = z.strictObject({
  id,
  version,
  reason,
  line_ids: z
    .array(id)
    .max(1_000)
    .default([])
    .meta({ description: 'The lines to count again, beside those that are marked already.' }),
})
export const approveInput = z.strictObject({ id, version })
export const stepInput = z.strictObject({ id, version, reason })

export const listDueInput = z.strictObject({
  branch_id: id,
  not_counted_for_days: daysUncounted.meta({
    description:
      'What was not counted for so many days, or never, too; unless given, only what is to be counted again.',
  }),
  ...pageInput,
})
export const due = z.object({
  branch_id: id,
  variant_id: id,
  batch_id: id.nullable(),
  name: z.string(),
  sku: z.string().nullable(),
  last_counted_at: time.nullable(),
  requires_recount: z.boolean(),
  reason: z.string().nullable(),
})
export const requireRecountInput = z.strictObject({
  branch_id: id,
  variant_ids: z.array(id).min(1).max(1_000),
  reason,
})
export const requiredRecount = z.object({ branch_id: id, variant_ids: z.array(id), reason: z.string() })

export const nothingToCount = refusal('nothing_to_count', 422, 'There is nothing of that in the branch')
export const countTooLarge = refusal('count_too_large', 422, 'A count has ten thousand lines at most: count a part')
export const alreadyBeingCounted = refusal('already_being_counted', 409, 'Another count is about some of this')
export const variantNotInCount = refusal('variant_not_in_count', 422, 'This count is not about that')
export const placeTwice = refusal('place_twice', 422, 'A place is counted once in a call: add up what lies there')
export const countNotOpen = refusal('count_not_open', 409, 'Lines are entered and submitted while a count is open')
export const countNotSubmitted = refusal('count_not_submitted', 409, 'A count is judged once it is submitted')
export const countClosed = refusal('count_closed', 409, 'This count is over')
export const linesNotCounted = refusal('lines_not_counted', 409, 'Some lines are not counted yet')
export const nothingCounted = refusal('nothing_counted', 409, 'No line is counted yet')
export const recountRequired = refusal('recount_required', 409, 'Some lines are to be counted again')
export const nothingToRecount = refusal('nothing_to_recount', 422, 'Say which lines are to be counted again')
export const countLineNotFound = refusal('count_line_not_found', 422, 'There is no such line in this count')
export const notFrozen = refusal('count_not_frozen', 409, 'This count freezes nothing')
export const approvedByCounter = refusal(
  'count_approved_by_counter',
  403,
  'Whoever counted or submitted leaves approval to somebody else',
)
export const reservedStockMissing = refusal(
  'reserved_stock_missing',
  409,
  'Less was counted than is kept for somebody: release that first',
)
export const countOutdated = refusal(
  'count_outdated',
  409,
  'More has left since it was counted than lay there: count it again',
)

/** Constraint names of this module's tables and the refusals they stand for. */
export const constraints = {
  line_open_key: alreadyBeingCounted,
} as const
