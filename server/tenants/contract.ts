import { z } from 'zod'
import { refusal } from '../platform/refusal.ts'
import { amount, id, instant, line, locale, pageInput, paragraph, time, timeZone, version } from '../platform/schema.ts'

export const permissions = {
  viewTenant: 'tenants.view-tenant',
  manageTenant: 'tenants.manage-tenant',
  manageBranches: 'tenants.manage-branches',
  manageEmployees: 'tenants.manage-employees',
  manageRoles: 'tenants.manage-roles',
  manageApiKeys: 'tenants.manage-api-keys',
} as const

/** A permission as roles and keys hold it: one name, or * for all, those of later modules included. */
const permission = z.union([
  z.literal('*'),
  z.string().regex(/^[a-z]+\.[a-z][a-z-]*$/, { error: 'must look like tenants.view-tenant' }),
])
const permissionList = z.array(permission).min(1).max(200)

const stamps = { version, created_at: time, updated_at: time }
const country = z.string().regex(/^[A-Z]{2}$/, { error: 'must be an ISO 3166-1 alpha-2 code such as MA' })
const currency = z.string().regex(/^[A-Z]{3}$/, { error: 'must be an ISO 4217 code such as MAD' })
export const countryItem = z.object({
  code: z.string(),
  alpha_3: z.string(),
  number: z.string(),
  name: z.string(),
  currency: z.string().nullable().meta({ description: 'What most is paid in there.' }),
  region: z.string(),
  eu_since: z.iso.date().nullable().meta({ description: 'The day it joined the European Union.' }),
  eu_until: z.iso.date().nullable().meta({ description: 'The day it left the European Union.' }),
})
export const currencyItem = z.object({
  code: z.string(),
  number: z.string().nullable(),
  name: z.string(),
  symbol: z.string(),
  minor_unit: z.int(),
  withdrawn_on: z.iso.date().nullable().meta({ description: 'From this day nothing new is kept in it.' }),
})
const branchCode = z
  .string()
  .regex(/^[A-Z0-9][A-Z0-9-]{0,15}$/, { error: 'must be 1 to 16 capitals, digits or dashes' })

export const byId = z.strictObject({ id })
export const listInput = z.strictObject(pageInput)

export const tenant = z.object({
  id,
  legal_name: z.string(),
  locale: z.string(),
  time_zone: z.string(),
  cash_variance_threshold: z.string(),
  ...stamps,
})
export const tenantSummary = z.object({ id, legal_name: z.string() })
export const createTenantInput = z.strictObject({
  id: id.optional(),
  legal_name: line(200),
  locale: locale.default('en'),
  time_zone: timeZone,
  country,
  currency,
  branch_name: line(100).optional(),
})
export const createdTenant = tenant.extend({ entity_id: id, branch_id: id, employee_id: id })
export const updateTenantInput = z.strictObject({
  version,
  legal_name: line(200).optional(),
  locale: locale.optional(),
  time_zone: timeZone.optional(),
  cash_variance_threshold: amount.refine((text) => !text.startsWith('-'), { error: 'must not be negative' }).optional(),
})

export const entity = z.object({
  id,
  legal_name: z.string(),
  country: z.string(),
  currency: z.string(),
  tax_number: z.string().nullable(),
  ...stamps,
})
export const createEntityInput = z.strictObject({
  id: id.optional(),
  legal_name: line(200),
  country,
  currency,
  tax_number: line(50).optional(),
})
export const updateEntityInput = z.strictObject({
  id,
  version,
  legal_name: line(200).optional(),
  tax_number: line(50).nullable().optional(),
})

export const branch = z.object({
  id,
  entity_id: id,
  code: z.string(),
  name: z.string(),
  time_zone: z.string(),
  address: z.string().nullable(),
  phone: z.string().nullable(),
  ...stamps,
})
export const createBranchInput = z.strictObject({
  id: id.optional(),
  entity_id: id,
  code: branchCode,
  name: line(100),
  time_zone: timeZone,
  address: paragraph(500).optional(),
  phone: line(40).optional(),
})
export const updateBranchInput = z.strictObject({
  id,
  version,
  name: line(100).optional(),
  time_zone: timeZone.optional(),
  address: paragraph(500).nullable().optional(),
  phone: line(40).nullable().optional(),
})

export const employee = z.object({
  id,
  user_id: id,
  display_name: z.string().meta({ personal: true }),
  status: z.enum(['invited', 'active', 'suspended']),
  role_ids: z.array(id),
  ...stamps,
})
export const addEmployeeInput = z.strictObject({
  id: id.optional(),
  user_id: id,
  display_name: line(100).meta({ personal: true }),
  role_ids: z.array(id).max(50).default([]),
})
export const updateEmployeeInput = z.strictObject({
  id,
  version,
  display_name: line(100).meta({ personal: true }).optional(),
  status: z.enum(['suspended', 'active']).optional(),
  role_ids: z.array(id).max(50).optional(),
})

export const acceptInvitationInput = z.strictObject({ tenant_id: id })

export const role = z.object({ id, name: z.string(), permissions: z.array(z.string()), ...stamps })
export const createRoleInput = z.strictObject({ id: id.optional(), name: line(100), permissions: permissionList })
export const updateRoleInput = z.strictObject({
  id,
  version,
  name: line(100).optional(),
  permissions: permissionList.optional(),
})

export const apiKey = z.object({
  id,
  name: z.string(),
  permissions: z.array(z.string()),
  expires_at: time,
  revoked_at: time.nullable(),
  ...stamps,
})
export const createApiKeyInput = z.strictObject({
  id: id.optional(),
  name: line(100),
  permissions: permissionList,
  expires_at: instant,
})
export const createdApiKey = apiKey.extend({
  secret: z.string().nullable().meta({ secret: true, description: 'Shown once; null when the answer is replayed.' }),
})
export const revokeApiKeyInput = z.strictObject({ id, version })

export const branchCodeTaken = refusal('branch_code_taken', 409, 'Another branch has this code')
export const roleNameTaken = refusal('role_name_taken', 409, 'Another role has this name')
export const employeeExists = refusal('employee_exists', 409, 'This person has a place in this tenant already')
export const entityNotFound = refusal('entity_not_found', 422, 'There is no such legal entity')
export const unknownCurrency = refusal('unknown_currency', 422, 'ISO 4217 has no such currency to pay in')
export const unknownCountry = refusal('unknown_country', 422, 'ISO 3166-1 has no such country')
export const roleNotFound = refusal('role_not_found', 422, 'There is no such role')
export const userNotFound = refusal('user_not_found', 422, 'There is no such person')
export const grantsTooMuch = refusal('grants_too_much', 403, 'You cannot grant what you do not hold')
export const lastOwner = refusal('last_owner', 409, 'Somebody must keep a role with all permissions')
export const invitationOpen = refusal('invitation_open', 409, 'The person has not accepted the invitation yet')
export const unknownPermission = refusal('unknown_permission', 422, 'There is no such permission')
export const expiryPast = refusal('expiry_past', 422, 'The key would have expired already')

/** Constraint names of this module's tables and the refusals they stand for. */
export const constraints = {
  branch_code_key: branchCodeTaken,
  entity_currency_fkey: unknownCurrency,
  entity_country_fkey: unknownCountry,
  branch_entity_id_fkey: entityNotFound,
  role_name_key: roleNameTaken,
  employee_user_id_key: employeeExists,
  employee_role_role_id_fkey: roleNotFound,
} as const
