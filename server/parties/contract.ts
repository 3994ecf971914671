import { z } from 'zod'
import { refusal } from '../platform/refusal.ts'
import { currencyCode, id, line, locale, name, pageInput, paragraph, time, version } from '../platform/schema.ts'
import { unknownCountry } from '../reference/index.ts'
import { phonePattern } from './phone-pattern.ts'

export const permissions = {
  viewParties: 'parties.view-parties',
  manageParties: 'parties.manage-parties',
  manageTerms: 'parties.manage-terms',
  approveParties: 'parties.approve-parties',
  anonymiseParties: 'parties.anonymise-parties',
} as const

const partyKinds = ['person', 'organisation'] as const
export const roles = ['customer', 'supplier', 'vendor', 'retailer'] as const
export const traders = ['vendor', 'retailer'] as const
export const purposes = ['billing', 'delivery', 'other'] as const
const approvals = ['pending', 'approved', 'rejected', 'suspended'] as const
const decisions = ['approved', 'rejected', 'suspended'] as const
export type Role = (typeof roles)[number]

const personal = { personal: true } as const
const email = z.email().max(254).toLowerCase().meta({ personal: true, description: 'E-mail address.' })
const phone = z
  .string()
  .regex(phonePattern, { error: 'must be a telephone number such as +212 522 27 31 04' })
  .meta(personal)
const country = z.string().regex(/^[A-Z]{2}$/, { error: 'must be an ISO 3166-1 alpha-2 code such as MA' })
/** A code of the tenant's own making for a party in one of its roles, or for a group. */
export const code = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._/-]{0,39}$/, {
  error: 'must be 1 to 40 letters, digits, points, slashes, hyphens or underscores',
})
const days = z.string().regex(/^(0|[1-9]\d{0,3})(\.\d{1,2})?$/, {
  error: 'must be a decimal string of at most 9999.99 days with 2 decimals',
})
const price = z.string().regex(/^(0|[1-9]\d{0,14})(\.\d{1,4})?$/, {
  error: 'must be a decimal string, not negative, with at most 15 digits and 4 decimals',
})
const personalText = z.string().nullable().meta(personal)
const stamps = { version, created_at: time, updated_at: time }

export const byId = z.strictObject({ id })
export const byVersion = z.strictObject({ id, version })

export const group = z.object({ id, code: z.string(), name: z.string(), ...stamps })
export const listGroupsInput = z.strictObject(pageInput)
export const createGroupInput = z.strictObject({ id: id.optional(), code, name: name(100) })
export const updateGroupInput = z.strictObject({ id, version, code: code.optional(), name: name(100).optional() })

const partyRole = z.object({
  id,
  role: z.enum(roles),
  code: z.string().nullable(),
  approval: z.enum(approvals).nullable().meta({ description: 'Of vendors and retailers; null: needs none.' }),
  group_id: id.nullable(),
  lead_time_days: z.string().nullable().meta({ description: 'From order to delivery, as promised.' }),
  payment_days: z.int().nullable().meta({ description: 'From invoice to payment.' }),
  payment_terms: z.string().nullable(),
  currency: z.string().nullable(),
  minimum_order: z.string().nullable(),
  ended_at: time.nullable(),
  ...stamps,
})
export const contact = z.object({
  id,
  party_id: id,
  name: personalText,
  job_title: personalText,
  email: personalText,
  phone: personalText,
  deleted_at: time.nullable(),
  ...stamps,
})
export const address = z.object({
  id,
  party_id: id,
  purpose: z.enum(purposes),
  street: personalText,
  postal_code: personalText,
  city: personalText,
  district: personalText,
  country: z.string(),
  deleted_at: time.nullable(),
  ...stamps,
})
export const taxNumber = z.object({
  id,
  party_id: id,
  country: z.string(),
  scheme: z.string(),
  number: personalText,
  deleted_at: time.nullable(),
  ...stamps,
})
export const party = z.object({
  id,
  kind: z.enum(partyKinds),
  name: personalText,
  first_name: personalText,
  last_name: personalText,
  legal_name: personalText,
  email: personalText,
  phone: personalText,
  preferred_locale: z.string().nullable(),
  note: personalText,
  roles: z.array(partyRole),
  deleted_at: time.nullable(),
  anonymised_at: time.nullable(),
  ...stamps,
})
export const partyInFull = party.extend({
  contacts: z.array(contact),
  addresses: z.array(address),
  tax_numbers: z.array(taxNumber),
})

