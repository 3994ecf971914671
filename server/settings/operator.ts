import { type AuditEntry, systemEntry } from '../platform/audit-entry.ts'
import type { Encryption } from '../platform/encryption.ts'
import { redactorOf } from '../platform/redact.ts'
import { changeSetting } from './change.ts'
import type { Setting } from './define.ts'
import { auditSchemaOf } from './operations.ts'
import { type Client, listStanding } from './queries.ts'
import { openKept, type Settings } from './read.ts'

/**
 * Sets or unsets a setting of the installation, in the transaction of `client`, which must be the owner's. Answers the entry for the
 * platform's chain. Refuses as `changeSetting`.
 */
export async function changePlatformSetting(
  client: Client,
  settings: Settings,
  change: { setting: Setting; environment: string; value: { given: unknown } | undefined; from: Date | undefined },
): Promise<AuditEntry> {
  const { setting, environment, value, from } = change
  const slot = { tenantId: null, branchId: null, name: setting.name, environment }
  const changed = await changeSetting(client, settings, {
    ...{ slot, setting, value, from },
    version: undefined,
    until: undefined,
    employeeId: null,
  })
  const redact = redactorOf(auditSchemaOf(setting))
  const entry = systemEntry({
    event: value ? 'settings.set-setting' : 'settings.unset-setting',
    severity: 'notice',
    environment: settings.environment,
    resource_type: 'setting',
    resource_id: setting.name,
    new_values: redact(changed.new),
  })
  return { ...entry, old_values: redact(changed.old) }
}

/**
 * What is kept, or planned, and is not what its setting takes, or does not open: of the tenant of the transaction, or, for
 * null, of the installation. One sentence each, without values.
 */
export async function settingFaults(
  client: Client,
  { declared, encryption }: { declared: ReadonlyMap<string, Setting>; encryption: Encryption },
  tenantId: string | null,
): Promise<string[]> {
  const faults: string[] = []
  for (const row of await listStanding(client, tenantId)) {
    const setting = declared.get(row.name)
    if (!setting) continue
    try {
      if (!setting.type.safeParse(openKept(encryption, row, tenantId)).success)
        faults.push(`what is set for ${row.name} (${row.id}) no longer fits; set it again`)
    } catch (error) {
      faults.push(`the setting ${row.name}: ${(error as Error).message}`)
    }
  }
  return faults
}
