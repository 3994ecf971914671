import type pg from 'pg'

// What the catalogue says of our schemas, in our words. Views, so that a rule that changes something in its
// transaction reads what it changed.
const views = `
  CREATE TEMP VIEW our_schema AS
  SELECT oid, nspname AS name, pg_get_userbyid(nspowner) AS owner, nspacl AS acl, nspowner AS owner_id
  FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname NOT IN ('information_schema', 'graphile_worker');

  CREATE TEMP VIEW our_relation AS
  SELECT c.oid, format('%I.%I', s.name, c.relname) AS name, s.name AS schema, c.relname, c.relkind AS kind,
         c.relispartition AS is_partition, c.relpersistence AS persistence, c.reloptions AS options,
         c.relrowsecurity AS rls, c.relforcerowsecurity AS force_rls, c.relowner AS owner_id,
         pg_get_userbyid(c.relowner) AS owner, coalesce(c.relacl, acldefault('r', c.relowner)) AS acl,
         obj_description(c.oid, 'pg_class') AS comment
  FROM pg_class c JOIN our_schema s ON s.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
    AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e');

  CREATE TEMP VIEW our_table AS
  SELECT r.*, substring(r.comment FROM '^class: (tenant|shared|local)(?:, append-only)?\\.') AS class,
         concat(r.comment, obj_description((SELECT inhparent FROM pg_inherits WHERE inhrelid = r.oid), 'pg_class'))
           ~ 'class: \\w+, append-only' AS append_only
  FROM our_relation r WHERE r.kind IN ('r', 'p');

  CREATE TEMP VIEW our_column AS
  SELECT t.oid AS table_id, t.name AS table, t.class, t.append_only, t.is_partition, a.attname AS name, a.attnum AS position,
         format_type(a.atttypid, a.atttypmod) AS type, a.atttypid AS type_id, a.atttypmod AS modifier, a.attnotnull AS not_null,
         pg_get_expr(d.adbin, d.adrelid) AS default, a.attidentity <> '' AS is_identity, a.attgenerated <> '' AS is_generated,
         a.attacl AS acl, col_description(t.oid, a.attnum) AS comment
  FROM our_table t JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped
  LEFT JOIN pg_attrdef d ON d.adrelid = t.oid AND d.adnum = a.attnum;

  CREATE TEMP VIEW our_index AS
  SELECT t.oid AS table_id, t.name AS table, t.class, i.indexrelid::regclass::text AS name, i.indisprimary AS is_primary,
         i.indisunique OR i.indisexclusion AS is_key, i.indisvalid AS valid, pg_get_expr(i.indpred, i.indrelid) AS predicate,
         array(SELECT a.attname::text FROM unnest(i.indkey::int2[]) WITH ORDINALITY k (attnum, position)
               LEFT JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.attnum
               WHERE k.position <= i.indnkeyatts ORDER BY k.position) AS columns
  FROM our_table t JOIN pg_index i ON i.indrelid = t.oid;

  CREATE TEMP VIEW our_constraint AS
  SELECT c.oid, t.oid AS table_id, t.name AS table, t.class, t.is_partition, c.conname AS name, c.contype AS kind,
         f.oid AS target_id, f.name AS target, f.class AS target_class, f.kind = 'p' OR f.is_partition AS target_is_partitioned,
         c.confupdtype AS on_update, c.confdeltype AS on_delete, c.conparentid <> 0 AS is_inherited,
         array(SELECT a.attname::text FROM unnest(c.conkey) WITH ORDINALITY k (attnum, position)
               JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.attnum ORDER BY k.position) AS columns,
         array(SELECT a.attname::text FROM unnest(c.confkey) WITH ORDINALITY k (attnum, position)
               JOIN pg_attribute a ON a.attrelid = f.oid AND a.attnum = k.attnum ORDER BY k.position) AS target_columns,
         array(SELECT o.oprname::text FROM unnest(c.conexclop) WITH ORDINALITY k (oid, position)
               JOIN pg_operator o ON o.oid = k.oid ORDER BY k.position) AS operators,
         CASE WHEN c.contype = 'c' THEN pg_get_expr(c.conbin, c.conrelid) END AS expression
  FROM our_table t JOIN pg_constraint c ON c.conrelid = t.oid LEFT JOIN our_table f ON f.oid = c.confrelid;

  CREATE TEMP VIEW our_function AS
  SELECT p.oid, p.oid::regprocedure::text AS name, s.name AS schema, pg_get_userbyid(p.proowner) AS owner, p.proowner AS owner_id,
         p.prokind AS kind, p.prosecdef AS definer, p.proconfig AS settings, p.prosrc AS source,
         pg_get_functiondef(p.oid) AS definition, coalesce(p.proacl, acldefault('f', p.proowner)) AS acl,
         coalesce(p.proargnames[1], '') AS first_argument,
         array(SELECT format_type(a.oid, NULL) FROM unnest(p.proargtypes::oid[]) WITH ORDINALITY a (oid, position)
               ORDER BY a.position) AS argument_types
  FROM pg_proc p JOIN our_schema s ON s.oid = p.pronamespace
  WHERE p.prokind IN ('f', 'p')
    AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e');

  CREATE TEMP VIEW our_grant AS
  SELECT object.kind, object.name, object.class, acl.privilege_type AS privilege, acl.is_grantable,
         coalesce(r.rolname, 'PUBLIC') AS grantee, acl.grantee = object.owner_id AS is_owner
  FROM (
    SELECT 'schema' AS kind, name::text, NULL AS class, owner_id, coalesce(acl, acldefault('n', owner_id)) AS acl FROM our_schema
    UNION ALL SELECT 'table', r.name, t.class, r.owner_id, r.acl FROM our_relation r LEFT JOIN our_table t USING (oid)
    UNION ALL SELECT 'table', format('%s.%I', c.table, c.name), c.class, t.owner_id, c.acl
              FROM our_column c JOIN our_table t ON t.oid = c.table_id WHERE c.acl IS NOT NULL
    UNION ALL SELECT 'function', name, NULL, owner_id, acl FROM our_function
  ) object CROSS JOIN aclexplode(object.acl) acl LEFT JOIN pg_roles r ON r.oid = acl.grantee;
`

