import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { runMigrations as migrateJobs } from 'graphile-worker'
import { type RunnerOption, runner } from 'node-pg-migrate'
import pg from 'pg'
import { nobody } from './identifiers.ts'
import { makePartitions } from './partitions.ts'
import { DatabaseRefused, ensureRoles, type RoleKind, renameRoles } from './roles.ts'

const migrationsDir = join(import.meta.dirname, '../../db/migrations')
const functionsDir = join(import.meta.dirname, '../../db/functions')
/** undefined_table, invalid_schema_name, insufficient_privilege: how a database answers that was never migrated. */
const nothingThere = ['42P01', '3F000', '42501']

export interface MigrateOptions {
  /** Connection URL of the owner. */
  ownerUrl: string
  /** Connection URLs of the other roles. */
  roleUrls: Record<RoleKind, string>
  rolePrefix: string
  log?: (line: string) => void
  /** Called when another process migrates and this one waits for it. */
  onWait?: () => void
}

export interface MigrationStatus {
  name: string
  appliedAt: Date | null
}

/**
 * Brings a database up to this code: roles, job tables, migrations, recording functions, partitions, and an audit entry
 * for each migration. One process at a time; the others wait. Returns the names of the migrations it ran.
 * Throws `DatabaseRefused` when the database cannot be used or was migrated by newer code.
 */
export async function migrateUp(options: MigrateOptions): Promise<string[]> {
  return withOwner(options, async (owner) => {
    await ensureRoles(owner, options.rolePrefix, options.roleUrls)
    await refuseNewer(owner)
    await migrateJobTables(owner, options)
    const ran = await run(owner, options, { direction: 'up', count: Number.POSITIVE_INFINITY })
    await applyFunctions(owner, options)
    await sealMigrations(owner)
    return ran
  })
}

/** Takes back the last `count` migrations. Returns their names. */
export async function migrateDown(options: MigrateOptions, count: number): Promise<string[]> {
  return withOwner(options, async (owner) => {
    await refuseNewer(owner)
    const names = (await appliedMigrations(owner)).slice(-count).map((row) => row.name)
    if (names.length === 0) return []
    await owner.query('DELETE FROM platform.function_file')
    const ran = await run(owner, options, { direction: 'down', count })
    if (await hasChain(owner))
      await inPlatformChain(owner, () =>
        record(owner, { event: 'platform.migrate-down', type: 'migration', things: names.map((id) => ({ id })) }),
      )
    return ran
  })
}

/** Every migration of this code with the time it was applied, in order. Throws `DatabaseRefused` on a newer database. */
export async function migrationStatus(ownerUrl: string): Promise<MigrationStatus[]> {
  const client = new pg.Client({ connectionString: ownerUrl })
  // A lost connection fails the query at work; without a listener it would end the process.
  client.on('error', () => {})
  await client.connect()
  try {
    const applied = new Map((await appliedMigrations(client)).map((row) => [row.name, row.run_on]))
    await refuseNewer(client)
    return migrationNames().map((name) => ({ name, appliedAt: applied.get(name) ?? null }))
  } finally {
    await client.end()
  }
}

/** The names of the migrations this code knows, in order. */
export function migrationNames(): string[] {
  return readdirSync(migrationsDir)
    .filter((file) => file.endsWith('.sql'))
    .map((file) => basename(file, '.sql'))
    .toSorted()
}

/** True while the database lacks a migration of this code; asked as the role of requests. */
export async function pendingMigrations(pool: pg.Pool): Promise<boolean> {
  const applied = await pool
    .query('SELECT count(*)::int AS applied FROM platform.migration WHERE name = ANY ($1)', [migrationNames()])
    .then(
      ({ rows }) => rows[0].applied,
      (error: { code?: string }) => {
        if (!nothingThere.includes(error.code ?? '')) throw error
        return 0
      },
    )
  return applied < migrationNames().length
}

/** Works as the owner while no other process migrates; waits for one that does. */
export async function withOwner<T>(
  options: Pick<MigrateOptions, 'ownerUrl' | 'log' | 'onWait'>,
  work: (owner: pg.Client) => Promise<T>,
): Promise<T> {
  const owner = new pg.Client({
    connectionString: options.ownerUrl,
    options: '-c timezone=UTC -c client_min_messages=warning',
  })
  owner.on('error', (error) => options.log?.(error.message))
  await owner.connect()
  try {
    const lock = await owner.query("SELECT pg_try_advisory_lock(hashtext('comptoir migrate')) AS got")
    if (!lock.rows[0].got) {
      options.onWait?.()
      await owner.query("SELECT pg_advisory_lock(hashtext('comptoir migrate'))")
    }
    return await work(owner)
  } finally {
    await owner.end()
  }
}

async function appliedMigrations(client: pg.Client): Promise<{ name: string; run_on: Date }[]> {
  const table = await client.query("SELECT to_regclass('platform.migration') IS NOT NULL AS present")
  if (!table.rows[0].present) return []
  const { rows } = await client.query(
    `SELECT name, run_on AT TIME ZONE 'UTC' AS run_on FROM platform.migration ORDER BY id`,
  )
  return rows
}

async function refuseNewer(client: pg.Client): Promise<void> {
  const known = new Set(migrationNames())
  const unknown = (await appliedMigrations(client)).filter((row) => !known.has(row.name))
  if (unknown.length === 0) return
  throw new DatabaseRefused(
    `The database was migrated by a newer Comptoir (${unknown.map((row) => row.name).join(', ')}); start that version, or restore an older backup.`,
  )
}

