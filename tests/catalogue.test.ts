import pg from 'pg'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { constraints } from '../server/registry.ts'
import { openCatalogue, productRoles, readTables, tenantlessFunctions } from './harness/catalogue.ts'
import { createTestDatabase, type TestDatabase } from './harness/postgres.ts'

const roles = productRoles.map((kind) => `'comptoir_${kind}'`).join(', ')
const tenantless = Object.entries(tenantlessFunctions)
  .map(([name, { roles: only }]) => `('${name}', '{${only.join(',')}}'::text[])`)
  .join(', ')
const mapped = [...constraints.keys()].map((name) => `('${name}')`).join(', ')
/** Made by node-pg-migrate, with columns of its choice. */
const foreign = "'platform.migration'"

const probe = (body: string) =>
  `CREATE TABLE tenants.probe (${body}); COMMENT ON TABLE tenants.probe IS 'class: tenant.'`
const tenantRow = 'tenant_id uuid NOT NULL, id uuid NOT NULL, PRIMARY KEY (tenant_id, id)'
const define = (settings: string, body: string) =>
  `CREATE FUNCTION tenants.probe(p_tenant uuid) RETURNS void LANGUAGE plpgsql ${settings} AS $$ ${body} $$;
   ALTER FUNCTION tenants.probe(uuid) OWNER TO comptoir_owner`
const fixed = 'SECURITY DEFINER SET search_path = pg_catalog, pg_temp'

