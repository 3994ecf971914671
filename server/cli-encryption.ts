import pg from 'pg'
import { writeAudit } from './audit/index.ts'
import { assertInstalled, withInstallation } from './cli-installation.ts'
import { type CliCommand, print } from './cli-support.ts'
import { systemEntry } from './platform/audit-entry.ts'
import { parseConfig } from './platform/config.ts'
import { inOwnTransaction } from './platform/database.ts'
import {
  addEncryptionKey,
  countSealed,
  createEncryption,
  type Encryption,
  loadEncryptionKeys,
  type SealedColumn,
  sealAnew,
} from './platform/encryption.ts'
import { UsageError } from './platform/explain.ts'
import { nobody } from './platform/identifiers.ts'
import type { Installation } from './platform/installation.ts'
import { sealedColumns } from './registry.ts'
import { allTenants } from './tenants/index.ts'
import { assertMigrated } from './verify.ts'

const batch = 200

/** The keys that seal secrets: what each still holds, and how all of it moves to the newest. */
export const encryptionCommand: CliCommand = {
  synopsis: 'encryption status | rotate | reseal',
  summary: 'Count what each key sealed; add a key to the file and seal everything anew with the newest.',
  options: {},
  async run(_, [verb = '', ...rest]) {
    if (!['status', 'rotate', 'reseal'].includes(verb) || rest.length > 0)
      throw new UsageError(`comptoir ${this.synopsis}`)
    assertInstalled()
    const config = parseConfig(process.env)
    return withInstallation(async (installation) => {
      await assertMigrated(installation)
      if (verb === 'rotate' && !addEncryptionKey(config))
        print(
          'The keys come from ENCRYPTION_KEY, where a new one is put in front; what older ones sealed is sealed anew.',
        )
      const encryption = createEncryption(() => loadEncryptionKeys(config))
      const faults =
        verb === 'status' ? [] : await withOwner(installation, (owner, tenants) => reseal(owner, tenants, encryption))
      for (const fault of faults) print(`broken: ${fault}`)
      if (verb !== 'status') await enter(installation, encryption, config.environment)
      await withOwner(installation, (owner, tenants) => report(owner, tenants, encryption))
      return faults.length === 0 ? 0 : 1
    })
  },
}

async function withOwner<T>(
  installation: Installation,
  work: (owner: pg.Client, tenants: readonly string[]) => Promise<T>,
): Promise<T> {
  const owner = new pg.Client({ connectionString: installation.ownerUrl })
  const jobs = new pg.Pool({ connectionString: installation.urls.jobs, max: 1 })
  // A lost connection fails the next statement; without a listener it would take the process along.
  owner.on('error', () => {})
  jobs.on('error', () => {})
  await owner.connect()
  try {
    return await work(owner, await allTenants(jobs))
  } finally {
    await owner.end()
    await jobs.end()
  }
}

/** Seals everything anew, in small transactions. Answers what does not open. */
async function reseal(owner: pg.Client, tenants: readonly string[], encryption: Encryption): Promise<string[]> {
  const faults: string[] = []
  for (const { column, tenantId } of placesOf(tenants)) {
    let after: string | undefined
    do {
      const done = await inOwnTransaction(owner, tenantId ?? nobody, () =>
        sealAnew(owner, column, encryption, { tenantId, after, limit: batch }),
      )
      faults.push(...done.faults)
      after = done.last
    } while (after !== undefined)
  }
  return faults
}

/** Says how much each key holds, and which of them can go. */
async function report(owner: pg.Client, tenants: readonly string[], encryption: Encryption): Promise<void> {
  const counts = new Map(encryption.keyIds().map((id) => [id, 0]))
  for (const { column, tenantId } of placesOf(tenants)) {
    const found = await inOwnTransaction(owner, tenantId ?? nobody, () => countSealed(owner, column, tenantId))
    for (const [id, count] of found) counts.set(id, (counts.get(id) ?? 0) + count)
  }
  const [newest] = encryption.keyIds()
  for (const [id, count] of counts) {
    const known = encryption.keyIds().includes(id) ? 'opens' : 'is missing'
    print(`${id}  ${id === newest ? 'seals' : known}  ${count} values`)
  }
  print('A key that holds nothing can go once the mails that waited when it was replaced are gone, after a day.')
}

async function enter(installation: Installation, encryption: Encryption, environment: string): Promise<void> {
  const entry = systemEntry({
    event: 'platform.seal-anew',
    severity: 'notice',
    environment,
    resource_type: 'encryption_key',
    resource_id: encryption.keyIds()[0] ?? null,
    new_values: null,
  })
  await withOwner(installation, (owner) => inOwnTransaction(owner, nobody, (tx) => writeAudit(tx, nobody, [entry])))
}

function placesOf(tenants: readonly string[]): { column: SealedColumn; tenantId: string | null }[] {
  return sealedColumns.flatMap((column) => {
    const owners = column.of === 'tenant' ? tenants : [null]
    return owners.map((tenantId) => ({ column, tenantId }))
  })
}
