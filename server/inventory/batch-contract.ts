import { z } from 'zod'
import { refusal } from '../platform/refusal.ts'
import { day, id, line, pageInput, time, version } from '../platform/schema.ts'

export const batchPermissions = {
  manageBatches: 'inventory.manage-batches',
  blockBatches: 'inventory.block-batches',
} as const

const dayOrNone = z.iso.date().nullable()
const reason = line(500).meta({ description: 'Why; name no person in it.' })
const batchNumber = line(60)

const batchLevel = z.object({
  branch_id: id,
  on_hand: z.string(),
  reserved: z.string(),
  available: z.string(),
  value: z.string().nullable().meta({
    description:
      'Its share of what the branch has of the variant is worth, to six decimals; null for those who may not see costs.',
  }),
})
/** A batch as those see it who work with the branches where it lies. */
export const batch = z.object({
  id,
  variant_id: id,
  number: z.string(),
  manufactured_on: dayOrNone,
  expires_on: dayOrNone.meta({ description: 'The last day on which it may be sold.' }),
  supplier_id: id.nullable(),
  is_blocked: z.boolean(),
  levels: z.array(batchLevel).meta({ description: 'What lies in the branches that you work with.' }),
  version,
  created_at: time,
  updated_at: time,
})
const block = z.object({
  number: z.int(),
  action: z.enum(['block', 'release']),
  reason: z.string(),
  actor_id: id.nullable(),
  recorded_at: time,
})
export const batchInFull = z.object({
  ...batch.shape,
  blocks: z.array(block).meta({ description: 'Who blocked and released it, oldest first.' }),
})

export const batchName = z.object({
  id,
  variant_id: id,
  number: z.string(),
  expires_on: dayOrNone,
  is_blocked: z.boolean(),
})

export const batchById = z.strictObject({ id })
export const listBatchesInput = z.strictObject({
  variant_id: id.optional(),
  branch_id: id.optional().meta({ description: 'Those that lie or lay there.' }),
  supplier_id: id.optional(),
  number: batchNumber
    .optional()
    .meta({ description: 'What the number begins with, in its capitals and small letters.' }),
  expires_from: day.optional().meta({ description: 'Those whose last day is this one or later.' }),
  expires_until: day.optional().meta({ description: 'Those whose last day is this one or before.' }),
  is_expired: z
    .boolean()
    .optional()
    .meta({ description: 'As of today in the branch, or in the time zone of the tenant.' }),
  is_blocked: z.boolean().optional(),
  is_in_stock: z.boolean().optional().meta({ description: 'Whether some of it lies in your branches.' }),
  ...pageInput,
})
export const updateBatchInput = z.strictObject({
  id,
  version,
  number: batchNumber.optional(),
  manufactured_on: day.nullable().optional(),
  expires_on: day.nullable().optional(),
  reason,
})
export const changeBlockInput = z.strictObject({ id, reason })

export const batchNumberTaken = refusal('batch_number_taken', 409, 'Another batch of this variant has this number')
export const batchAlreadyBlocked = refusal('batch_already_blocked', 409, 'This batch is blocked')
export const batchNotBlocked = refusal('batch_not_blocked', 409, 'This batch is not blocked')
export const batchRecalled = refusal('batch_recalled', 409, 'This batch is recalled; it is released with the recall')
export const branchUnknown = refusal('batch_branch_not_found', 422, 'There is no such branch')

/** Constraint names of batches and the refusals they stand for. */
export const batchConstraints = {
  batch_number_key: batchNumberTaken,
} as const
