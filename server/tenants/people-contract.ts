import { z } from 'zod'
import { id, line, locale, name, pageInput, time, version } from '../platform/schema.ts'
import { currency, employee, scopeInput } from './contract.ts'

const email = z.email().max(254).toLowerCase().meta({ personal: true, description: 'E-mail address.' })
const token = z.string().min(1).max(200).meta({ secret: true, description: 'As the link of the invitation has it.' })

/** What a manager may say of a place beside its roles. */
const details = {
  department: name(100),
  default_entity_id: id,
  preferred_currency: currency,
  preferred_locale: locale,
}

export const addEmployeeInput = z.strictObject({
  id: id.optional(),
  email,
  display_name: name(100).meta({ personal: true }),
  role_ids: z.array(id).max(50).default([]),
  scope: scopeInput.default(null),
  department: details.department.optional(),
  default_entity_id: details.default_entity_id.optional(),
  preferred_currency: details.preferred_currency.optional(),
  preferred_locale: details.preferred_locale.optional(),
})
export const updateEmployeeInput = z.strictObject({
  id,
  version,
  display_name: name(100).meta({ personal: true }).optional(),
  status: z.enum(['suspended', 'active']).optional(),
  role_ids: z.array(id).max(50).optional(),
  scope: scopeInput.optional(),
  department: details.department.nullable().optional(),
  default_entity_id: details.default_entity_id.nullable().optional(),
  preferred_currency: details.preferred_currency.nullable().optional(),
  preferred_locale: details.preferred_locale.nullable().optional(),
})
export const endEmployeeInput = z.strictObject({ id, version })
export const updatePreferencesInput = z.strictObject({
  default_entity_id: details.default_entity_id.nullable().optional(),
  preferred_currency: details.preferred_currency.nullable().optional(),
  preferred_locale: details.preferred_locale.nullable().optional(),
})

export const invitationInput = z.strictObject({ token })
export const invitation = z.object({
  tenant_id: id,
  legal_name: z.string(),
  display_name: z.string().meta({ personal: true }),
  invited_by: z.string().meta({ personal: true }),
  expires_at: time,
})

export const switchTenantInput = z.strictObject({ tenant_id: id })

/** A PIN as it is typed at a till. */
export const pin = z
  .string()
  .regex(/^[0-9]{4,8}$/, { error: 'must be 4 to 8 digits' })
  .meta({ secret: true, description: '4 to 8 digits.' })
export const setTillPinInput = z.strictObject({ pin })
export const checkTillPinInput = z.strictObject({ branch_id: id, employee_id: id, pin })
export const approver = z.object({
  employee_id: id,
  display_name: z.string().meta({ personal: true }),
  role_ids: employee.shape.role_ids,
  scope: employee.shape.scope,
  permissions: z.array(z.string()),
})

export const listEmployeesInput = z.strictObject({
  search: line(100).optional().meta({ description: 'Within the name or the address that was invited, in any case.' }),
  status: employee.shape.status.exclude(['ended']).optional(),
  ...pageInput,
})
export const employeeName = z.object({
  id: id.meta({ description: 'As it was asked for: of the employee, or of the user.' }),
  employee_id: id,
  display_name: z.string(),
})
