import { z } from 'zod'
import { refusal } from '../platform/refusal.ts'
import { id, instant, line, page, pageInput, paragraph, time, version } from '../platform/schema.ts'

export const permissions = {
  viewRecalls: 'recalls.view-recalls',
  manageRecalls: 'recalls.manage-recalls',
  traceBatches: 'recalls.trace-batches',
} as const

const severities = ['class_1', 'class_2', 'class_3', 'withdrawal'] as const
export type Severity = (typeof severities)[number]
const outcomes = ['released', 'kept_blocked'] as const
export type Outcome = (typeof outcomes)[number]
const states = ['open', 'closed'] as const
export type State = (typeof states)[number]

export const byId = z.strictObject({ id })
const severity = z.enum(severities).meta({
  description: 'Class 1 may do lasting harm or kill, class 2 harms for a time, class 3 hardly does; else a withdrawal.',
})

/** What a recall is about: batches by their ids, or by what the supplier wrote on them. */
const about = {
  batch_ids: z.array(id).max(200).default([]).meta({ description: 'Batches by their ids.' }),
  lot_numbers: z.array(line(100)).max(200).default([]).meta({
    description:
      'Batches by their numbers, in small letters or capitals; of the supplier where one is named, else of all.',
  }),
}
export const openRecallInput = z.strictObject({
  id: id.optional(),
  severity,
  reason: line(500).meta({ description: 'Name no person in it.' }),
  authority_reference: line(100).optional().meta({ description: 'What the authority calls it.' }),
  supplier_id: id.optional().meta({ description: 'Who made it known, or whose lots they are.' }),
  ...about,
})
export const addBatchesInput = z.strictObject({ id, version, ...about })
export const closeRecallInput = z.strictObject({
  id,
  version,
  outcome: z.enum(outcomes).meta({
    description:
      'Released: they may be sold again, but what was blocked before or another recall holds. Or they stay blocked.',
  }),
  result: paragraph(2_000).meta({ description: 'What came of it. Name no person in it.' }),
})
export const listRecallsInput = z.strictObject({
  state: z.enum(states).optional(),
  batch_id: id.optional(),
  ...pageInput,
})

const tracedBatch = {
  batch_id: id,
  variant_id: id,
  product_name: z.string(),
  sku: z.string().nullable(),
  number: z.string(),
  manufactured_on: z.iso.date().nullable(),
  expires_on: z.iso.date().nullable(),
  supplier_id: id.nullable(),
  is_blocked: z.boolean(),
}
const recalledBatch = z.object({
  ...tracedBatch,
  was_blocked: z
    .boolean()
    .meta({ description: 'Blocked by something other than an open recall: it stays so when this one ends.' }),
})
export const recall = z.object({
  id,
  number: z.string(),
  state: z.enum(states),
  severity,
  reason: z.string(),
  authority_reference: z.string().nullable(),
  supplier_id: id.nullable(),
  opened_by: id.nullable(),
  opened_at: time,
  outcome: z.enum(outcomes).nullable(),
  result: z.string().nullable(),
  closed_by: id.nullable(),
  closed_at: time.nullable(),
  version,
  created_at: time,
  updated_at: time,
})
export const recallInFull = z.object({ ...recall.shape, batches: z.array(recalledBatch) })

/** What is traced: the batches of a recall, one of them, or a batch. */
const traced = {
  recall_id: id.optional(),
  batch_id: id.optional().meta({ description: 'Of the recall where one is named.' }),
}
export const traceInput = z.strictObject(traced)
const quantity = z.string()
const flow = {
  received: quantity.meta({ description: 'From suppliers.' }),
  produced: quantity.meta({ description: 'Made, less what was used up.' }),
  sold: quantity,
  returned: quantity.meta({ description: 'By customers.' }),
  returned_to_suppliers: quantity,
  written_off: quantity,
  adjusted: quantity.meta({ description: 'Found less lost, by counts and adjustments.' }),
  dispatched: quantity.meta({ description: 'To other branches.' }),
  arrived: quantity.meta({ description: 'From other branches.' }),
}
const onTheWay = {
  in_transit: quantity.meta({ description: 'Still on its way, or missing.' }),
  lost_in_transit: quantity.meta({ description: 'Written off on its way.' }),
}

