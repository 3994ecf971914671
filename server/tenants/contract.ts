import { z } from 'zod'
import { refusal } from '../platform/refusal.ts'
import {
  amount,
  currencyCode,
  id,
  instant,
  line,
  locale,
  name,
  pageInput,
  paragraph,
  time,
  timeZone,
  version,
} from '../platform/schema.ts'
import { unknownCountry, unknownCurrency } from '../reference/index.ts'
import { businessTypes, features } from './features.ts'

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
export const currency = currencyCode
const businessType = z.enum(businessTypes)
const years = z.int().min(1).max(100)
const domain = z
  .string()
  .max(253)
  .toLowerCase()
  .regex(/^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])$/, {
    error: 'must be a host name in ASCII such as shop.example.org; others in their xn-- form',
  })
const placeCode = z.string().regex(/^[A-Z0-9][A-Z0-9-]{0,15}$/, { error: 'must be 1 to 16 capitals, digits or dashes' })

export const byId = z.strictObject({ id })
export const listInput = z.strictObject(pageInput)

export const tenant = z.object({
  id,
  legal_name: z.string(),
  locale: z.string(),
  time_zone: z.string(),
  cash_variance_threshold: z.string(),
  business_type: businessType,
  domain: z.string().nullable(),
  features: z.array(z.string()),
  retention_financial_years: z.int(),
  retention_audit_years: z.int(),
  anonymisation_days: z.int(),
  ...stamps,
})
export const tenantSummary = z.object({ id, legal_name: z.string() })
export const createTenantInput = z.strictObject({
  id: id.optional(),
  legal_name: name(200),
  locale: locale.default('en'),
  time_zone: timeZone,
  country,
  currency,
  branch_name: name(100).optional(),
  business_type: businessType.default('retail'),
})
export const createdTenant = tenant.extend({ entity_id: id, branch_id: id, employee_id: id })
export const updateTenantInput = z.strictObject({
  version,
  legal_name: name(200).optional(),
  locale: locale.optional(),
  time_zone: timeZone.optional(),
  cash_variance_threshold: amount.refine((text) => !text.startsWith('-'), { error: 'must not be negative' }).optional(),
  business_type: businessType.optional(),
  domain: domain.nullable().optional(),
  retention_financial_years: years.optional(),
  retention_audit_years: years.optional(),
  anonymisation_days: z.int().min(30).max(3650).optional(),
})

const featureName = z.enum(features.map(({ name }) => name) as [string, ...string[]])
export const featureList = z.object({
  version,
  items: z.array(z.object({ name: z.string(), help: z.string(), is_on: z.boolean() })),
})
export const setFeaturesInput = z.strictObject({ version, features: z.array(featureName).max(features.length) })

export const entity = z.object({
  id,
  legal_name: z.string(),
  country: z.string(),
  currency: z.string(),
  tax_number: z.string().nullable(),
  address: z.string().nullable(),
  is_active: z.boolean(),
  ...stamps,
})
export const createEntityInput = z.strictObject({
  id: id.optional(),
  legal_name: name(200),
  country,
  currency,
  tax_number: line(50).optional(),
  address: paragraph(500).optional(),
})
export const updateEntityInput = z.strictObject({
  id,
  version,
  legal_name: name(200).optional(),
  tax_number: line(50).nullable().optional(),
  address: paragraph(500).nullable().optional(),
  is_active: z.boolean().optional(),
})

export const region = z.object({ id, code: z.string(), name: z.string(), ...stamps })
export const createRegionInput = z.strictObject({ id: id.optional(), code: placeCode, name: name(100) })
export const updateRegionInput = z.strictObject({
  id,
  version,
  code: placeCode.optional(),
  name: name(100).optional(),
})

export const branch = z.object({
  id,
  entity_id: id,
  code: z.string(),
  name: z.string(),
  time_zone: z.string(),
  address: z.string().nullable(),
  phone: z.string().nullable(),
  region_id: id.nullable(),
  ...stamps,
})
export const createBranchInput = z.strictObject({
  id: id.optional(),
  entity_id: id,
  code: placeCode,
  name: name(100),
  time_zone: timeZone,
  address: paragraph(500).optional(),
  phone: line(40).optional(),
  region_id: id.optional(),
})
export const updateBranchInput = z.strictObject({
  id,
  version,
  name: name(100).optional(),
  time_zone: timeZone.optional(),
  address: paragraph(500).nullable().optional(),
  phone: line(40).nullable().optional(),
  region_id: id.nullable().optional(),
})

/** The part of a tenant that an employee works in; null: all of it. */
const scope = z.object({ entity_ids: z.array(id), region_ids: z.array(id), branch_ids: z.array(id) }).nullable()
const scopeIds = z.array(id).max(500).default([])
export const scopeInput = z
  .strictObject({ entity_ids: scopeIds, region_ids: scopeIds, branch_ids: scopeIds })
  .refine((one) => one.entity_ids.length + one.region_ids.length + one.branch_ids.length > 0, {
    error: 'must name a legal entity, a region or a branch',
  })
  .nullable()

