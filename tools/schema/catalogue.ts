// What db/schema is made of: each query answers statements with their place in the dump. They run with an empty
// search_path, so that every name the catalogue prints is qualified.

/** Sorts by schema, rank (schema, types, sequences, tables, views, functions, rest), object, part and name. */
export type Statement = { schema: string; rank: number; object: string; part: number; name: string; text: string }

export const OURS = `nspname !~ '^pg_' AND nspname NOT IN ('information_schema', 'graphile_worker')`

export const notOfExtension = (catalogue: string, oid: string) =>
  `NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = '${catalogue}'::regclass AND d.objid = ${oid} AND d.deptype = 'e')`

const comment = (target: string, oid: string, catalogue: string) =>
  `coalesce(E'\\nCOMMENT ON ' || ${target} || ' IS ' || quote_literal(obj_description(${oid}, '${catalogue}')) || ';', '')`

const extensions = `
  SELECT '' AS schema, 0 AS rank, e.extname AS object, 0 AS part, '' AS name,
         format('CREATE EXTENSION %I SCHEMA %I;', e.extname, n.nspname) AS text
  FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
  WHERE e.extname <> 'plpgsql'`

const schemas = `
  SELECT n.nspname AS schema, 0 AS rank, '' AS object, 0 AS part, '' AS name,
         format('CREATE SCHEMA %I AUTHORIZATION %I;', n.nspname, pg_get_userbyid(n.nspowner))
           || ${comment(`'SCHEMA ' || quote_ident(n.nspname)`, 'n.oid', 'pg_namespace')} AS text
  FROM pg_namespace n
  WHERE ${OURS} AND ${notOfExtension('pg_namespace', 'n.oid')}`

const defaultPrivileges = `
  SELECT coalesce(n.nspname, '') AS schema, 0 AS rank, '' AS object, 5 AS part, r.rolname || d.defaclobjtype::text AS name,
         format('-- Default privileges on %s made by %I: %s.',
           CASE d.defaclobjtype WHEN 'r' THEN 'tables' WHEN 'S' THEN 'sequences' WHEN 'f' THEN 'functions'
             WHEN 'T' THEN 'types' ELSE 'schemas' END,
           r.rolname, coalesce((
             SELECT string_agg(coalesce(g.rolname, 'PUBLIC') || ' ' || a.privilege_type, ', '
                               ORDER BY coalesce(g.rolname, 'PUBLIC'), a.privilege_type)
             FROM aclexplode(d.defaclacl) a LEFT JOIN pg_roles g ON g.oid = a.grantee), 'nobody')) AS text
  FROM pg_default_acl d JOIN pg_roles r ON r.oid = d.defaclrole LEFT JOIN pg_namespace n ON n.oid = d.defaclnamespace
  WHERE n.oid IS NULL OR ${OURS}`

const types = `
  SELECT n.nspname AS schema, 1 AS rank, t.typname AS object, 0 AS part, '' AS name,
         CASE t.typtype
           WHEN 'e' THEN format('CREATE TYPE %s AS ENUM (%s);', t.oid::regtype, (
             SELECT string_agg(quote_literal(e.enumlabel), ', ' ORDER BY e.enumsortorder)
             FROM pg_enum e WHERE e.enumtypid = t.oid))
           WHEN 'd' THEN concat_ws(' ', 'CREATE DOMAIN', t.oid::regtype, 'AS', format_type(t.typbasetype, t.typtypmod),
             'DEFAULT ' || t.typdefault, (
             SELECT string_agg(format('CONSTRAINT %I %s', c.conname, pg_get_constraintdef(c.oid, true)), ' ' ORDER BY c.conname)
             FROM pg_constraint c WHERE c.contypid = t.oid)) || ';'
           WHEN 'r' THEN format('CREATE TYPE %s AS RANGE (subtype = %s);', t.oid::regtype, (
             SELECT format_type(r.rngsubtype, NULL) FROM pg_range r WHERE r.rngtypid = t.oid))
           ELSE format(E'CREATE TYPE %s AS (\\n%s\\n);', t.oid::regtype, (
             SELECT string_agg(format('  %I %s', a.attname, format_type(a.atttypid, a.atttypmod)), E',\\n' ORDER BY a.attnum)
             FROM pg_attribute a WHERE a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped))
         END || ${comment(`CASE t.typtype WHEN 'd' THEN 'DOMAIN ' ELSE 'TYPE ' END || t.oid::regtype`, 't.oid', 'pg_type')} AS text
  FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace LEFT JOIN pg_class c ON c.oid = t.typrelid
  WHERE ${OURS} AND ${notOfExtension('pg_type', 't.oid')}
    AND (t.typtype IN ('e', 'd', 'r') OR (t.typtype = 'c' AND c.relkind = 'c'))`

