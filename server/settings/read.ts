import type { Encryption } from '../platform/encryption.ts'
import { nobody } from '../platform/identifiers.ts'
import { refuse } from '../platform/refusal.ts'
import { settingInvalid, settingNotFound } from './contract.ts'
import type { Setting, SettingScope } from './define.ts'
import { type Client, findInForce, type InForce, type Kept } from './queries.ts'

/** Reads settings; see `createSettings`. */
export type Settings = ReturnType<typeof createSettings>

/** Where to read: what `context` of an operation holds, or a pool, which then reads for the installation alone. */
export interface Reader {
  readonly client: Client
  readonly tenantId?: string
}

/** A value with where it comes from. */
export interface Resolved {
  readonly value: unknown
  readonly source: SettingScope | 'default'
  /** False: what is kept is not what the setting takes, since its declaration changed. `value` is then its default. */
  readonly isValid: boolean
  /** Why the secret that is kept does not open. */
  readonly fault?: unknown
  /** Of the version in force; undefined for the default. */
  readonly id: string | undefined
}

/**
 * The settings of a process in one environment. Nothing is kept in memory, so a change counts for the next read, on every
 * process; a branch inherits from its tenant, a tenant from the platform, the platform from the declaration.
 */
export function createSettings(options: { declared: readonly Setting[]; environment: string; encryption: Encryption }) {
  const { environment, encryption } = options
  const declared = new Map(options.declared.map((setting) => [setting.name, setting]))
  if (declared.size < options.declared.length) throw new Error('a setting is declared twice')
  /** What restart settings were when this process started: name → version in force. */
  const started = new Map<string, string | undefined>()

  async function resolve(
    { client, tenantId = nobody }: Reader,
    settings: readonly Setting[],
    { branchId = null, environment: place = environment }: { branchId?: string | null; environment?: string } = {},
  ): Promise<Map<string, Resolved>> {
    const names = settings.map(({ name }) => name)
    const rows = new Map(
      (await findInForce(client, { tenantId, branchId, environment: place }, names)).map((row) => [row.name, row]),
    )
    return new Map(
      settings.map((setting) => [setting.name, resolvedOf(encryption, setting, rows.get(setting.name), tenantId)]),
    )
  }

  return {
    declared,
    environment,
    encryption,
    /** What is in force for these settings, of the tenant and of a branch; here, or where `environment` is the name of the server. */
    resolve,

    /** A declared setting. Refuses with `setting_not_found`. */
    find: (name: string): Setting => declared.get(name) ?? refuse(settingNotFound),

    /**
     * The value in force, of the branch, the tenant or the installation. Refuses with `setting_invalid` what is kept and no
     * longer fits: a default in its place would change what the business does without a word. Throws what
     * `Encryption.open` throws for a secret that does not open.
     */
    async read<T>(
      reader: Reader,
      setting: Setting<T>,
      { branchId = null }: { branchId?: string | null } = {},
    ): Promise<T> {
      const found = (await resolve(reader, [setting], { branchId })).get(setting.name)
      if (found?.fault) throw found.fault
      if (!found?.isValid) refuse(settingInvalid, `What is set for ${setting.name} no longer fits; set it again`)
      return found.value as T
    },

    /**
     * As `read`, of rows that were read elsewhere together with other things: those in force for the place. Refuses with
     * `setting_invalid`.
     */
    valueOf<T>(rows: readonly InForce[], setting: Setting<T>, tenantId: string): T {
      const row = rows.find(({ name }) => name === setting.name)
      const { value, isValid, fault } = resolvedOf(encryption, setting, row, tenantId)
      if (fault) throw fault
      if (!isValid) refuse(settingInvalid, `What is set for ${setting.name} no longer fits; set it again`)
      return value as T
    },

    /** Notes what the settings that need a restart are now. */
    async remember(client: Client): Promise<void> {
      const found = await resolve({ client }, restartSettings(declared))
      for (const [name, { id }] of found) started.set(name, id)
    },

    /** True when another version of it is in force than when the process started. */
    isPending: (name: string, { id }: Pick<Resolved, 'id'>): boolean => started.has(name) && started.get(name) !== id,

    /** The settings that wait for a restart of this process. */
    async pending(client: Client): Promise<string[]> {
      const found = await resolve({ client }, restartSettings(declared))
      return [...found].flatMap(([name, { id }]) => (started.has(name) && started.get(name) !== id ? [name] : []))
    },
  }
}

function resolvedOf(encryption: Encryption, setting: Setting, row: InForce | undefined, tenantId: string): Resolved {
  if (!row) return { value: setting.default, source: 'default', isValid: true, id: undefined }
  const { source, id } = row
  try {
    const parsed = setting.type.safeParse(openKept(encryption, row, source === 'platform' ? null : tenantId))
    return { value: parsed.success ? parsed.data : setting.default, source, isValid: parsed.success, id }
  } catch (fault) {
    return { value: setting.default, source, isValid: false, fault, id }
  }
}

/** What is kept, as JSON. Throws what `Encryption.open` throws. */
export function openKept(encryption: Encryption, row: Kept, tenantId: string | null): unknown {
  return row.sealed === null ? row.value : JSON.parse(encryption.open(row.sealed, sealedPlace(tenantId, row.id)))
}

/** Where the sealed value of a version stands; `tenantId` null: among those of the installation. */
export function sealedPlace(tenantId: string | null, row: string) {
  const column = 'sealed'
  return tenantId === null
    ? { table: 'settings.platform_value', column, row }
    : { table: 'settings.value', column, tenantId, row }
}

function restartSettings(declared: ReadonlyMap<string, Setting>): Setting[] {
  return [...declared.values()].filter(({ requiresRestart }) => requiresRestart)
}
