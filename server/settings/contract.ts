import { z } from 'zod'
import { platformRefusals, refusal } from '../platform/refusal.ts'
import { id, instant, page, pageInput, time } from '../platform/schema.ts'
import { settingScopes } from './define.ts'

export const permissions = {
  viewSettings: 'settings.view-settings',
  manageSettings: 'settings.manage-settings',
} as const

const name = z
  .string()
  .max(100)
  .regex(/^[a-z]+\.[a-z0-9-]+$/, { error: 'must look like identity.session-days' })
const environment = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,31}$/, { error: 'must be the name of an installation, such as production' })
  .meta({
    description:
      'For the installation of this name alone, and as it sees it; any, and as this one sees it, when left out.',
  })
/** The version that was read; 0 where nothing was ever set. */
const readVersion = z.int().min(0).max(2_147_483_647)

const text = z
  .string()
  .max(10_000)
  .refine((value) => value.isWellFormed() && !value.includes('\u0000'), {
    error: 'must be well-formed Unicode without NUL',
  })
const number = z.number().min(-1e15).max(1e15)
/** Any value; whether it fits is for the type of the setting to say. It may be a secret. */
const settingValue = z
  .union([z.boolean(), number, text, z.array(text).max(200), z.array(number).max(200), z.null()])
  .meta({ secret: true, description: 'As the setting takes it.' })

const place = { branch_id: id.optional().meta({ description: 'Of a branch; of the whole tenant when left out.' }) }

export const listSettingsInput = z.strictObject(place)
export const getSettingInput = z.strictObject({ name, ...place, environment: environment.optional() })
export const historyInput = z.strictObject({ name, ...place, ...pageInput })
export const setSettingInput = z.strictObject({
  ...getSettingInput.shape,
  version: readVersion,
  value: settingValue,
  valid_from: instant.optional().meta({ description: 'When it comes into force; at once when left out.' }),
  valid_until: instant.optional().meta({ description: 'When what was in force before comes back.' }),
})
export const unsetSettingInput = z.strictObject({
  ...getSettingInput.shape,
  version: readVersion,
  valid_from: instant.optional(),
})

export const setting = z.object({
  name: z.string(),
  help: z.string(),
  takes: z.string().meta({ description: 'What it takes, in words.' }),
  scopes: z.array(z.enum(settingScopes)),
  secret: z.boolean(),
  requires_restart: z.boolean(),
  pending_restart: z.boolean().meta({ description: 'It was changed since this server started.' }),
  default: z.unknown().meta({ description: 'Null for a secret.' }),
  value: z.unknown().meta({ personal: true, description: 'What is in force; null for a secret.' }),
  source: z.enum(['default', ...settingScopes]),
  is_valid: z.boolean().meta({ description: 'False: what is kept no longer is what the setting takes.' }),
  version: readVersion.meta({ description: 'Of what is set at the place asked for; 0 when nothing ever was.' }),
  next_change_at: time.nullable(),
})
export const settingList = z.object({ items: z.array(setting) })

const settingVersion = z.object({
  id,
  version: readVersion,
  branch_id: id.nullable(),
  environment: z.string().nullable(),
  is_set: z.boolean(),
  value: z.unknown().meta({ personal: true, description: 'Null for a secret, and where nothing is set.' }),
  valid_from: time,
  valid_until: time.nullable(),
  withdrawn_by: readVersion.nullable().meta({ description: 'The version that took its place before it began.' }),
  employee_id: id,
  created_at: time,
})
export const settingHistory = page(settingVersion)

export const settingNotFound = refusal('setting_not_found', 404, 'There is no such setting')
export const settingBranchNotFound = refusal('setting_branch_not_found', 422, 'There is no such branch')
export const settingNotHere = refusal('setting_not_here', 422, 'This setting cannot be set here')
export const settingInPast = refusal('setting_in_past', 422, 'What was in force in the past stays as it was')
export const settingPeriodEmpty = refusal('setting_period_empty', 422, 'The end must be after the beginning')
export const settingOverlaps = refusal('setting_overlaps', 409, 'Another value is planned within this time')
export const settingInvalid = refusal(
  'setting_invalid',
  409,
  'What is set no longer is what the setting takes; set it again',
)

/** Constraint names of this module's tables and the refusals they stand for. Two first values at once meet in the first. */
export const constraints = {
  value_valid_key: platformRefusals.versionConflict,
  value_version_key: platformRefusals.versionConflict,
  platform_value_valid_key: platformRefusals.versionConflict,
  platform_value_version_key: platformRefusals.versionConflict,
} as const
