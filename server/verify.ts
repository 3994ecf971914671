import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { type CheckpointFile, type KnownChain, knownChains, readCheckpointFile, verifyTenant } from './audit/index.ts'
import { declaredSettings } from './declared-settings.ts'
import { verifyStock } from './inventory/index.ts'
import { verifyBooks } from './ledger/index.ts'
import { catalogueFaults } from './platform/catalogue-faults.ts'
import type { Config } from './platform/config.ts'
import { inReading } from './platform/database.ts'
import { createEncryption, type Encryption, loadEncryptionKeys } from './platform/encryption.ts'
import { OperatorError, UsageError } from './platform/explain.ts'
import { nobody } from './platform/identifiers.ts'
import type { Installation } from './platform/installation.ts'
import { migrationStatus } from './platform/migrate.ts'
import { faultOfReports } from './reports/index.ts'
import { settingFaults } from './settings/index.ts'
import { allTenants } from './tenants/index.ts'

export interface VerifyOptions {
  readonly dataDir: Config['dataDir']
  readonly encryptionKeys: Config['encryptionKeys']
  /** The id of a tenant; undefined: all of them, and the platform. */
  readonly tenant: string | undefined
  /** Files with checkpoints that were kept elsewhere, or folders of such files. */
  readonly checkpointFiles: readonly string[]
}

/**
 * Checks that tenants are isolated, their audit chains unbroken, what their checkpoints state still true and their books
 * and stock proved, and that settings fit: of one tenant, or of all, those included of which only
 * checkpoints tell, and the platform's own chain. Tells `report` a line for each chain, each tenant's books
 * and stock, and each fault; answers the number of faults. Throws `OperatorError` for a tenant that there is not, and for a database
 * that is not migrated.
 */
export async function verify(
  installation: Installation,
  { dataDir, encryptionKeys, tenant, checkpointFiles }: VerifyOptions,
  report: (line: string) => void,
): Promise<number> {
  if (tenant !== undefined && !isUuid(tenant)) throw new UsageError('--tenant is the id of a tenant, a UUID.')
  const files: CheckpointFile[] = []
  for (const path of checkpointFiles.flatMap(filesAt)) files.push(await readCheckpointFile(path))
  await assertMigrated(installation)
  const owner = new pg.Client({ connectionString: installation.ownerUrl })
  const jobs = new pg.Pool({ connectionString: installation.urls.jobs, max: 1 })
  // A lost connection fails the next statement; without a listener it would take the process along.
  owner.on('error', () => {})
  jobs.on('error', () => {})
  await owner.connect()
  try {
    const faults = await catalogueFaults(owner)
    for (const fault of faults) report(`broken: ${fault}`)
    let count = faults.length
    const trusted = { keys: installation.signingKeys(), directory: join(dataDir, 'checkpoints'), files }
    const all = knownChains(await allTenants(jobs), trusted)
    const chosen = tenant === undefined ? all : all.filter(({ tenantId }) => tenantId === tenant)
    if (chosen.length === 0) throw new OperatorError(`There is no tenant ${tenant}.`)
    const encryption = createEncryption(() => loadEncryptionKeys({ dataDir, encryptionKeys }))
    for (const chain of chosen) {
      count += await verifyOne(owner, chain, trusted, report)
      count += await checkSettings(owner, chain.tenantId, encryption, report)
    }
    return count
  } finally {
    await owner.end()
    await jobs.end()
  }
}

/** Throws `OperatorError` for a database that lacks a migration. */
export async function assertMigrated({ ownerUrl }: Pick<Installation, 'ownerUrl'>): Promise<void> {
  const status = await migrationStatus(ownerUrl)
  if (status.some(({ appliedAt }) => appliedAt === null))
    throw new OperatorError('The database is not migrated to this version: run comptoir migrate up.')
}

async function verifyOne(
  owner: pg.Client,
  { tenantId, fault: missing }: KnownChain,
  trusted: Parameters<typeof verifyTenant>[2],
  report: (line: string) => void,
): Promise<number> {
  if (missing) report(`broken: ${missing}`)
  const { entries, faults, checkpoints, proved, notes } = await verifyTenant(owner, tenantId, trusted)
  for (const note of notes) report(`note: ${note}`)
  for (const fault of faults) report(`broken: chain of ${tenantId} ${fault}`)
  if (faults.length === 0) {
    const seal =
      checkpoints === 0 ? 'no checkpoint yet' : `proved up to entry ${proved} by ${checkpoints} of its checkpoints`
    report(`intact: chain of ${tenantId}, ${entries} entries, ${seal}`)
  }
  return (missing ? 1 : 0) + faults.length + (tenantId === nobody ? 0 : await prove(owner, tenantId, report))
}

async function checkSettings(
  owner: pg.Client,
  tenantId: string,
  encryption: Encryption,
  report: (line: string) => void,
): Promise<number> {
  const declared = new Map(declaredSettings.map((setting) => [setting.name, setting]))
  const faults = await inReading(owner, tenantId, () =>
    settingFaults(owner, { declared, encryption }, tenantId === nobody ? null : tenantId),
  )
  for (const fault of faults) report(`broken: settings of ${tenantId}, ${fault}`)
  return faults.length
}

/** Proves books and stock of a tenant; answers with the number of those that do not tie. */
async function prove(owner: pg.Client, tenantId: string, report: (line: string) => void): Promise<number> {
  const read = <T>(work: (client: pg.ClientBase) => Promise<T>) => inReading(owner, tenantId, () => work(owner))
  const books = await verifyBooks(read, tenantId)
  if (books.intact) report(`intact: books of ${tenantId}, ${books.journals} journals, ${books.entries} entries`)
  else report(`broken: books of ${tenantId}, ${books.resource} ${books.id}: ${books.reason}`)
  const stock = await verifyStock(read, tenantId)
  if (stock.intact) report(`intact: stock of ${tenantId}, ${stock.variants} costs, ${stock.movements} movements`)
  else report(`broken: stock of ${tenantId}, ${stock.resource} ${stock.id}: ${stock.reason}`)
  const fault = await read((client) => faultOfReports({ client: client as pg.PoolClient, tenantId }))
  if (fault === undefined) report(`intact: rollups of ${tenantId}`)
  else report(`broken: rollups of ${tenantId}, ${fault}: run comptoir reports rebuild-rollups`)
  return (books.intact ? 0 : 1) + (stock.intact ? 0 : 1) + (fault === undefined ? 0 : 1)
}

function filesAt(path: string): string[] {
  if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) return [path]
  return readdirSync(path)
    .filter((name) => name.endsWith('.jsonl'))
    .map((name) => join(path, name))
}

function isUuid(text: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text)
}
