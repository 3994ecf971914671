import { z } from 'zod'
import { type CommandContext, command, type QueryContext, query } from '../platform/operation.ts'
import { platformRefusals, refuse } from '../platform/refusal.ts'
import { readCursor, toPage } from '../platform/schema.ts'
import { assertInScope } from '../platform/scope.ts'
import { type Change, changeSetting } from './change.ts'
import * as contract from './contract.ts'
import { type Setting, takesOf } from './define.ts'
import { listVersions, type Slot, slotStates } from './queries.ts'
import type { Settings } from './read.ts'

const { permissions } = contract
const afterId = z.tuple([z.uuid()])

/** What settings must know of branches, whose module stands above this one. */
export type FindBranch = (scope: Pick<QueryContext, 'db' | 'tenantId'>, id: string) => Promise<object | undefined>

interface Place {
  readonly branch_id?: string | undefined
  readonly environment?: string | undefined
}

interface Parts {
  readonly settings: Settings
  readonly findBranch: FindBranch
}

/** Everything that can be set, with what is in force. */
export function settingQueries(parts: Parts) {
  return [
    query({
      name: 'settings.list-settings',
      route: 'GET /v1/settings',
      summary: 'Every setting with what is in force, for the tenant or for a branch.',
      permission: permissions.viewSettings,
      reach: 'branch',
      input: contract.listSettingsInput,
      output: contract.settingList,
      refusals: [contract.settingBranchNotFound],
      handle: (context, input) => listAll(context, parts, input),
    }),
    query({
      name: 'settings.get-setting',
      route: 'GET /v1/settings/:name',
      summary: 'One setting with what is in force.',
      permission: permissions.viewSettings,
      reach: 'branch',
      input: contract.getSettingInput,
      output: contract.setting,
      refusals: [contract.settingNotFound, contract.settingBranchNotFound],
      handle: (context, input) => getOne(context, parts, input),
    }),
    query({
      name: 'settings.list-versions',
      route: 'GET /v1/settings/:name/versions',
      summary: 'What was ever set at one place and what is planned, the newest first.',
      permission: permissions.viewSettings,
      reach: 'branch',
      input: contract.historyInput,
      output: contract.settingHistory,
      refusals: [platformRefusals.outOfScope, contract.settingNotFound, contract.settingBranchNotFound],
      handle: (context, input) => versionsOf(context, parts, input),
    }),
  ] as const
}

/** How a setting is set for a tenant or a branch. */
export function settingCommands(parts: Parts) {
  return [
    command({
      name: 'settings.set-setting',
      route: 'PUT /v1/settings/:name',
      summary: 'Set a value for the tenant or a branch, at once or from an instant on.',
      severity: 'notice',
      permission: permissions.manageSettings,
      reach: 'branch',
      input: contract.setSettingInput,
      output: contract.setting,
      refusals: [
        platformRefusals.outOfScope,
        contract.settingNotFound,
        contract.settingBranchNotFound,
        contract.settingNotHere,
        contract.settingInvalid,
        contract.settingInPast,
        contract.settingPeriodEmpty,
        contract.settingOverlaps,
      ],
      handle: (context, { value, ...input }) => change(context, parts, { ...input, value: { given: value } }),
    }),
    command({
      name: 'settings.unset-setting',
      route: 'DELETE /v1/settings/:name',
      summary: 'Set nothing any more, so that the branch or the tenant inherits.',
      severity: 'notice',
      permission: permissions.manageSettings,
      reach: 'branch',
      input: contract.unsetSettingInput,
      output: contract.setting,
      refusals: [
        platformRefusals.outOfScope,
        contract.settingNotFound,
        contract.settingBranchNotFound,
        contract.settingNotHere,
        contract.settingInPast,
      ],
      handle: (context, input) => change(context, parts, { ...input, value: undefined }),
    }),
  ] as const
}

async function listAll(context: QueryContext, parts: Parts, input: Place) {
  await assertBranch(context, parts, input)
  return { items: await describe(context, parts.settings, [...parts.settings.declared.values()], input) }
}