// the guarantee, what breaks it (an offender a row), a change that must be seen to break it
const rules: [guarantee: string, offenders: string, breach: string][] = [
  [
    'every table says its class in its comment',
    'SELECT name FROM our_table WHERE class IS NULL',
    `${probe('id uuid PRIMARY KEY')}; COMMENT ON TABLE tenants.probe IS 'tenant'`,
  ],
  [
    'a tenant table has tenant_id uuid not null, a shared table has none',
    `SELECT t.name FROM our_table t LEFT JOIN our_column c ON c.table_id = t.oid AND c.name = 'tenant_id'
     WHERE (t.class = 'tenant' AND (c.type = 'uuid' AND c.not_null) IS NOT TRUE) OR (t.class = 'shared' AND c.name IS NOT NULL)`,
    'ALTER TABLE tenants.api_key DROP CONSTRAINT api_key_pkey; ALTER TABLE tenants.api_key ALTER tenant_id DROP NOT NULL',
  ],
  [
    'no foreign key joins a local table and a tenant table',
    `SELECT format('%s of %s', name, "table") FROM our_constraint
     WHERE kind = 'f' AND ARRAY[class, target_class] IN ('{local,tenant}', '{tenant,local}', '{shared,tenant}', '{shared,local}')`,
    'ALTER TABLE tenants.employee ADD CONSTRAINT probe FOREIGN KEY (user_id) REFERENCES identity."user" (id)',
  ],
  [
    'the primary key of a tenant table begins with tenant_id; where there is an id it is (tenant_id, id) and the partition key',
    `SELECT format('%s: (%s)', t.name, array_to_string(i.columns, ', '))
     FROM our_table t JOIN our_index i ON i.table_id = t.oid AND i.is_primary
     LEFT JOIN pg_partitioned_table p
       ON p.partrelid = coalesce((SELECT inhparent FROM pg_inherits WHERE inhrelid = t.oid), t.oid)
     LEFT JOIN our_column k ON k.table_id = p.partrelid AND k.position = p.partattrs[0]
     WHERE t.class = 'tenant' AND (
       i.columns[1] IS DISTINCT FROM 'tenant_id'
       OR (EXISTS (SELECT FROM our_column c WHERE c.table_id = t.oid AND c.name = 'id')
           AND i.columns <> array_remove(ARRAY['tenant_id', 'id', k.name::text], NULL)))`,
    'ALTER TABLE tenants.api_key DROP CONSTRAINT api_key_pkey, ADD CONSTRAINT api_key_pkey PRIMARY KEY (tenant_id, id, name)',
  ],
  [
    'every UNIQUE, EXCLUDE and WITHOUT OVERLAPS of a tenant table holds within one tenant',
    `SELECT format('%s on %s', name, "table") FROM our_index
     WHERE class = 'tenant' AND is_key AND NOT 'tenant_id' = ANY (columns)
     UNION ALL
     SELECT format('%s on %s', name, "table") FROM our_constraint
     WHERE class = 'tenant' AND operators <> '{}' AND operators[array_position(columns, 'tenant_id')] IS DISTINCT FROM '='`,
    'CREATE UNIQUE INDEX probe ON tenants.api_key (secret_hash)',
  ],
  [
    'every table has a primary key and none is UNLOGGED',
    `SELECT name FROM our_table t
     WHERE persistence <> 'p' OR NOT EXISTS (SELECT FROM our_index i WHERE i.table_id = t.oid AND i.is_primary AND i.valid)`,
    'ALTER TABLE tenants.api_key SET UNLOGGED',
  ],
  [
    'a foreign key between tenant tables stays inside the tenant: (tenant_id, …) → the primary key',
    `SELECT format('%s on %s', c.name, c.table) FROM our_constraint c JOIN our_index i ON i.table_id = c.target_id AND i.is_primary
     WHERE c.kind = 'f' AND c.class = 'tenant' AND c.target_class = 'tenant'
       AND (c.columns[1] <> 'tenant_id' OR c.target_columns[1] <> 'tenant_id' OR c.target_columns <> i.columns)`,
    `ALTER TABLE tenants.branch ADD CONSTRAINT probe UNIQUE (id);
     ALTER TABLE tenants.api_key ADD CONSTRAINT probe FOREIGN KEY (employee_id) REFERENCES tenants.branch (id)`,
  ],
  [
    'no foreign key changes or removes rows: RESTRICT or NO ACTION',
    `SELECT format('%s on %s', name, "table") FROM our_constraint WHERE kind = 'f' AND (on_update NOT IN ('a', 'r') OR on_delete NOT IN ('a', 'r'))`,
    `ALTER TABLE tenants.api_key DROP CONSTRAINT api_key_employee_id_fkey,
       ADD CONSTRAINT probe FOREIGN KEY (tenant_id, employee_id) REFERENCES tenants.employee (tenant_id, id) ON DELETE CASCADE`,
  ],
  [
    'every foreign key has an index that leads with its columns',
    `SELECT format('%s on %s', c.name, c.table) FROM our_constraint c
     WHERE c.kind = 'f' AND NOT EXISTS (
       SELECT FROM our_index i
       WHERE i.table_id = c.table_id AND i.valid AND i.columns[:cardinality(c.columns)] @> c.columns
         AND (i.predicate IS NULL OR i.predicate ~ '^\\(\\w+ IS NOT NULL\\)$'))`,
    'DROP INDEX tenants.branch_entity_id',
  ],
  [
    'constraints are named by us: what they say, not what PostgreSQL calls the first, second and third of their kind',
    `SELECT format('%s on %s', name, "table") FROM our_constraint
     WHERE kind <> 'n' AND NOT is_partition AND name ~ '(_check\\d*|_excl\\d*|_(key|fkey|not_null)\\d+)$'`,
    'ALTER TABLE tenants.branch ADD CHECK (length(code) > 0)',
  ],
  [
    'each constraint that a refusal stands for is there, once',
    `SELECT mapped.name FROM (VALUES ${mapped}) AS mapped (name)
     LEFT JOIN (
       SELECT "table", name FROM our_constraint WHERE NOT is_partition
       -- A key of some rows, those not deleted, is an index alone.
       UNION SELECT "table", split_part(name, '.', 2) FROM our_index WHERE is_key AND predicate IS NOT NULL
     ) c ON c.name = mapped.name
     GROUP BY mapped.name HAVING count(c.name) <> 1`,
    'ALTER TABLE tenants.branch RENAME CONSTRAINT branch_code_key TO probe',
  ],
  [
    'row-level security is enabled and forced on every tenant table, its partitions included',
    "SELECT name FROM our_table WHERE class = 'tenant' AND NOT (rls AND force_rls)",
    'ALTER TABLE tenants.branch NO FORCE ROW LEVEL SECURITY',
  ],
  [
    'every tenant table has exactly the one policy: the rows of the current tenant, to read and to write, for every role',
    `SELECT t.name FROM our_table t LEFT JOIN pg_policy p ON p.polrelid = t.oid WHERE t.class = 'tenant'
     GROUP BY t.name HAVING count(p) <> 1 OR NOT coalesce(bool_and(
       p.polpermissive AND p.polcmd = '*' AND p.polroles = '{0}'
       AND pg_get_expr(p.polqual, p.polrelid) = '(tenant_id = platform.current_tenant())'
       AND pg_get_expr(p.polwithcheck, p.polrelid) = '(tenant_id = platform.current_tenant())'), false)`,
    'CREATE POLICY probe ON tenants.branch FOR SELECT USING (true)',
  ],
  [
    'no policy holds a subquery',
    `SELECT format('%s on %s', p.polname, t.name) FROM our_table t JOIN pg_policy p ON p.polrelid = t.oid
     WHERE concat(pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid)) ~* '\\mselect\\M'`,
    'CREATE POLICY probe ON tenants.branch USING (tenant_id IN (SELECT tenant_id FROM tenants.entity))',
  ],
  [
    'views read as the one who asks: security_invoker',
    `SELECT name FROM our_relation WHERE kind = 'v' AND NOT coalesce(options @> '{security_invoker=true}', false)`,
    'CREATE VIEW tenants.read_probe AS SELECT tenant_id, id FROM tenants.branch',
  ],
  [
    'there are no materialized views',
    "SELECT name FROM our_relation WHERE kind = 'm'",
    'CREATE MATERIALIZED VIEW tenants.probe AS SELECT',
  ],
  [
    'no role of the product is a superuser, escapes row-level security, replicates or makes databases; only the owner makes roles',
    `SELECT rolname FROM pg_roles
     WHERE rolname IN (${roles}) AND (rolsuper OR rolbypassrls OR rolreplication OR rolcreatedb OR (rolcreaterole AND rolname <> 'comptoir_owner'))`,
    'ALTER ROLE comptoir_read BYPASSRLS',
  ],
  [
    'no role of the product can become another, but the owner the jobs role, by name',
    `SELECT format('%s → %s', m.member::regrole, m.roleid::regrole) FROM pg_auth_members m
     WHERE (m.member::regrole::text IN (${roles}) OR m.roleid::regrole::text IN (${roles})) AND (m.inherit_option OR m.set_option)
       AND NOT (m.member = 'comptoir_owner'::regrole AND m.roleid = 'comptoir_jobs'::regrole AND NOT m.inherit_option)`,
    'GRANT comptoir_identity TO comptoir_read',
  ],
  [
    'the roles of requests own nothing; the jobs role owns its job tables and platform.enqueue',
    `SELECT format('%s owns %s', s.refobjid::regrole, coalesce(pg_describe_object(s.classid, s.objid, s.objsubid), 'a shared object'))
     FROM pg_shdepend s
     WHERE s.refclassid = 'pg_authid'::regclass AND s.deptype = 'o'
       AND s.refobjid::regrole::text IN ('comptoir_app', 'comptoir_identity', 'comptoir_jobs', 'comptoir_read')
       AND (s.dbid = 0 OR s.dbid = (SELECT oid FROM pg_database WHERE datname = current_database()))
       AND NOT (s.refobjid = 'comptoir_jobs'::regrole AND s.dbid <> 0 AND (
         (pg_identify_object(s.classid, s.objid, s.objsubid)).schema = 'graphile_worker'
         OR (pg_identify_object(s.classid, s.objid, s.objsubid)).identity
            IN ('graphile_worker', 'platform.enqueue(pg_catalog.uuid,pg_catalog.jsonb)')))`,
    'ALTER FUNCTION tenants.all_tenants() OWNER TO comptoir_jobs',
  ],
  [
    'the owner owns every schema, table, view and function',
    `SELECT name FROM our_schema WHERE owner <> 'comptoir_owner' AND name <> 'public'
     UNION ALL SELECT name FROM our_relation WHERE owner <> 'comptoir_owner'
     UNION ALL SELECT name FROM our_function WHERE owner <> 'comptoir_owner' AND name <> 'platform.enqueue(uuid,jsonb)'`,
    'ALTER VIEW identity.read_session OWNER TO CURRENT_USER',
  ],
  [
    'nobody but the owner holds more than SELECT, INSERT and UPDATE on a tenant table',
    `SELECT format('%s on %s to %s', privilege, name, grantee) FROM our_grant
     WHERE kind = 'table' AND class = 'tenant' AND NOT is_owner AND privilege NOT IN ('SELECT', 'INSERT', 'UPDATE')`,
    'GRANT DELETE ON tenants.branch TO comptoir_app',
  ],
  [
    'no role but the owner gives or changes a balance, an entry, a daily total, the day through which books are closed, or stock',
    `SELECT format('%s of %s by %s', c.name, c.table, kind)
     FROM our_column c CROSS JOIN unnest(ARRAY['app', 'identity', 'jobs', 'read']) AS kind CROSS JOIN unnest(ARRAY['INSERT', 'UPDATE']) AS change
     WHERE (c.table IN ('ledger.journal', 'ledger.entry', 'ledger.daily_total', 'ledger.period_change',
                        'inventory.level', 'inventory.cost', 'inventory.posting', 'inventory.movement', 'inventory.batch_block',
                       'inventory.reservation', 'inventory.reservation_line', 'inventory.reservation_event')
            OR (c.table, c.name) IN (('inventory.batch', 'is_blocked'), ('ledger.account', 'balance'), ('ledger.account', 'balance_version'), ('ledger.book', 'closed_through')))
       AND has_column_privilege('comptoir_' || kind, c.table_id, c.position, change)`,
    'GRANT UPDATE ON ledger.account TO comptoir_app',
  ],
  [
    'requests move no account to other books, another type or another currency',
    `SELECT name FROM our_column WHERE "table" = 'ledger.account' AND name IN ('tenant_id', 'id', 'entity_id', 'type', 'currency')
       AND has_column_privilege('comptoir_app', table_id, position, 'UPDATE')`,
    'GRANT UPDATE (currency) ON ledger.account TO comptoir_app',
  ],
  [
    'not even the owner truncates an append-only table',
    `SELECT name FROM our_table WHERE append_only AND has_table_privilege('comptoir_owner', oid, 'TRUNCATE')`,
    'GRANT TRUNCATE ON audit.entry TO comptoir_owner',
  ],
  [
    'what all tenants share is at most read by the roles that serve them',
    `SELECT format('%s on %s to %s', privilege, name, grantee) FROM our_grant
     WHERE kind = 'table' AND class <> 'tenant' AND grantee IN ('comptoir_app', 'comptoir_jobs', 'comptoir_read') AND privilege <> 'SELECT'`,
    'GRANT INSERT ON tenants.directory TO comptoir_app',
  ],
  [
    'nothing is granted to PUBLIC, EXECUTE on functions included',
    `SELECT format('%s on %s %s', privilege, kind, name) FROM our_grant WHERE grantee = 'PUBLIC'`,
    'GRANT EXECUTE ON FUNCTION tenants.all_tenants() TO PUBLIC',
  ],
  [
    'no role may pass a right on, and only the owner makes objects in our schemas',
    `SELECT format('%s on %s %s to %s', privilege, kind, name, grantee) FROM our_grant
     WHERE NOT is_owner AND (is_grantable OR (kind = 'schema' AND privilege = 'CREATE'))`,
    'GRANT CREATE ON SCHEMA tenants TO comptoir_app',
  ],
  [
    'the reading role only reads, and no secret',
    `SELECT format('%s on %s', privilege, name) FROM our_grant
     WHERE kind = 'table' AND grantee = 'comptoir_read' AND privilege <> 'SELECT'
     UNION ALL SELECT name FROM our_function f
     WHERE definer AND has_function_privilege('comptoir_read', f.oid, 'EXECUTE')
     UNION ALL SELECT format('%s.%s', "table", name) FROM our_column
     WHERE comment LIKE 'secret%' AND has_column_privilege('comptoir_read', table_id, position, 'SELECT')`,
    'GRANT SELECT ON tenants.api_key TO comptoir_read',
  ],
  [
    'definer functions have a fixed search_path and belong to the owner, platform.enqueue to the jobs role',
    `SELECT name FROM our_function WHERE definer AND (
       array_remove(settings, 'plan_cache_mode=force_generic_plan') IS DISTINCT FROM '{"search_path=pg_catalog, pg_temp"}'
       OR owner <> CASE name WHEN 'platform.enqueue(uuid,jsonb)' THEN 'comptoir_jobs' ELSE 'comptoir_owner' END)`,
    define('SECURITY DEFINER', 'BEGIN END'),
  ],
  [
    'a definer function begins by asserting its p_tenant, or is on the short list of those that know no tenant',
    `SELECT name FROM our_function WHERE definer AND name NOT IN (SELECT name FROM (VALUES ${tenantless}) AS listed (name, roles))
       AND NOT (first_argument = 'p_tenant' AND argument_types[1] = 'uuid'
         AND source ~* '^\\s*(declare\\s((?!\\m(begin|select)\\M).)*)?begin\\s+perform platform\\.assert_tenant\\(p_tenant\\);')`,
    define(fixed, 'BEGIN UPDATE tenants.branch SET version = 2; PERFORM platform.assert_tenant(p_tenant); END'),
  ],
  [
    'the functions that know no tenant are there, and run for the roles on the list alone',
    `SELECT listed.name FROM (VALUES ${tenantless}) AS listed (name, roles) LEFT JOIN our_function f USING (name)
     WHERE f.name IS NULL OR NOT f.definer OR listed.roles <> array(
       SELECT g.grantee::text FROM our_grant g WHERE g.kind = 'function' AND g.name = f.name AND NOT g.is_owner ORDER BY 1)`,
    'GRANT EXECUTE ON FUNCTION tenants.all_tenants() TO comptoir_app',
  ],
  [
    'functions use no set_config, NOTIFY or MERGE, no advisory lock but the gate of the books, and only the platform names the tenant setting',
    `SELECT name FROM our_function
     WHERE (definition ~* '\\mpg_(try_)?advisory' AND name NOT IN ('ledger.pass_gate(uuid,uuid)', 'ledger.shut_gate(uuid,uuid)'))
        OR definition ~* '(\\mset_config\\M|\\mpg_notify\\M|\\mNOTIFY\\s|\\mMERGE\\s+INTO\\M)'
        OR (definition LIKE '%app.tenant_id%' AND name NOT IN ('platform.set_tenant(uuid)', 'platform.current_tenant()'))`,
    define('', "BEGIN PERFORM set_config('app.tenant_id', p_tenant::text, false); END"),
  ],
  [
    'triggers are row-level',
    `SELECT format('%s on %s', g.tgname, t.name) FROM our_table t JOIN pg_trigger g ON g.tgrelid = t.oid
     WHERE NOT g.tgisinternal AND g.tgtype & 1 = 0`,
    'CREATE TRIGGER probe BEFORE UPDATE ON tenants.branch EXECUTE FUNCTION platform.refuse_change()',
  ],
  [
    'no column of a tenant table takes its value from a sequence, except one commented tie-breaker',
    `SELECT format('%s.%s', "table", name) FROM our_column
     WHERE class = 'tenant' AND (is_identity OR "default" ~ 'nextval') AND comment IS DISTINCT FROM 'tie-breaker'`,
    'ALTER TABLE tenants.branch ADD number bigint GENERATED ALWAYS AS IDENTITY',
  ],
  [
    'partitions are one level deep, by range',
    `SELECT t.name FROM our_table t JOIN pg_partitioned_table p ON p.partrelid = t.oid
     WHERE t.is_partition OR p.partstrat <> 'r' OR p.partnatts <> 1`,
    `CREATE TABLE audit.probe PARTITION OF audit.entry FOR VALUES FROM ('1990-01-01') TO ('1990-02-01') PARTITION BY RANGE (recorded_at)`,
  ],
  [
    'nothing references a partitioned table by foreign key',
    `SELECT format('%s on %s', name, "table") FROM our_constraint WHERE kind = 'f' AND target_is_partitioned`,
    probe(
      `${tenantRow}, seq bigint, recorded_at timestamptz, FOREIGN KEY (tenant_id, seq, recorded_at) REFERENCES audit.entry`,
    ),
  ],
  [
    'within each partition of the audit chain a sequence number and a previous hash occur once a tenant',
    `SELECT t.name FROM our_table t JOIN pg_inherits p ON p.inhrelid = t.oid
     WHERE p.inhparent = 'audit.entry'::regclass AND 2 <> (
       SELECT count(*) FROM our_index i
       WHERE i.table_id = t.oid AND i.is_key AND i.columns IN ('{tenant_id,seq}', '{tenant_id,previous_hash}'))`,
    `CREATE TABLE audit.probe PARTITION OF audit.entry FOR VALUES FROM ('1990-01-01') TO ('1990-02-01')`,
  ],
  [
    'every table says when its rows were made; where rows change it says when, and where requests change them it counts versions',
    `SELECT format('%s lacks %s', t.name, needed.name) FROM our_table t CROSS JOIN LATERAL (VALUES
       ('created_at', 'timestamp with time zone', true),
       ('updated_at', 'timestamp with time zone', EXISTS (
         SELECT FROM our_grant g WHERE g.kind = 'table' AND g.name = t.name AND NOT g.is_owner AND g.privilege = 'UPDATE')),
       ('version', 'integer', has_any_column_privilege('comptoir_app', t.oid, 'UPDATE'))) AS needed (name, type, is_needed)
     WHERE needed.is_needed AND t.name NOT IN (${foreign}) AND NOT EXISTS (
       SELECT FROM our_column c WHERE c.table_id = t.oid AND c.type = needed.type AND c.not_null
         AND (c.name = needed.name OR (t.append_only AND needed.name = 'created_at' AND c.name = 'recorded_at')))`,
    'ALTER TABLE tenants.branch DROP COLUMN version',
  ],
  [
    'times carry their zone, amounts are numeric with a scale, nothing is a float',
    `SELECT format('%s.%s %s', c.table, c.name, c.type) FROM our_column c JOIN pg_type t ON t.oid = c.type_id
     WHERE c.table NOT IN (${foreign})
       AND (coalesce(nullif(t.typelem, 0), t.oid)::regtype::text IN (
              'timestamp without time zone', 'time without time zone', 'time with time zone', 'tsrange', 'real', 'double precision', 'money')
            OR (coalesce(nullif(t.typelem, 0), t.oid) = 'numeric'::regtype AND c.modifier = -1))`,
    'ALTER TABLE tenants.branch ADD amount numeric',
  ],
  [
    'a comment on a column is one word: personal, secret or tie-breaker',
    `SELECT format('%s.%s: %s', "table", name, comment) FROM our_column WHERE comment NOT IN ('personal', 'secret', 'tie-breaker')`,
    "COMMENT ON COLUMN tenants.branch.phone IS 'Personal'",
  ],
  [
    'periods of validity never overlap',
    `SELECT format('%s.%s', c.table, c.name) FROM our_column c JOIN pg_range r ON r.rngtypid = c.type_id
     WHERE c.class = 'tenant' AND c.name ~ '^valid' AND NOT EXISTS (
       SELECT FROM our_constraint k WHERE k.table_id = c.table_id AND k.operators[array_position(k.columns, c.name::text)] = '&&')`,
    'ALTER TABLE tenants.employee_role DROP CONSTRAINT employee_role_valid_key',
  ],
  [
    'only extensions that an owner without superuser can make are used',
    `SELECT extname FROM pg_extension WHERE extname NOT IN ('plpgsql', 'btree_gist', 'pg_trgm', 'unaccent', 'pgcrypto')`,
    'CREATE EXTENSION fuzzystrmatch',
  ],
]