export const trace = z.object({
  batches: z.array(z.object(tracedBatch)),
  branches: z.array(
    z.object({
      branch_id: id,
      batch_id: id,
      ...flow,
      on_hand: quantity.meta({ description: 'What is still there: all of the above together.' }),
      reserved: quantity,
    }),
  ),
  transfers: z
    .array(
      z.object({
        document_type: z.string(),
        document_id: id,
        document_number: z.string().nullable(),
        batch_id: id,
        from_branch_id: id.nullable(),
        to_branch_id: id.nullable(),
        dispatched: quantity,
        arrived: quantity.meta({ description: 'Where it was sent to.' }),
        taken_back: quantity.meta({ description: 'By the branch that had sent it.' }),
        ...onTheWay,
      }),
    )
    .meta({ description: 'The newest 500 of them; a branch where you do not work is null.' }),
  total: z.object({ ...flow, on_hand: quantity, reserved: quantity, ...onTheWay }),
})

const directions = ['backwards', 'forwards'] as const
export type Direction = (typeof directions)[number]
const direction = z.enum(directions).meta({
  description: 'Backwards: what it came by, from whom and where. Forwards: what it left by, to whom and whereto.',
})
export const listPartiesInput = z.strictObject({ ...traced, direction: direction.optional(), ...pageInput })
const personal = z.string().nullable().meta({ personal: true })
export const tracedParties = page(
  z.object({
    party_id: id,
    name: personal.meta({
      personal: true,
      description: 'Shown to those who may view parties, as is how to reach them.',
    }),
    email: personal,
    phone: personal,
    received: quantity,
    sold: quantity,
    returned: quantity,
    returned_to_suppliers: quantity,
    documents: z.int(),
    last_on: z.iso.date(),
  }),
)
export const listDocumentsInput = z.strictObject({
  ...traced,
  direction: direction.optional(),
  branch_id: id.optional(),
  party_id: id.optional(),
  ...pageInput,
})
export const tracedDocuments = page(
  z.object({
    batch_id: id,
    batch_number: z.string(),
    recorded_at: time,
    on: z.iso.date().meta({ description: 'The day it counts, in the branch.' }),
    posting_id: id,
    kind: z.string(),
    document_type: z.string(),
    document_id: id,
    document_number: z.string().nullable(),
    party_id: id.nullable(),
    party_name: personal,
    branch_id: id,
    quantity: quantity.meta({ description: 'Above zero for what came.' }),
  }),
)
/** Where a page of documents ends: batch, time, posting, branch. */
export const documentCursor = z.tuple([z.uuid(), instant, z.uuid(), z.uuid()])
export const exportDocumentsInput = z.strictObject({
  ...traced,
  direction: direction.optional(),
  cursor: pageInput.cursor,
})
export const exported = z.object({
  file_name: z.string(),
  content_type: z.string(),
  content_base64: z.base64(),
  next_cursor: z.string().nullable().meta({ description: 'Where the next file begins; null in the last.' }),
})

export const batchesMissing = refusal('recall_batches_missing', 422, 'Say which batches')
export const batchUnknown = refusal('recall_batch_not_found', 422, 'There is no such batch')
export const supplierUnknown = refusal('recall_supplier_not_found', 422, 'There is no such supplier')
export const recallClosed = refusal('recall_closed', 409, 'This recall is closed')
export const batchInRecall = refusal('recall_batch_taken', 409, 'The recall has this batch already')
export const subjectMissing = refusal('trace_subject_missing', 422, 'Say of which recall, or of which batch')
export const recallUnknown = refusal('recall_not_found', 422, 'There is no such recall')
export const partyUnknown = refusal('recall_party_not_found', 422, 'There is no such party')
export const branchUnknown = refusal('recall_branch_not_found', 422, 'There is no such branch')

/** Constraint names of this module's tables and the refusals they stand for. */
export const constraints = {
  recall_supplier_id_fkey: supplierUnknown,
  recall_batch_pkey: batchInRecall,
  recall_batch_batch_id_fkey: batchUnknown,
} as const
