import { z } from 'zod'
import { refusal } from '../platform/refusal.ts'
import { id, name, pageInput, time, version } from '../platform/schema.ts'

export const permissions = {
  viewRegisters: 'registers.view-registers',
  manageRegisters: 'registers.manage-registers',
} as const

const code = z.string().regex(/^[A-Z0-9]{1,8}$/, {
  error: 'must be 1 to 8 capital letters and digits: receipts begin with it',
})

export const byId = z.strictObject({ id })
export const register = z.object({
  id,
  branch_id: id,
  code: z.string(),
  name: z.string(),
  is_active: z.boolean(),
  last_sequence: z.string().meta({ description: 'Of its last receipt; 0 before the first.' }),
  last_receipt_number: z.string().nullable(),
  version,
  created_at: time,
  updated_at: time,
})
export const listRegistersInput = z.strictObject({
  branch_id: id.optional(),
  is_active: z.boolean().optional(),
  ...pageInput,
})
export const createRegisterInput = z.strictObject({
  id: id.optional(),
  branch_id: id,
  code: code.meta({ description: 'Unique in the tenant and never changed: receipt numbers begin with it.' }),
  name: name(100),
})
export const updateRegisterInput = z.strictObject({
  id,
  version,
  name: name(100).optional(),
  is_active: z.boolean().optional(),
})

export const registerCodeTaken = refusal('register_code_taken', 409, 'Another register has this code')
export const registerNotFound = refusal('register_not_found', 422, 'There is no such register')
export const registerInactive = refusal('register_inactive', 409, 'This register is out of use')
export const registerInUse = refusal('register_in_use', 409, 'A session is open on this register; close it first')

/** Constraint names of this module's tables and the refusals they stand for. */
export const constraints = { register_code_key: registerCodeTaken } as const
