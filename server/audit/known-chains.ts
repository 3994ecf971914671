import { readdirSync, statSync } from 'node:fs'
import { nobody } from '../platform/identifiers.ts'
import type { CheckpointFile } from './checkpoint-files.ts'

/** A chain to verify. */
export interface KnownChain {
  readonly tenantId: string
  /** One sentence when the chain should not be there as it is. */
  readonly fault: string | undefined
}

/**
 * The chains that there must be: the platform's, those of the tenants in the directory of the database, and those of
 * which checkpoints were kept, under `directory` or in the files given. A tenant of the last that the database does not
 * list has lost its row there, and would be left out for good.
 */
export function knownChains(
  tenants: readonly string[],
  { directory, files }: { directory: string; files: readonly CheckpointFile[] },
): KnownChain[] {
  const listed = new Set([nobody, ...tenants])
  const kept = new Set([
    ...tenantsUnder(directory),
    ...files.flatMap(({ checkpoints }) => checkpoints.map(({ tenant_id }) => tenant_id)),
  ])
  return [
    ...[...listed].map((tenantId) => ({ tenantId, fault: undefined })),
    ...[...kept]
      .filter((tenantId) => !listed.has(tenantId))
      .map((tenantId) => ({ tenantId, fault: `tenant ${tenantId} has checkpoints and is not in the directory` })),
  ]
}

function tenantsUnder(directory: string): string[] {
  if (!statSync(directory, { throwIfNoEntry: false })?.isDirectory()) return []
  return readdirSync(directory)
    .flatMap((name) => /^([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.jsonl$/.exec(name)?.[1] ?? [])
    .toSorted()
}
