import { z } from 'zod'
import { refusal } from '../platform/refusal.ts'
import { currencyCode, id, pageInput, time, version } from '../platform/schema.ts'

const statuses = ['asked', 'unknown', 'approved', 'declined', 'reversing', 'reversed'] as const

const amountAbove = z.string().regex(/^(?=.*[1-9])(0|[1-9]\d{0,14})(\.\d{1,4})?$/, {
  error: 'must be a decimal string above zero, with at most 15 digits and 4 decimals',
})
const fields = {
  id,
  kind: z.enum(['charge', 'refund']),
  tender_id: id,
  branch_id: id,
  provider: z.string(),
  amount: z.string(),
  currency: z.string(),
  refunds_id: id.nullable().meta({ description: 'Of a refund: the charge that it gives back.' }),
  origin_id: id
    .nullable()
    .meta({ description: 'Of a refund: the sale that was paid with the charge, or that it began with.' }),
  status: z.enum(statuses).meta({
    description: 'asked and unknown: not known yet, it is looked up; reversing: it is being undone.',
  }),
  provider_reference: z.string().nullable(),
  reason: z.string().nullable(),
  payment_id: id.nullable().meta({ description: 'The payment that it stands for.' }),
  actor_id: id.nullable(),
  version,
  created_at: time,
  updated_at: time,
}
export const authorization = z.object(fields)
export const authorizationInFull = z.object({
  ...fields,
  events: z.array(
    z.object({
      number: z.int(),
      outcome: z.string(),
      source: z.string(),
      provider_reference: z.string().nullable(),
      reason: z.string().nullable(),
      actor_id: id.nullable(),
      recorded_at: time,
    }),
  ),
})
const ownId = id.optional().meta({
  description:
    'Asked again with the same id, by the same credential and for the same, the provider is not asked again.',
})
export const authorizeInput = z.strictObject({
  id: ownId,
  tender_id: id,
  branch_id: id,
  amount: amountAbove,
  currency: currencyCode,
})
export const authorizeRefundInput = z.strictObject({
  id: ownId,
  charge_id: id.meta({ description: 'The authorization of which money goes back.' }),
  sale_id: id.meta({ description: 'What was paid with it, or the sale that it began with.' }),
  branch_id: id.meta({ description: 'Where it is given back.' }),
  amount: amountAbove.meta({ description: 'In the currency of the charge.' }),
})
export const listAuthorizationsInput = z.strictObject({
  branch_id: id.optional(),
  status: z.enum(statuses).optional(),
  is_used: z.boolean().optional().meta({ description: 'Whether it stands for a payment.' }),
  ...pageInput,
})

export const paidSaleNotFound = refusal(
  'paid_sale_not_found',
  422,
  'There is no such sale that was paid with this charge',
)
export const tenderWithoutProvider = refusal('tender_without_provider', 422, 'Nobody is asked about this tender')
export const providerNotOffered = refusal('provider_not_offered', 422, 'This installation does not offer this provider')
