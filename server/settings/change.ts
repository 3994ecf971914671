import { OperatorError } from '../platform/explain.ts'
import { uuidv7 } from '../platform/identifiers.ts'
import { platformRefusals, Refusal, refuse } from '../platform/refusal.ts'
import { settingInvalid, settingNotHere } from './contract.ts'
import { type Setting, type SettingScope, takesOf } from './define.ts'
import { type Plan, planChange } from './plan-change.ts'
import {
  type Client,
  cutVersion,
  forgetSecrets,
  insertVersion,
  lockSlot,
  type NewVersion,
  type Slot,
  type Version,
  withdrawVersion,
} from './queries.ts'
import { openKept, type Settings, sealedPlace } from './read.ts'

export interface Change {
  readonly slot: Slot
  readonly setting: Setting
  /** The last version that was read there; undefined: whatever it is. */
  readonly version: number | undefined
  /** Undefined: nothing is set from then on, and it inherits. */
  readonly value: { readonly given: unknown } | undefined
  readonly from: Date | undefined
  readonly until: Date | undefined
  /** Who does it; null: the operator. */
  readonly employeeId: string | null
}

/** What a change did, for the audit chain; a secret is in it as it is, so its schema must say so. */
export interface Changed {
  readonly old: Values
  readonly new: Values
}

type Values = {
  readonly value: unknown
  readonly is_set: boolean
  readonly branch_id: string | null
  readonly environment: string | null
  readonly valid_from: string | null
  readonly valid_until: string | null
}

/**
 * Sets or unsets a setting at one place, as a new version. Refuses what the setting does not take, a place where it cannot
 * be set, another version than was read, and a time that has no room.
 */
export async function changeSetting(client: Client, settings: Settings, change: Change): Promise<Changed> {
  const { setting, slot, employeeId } = change
  assertScope(setting, slot)
  const value = change.value && parseValue(setting, change.value.given)
  const { standing, last, now } = await lockSlot(client, slot)
  if (change.version !== undefined && change.version !== last) refuse(platformRefusals.versionConflict)
  const plan = planChange(standing, { from: change.from ?? now, until: change.until ?? null, now })
  const { before, period, resumes } = plan
  const old = before && openBefore(settings, before, slot)
  if (resumes && before?.is_set && !old) refuse(settingInvalid, 'What would come back afterwards does not open')

  await makeRoom(client, slot, plan, last + 1)
  const insert = (row: Pick<NewVersion, 'from' | 'until' | 'version'>, kept: { given: unknown } | undefined) =>
    insertVersion(client, slot, { ...row, ...keep(settings, change, kept) }, employeeId)
  await insert({ ...period, version: last + 1 }, value)
  if (resumes) await insert({ ...resumes, version: last + 2 }, old)
  await forgetSecrets(client, slot)
  return { old: valuesOf(slot, old, before), new: valuesOf(slot, value, period) }
}

/** A value as the setting takes it. The refusal of another names the setting and what it takes. */
function parseValue(setting: Setting, given: unknown): { given: unknown } {
  const parsed = setting.type.safeParse(given)
  if (parsed.success) return { given: parsed.data }
  const message = `${setting.name} takes ${takesOf(setting)}`
  throw new Refusal(platformRefusals.invalidInput, message, [{ path: 'value', code: 'wrong_type', message }])
}

/** What was in force before. A secret that does not open is as good as none: setting another one mends it. */
function openBefore({ encryption }: Settings, before: Version, { tenantId }: Slot): { given: unknown } | undefined {
  if (!before.is_set) return undefined
  try {
    return { given: openKept(encryption, before, tenantId) }
  } catch (error) {
    if (!(error instanceof OperatorError)) throw error
    return undefined
  }
}

function assertScope({ name, scopes }: Setting, { tenantId, branchId }: Slot): void {
  const withinTenant: SettingScope = branchId === null ? 'tenant' : 'branch'
  if (scopes.includes(tenantId === null ? 'platform' : withinTenant)) return
  const places = { platform: 'the operator of the server', tenant: 'the whole tenant', branch: 'a branch' }
  refuse(settingNotHere, `${name} can be set by or for: ${scopes.map((one) => places[one]).join(', ')}`)
}

async function makeRoom(client: Client, slot: Slot, { cut, withdrawn, period }: Plan<Version>, version: number) {
  if (cut) await cutVersion(client, slot, cut.id, period.from)
  if (withdrawn) await withdrawVersion(client, slot, withdrawn.id, version)
}

function keep(settings: Settings, { setting, slot }: Change, value: { given: unknown } | undefined) {
  const id = uuidv7()
  const text = value ? JSON.stringify(value.given) : null
  const sealed = text !== null && setting.secret ? settings.encryption.seal(text, sealedPlace(slot.tenantId, id)) : null
  return { id, is_set: value !== undefined, value: sealed === null ? text : null, sealed }
}

function valuesOf(
  { branchId, environment }: Slot,
  value: { given: unknown } | undefined,
  period: { from: Date; until: Date | null } | undefined,
): Values {
  return {
    value: value ? value.given : null,
    is_set: value !== undefined,
    branch_id: branchId,
    environment: environment === '' ? null : environment,
    valid_from: period?.from.toISOString() ?? null,
    valid_until: period?.until?.toISOString() ?? null,
  }
}