const sequences = `
  SELECT n.nspname AS schema, 2 AS rank, c.relname AS object, 0 AS part, '' AS name,
         format('CREATE SEQUENCE %s AS %s INCREMENT BY %s MINVALUE %s MAXVALUE %s START WITH %s CACHE %s%s;', c.oid::regclass,
           format_type(s.seqtypid, NULL), s.seqincrement, s.seqmin, s.seqmax, s.seqstart, s.seqcache,
           CASE WHEN s.seqcycle THEN ' CYCLE' ELSE '' END)
           || ${comment(`'SEQUENCE ' || c.oid::regclass`, 'c.oid', 'pg_class')} AS text
  FROM pg_sequence s JOIN pg_class c ON c.oid = s.seqrelid JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE ${OURS} AND ${notOfExtension('pg_class', 'c.oid')} AND NOT EXISTS (
    SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.refobjsubid > 0)`

const options = `coalesce(' WITH (' || array_to_string(c.reloptions, ', ') || ')', '')`

const columnsAndConstraints = `
  SELECT string_agg('  ' || line.text, E',\\n' ORDER BY line.kind, line.position, line.name) AS lines
  FROM (
    SELECT 0 AS kind, a.attnum::int AS position, '' AS name,
           concat_ws(' ', quote_ident(a.attname), format_type(a.atttypid, a.atttypmod),
             (SELECT 'COLLATE ' || a.attcollation::regcollation FROM pg_type t
              WHERE t.oid = a.atttypid AND t.typcollation <> a.attcollation AND a.attcollation <> 0),
             CASE
               WHEN a.attidentity = 'a' THEN 'GENERATED ALWAYS AS IDENTITY'
               WHEN a.attidentity = 'd' THEN 'GENERATED BY DEFAULT AS IDENTITY'
               WHEN a.attgenerated = 's' THEN format('GENERATED ALWAYS AS (%s) STORED', pg_get_expr(d.adbin, d.adrelid, true))
               WHEN a.attgenerated = 'v' THEN format('GENERATED ALWAYS AS (%s) VIRTUAL', pg_get_expr(d.adbin, d.adrelid, true))
               ELSE 'DEFAULT ' || pg_get_expr(d.adbin, d.adrelid, true)
             END,
             CASE WHEN a.attnotnull THEN 'NOT NULL' END) AS text
    FROM pg_attribute a LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    UNION ALL
    SELECT 1, strpos('puxcfn', k.contype::text), k.conname, format('CONSTRAINT %I %s', k.conname, pg_get_constraintdef(k.oid, true))
    FROM pg_constraint k
    WHERE k.conrelid = c.oid AND k.conparentid = 0 AND k.contype <> 't' AND (k.contype <> 'n' OR NOT k.convalidated)
  ) line`

// Monthly partitions come and go with the date: a partitioned table stands for all of them.
export const TABLE = `c.relkind IN ('r', 'p', 'f') AND NOT c.relispartition AND ${OURS} AND ${notOfExtension('pg_class', 'c.oid')}`

const tables = `
  SELECT n.nspname AS schema, 3 AS rank, c.relname AS object, 0 AS part, '' AS name,
         format(E'CREATE %sTABLE %s (\\n%s\\n)%s%s;', CASE c.relpersistence WHEN 'u' THEN 'UNLOGGED ' ELSE '' END,
           c.oid::regclass, body.lines, coalesce(' PARTITION BY ' || pg_get_partkeydef(c.oid), ''), ${options})
           || ${comment(`'TABLE ' || c.oid::regclass`, 'c.oid', 'pg_class')} AS text
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace CROSS JOIN LATERAL (${columnsAndConstraints}) body
  WHERE ${TABLE}`

const columnComments = `
  SELECT n.nspname AS schema, CASE WHEN c.relkind IN ('v', 'm') THEN 4 ELSE 3 END AS rank, c.relname AS object, 10 AS part,
         to_char(a.attnum, '0000') AS name,
         format('COMMENT ON COLUMN %s.%I IS %L;', c.oid::regclass, a.attname, col_description(c.oid, a.attnum)) AS text
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid
  WHERE (c.relkind IN ('v', 'm') OR (${TABLE})) AND ${OURS} AND ${notOfExtension('pg_class', 'c.oid')}
    AND a.attnum > 0 AND col_description(c.oid, a.attnum) IS NOT NULL`

const constraintComments = `
  SELECT n.nspname AS schema, 3 AS rank, c.relname AS object, 11 AS part, k.conname AS name,
         format('COMMENT ON CONSTRAINT %I ON %s IS %L;', k.conname, c.oid::regclass, obj_description(k.oid, 'pg_constraint')) AS text
  FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE ${TABLE} AND obj_description(k.oid, 'pg_constraint') IS NOT NULL`

const indexes = `
  SELECT n.nspname AS schema, CASE c.relkind WHEN 'm' THEN 4 ELSE 3 END AS rank, c.relname AS object, 20 AS part, i.relname AS name,
         pg_get_indexdef(i.oid, 0, true) || ';' || ${comment(`'INDEX ' || i.oid::regclass`, 'i.oid', 'pg_class')} AS text
  FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class c ON c.oid = x.indrelid
    JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE (c.relkind = 'm' OR (${TABLE})) AND ${OURS}
    AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.oid AND k.contype IN ('p', 'u', 'x'))`