/** Makes the views `our_schema`, `our_table`, `our_column`, `our_grant` and so on for a superuser's session. */
export async function openCatalogue(client: pg.Client): Promise<void> {
  await client.query(views)
}

export interface Column {
  readonly name: string
  /** As `format_type` spells it, e.g. `numeric(19,4)` or `tenants.kind[]`. */
  readonly type: string
  readonly notNull: boolean
  readonly default: string | null
  /** Its value is made by the database: identity or generated. */
  readonly made: boolean
  /** Of an enumeration. */
  readonly labels: readonly string[]
}

export interface Reference {
  readonly constraint: string
  readonly columns: readonly string[]
  readonly target: string
  readonly targetColumns: readonly string[]
}

export interface Table {
  /** Schema and name, quoted where needed. */
  readonly name: string
  readonly class: 'tenant' | 'shared' | 'local' | null
  readonly appendOnly: boolean
  readonly columns: readonly Column[]
  readonly primaryKey: readonly string[]
  /** The columns of each key, the primary one included; exclusions and keys of some rows only are left out. */
  readonly keys: readonly (readonly string[])[]
  /** Keys that only rows have of which a predicate is true. */
  readonly partialKeys: readonly { readonly columns: readonly string[]; readonly predicate: string }[]
  readonly references: readonly Reference[]
  /** What a row must satisfy: CHECK constraints, and the bounds of a partition. */
  readonly checks: readonly string[]
}

/** Every table of our schemas, partitions included, by name. Needs `openCatalogue`. */
export async function readTables(client: pg.Client): Promise<Table[]> {
  const { rows } = await client.query<Table>(`
    SELECT t.name, t.class, t.append_only AS "appendOnly",
      (SELECT jsonb_agg(jsonb_build_object('name', c.name, 'type', c.type, 'notNull', c.not_null, 'default', c.default,
                'made', c.is_identity OR c.is_generated,
                'labels', array(SELECT enumlabel FROM pg_enum WHERE enumtypid = c.type_id ORDER BY enumsortorder)) ORDER BY c.position)
       FROM our_column c WHERE c.table_id = t.oid) AS columns,
      coalesce((SELECT to_jsonb(i.columns) FROM our_index i WHERE i.table_id = t.oid AND i.is_primary), '[]') AS "primaryKey",
      coalesce((SELECT jsonb_agg(to_jsonb(i.columns)) FROM our_index i
                WHERE i.table_id = t.oid AND i.is_key AND i.predicate IS NULL AND NOT EXISTS (
                  SELECT FROM our_constraint c WHERE c.table_id = t.oid AND c.operators <> '{}' AND c.columns = i.columns)), '[]') AS keys,
      coalesce((SELECT jsonb_agg(jsonb_build_object('columns', i.columns, 'predicate', i.predicate)) FROM our_index i
                WHERE i.table_id = t.oid AND i.is_key AND i.predicate IS NOT NULL), '[]') AS "partialKeys",
      coalesce((SELECT jsonb_agg(jsonb_build_object('constraint', c.name, 'columns', c.columns, 'target', c.target,
                         'targetColumns', c.target_columns) ORDER BY c.name)
                FROM our_constraint c WHERE c.table_id = t.oid AND c.kind = 'f'), '[]') AS references,
      to_jsonb(array_remove(array(SELECT c.expression FROM our_constraint c WHERE c.table_id = t.oid AND c.kind = 'c')
                            || pg_get_partition_constraintdef(t.oid), NULL)) AS checks
    FROM our_table t ORDER BY t.name`)
  return rows
}