let database: TestDatabase
let client: pg.Client
beforeAll(async () => {
  database = await createTestDatabase(inject('postgresPort'))
  client = new pg.Client({ connectionString: database.superuserUrl })
  await client.connect()
  await openCatalogue(client)
})
afterAll(async () => {
  await client?.end()
  await database?.drop()
})

async function offendersOf(rule: string): Promise<string[]> {
  return (await client.query({ text: rule, rowMode: 'array' })).rows.map(([offender]) => String(offender))
}

describe('the catalogue shows that', () => {
  test.each(rules)('%s', async (_, offenders) => {
    expect(await offendersOf(offenders)).toEqual([])
  })
})

describe('the check can fail:', () => {
  test.each(rules)('%s', async (_, offenders, breach) => {
    await client.query('BEGIN')
    try {
      await client.query(breach)
      expect(await offendersOf(offenders)).not.toEqual([])
    } finally {
      await client.query('ROLLBACK')
    }
  })
})

// On empty tables the planner takes any index that leads with tenant_id; here it has the primary key or none.
const dropOtherIndexes = `
  DO $$ DECLARE v_command text; BEGIN
    -- All are found before the first is dropped: an index of a partitioned table takes those of the partitions along.
    FOREACH v_command IN ARRAY array(
      SELECT coalesce('ALTER TABLE ' || i.table || ' DROP CONSTRAINT ' || quote_ident(c.conname) || ' CASCADE', 'DROP INDEX ' || i.name)
      FROM our_index i LEFT JOIN pg_constraint c ON c.conindid = i.name::regclass AND c.contype IN ('u', 'x')
      WHERE i.class = 'tenant' AND NOT i.is_primary AND NOT EXISTS (SELECT FROM pg_inherits h WHERE h.inhrelid = i.name::regclass))
    LOOP EXECUTE v_command; END LOOP;
  END $$;
  SET LOCAL enable_seqscan = off;
  SET LOCAL enable_partition_pruning = off;
  SET LOCAL plan_cache_mode = force_generic_plan;`