const statistics = `
  SELECT n.nspname AS schema, 3 AS rank, c.relname AS object, 21 AS part, s.stxname AS name,
         pg_get_statisticsobjdef(s.oid) || ';' AS text
  FROM pg_statistic_ext s JOIN pg_class c ON c.oid = s.stxrelid JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE ${TABLE}`

const rowLevelSecurity = `
  SELECT n.nspname AS schema, 3 AS rank, c.relname AS object, 30 AS part, '' AS name,
         format('ALTER TABLE %s %s;', c.oid::regclass, concat_ws(', ',
           CASE WHEN c.relrowsecurity THEN 'ENABLE ROW LEVEL SECURITY' END,
           CASE WHEN c.relforcerowsecurity THEN 'FORCE ROW LEVEL SECURITY' END)) AS text
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE ${TABLE} AND (c.relrowsecurity OR c.relforcerowsecurity)`

const policies = `
  SELECT n.nspname AS schema, 3 AS rank, c.relname AS object, 31 AS part, p.polname AS name,
         format('CREATE POLICY %I ON %s%s FOR %s TO %s%s%s;', p.polname, c.oid::regclass,
           CASE WHEN p.polpermissive THEN '' ELSE ' AS RESTRICTIVE' END,
           CASE p.polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE' WHEN 'd' THEN 'DELETE' ELSE 'ALL' END,
           (SELECT string_agg(CASE role WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(role)) END, ', '
                              ORDER BY pg_get_userbyid(role)) FROM unnest(p.polroles) role),
           coalesce(E'\\n  USING (' || pg_get_expr(p.polqual, p.polrelid, true) || ')', ''),
           coalesce(E'\\n  WITH CHECK (' || pg_get_expr(p.polwithcheck, p.polrelid, true) || ')', ''))
           || ${comment(`format('POLICY %I ON %s', p.polname, c.oid::regclass)`, 'p.oid', 'pg_policy')} AS text
  FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE ${TABLE}`

const triggers = `
  SELECT n.nspname AS schema, CASE c.relkind WHEN 'v' THEN 4 ELSE 3 END AS rank, c.relname AS object, 40 AS part, t.tgname AS name,
         pg_get_triggerdef(t.oid, true) || ';'
           || CASE t.tgenabled WHEN 'D' THEN ' -- disabled' WHEN 'A' THEN ' -- always' WHEN 'R' THEN ' -- on replicas' ELSE '' END
           || ${comment(`format('TRIGGER %I ON %s', t.tgname, c.oid::regclass)`, 't.oid', 'pg_trigger')} AS text
  FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE (c.relkind = 'v' OR (${TABLE})) AND ${OURS} AND NOT t.tgisinternal`

const viewKind = `CASE c.relkind WHEN 'm' THEN 'MATERIALIZED VIEW ' ELSE 'VIEW ' END`

const views = `
  SELECT n.nspname AS schema, 4 AS rank, c.relname AS object, 0 AS part, '' AS name,
         format(E'CREATE %s%s%s AS\\n%s', ${viewKind}, c.oid::regclass,
           ${options}, pg_get_viewdef(c.oid, true))
           || ${comment(`${viewKind} || c.oid::regclass`, 'c.oid', 'pg_class')} AS text
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('v', 'm') AND ${OURS} AND ${notOfExtension('pg_class', 'c.oid')}`

export const functionKind = `CASE p.prokind WHEN 'p' THEN 'PROCEDURE ' ELSE 'FUNCTION ' END`

const functions = `
  SELECT n.nspname AS schema, 5 AS rank, p.oid::regprocedure::text AS object, 0 AS part, '' AS name,
         rtrim(pg_get_functiondef(p.oid), E' \\n') || ';' || ${comment(`${functionKind} || p.oid::regprocedure`, 'p.oid', 'pg_proc')} AS text
  FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
  WHERE p.prokind <> 'a' AND ${OURS} AND ${notOfExtension('pg_proc', 'p.oid')}`

// Whatever else lives in a schema is at least named, so that no kind of object can slip in unseen.
const rest = `
  SELECT n.nspname AS schema, 6 AS rank, i.identity AS object, 0 AS part, i.type AS name,
         format('-- Also here: %s %s.', i.type, i.identity) AS text
  FROM pg_depend d JOIN pg_namespace n ON n.oid = d.refobjid
    CROSS JOIN LATERAL pg_identify_object(d.classid, d.objid, 0) i
  WHERE d.refclassid = 'pg_namespace'::regclass AND ${OURS}
    AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = d.classid AND e.objid = d.objid AND e.deptype = 'e')
    AND (d.classid NOT IN ('pg_class'::regclass, 'pg_proc'::regclass, 'pg_type'::regclass, 'pg_statistic_ext'::regclass,
                           'pg_default_acl'::regclass, 'pg_extension'::regclass)
         OR (d.classid = 'pg_proc'::regclass AND EXISTS (SELECT FROM pg_proc p WHERE p.oid = d.objid AND p.prokind = 'a')))`

/** Everything but owners and grants, which are in privileges.ts. */
export const definitions: string[] = [
  ...[extensions, schemas, defaultPrivileges, types, sequences, tables, columnComments, constraintComments, indexes],
  ...[statistics, rowLevelSecurity, policies, triggers, views, functions, rest],
]
