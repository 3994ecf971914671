import type pg from 'pg'

/** What in this database would let one tenant reach another's rows; one line a fault, empty when all is well. */
export async function catalogueFaults(client: pg.ClientBase): Promise<string[]> {
  const { rows } = await client.query(`
    WITH tenant_table AS (
      SELECT c.oid, c.oid::regclass::text AS name, c.relrowsecurity, c.relforcerowsecurity, c.relacl, c.relkind,
             obj_description(c.oid, 'pg_class') AS comment
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE c.relkind IN ('r', 'p') AND obj_description(c.oid, 'pg_class') LIKE 'class: tenant%'
    ), unclassed AS (
      SELECT c.oid::regclass::text AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE c.relkind IN ('r', 'p') AND n.nspname !~ '^pg_|^information_schema$|^graphile_worker$|^public$'
        AND coalesce(obj_description(c.oid, 'pg_class'), '') !~ '^class: (tenant|shared|local)'
    )
    SELECT name || ' says no class in its comment' AS fault FROM unclassed
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
    SELECT name || ' grants ' || acl.privilege_type || ' to ' || coalesce(r.rolname, 'everybody')
    FROM tenant_table t CROSS JOIN aclexplode(t.relacl) acl LEFT JOIN pg_roles r ON r.oid = acl.grantee
    WHERE acl.privilege_type IN ('DELETE', 'TRUNCATE') AND acl.grantee <> (SELECT c.relowner FROM pg_class c WHERE c.oid = t.oid)
    UNION ALL
    SELECT name || ' is append-only by name, yet nothing refuses a change' FROM tenant_table t
    WHERE comment LIKE 'class: tenant, append-only%'
      AND NOT EXISTS (SELECT FROM pg_trigger g WHERE g.tgrelid = t.oid AND g.tgfoid = 'platform.refuse_change'::regproc AND g.tgenabled = 'O')
    UNION ALL
    SELECT p.oid::regprocedure || ' may be executed by everybody'
    FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
    CROSS JOIN aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) acl
    WHERE n.nspname IN (SELECT DISTINCT split_part(name, '.', 1) FROM tenant_table) AND acl.grantee = 0
    UNION ALL
    SELECT r.rolname || ' escapes row-level security'
    FROM pg_roles r WHERE (r.rolsuper OR r.rolbypassrls)
      AND r.oid IN (SELECT c.relowner FROM pg_class c JOIN tenant_table t ON t.oid = c.oid
                    UNION SELECT acl.grantee FROM tenant_table t CROSS JOIN aclexplode(t.relacl) acl)
    ORDER BY 1`)
  return rows.map((row) => row.fault)
}
