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
  refunds_id: id.nullable(),
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
export const authorizeInput = z
  .strictObject({
    id: id.optional().meta({ description: 'Asked again with the same id, the provider is not asked again.' }),
    tender_id: id,
    branch_id: id,
    amount: amountAbove,
    currency: currencyCode,
    kind: z.enum(['charge', 'refund']).default('charge'),
    refunds_id: id.optional().meta({
      description: 'Of a refund: the authorization of the charge that it gives back, of a sale that is paid with it.',
    }),
  })
  .refine(({ kind, refunds_id }) => (kind === 'refund') === (refunds_id !== undefined), {
    error: 'must say which charge a refund gives back, and only then',
    path: ['refunds_id'],
  })
export const listAuthorizationsInput = z.strictObject({
  branch_id: id.optional(),
  status: z.enum(statuses).optional(),
  is_used: z.boolean().optional().meta({ description: 'Whether it stands for a payment.' }),
  ...pageInput,
})

export const tenderWithoutProvider = refusal('tender_without_provider', 422, 'Nobody is asked about this tender')
export const providerNotOffered = refusal('provider_not_offered', 422, 'This installation does not offer this provider')
export const authorizationUnused = refusal(
  'authorization_unused',
  409,
  'Nothing is paid with this charge: it is reversed, not given back',
)
