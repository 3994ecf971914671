import { z } from 'zod'
import { refusal } from '../platform/refusal.ts'
import { currencyCode, id, line, name, pageInput, paragraph, time, version } from '../platform/schema.ts'

export const permissions = {
  viewChannels: 'channels.view-channels',
  manageChannels: 'channels.manage-channels',
} as const

const stamps = { version, created_at: time, updated_at: time }
const percent = z.string().regex(/^(100(\.0{1,6})?|(0|[1-9]\d?)(\.\d{1,6})?)$/, {
  error: 'must be a decimal string from 0 to 100, in percent, with at most 6 decimals',
})
const days = z.string().regex(/^(0|[1-9]\d{0,2})(\.\d{1,2})?$/, {
  error: 'must be a decimal string of at most 3 digits and 2 decimals',
})
const requirement = z.strictObject({ topic: name(80), text: paragraph(2_000) })
const marketCode = z.string().regex(/^[A-Z0-9][A-Z0-9_-]{0,19}$/, { error: 'must be a code such as UK, EU or ASIA' })

export const byId = z.strictObject({ id })
export const listInput = z.strictObject(pageInput)
export const endInput = z.strictObject({ id, version })

export const market = z.object({
  id,
  code: z.string(),
  name: z.string(),
  region: z.string().nullable(),
  currency: z.string(),
  shipping_days: z.string().nullable(),
  requirements: z.array(z.object({ topic: z.string(), text: z.string() })),
  import_notes: z.string().nullable(),
  customs_notes: z.string().nullable(),
  ...stamps,
})
const marketFields = {
  region: name(80),
  shipping_days: days,
  import_notes: paragraph(4_000),
  customs_notes: paragraph(4_000),
}
const requirements = z.array(requirement).max(100).meta({ description: 'What the law or the customs ask for there.' })
export const createMarketInput = z.strictObject({
  id: id.optional(),
  code: marketCode,
  name: name(100),
  region: marketFields.region.optional(),
  currency: currencyCode,
  shipping_days: days.optional().meta({ description: 'How long goods are on their way there.' }),
  requirements: requirements.default([]),
  import_notes: marketFields.import_notes.optional(),
  customs_notes: marketFields.customs_notes.optional(),
})
export const updateMarketInput = z.strictObject({
  id,
  version,
  name: name(100).optional(),
  region: marketFields.region.nullable().optional(),
  currency: currencyCode.optional(),
  shipping_days: days.nullable().optional(),
  requirements: requirements.optional(),
  import_notes: marketFields.import_notes.nullable().optional(),
  customs_notes: marketFields.customs_notes.nullable().optional(),
})

export const types = ['marketplace', 'direct', 'retail'] as const
export const channel = z.object({
  id,
  name: z.string(),
  type: z.enum(types),
  market_id: id.nullable(),
  commission_rate: z.string().meta({ description: 'What it keeps of a sale, in percent.' }),
  endpoint_url: z.string().nullable(),
  seller_id: z.string().nullable(),
  is_sync_enabled: z.boolean(),
  sync_minutes: z.int().nullable(),
  has_credentials: z.boolean(),
  ...stamps,
})
const endpoint = z
  .url({ protocol: /^https$/ })
  .max(500)
  .refine((url) => !/[?#]|^https:\/\/[^/]*@/i.test(url), {
    error: 'must not hold a name, a password or a query: what opens the marketplace belongs into the credentials',
  })
  .meta({
    description:
      'Where the marketplace answers. Everybody who sees channels sees it: keys belong into the credentials.',
  })
const syncMinutes = z.int().min(1).max(10_080)
export const createChannelInput = z.strictObject({
  id: id.optional(),
  name: name(100),
  type: z.enum(types),
  market_id: id.optional(),
  commission_rate: percent.default('0'),
  endpoint_url: endpoint.optional(),
  seller_id: line(100).optional().meta({ description: 'Your number at the marketplace.' }),
  is_sync_enabled: z.boolean().default(false),
  sync_minutes: syncMinutes.optional(),
})
export const updateChannelInput = z.strictObject({
  id,
  version,
  name: name(100).optional(),
  market_id: id.nullable().optional(),
  commission_rate: percent.optional(),
  endpoint_url: endpoint.nullable().optional(),
  seller_id: line(100).nullable().optional(),
  is_sync_enabled: z.boolean().optional(),
  sync_minutes: syncMinutes.nullable().optional(),
})
export const setCredentialsInput = z.strictObject({
  id,
  version,
  credentials: paragraph(10_000).nullable().meta({
    secret: true,
    description: 'What opens the marketplace, such as a key; shown to nobody again. Null: none.',
  }),
})

export const marketCodeTaken = refusal('market_code_taken', 409, 'Another market has this code')
export const marketNotFound = refusal('market_not_found', 422, 'There is no such market')
export const marketInUse = refusal('market_in_use', 409, 'There are channels in this market')
export const channelNameTaken = refusal('channel_name_taken', 409, 'Another channel has this name')
export const channelSyncIncomplete = refusal(
  'channel_sync_incomplete',
  422,
  'What is synchronised is no shop, and has an endpoint and minutes',
)
export const channelInUse = refusal('channel_in_use', 409, 'There are price lists for this channel; end them first')

export { channelNotFound } from './refusals.ts'

/** Constraint names of this module's tables and the refusals they stand for. */
export const constraints = { market_code_key: marketCodeTaken, channel_name_key: channelNameTaken } as const
