import { type MigrateOptions, migrateUp, withOwner } from './platform/migrate.ts'
import { type LoadedReference, loadReference } from './reference/index.ts'
import { referenceLoaders } from './registry.ts'
import { loadPresets } from './role-presets.ts'

/** Brings a database up to this code, its reference data and ready-made roles included. Throws what `migrateUp` and `loadReference` throw. */
export async function prepareDatabase(
  options: MigrateOptions,
): Promise<{ migrations: string[]; loaded: LoadedReference[] }> {
  const migrations = await migrateUp(options)
  const roles = await withOwner(options, (owner) => loadPresets(owner))
  if (roles.length > 0) options.log?.(`ready-made roles: ${roles.join(', ')} loaded`)
  const loaded = await loadReference(options, referenceLoaders)
  for (const { name, changed } of loaded) if (changed > 0) options.log?.(`reference data: ${changed} ${name} loaded`)
  return { migrations, loaded }
}