async function getOne(context: QueryContext, parts: Parts, input: Place & { name: string }) {
  const setting = parts.settings.find(input.name)
  await assertBranch(context, parts, input)
  return describeOne(context, parts.settings, setting, input)
}

async function versionsOf(context: QueryContext, parts: Parts, input: z.output<typeof contract.historyInput>) {
  const { name } = parts.settings.find(input.name)
  if (input.branch_id === undefined && context.caller.scope !== null) refuse(platformRefusals.outOfScope)
  await assertBranch(context, parts, input)
  const [before] = readCursor(input.cursor, afterId) ?? []
  const slot = { tenantId: context.tenantId, branchId: input.branch_id ?? null, name }
  const rows = await listVersions(context.client, slot, input.limit, before)
  return toPage(rows, input.limit, (row) => [row.id])
}

interface ChangeInput extends Place {
  readonly name: string
  readonly version: number
  readonly value: Change['value']
  readonly valid_from?: string | undefined
  readonly valid_until?: string | undefined
}

async function change(context: CommandContext, parts: Parts, input: ChangeInput) {
  const { settings } = parts
  const setting = settings.find(input.name)
  if (input.branch_id === undefined && context.caller.scope !== null) refuse(platformRefusals.outOfScope)
  await assertBranch(context, parts, input)
  const changed = await changeSetting(context.client, settings, {
    slot: { ...slotOf(context, input), name: setting.name },
    setting,
    version: input.version,
    value: input.value,
    from: input.valid_from === undefined ? undefined : new Date(input.valid_from),
    until: input.valid_until === undefined ? undefined : new Date(input.valid_until),
    employeeId: context.caller.employeeId,
  })
  context.changed({ resource: 'setting', id: setting.name, ...changed, schema: auditSchemaOf(setting) })
  return describeOne(context, settings, setting, input)
}

/** What the audit chain keeps of a change: of a secret, and of what is personal, only that it is one. */
export function auditSchemaOf({ secret = false, personal = false }: Setting) {
  return z.object({
    value: z.unknown().meta({ secret, personal }),
    is_set: z.boolean(),
    branch_id: z.string().nullable(),
    environment: z.string().nullable(),
    valid_from: z.string().nullable(),
    valid_until: z.string().nullable(),
  })
}

/** Refuses a branch that is not there, or not in the caller's part of the tenant: both are the same to them. */
async function assertBranch(
  context: QueryContext,
  { findBranch }: Parts,
  { branch_id: branchId }: Place,
): Promise<void> {
  if (branchId === undefined) return
  assertInScope(context, { branchId }, contract.settingBranchNotFound)
  if (!(await findBranch(context, branchId))) refuse(contract.settingBranchNotFound)
}

function slotOf(
  { tenantId }: QueryContext,
  { branch_id, environment }: Place,
): Omit<Slot, 'name'> & { tenantId: string } {
  return { tenantId, branchId: branch_id ?? null, environment: environment ?? '' }
}

async function describeOne(context: QueryContext, settings: Settings, setting: Setting, place: Place) {
  const [described] = await describe(context, settings, [setting], place)
  return described ?? refuse(contract.settingNotFound)
}

async function describe(context: QueryContext, settings: Settings, chosen: readonly Setting[], place: Place) {
  const names = chosen.map(({ name }) => name)
  const { branch_id = null, environment = settings.environment } = place
  const isHere = environment === settings.environment
  const resolved = await settings.resolve(context, chosen, { branchId: branch_id, environment })
  const states = await slotStates(context.client, slotOf(context, place), names)
  return chosen.map((setting) => {
    const { name, help, scopes, secret = false, requiresRestart = false } = setting
    const found = resolved.get(name) ?? {
      value: setting.default,
      source: 'default' as const,
      isValid: true,
      id: undefined,
    }
    const state = states.find((one) => one.name === name)
    return {
      name,
      help,
      takes: takesOf(setting),
      scopes: [...scopes],
      secret,
      requires_restart: requiresRestart,
      pending_restart: isHere && settings.isPending(name, found),
      default: secret ? null : setting.default,
      value: secret ? null : found.value,
      source: found.source,
      is_valid: found.isValid,
      version: state?.version ?? 0,
      next_change_at: state?.next_change_at ?? null,
    }
  })
}
