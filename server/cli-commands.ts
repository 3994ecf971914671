import { z } from 'zod'
import { auditCommand } from './cli-audit.ts'
import { encryptionCommand } from './cli-encryption.ts'
import { importFxCommand } from './cli-fx.ts'
import { withInstallation, withProduct } from './cli-installation.ts'
import { integrityCommand } from './cli-integrity.ts'
import { askPassword } from './cli-password.ts'
import { remoteCommands } from './cli-remote.ts'
import { resetSecondFactorCommand } from './cli-second-factor.ts'
import { settingsCommand } from './cli-settings.ts'
import { type CliCommand, need, print, text, textOf, type Values } from './cli-support.ts'
import type { compose } from './compose.ts'
import { makeOwnerOf } from './owner.ts'
import { parseConfig } from './platform/config.ts'
import { definedOf } from './platform/defined.ts'
import { UsageError } from './platform/explain.ts'
import type { Installation } from './platform/installation.ts'
import { deadJobs, reviveJobs } from './platform/jobs.ts'
import { migrateDown, migrationStatus } from './platform/migrate.ts'
import { prepareDatabase } from './prepare.ts'
import { type LoadedReference, loadReference } from './reference/index.ts'
import { referenceLoaders } from './registry.ts'
import { assertMigrated, verify } from './verify.ts'

/** The commands of `comptoir`, by name. */
export const commands: Record<string, CliCommand> = {
  help: {
    synopsis: 'help',
    summary: 'Show this.',
    options: {},
    async run() {
      for (const { synopsis, summary } of Object.values(commands)) print(`comptoir ${synopsis.padEnd(53)} ${summary}`)
      return 0
    },
  },
  migrate: {
    synopsis: 'migrate up | down [COUNT] | status',
    summary: 'Bring the database to this version, take migrations back, or list them.',
    options: {},
    async run(_, [direction = 'status', count = '1']) {
      if (!['up', 'down', 'status'].includes(direction)) throw new UsageError(`comptoir ${this.synopsis}`)
      if (!/^[1-9]\d{0,3}$/.test(count)) throw new UsageError('COUNT is the number of migrations to take back, from 1.')
      return withInstallation((installation, rolePrefix) => migrate(installation, rolePrefix, direction, count))
    },
  },
  'load-reference': {
    synopsis: 'load-reference',
    summary: 'Load currencies, countries and the other lists of db/reference; changes only what differs.',
    options: {},
    run: () =>
      withInstallation(async (installation) => {
        await assertMigrated(installation)
        const { ownerUrl } = installation
        const onWait = () => print('Another process migrates; waiting.')
        for (const one of await loadReference({ ownerUrl, onWait }, referenceLoaders)) print(loadedSentence(one))
        return 0
      }),
  },
  'import-fx': importFxCommand,
  'create-owner': {
    synopsis: 'create-owner --email E --name N --business B …',
    summary: 'Make the first real owner and their tenant. The password is asked, or COMPTOIR_PASSWORD.',
    options: {
      email: text,
      name: text,
      business: text,
      type: text,
      country: text,
      currency: text,
      'time-zone': text,
      locale: text,
    },
    run: createOwner,
  },
  'reset-second-factor': resetSecondFactorCommand,
  verify: {
    synopsis: 'verify [--tenant ID] [--checkpoints FILE]',
    summary:
      'Check audit chains, checkpoints, books, settings, row-level security and grants; exit 1 when something is broken.',
    options: { tenant: text, checkpoints: { type: 'string', multiple: true } },
    run: (values) =>
      withInstallation(async (installation) => {
        const { dataDir, encryptionKeys } = parseConfig(process.env)
        const { checkpoints } = values
        const checkpointFiles = Array.isArray(checkpoints) ? checkpoints : []
        const options = { dataDir, encryptionKeys, tenant: textOf(values, 'tenant'), checkpointFiles }
        return (await verify(installation, options, print)) === 0 ? 0 : 1
      }),
  },
  audit: auditCommand,
  integrity: integrityCommand,
  settings: settingsCommand,
  encryption: encryptionCommand,
  jobs: {
    synopsis: 'jobs dead | retry ID…',
    summary: 'List the jobs that used up their attempts, or give them new ones.',
    options: {},
    async run(_, [verb, ...ids]) {
      const areIds = ids.length > 0 && ids.every((id) => /^\d{1,18}$/.test(id))
      if (verb !== 'dead' && !(verb === 'retry' && areIds)) throw new UsageError(`comptoir ${this.synopsis}`)
      return withProduct((product) => handleJobs(product, verb === 'retry' ? ids : []))
    },
  },
  ...remoteCommands,
}

function loadedSentence({ name, rows, changed }: LoadedReference): string {
  return `${name}: ${changed === 0 ? 'nothing changed' : `${changed} changed`}, of ${rows} rows.`
}

async function migrate(
  installation: Installation,
  rolePrefix: string,
  direction: string,
  count: string,
): Promise<number> {
  const options = {
    ownerUrl: installation.ownerUrl,
    roleUrls: installation.urls,
    rolePrefix,
    onWait: () => print('Another process migrates; waiting.'),
  }
  if (direction === 'up') {
    const { migrations, loaded } = await prepareDatabase(options)
    print(migrations.length === 0 ? 'Nothing to do.' : `Applied ${migrations.join(', ')}.`)
    for (const one of loaded) if (one.changed > 0) print(loadedSentence(one))
    return 0
  }
  if (direction === 'down') {
    print(`Took back ${(await migrateDown(options, z.coerce.number().parse(count))).join(', ') || 'nothing'}.`)
    return 0
  }
  const rows = await migrationStatus(installation.ownerUrl)
  for (const { name, appliedAt } of rows) print(`${appliedAt?.toISOString() ?? 'pending'.padEnd(24)}  ${name}`)
  return rows.every((row) => row.appliedAt) ? 0 : 1
}

async function createOwner(values: Values): Promise<number> {
  const email = need(values, 'email')
  const owner = {
    email,
    name: need(values, 'name'),
    tenant: {
      legal_name: need(values, 'business'),
      country: need(values, 'country'),
      currency: need(values, 'currency'),
      time_zone: need(values, 'time-zone'),
      locale: (values.locale as string | undefined) ?? 'en',
      ...definedOf({ business_type: textOf(values, 'type') }),
    },
  }
  const password = await askPassword()
  return withProduct(async (product, installation, rolePrefix) => {
    await prepareDatabase({ ownerUrl: installation.ownerUrl, roleUrls: installation.urls, rolePrefix })
    const { tenantId } = await makeOwnerOf(product, { ...owner, password })
    print(`${email} owns ${owner.tenant.legal_name}, tenant ${tenantId}.`)
    return 0
  })
}

/** Revives the dead jobs with these ids, or lists all dead jobs when there are none. */
async function handleJobs({ databases }: Awaited<ReturnType<typeof compose>>, ids: string[]): Promise<number> {
  if (ids.length > 0) {
    print(`${await reviveJobs(databases, ids)} jobs will run again.`)
    return 0
  }
  for (const job of await deadJobs(databases)) {
    print(
      `${job.id}  ${job.created_at.toISOString()}  ${job.task}  ${job.attempts} attempts  ${job.last_error?.split('\n')[0] ?? ''}`,
    )
  }
  return 0
}
