import pg from 'pg'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { catalogueFaults } from '../server/platform/catalogue-faults.ts'
import { createTestDatabase, type TestDatabase } from './harness/postgres.ts'

let database: TestDatabase
let superuser: pg.Client

beforeAll(async () => {
  database = await createTestDatabase(inject('postgresPort'))
  superuser = new pg.Client({ connectionString: database.superuserUrl })
  await superuser.connect()
})
afterAll(async () => {
  await superuser?.end()
  await database?.drop()
})

/** What the owner and the role of jobs see of a change that is then taken back. */
async function faultsOf(breach: string): Promise<string[][]> {
  await superuser.query('BEGIN')
  try {
    await superuser.query(breach)
    const seen: string[][] = []
    for (const role of ['owner', 'jobs']) {
      await superuser.query(`SET LOCAL ROLE comptoir_${role}`)
      seen.push(await catalogueFaults(superuser))
      await superuser.query('RESET ROLE')
    }
    return seen
  } finally {
    await superuser.query('ROLLBACK')
  }
}

const month = (table: string) =>
  `(SELECT min(inhrelid::regclass::text) FROM pg_inherits WHERE inhparent = '${table}'::regclass)`
const onMonth = (statement: string) => `DO $$ BEGIN EXECUTE format('${statement}', ${month('audit.entry')}); END $$`
const nothingRefuses = (table: string) => `${table} is append-only by name, yet nothing refuses a change`
const monthName = expect.stringMatching(/^audit\.entry_\d{4}_\d\d /)

// the rule, what breaks it, what is reported
const rules: [rule: string, breach: string, reported: unknown[]][] = [
  [
    'a table says its class',
    "COMMENT ON TABLE reference.currency IS 'money'",
    ['reference.currency says no class in its comment'],
  ],
  [
    'row-level security is enforced',
    'ALTER TABLE tenants.branch NO FORCE ROW LEVEL SECURITY',
    ['tenants.branch does not enforce row-level security'],
  ],
  [
    'one policy, of the tenant alone',
    'CREATE POLICY probe ON tenants.branch FOR SELECT USING (true)',
    ['tenants.branch has no policy for its tenant alone'],
  ],
  ['nobody deletes', 'GRANT DELETE ON tenants.role TO comptoir_app', ['tenants.role grants DELETE to comptoir_app']],
  [
    'functions are not for everybody',
    'GRANT EXECUTE ON FUNCTION audit.record(uuid, jsonb) TO PUBLIC',
    ['audit.record(uuid,jsonb) may be executed by everybody'],
  ],
  [
    'nobody but the owner adds to or changes what is append-only',
    'GRANT INSERT, UPDATE, DELETE, TRUNCATE ON audit.entry TO comptoir_app',
    ['DELETE', 'INSERT', 'TRUNCATE', 'UPDATE'].map((right) => `audit.entry grants ${right} to comptoir_app`),
  ],
  [
    'nor a column of it',
    'GRANT UPDATE (body), INSERT (seq) ON audit.entry TO comptoir_read',
    ['audit.entry.body grants UPDATE to comptoir_read', 'audit.entry.seq grants INSERT to comptoir_read'],
  ],
  [
    'nor a month of it',
    onMonth('GRANT UPDATE (body) ON %s TO PUBLIC'),
    [expect.stringMatching(/^audit\.entry_\d{4}_\d\d\.body grants UPDATE to everybody$/)],
  ],
  [
    'nor what all tenants share',
    'GRANT UPDATE ON audit.signing_key TO comptoir_jobs',
    ['audit.signing_key grants UPDATE to comptoir_jobs'],
  ],
  [
    'not even the owner truncates it',
    'GRANT TRUNCATE ON ledger.journal TO comptoir_owner',
    ['ledger.journal grants TRUNCATE to comptoir_owner'],
  ],
  ['its guard is there', 'DROP TRIGGER append_only ON audit.verification', [nothingRefuses('audit.verification')]],
  ['also where tenants share', 'DROP TRIGGER append_only ON audit.signing_key', [nothingRefuses('audit.signing_key')]],
  ['and enabled', 'ALTER TABLE audit.checkpoint DISABLE TRIGGER append_only', [nothingRefuses('audit.checkpoint')]],
  [
    'also where replication does not write',
    'ALTER TABLE audit.checkpoint ENABLE REPLICA TRIGGER append_only',
    [nothingRefuses('audit.checkpoint')],
  ],
  ['on each month', onMonth('ALTER TABLE %s DISABLE TRIGGER append_only'), [monthName]],
  [
    'whatever the comment of the month says',
    `${onMonth('ALTER TABLE %s DISABLE TRIGGER append_only')}; ${onMonth("COMMENT ON TABLE %s IS ''class: tenant. Nothing to see.''")}`,
    [monthName],
  ],
  [
    'for DELETE as well as UPDATE',
    `DROP TRIGGER append_only ON audit.verification;
     CREATE TRIGGER append_only BEFORE UPDATE ON audit.verification FOR EACH ROW EXECUTE FUNCTION platform.refuse_change()`,
    [nothingRefuses('audit.verification')],
  ],
  [
    'under no condition',
    `DROP TRIGGER append_only ON audit.verification;
     CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON audit.verification FOR EACH ROW WHEN (OLD.intact) EXECUTE FUNCTION platform.refuse_change()`,
    [nothingRefuses('audit.verification')],
  ],
  [
    'no role is a superuser',
    'ALTER ROLE comptoir_identity SUPERUSER',
    ['comptoir_identity escapes row-level security'],
  ],
  [
    'none bypasses row-level security',
    'ALTER ROLE comptoir_jobs BYPASSRLS',
    ['comptoir_jobs escapes row-level security'],
  ],
  [
    'none is a member of what writes all',
    'GRANT pg_write_all_data TO comptoir_app',
    ['comptoir_app is a member of pg_write_all_data'],
  ],
  [
    'none is a member of another',
    'GRANT comptoir_identity TO comptoir_app',
    ['comptoir_app is a member of comptoir_identity'],
  ],
  [
    'the owner becomes the role of jobs by name alone',
    'GRANT comptoir_jobs TO comptoir_owner WITH INHERIT TRUE',
    ['comptoir_owner is a member of comptoir_jobs'],
  ],
  [
    'views read as the one who asks',
    'CREATE VIEW tenants.probe AS SELECT id FROM tenants.branch; ALTER VIEW identity.read_session RESET (security_invoker)',
    ['identity.read_session does not read as the one who asks', 'tenants.probe does not read as the one who asks'],
  ],
  [
    'what is kept of a query is nobody’s',
    'CREATE MATERIALIZED VIEW tenants.probe AS SELECT id FROM tenants.branch',
    ['tenants.probe does not read as the one who asks'],
  ],
  [
    'only tenant tables, and the directory, name tenants',
    "CREATE TABLE tenants.probe (tenant_id uuid PRIMARY KEY); ALTER TABLE tenants.probe OWNER TO comptoir_owner; COMMENT ON TABLE tenants.probe IS 'class: shared. Anything.'",
    ['tenants.probe has a tenant_id and is no tenant table'],
  ],
]

test('a database as it is migrated has no fault', async () => {
  expect(await faultsOf('SELECT')).toEqual([[], []])
})

test.each(rules)('%s, or it is reported', async (_, breach, reported) => {
  expect(await faultsOf(breach)).toEqual([reported, reported])
})