export const listPartiesInput = z.strictObject({
  role: z.enum(roles).optional(),
  approval: z.enum(approvals).optional(),
  group_id: id.optional(),
  search: z
    .string()
    .min(1)
    .max(100)
    .refine((text) => text.isWellFormed() && !/\p{Cc}/u.test(text), { error: 'must not contain control characters' })
    .optional()
    .meta({
      personal: true,
      description: 'Beginnings of words of a name, a code or a tax number; an e-mail address; a telephone number.',
    }),
  ...pageInput,
})
export const createPartyInput = z.strictObject({
  id: id.optional(),
  kind: z.enum(partyKinds),
  name: name(200).optional().meta({ personal: true, description: 'First and last name of a person unless given.' }),
  first_name: name(100).optional().meta(personal),
  last_name: name(100).optional().meta(personal),
  legal_name: name(200).optional().meta(personal),
  email: email.optional(),
  phone: phone.optional(),
  preferred_locale: locale.optional(),
  note: paragraph(2_000).optional().meta(personal),
  roles: z.array(z.enum(roles)).max(roles.length).default(['customer']),
})
export const updatePartyInput = z.strictObject({
  id,
  version,
  name: name(200).optional().meta(personal),
  first_name: name(100).nullable().optional().meta(personal),
  last_name: name(100).nullable().optional().meta(personal),
  legal_name: name(200).nullable().optional().meta(personal),
  email: email.nullable().optional(),
  phone: phone.nullable().optional(),
  preferred_locale: locale.nullable().optional(),
  note: paragraph(2_000).nullable().optional().meta(personal),
})
export const setRoleInput = z.strictObject({
  id: id.meta({ description: 'The id of the party.' }),
  role: z.enum(roles),
  version: z.int().min(0).meta({ description: 'Of the role; 0 when the party never had it.' }),
  code: code.nullable().optional(),
  group_id: id.nullable().optional().meta({ description: 'Of customers and retailers.' }),
  lead_time_days: days.nullable().optional().meta({ description: 'Of suppliers and vendors.' }),
  payment_days: z.int().min(0).max(3_650).nullable().optional(),
  payment_terms: line(200).nullable().optional(),
  currency: currencyCode.nullable().optional(),
  minimum_order: price.nullable().optional().meta({ description: 'Of suppliers and vendors, in the currency.' }),
})
export const endRoleInput = z.strictObject({
  id: id.meta({ description: 'The id of the party.' }),
  role: z.enum(roles),
  version: version.meta({ description: 'Of the role.' }),
})
export const decideInput = z.strictObject({
  id: id.meta({ description: 'The id of the party.' }),
  role: z.enum(traders),
  decision: z.enum(decisions),
  reason: line(500).optional().meta({ description: 'Needed to reject and to suspend. Name no person in it.' }),
})
const decision = z.object({
  id,
  number: z.int(),
  decision: z.enum(decisions),
  reason: z.string().nullable(),
  actor_id: id.nullable(),
  recorded_at: time,
})
export const listDecisionsInput = z.strictObject({
  id: id.meta({ description: 'The id of the party.' }),
  role: z.enum(traders),
})
export const decisionsMade = z.object({ items: z.array(decision) })

const contactFields = {
  name: name(200).meta(personal),
  job_title: name(100).nullable().optional().meta(personal),
  email: email.nullable().optional(),
  phone: phone.nullable().optional(),
}
export const addContactInput = z.strictObject({ id: id.optional(), party_id: id, ...contactFields })
export const updateContactInput = z.strictObject({ id, version, ...contactFields, name: contactFields.name.optional() })

const addressFields = {
  purpose: z.enum(purposes),
  street: paragraph(300).nullable().optional().meta(personal),
  postal_code: line(20).nullable().optional().meta(personal),
  city: line(100).nullable().optional().meta(personal),
  district: line(100).nullable().optional().meta({ personal: true, description: 'State, province or region.' }),
  country,
}
export const addAddressInput = z.strictObject({ id: id.optional(), party_id: id, ...addressFields })
export const updateAddressInput = z.strictObject({
  id,
  version,
  ...addressFields,
  purpose: addressFields.purpose.optional(),
  country: country.optional(),
})

export const addTaxNumberInput = z.strictObject({
  id: id.optional(),
  party_id: id,
  country,
  scheme: z.string().regex(/^[A-Z][A-Z0-9_]{0,19}$/, { error: 'must be a word of capitals such as ICE, VAT or RFC' }),
  number: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9 ./-]{0,38}[A-Za-z0-9]$/, { error: 'must be 2 to 40 letters and digits' })
    .transform((text) => text.replaceAll(/[ ./-]/g, '').toUpperCase())
    .meta(personal),
})

export const partyNotFound = refusal('party_not_found', 422, 'There is no such party')
export const partyNameMissing = refusal('party_name_missing', 422, 'A party has a name, or a first or last name')
export const partyDeleted = refusal('party_deleted', 409, 'This party is deleted')
export const partyAnonymised = refusal('party_anonymised', 409, 'This party is anonymised, which stays so')
export const partyNotDeleted = refusal('party_not_deleted', 409, 'This party is not deleted')
export const emailTaken = refusal('party_email_taken', 409, 'Another party has this e-mail address')
export const roleCodeTaken = refusal('party_code_taken', 409, 'Another party has this code in this role')
export const roleNotHeld = refusal('party_role_not_held', 422, 'The party does not have this role')
export const roleFieldUnused = refusal('party_role_field_unused', 422, 'A party in this role has no such term')
export const currencyMissing = refusal('party_currency_missing', 422, 'A minimum order is in a currency')
export const reasonMissing = refusal('reason_missing', 422, 'Say why')
export const alreadyDecided = refusal('already_decided', 409, 'This was decided so already')
export const groupCodeTaken = refusal('customer_group_code_taken', 409, 'Another customer group has this code')
export const groupInUse = refusal(
  'customer_group_in_use',
  409,
  'There are customers in this group, or price lists for it',
)
export const groupNotFound = refusal('customer_group_not_found', 422, 'There is no such customer group')
export const taxNumberTaken = refusal('tax_number_taken', 409, 'Another party has this tax number')
export const taxNumberMalformed = refusal('tax_number_malformed', 422, 'No tax number of this kind looks like that')
export const detailRemoved = refusal('party_detail_removed', 409, 'This was removed')

/** Constraint names of this module's tables and the refusals they stand for. */
export const constraints = {
  customer_group_code_key: groupCodeTaken,
  party_email_key: emailTaken,
  party_role_code_key: roleCodeTaken,
  party_role_group_id_fkey: groupNotFound,
  tax_number_key: taxNumberTaken,
  address_country_fkey: unknownCountry,
  tax_number_country_fkey: unknownCountry,
} as const

export const partyName = z.object({
  id,
  kind: z.enum(partyKinds),
  name: personalText,
  is_deleted: z.boolean(),
})