export const employee = z.object({
  id,
  user_id: id.nullable(),
  display_name: z.string().meta({ personal: true }),
  status: z.enum(['invited', 'active', 'suspended', 'ended']),
  role_ids: z.array(id),
  scope,
  invited_email: z.string().nullable().meta({ personal: true, description: 'Until the invitation is accepted.' }),
  invitation_expires_at: time.nullable(),
  department: z.string().nullable(),
  default_entity_id: id.nullable(),
  preferred_currency: z.string().nullable(),
  preferred_locale: z.string().nullable(),
  has_till_pin: z.boolean(),
  ...stamps,
})

export const role = z.object({
  id,
  name: z.string(),
  preset: z
    .string()
    .nullable()
    .meta({ description: 'The ready-made role it follows; null once its permissions were changed.' }),
  made_from: z.string().nullable().meta({ description: 'The ready-made role it began as; null for one of your own.' }),
  permissions: z.array(z.string()),
  ...stamps,
})
export const createRoleInput = z.strictObject({ id: id.optional(), name: name(100), permissions: permissionList })
export const updateRoleInput = z.strictObject({
  id,
  version,
  name: name(100).optional(),
  permissions: permissionList.optional(),
})
export const resetRoleInput = z.strictObject({ id, version })

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
  name: name(100),
  permissions: permissionList,
  expires_at: instant,
})
export const createdApiKey = apiKey.extend({
  secret: z.string().nullable().meta({ secret: true, description: 'Shown once; null when the answer is replayed.' }),
})
export const revokeApiKeyInput = z.strictObject({ id, version })

export const branchCodeTaken = refusal('branch_code_taken', 409, 'Another branch has this code')
export const regionCodeTaken = refusal('region_code_taken', 409, 'Another region has this code')
export const domainTaken = refusal('domain_taken', 409, 'This domain belongs to another tenant')
export const entityInactive = refusal('entity_inactive', 409, 'This legal entity opens no more branches')
export const regionNotFound = refusal('region_not_found', 422, 'There is no such region')
export const branchNotFound = refusal('branch_not_found', 422, 'There is no such branch')
export const roleNameTaken = refusal('role_name_taken', 409, 'Another role has this name')
export const roleNotReadyMade = refusal('role_not_ready_made', 409, 'This role did not begin as a ready-made one')
export const employeeExists = refusal('employee_exists', 409, 'This person has a place in this tenant already')
export const entityNotFound = refusal('entity_not_found', 422, 'There is no such legal entity')
export const roleNotFound = refusal('role_not_found', 422, 'There is no such role')
export const employeeNotFound = refusal('employee_not_found', 422, 'There is no such employee')
export const alreadyInvited = refusal('already_invited', 409, 'This address is invited already')
export const tooManyInvitations = refusal(
  'too_many_invitations',
  429,
  'Too many invitations were sent; wait before you send more',
)
export const notInvited = refusal('not_invited', 409, 'There is no invitation to this place')
export const invitationInvalid = refusal('invitation_invalid', 422, 'This invitation does not open; ask for a new one')
export const trivialPin = refusal('trivial_pin', 422, 'This PIN is one of the first that anybody tries')
export const wrongTillPin = refusal('wrong_till_pin', 403, 'The PIN is wrong')
export const tillPinLocked = refusal('till_pin_locked', 403, 'Too many wrong PINs; try again later, or set a new one')
export const grantsTooMuch = refusal('grants_too_much', 403, 'You cannot grant what you do not hold')
export const lastOwner = refusal(
  'last_owner',
  409,
  'Somebody must keep a role with all permissions, in the whole tenant',
)
export const invitationOpen = refusal('invitation_open', 409, 'The person has not accepted the invitation yet')
export const tenantsClosed = refusal('tenants_closed', 403, 'Nobody may make a tenant on this server; ask its owner')
export const unknownPermission = refusal('unknown_permission', 422, 'There is no such permission')
export const expiryPast = refusal('expiry_past', 422, 'The key would have expired already')

/** Constraint names of this module's tables and the refusals they stand for. */
export const constraints = {
  branch_code_key: branchCodeTaken,
  entity_currency_fkey: unknownCurrency,
  entity_country_fkey: unknownCountry,
  branch_entity_id_fkey: entityNotFound,
  branch_region_id_fkey: regionNotFound,
  region_code_key: regionCodeTaken,
  employee_scope_entity_id_fkey: entityNotFound,
  employee_scope_region_id_fkey: regionNotFound,
  employee_scope_branch_id_fkey: branchNotFound,
  role_name_key: roleNameTaken,
  employee_user_id_key: employeeExists,
  employee_invited_email_key: alreadyInvited,
  employee_default_entity_id_fkey: entityNotFound,
  employee_preferred_currency_fkey: unknownCurrency,
  employee_role_role_id_fkey: roleNotFound,
} as const

export const workplace = z.object({
  tenant: tenant.pick({ id: true, legal_name: true, business_type: true, locale: true, time_zone: true }),
  employee,
  roles: z.array(role.pick({ id: true, name: true, preset: true })),
  permissions: z.array(z.string()),
  features: z.array(z.string()),
  operations: z.array(z.string()),
  device_id: id.nullable().meta({
    description:
      'The shared till at which you switched in by PIN; then only its branch is reached. Null where you signed in.',
  }),
})
