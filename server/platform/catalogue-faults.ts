import type pg from 'pg'

/** Local tables that name tenants; no role of requests reads them but through functions. */
const tenantIdsElsewhere = ['tenants.directory', 'tenants.session_tenant']

// Of the catalogue alone, which the role of jobs reads too.
const faultQuery = `
  WITH our_schema AS (
    SELECT oid, nspname, nspowner, nspacl FROM pg_namespace
    WHERE nspname !~ '^pg_|^information_schema$|^graphile_worker$|^public$'
  ), our_table AS (
    SELECT c.oid, c.oid::regclass::text AS name, c.relrowsecurity, c.relforcerowsecurity, c.relowner,
           coalesce(c.relacl, acldefault('r', c.relowner)) AS acl,
           coalesce(obj_description(c.oid, 'pg_class'), '') AS comment,
           concat(obj_description(c.oid, 'pg_class'),
                  obj_description((SELECT i.inhparent FROM pg_inherits i WHERE i.inhrelid = c.oid), 'pg_class'))
             ~ 'class: \\w+, append-only' AS append_only
    FROM pg_class c JOIN our_schema n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p')
  ), tenant_table AS (
    SELECT * FROM our_table WHERE comment LIKE 'class: tenant%'
  ), table_right AS (
    SELECT t.oid, t.name, t.relowner, t.append_only, acl.grantee, acl.privilege_type FROM our_table t CROSS JOIN aclexplode(t.acl) acl
    UNION ALL
    SELECT t.oid, format('%s.%I', t.name, a.attname), t.relowner, t.append_only, acl.grantee, acl.privilege_type
    FROM our_table t JOIN pg_attribute a ON a.attrelid = t.oid AND NOT a.attisdropped CROSS JOIN aclexplode(a.attacl) acl
  ), product_role AS (
    SELECT r.oid, r.rolname, r.rolsuper, r.rolbypassrls FROM pg_roles r WHERE r.oid IN (
      SELECT relowner FROM our_table UNION SELECT grantee FROM table_right
      UNION SELECT acl.grantee FROM our_schema CROSS JOIN aclexplode(nspacl) acl)
  )
  SELECT name || ' says no class in its comment' AS fault FROM our_table WHERE comment !~ '^class: (tenant|shared|local)'
  UNION ALL
  SELECT name || ' has a tenant_id and is no tenant table' FROM our_table t
  WHERE comment NOT LIKE 'class: tenant%' AND NOT (name = ANY ($1::text[]) AND comment LIKE 'class: local%')
    AND EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = t.oid AND a.attname = 'tenant_id' AND NOT a.attisdropped)
  UNION ALL
  SELECT name || ' does not enforce row-level security' FROM tenant_table WHERE NOT (relrowsecurity AND relforcerowsecurity)
  UNION ALL
  SELECT name || ' has no policy for its tenant alone' FROM tenant_table t
  WHERE (SELECT count(*) FROM pg_policy p WHERE p.polrelid = t.oid) <> 1
     OR NOT EXISTS (
       SELECT FROM pg_policy p WHERE p.polrelid = t.oid AND p.polcmd = '*'
         AND pg_get_expr(p.polqual, p.polrelid) = '(tenant_id = platform.current_tenant())'
         AND pg_get_expr(p.polwithcheck, p.polrelid) = '(tenant_id = platform.current_tenant())')
  UNION ALL
  SELECT g.name || ' grants ' || g.privilege_type || ' to ' || coalesce(r.rolname, 'everybody')
  FROM table_right g LEFT JOIN pg_roles r ON r.oid = g.grantee
  WHERE CASE WHEN g.grantee = g.relowner THEN g.append_only AND g.privilege_type = 'TRUNCATE'
        ELSE g.append_only AND g.privilege_type IN ('INSERT', 'UPDATE', 'DELETE', 'TRUNCATE')
          OR g.oid IN (SELECT oid FROM tenant_table) AND g.privilege_type IN ('DELETE', 'TRUNCATE') END
  UNION ALL
  SELECT name || ' is append-only by name, yet nothing refuses a change' FROM our_table t
  WHERE append_only AND NOT EXISTS (
    SELECT FROM pg_trigger g
    WHERE g.tgrelid = t.oid AND g.tgfoid = 'platform.refuse_change()'::regprocedure AND g.tgenabled IN ('O', 'A')
      -- Before each row, on DELETE and UPDATE, of whatever column and under no condition.
      AND g.tgtype & 27 = 27 AND g.tgattr = '' AND g.tgqual IS NULL)
  UNION ALL
  SELECT c.oid::regclass || ' does not read as the one who asks' FROM pg_class c JOIN our_schema n ON n.oid = c.relnamespace
  WHERE (c.relkind = 'm' OR c.relkind = 'v' AND NOT coalesce(c.reloptions && '{security_invoker=true,security_invoker=on,security_invoker=1}', false))
    AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
  UNION ALL
  SELECT p.oid::regprocedure || ' may be executed by everybody'
  FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
  CROSS JOIN aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) acl
  WHERE n.nspname IN (SELECT nspname FROM our_schema) AND acl.grantee = 0
    AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')
  UNION ALL
  SELECT rolname || ' escapes row-level security' FROM product_role WHERE rolsuper OR rolbypassrls
  UNION ALL
  -- Who makes a role may administer it; that alone lends nothing. The owner makes objects for the role of jobs.
  SELECT r.rolname || ' is a member of ' || pg_get_userbyid(m.roleid)
  FROM product_role r JOIN pg_auth_members m ON m.member = r.oid
  WHERE (m.inherit_option OR m.set_option)
    AND NOT (NOT m.inherit_option AND r.oid IN (SELECT relowner FROM our_table)
             AND m.roleid IN (SELECT p.proowner FROM pg_proc p WHERE p.oid = 'platform.enqueue(uuid,jsonb)'::regprocedure))
  ORDER BY 1`

/**
 * What in this database would let one tenant reach another's rows, or anybody change what is append-only; one line a
 * fault, empty when all is well.
 */
export async function catalogueFaults(client: pg.ClientBase): Promise<string[]> {
  const { rows } = await client.query(faultQuery, [tenantIdsElsewhere])
  return rows.map((row) => row.fault)
}