test('a look-up by primary key uses its index under row-level security, on every tenant table that requests read', async () => {
  const readable = await client.query(
    `SELECT name FROM our_table WHERE class = 'tenant' AND has_table_privilege('comptoir_app', oid, 'SELECT')`,
  )
  const names = readable.rows.map((row) => row.name)
  expect(names).toEqual(expect.arrayContaining(['tenants.branch', 'audit.entry', 'platform.idempotency_key']))
  const tables = (await readTables(client)).filter((table) => names.includes(table.name))

  await client.query('BEGIN')
  try {
    await client.query(dropOtherIndexes)
    await client.query('SET LOCAL ROLE comptoir_app')
    for (const { name, columns, primaryKey: key } of tables) {
      const types = key.map((column) => columns.find((one) => one.name === column)?.type)
      const condition = key.map((column, at) => `${column} = $${at + 1}`).join(' AND ')
      await client.query(`PREPARE look_up (${types.join(', ')}) AS SELECT FROM ${name} WHERE ${condition}`)
      const { rows } = await client.query({
        text: `EXPLAIN EXECUTE look_up (${key.map(() => 'NULL').join(', ')})`,
        rowMode: 'array',
      })
      await client.query('DEALLOCATE look_up')
      const plan = rows.join('\n')
      expect(plan, name).not.toContain('Seq Scan')
      const conditions = plan.match(/Index Cond: .*/g) ?? []
      expect(conditions.length, `${name}\n${plan}`).toBeGreaterThan(0)
      for (const one of conditions) for (const column of key) expect(one, `${name}\n${plan}`).toContain(`${column} = $`)
    }
  } finally {
    await client.query('ROLLBACK')
  }
})