export interface DefinerFunction {
  /** With its argument types, as `regprocedure` spells it. */
  readonly name: string
  readonly argumentTypes: readonly string[]
}

/** Every SECURITY DEFINER function of our schemas. Needs `openCatalogue`. */
export async function readDefinerFunctions(client: pg.Client): Promise<DefinerFunction[]> {
  const { rows } = await client.query<DefinerFunction>(
    'SELECT name, argument_types AS "argumentTypes" FROM our_function WHERE definer ORDER BY name',
  )
  return rows
}

export interface View {
  readonly name: string
  readonly hasTenant: boolean
}

/** Every view of our schemas, materialized ones included. Needs `openCatalogue`. */
export async function readViews(client: pg.Client): Promise<View[]> {
  const { rows } = await client.query<View>(`
    SELECT r.name, EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = r.oid AND a.attname = 'tenant_id') AS "hasTenant"
    FROM our_relation r WHERE r.kind IN ('v', 'm') ORDER BY r.name`)
  return rows
}

/**
 * Definer functions that do not begin by asserting the tenant of the transaction, why, and the only roles that may run
 * them. A line that no function needs any more fails the catalogue's test.
 */
export const tenantlessFunctions: Readonly<Record<string, { why: string; roles: readonly string[] }>> = {
  'tenants.authenticate(text,bytea,uuid)': {
    why: 'it runs before a tenant is known, and opens only what the credential given to it opens',
    roles: ['comptoir_app'],
  },
  'tenants.touch_session(text,integer)': {
    why: 'a session is of no tenant; it changes the one whose token is shown',
    roles: ['comptoir_app'],
  },
  'identity.touch_session(uuid,timestamp with time zone,integer)': {
    why: 'a session is of no tenant; tenants.touch_session alone calls it, with the one that was shown',
    roles: [],
  },
  'tenants.tenants_of_user(uuid)': {
    why: 'answers with ids only, across tenants by its nature',
    roles: ['comptoir_app'],
  },
  'tenants.tenant_of_invitation(bytea)': {
    why: 'answers with an id only, to whoever holds the token of an invitation',
    roles: ['comptoir_app'],
  },
  'tenants.tenant_of_device(uuid)': {
    why: 'answers with an id only, before the device shows its credential',
    roles: ['comptoir_app'],
  },
  'identity.open_cashier_session(jsonb)': {
    why: 'a session is of no tenant; tenants.open_cashier_session alone calls it',
    roles: [],
  },
  'identity.end_cashier_sessions(uuid[])': {
    why: 'sessions are of no tenant; tenants.end_cashier_sessions alone calls it, with those of its tenant',
    roles: [],
  },
  'tenants.forget_ended_sessions(integer)': {
    why: 'sessions have no tenant; it removes what those that ended left behind',
    roles: ['comptoir_jobs'],
  },
  'tenants.all_tenants()': { why: 'answers with ids only, for loops over the tenants', roles: ['comptoir_jobs'] },
  'audit.add_signing_key(bytea,text,bytea)': {
    why: 'public keys are of the installation; one that nobody endorsed is not believed',
    roles: ['comptoir_app'],
  },
  'audit.make_partitions(date,date)': { why: 'makes empty tables; touches no row', roles: ['comptoir_jobs'] },
  'inventory.make_partitions(date,date)': { why: 'makes empty tables; touches no row', roles: ['comptoir_jobs'] },
  'ledger.make_partitions(date,date)': { why: 'makes empty tables; touches no row', roles: ['comptoir_jobs'] },
}

/** The roles that the product signs in as, the owner's included. */
export const productRoles = ['owner', 'app', 'identity', 'jobs', 'read'] as const