async function migrateJobTables(owner: pg.Client, options: MigrateOptions): Promise<void> {
  const onDatabase = (text: string) => owner.query(renameRoles(text, options.rolePrefix))
  const database = owner.escapeIdentifier(owner.database ?? '')
  await onDatabase('CREATE SCHEMA IF NOT EXISTS graphile_worker AUTHORIZATION comptoir_jobs')
  // graphile-worker begins with CREATE SCHEMA IF NOT EXISTS, which asks for this right even when the schema is there.
  await onDatabase(`GRANT CREATE ON DATABASE ${database} TO comptoir_jobs`)
  const pool = new pg.Pool({ connectionString: options.roleUrls.jobs, max: 2 })
  pool.on('error', (error) => options.log?.(error.message))
  pool.on('connect', (client) => client.on('error', (error) => options.log?.(error.message)))
  try {
    await migrateJobs({ pgPool: pool })
  } finally {
    await pool.end()
    await onDatabase(`REVOKE CREATE ON DATABASE ${database} FROM comptoir_jobs`)
  }
}

async function run(
  owner: pg.Client,
  options: MigrateOptions,
  which: Pick<RunnerOption, 'direction' | 'count'>,
): Promise<string[]> {
  const failures: string[] = []
  const log = (line: string) => options.log?.(line)
  const ran = await runner({
    ...which,
    dbClient: owner,
    dir: migrationsDir,
    migrationsTable: 'migration',
    migrationsSchema: 'platform',
    createMigrationsSchema: true,
    singleTransaction: true,
    noLock: true,
    logger: { info: log, warn: log, error: (line: string) => failures.push(line), debug: () => {} },
    migrationLoaderStrategies: [
      {
        extensions: ['.sql'],
        loader: async (paths) => paths.map((path) => migrationUnit(path, options.rolePrefix)),
      },
    ],
  }).catch((error: Error) => {
    throw new Error(`${error.message}\n${failures.join('\n')}`, { cause: error })
  })
  if (which.direction === 'up') {
    await owner.query("COMMENT ON TABLE platform.migration IS 'class: local. Which migrations this database holds.'")
    await owner.query(renameRoles('GRANT SELECT ON platform.migration TO comptoir_app', options.rolePrefix))
  }
  return ran.map((migration) => migration.name)
}

function migrationUnit(path: string, rolePrefix: string) {
  const [, up = '', down = ''] = renameRoles(readFileSync(path, 'utf8'), rolePrefix).split(
    /^-- (?:Up|Down) Migration$/m,
  )
  return {
    id: path,
    filePaths: [path],
    actions: {
      up: (pgm: { sql(text: string): void }) => pgm.sql(up),
      down: (pgm: { sql(text: string): void }) => pgm.sql(down),
    },
  }
}

async function applyFunctions(owner: pg.Client, options: MigrateOptions): Promise<void> {
  const { rows } = await owner.query('SELECT name, sha256 FROM platform.function_file')
  const applied = new Map(rows.map((row) => [row.name, row.sha256]))
  await owner.query('BEGIN')
  for (const file of readdirSync(functionsDir).toSorted()) {
    const text = renameRoles(readFileSync(join(functionsDir, file), 'utf8'), options.rolePrefix)
    const sha256 = createHash('sha256').update(text).digest('hex')
    if (applied.get(file) === sha256) continue
    await owner.query(text)
    await owner.query(
      `INSERT INTO platform.function_file (name, sha256) VALUES ($1, $2)
       ON CONFLICT (name) DO UPDATE SET sha256 = excluded.sha256, updated_at = excluded.updated_at`,
      [file, sha256],
    )
    options.log?.(`functions of ${file} applied`)
  }
  await makePartitions(owner)
  await owner.query('COMMIT')
}

/** Enters the migrations that the platform's chain does not hold yet, also those of a process that died before it could. */
async function sealMigrations(owner: pg.Client): Promise<void> {
  await inPlatformChain(owner, async () => {
    const { rows } = await owner.query(
      `SELECT m.name FROM platform.migration m
       WHERE NOT EXISTS (
         SELECT FROM audit.entry e
         WHERE e.tenant_id = $1 AND e.event = 'platform.migrate-up' AND e.resource_id = m.name
           AND e.recorded_at >= m.run_on AT TIME ZONE 'UTC')
       ORDER BY m.id`,
      [nobody],
    )
    await record(owner, {
      event: 'platform.migrate-up',
      type: 'migration',
      things: rows.map((row) => ({ id: row.name })),
    })
  })
}

async function hasChain(owner: pg.Client): Promise<boolean> {
  const { rows } = await owner.query("SELECT to_regclass('audit.entry') IS NOT NULL AS present")
  return rows[0].present
}

/** Works in one transaction of the platform's own tenant. */
export async function inPlatformChain(owner: pg.ClientBase, work: () => Promise<void>): Promise<void> {
  await owner.query('BEGIN')
  await owner.query('SELECT platform.set_tenant($1)', [nobody])
  await work()
  await owner.query('COMMIT')
}

/** Something that changed for the whole installation; its values are neither personal nor secret. */
export interface ChangedThing {
  readonly id: string
  readonly old_values?: object | null
  readonly new_values?: object
}

/** Enters what happened to each of these things in the platform's chain, within `inPlatformChain`. */
export async function record(
  owner: pg.ClientBase,
  { event, type, things }: { event: string; type: string; things: readonly ChangedThing[] },
): Promise<void> {
  if (things.length === 0) return
  const entries = things.map(({ id, ...values }) => ({
    ...{ event, severity: 'notice', resource_type: type, resource_id: id },
    ...values,
  }))
  await owner.query('SELECT FROM audit.record($1, $2)', [nobody, JSON.stringify(entries)])
}
