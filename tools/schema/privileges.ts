import { functionKind, notOfExtension, OURS, TABLE } from './catalogue.ts'

// Every kind of object with an owner and grants, in one shape. A missing list of grants means PostgreSQL's defaults, which
// give EXECUTE on functions to PUBLIC: `acldefault` makes them visible.
const objects = `
  SELECT n.oid AS schema_oid, 0 AS rank, ''::text AS object, 'SCHEMA ' || quote_ident(n.nspname) AS target, n.nspowner AS owner, 'n'::"char" AS kind,
         n.nspacl AS acl
  FROM pg_namespace n WHERE ${OURS} AND ${notOfExtension('pg_namespace', 'n.oid')}
  UNION ALL
  SELECT n.oid, CASE WHEN c.relkind IN ('v', 'm') THEN 4 ELSE 3 END, c.relname::text, 'TABLE ' || c.oid::regclass, c.relowner, 'r', c.relacl
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE (c.relkind IN ('v', 'm') OR (${TABLE})) AND ${OURS} AND ${notOfExtension('pg_class', 'c.oid')}
  UNION ALL
  SELECT n.oid, 2, c.relname::text, 'SEQUENCE ' || c.oid::regclass, c.relowner, 's', c.relacl
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind = 'S' AND ${OURS} AND ${notOfExtension('pg_class', 'c.oid')}
  UNION ALL
  SELECT n.oid, 5, p.oid::regprocedure::text,
         ${functionKind} || p.oid::regprocedure, p.proowner, 'f', p.proacl
  FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
  WHERE ${OURS} AND ${notOfExtension('pg_proc', 'p.oid')}`

const grantee = `CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END`

const owners = `
  SELECT n.nspname AS schema, o.rank, o.object, 49 AS part, '' AS name,
         format('ALTER %s OWNER TO %I;', o.target, pg_get_userbyid(o.owner)) AS text
  FROM (${objects}) o JOIN pg_namespace n ON n.oid = o.schema_oid
  WHERE o.owner <> n.nspowner`

const grants = `
  SELECT n.nspname AS schema, o.rank, o.object, 50 AS part, g.grantee || g.is_grantable AS name,
         format('GRANT %s ON %s TO %s%s;', g.privileges, o.target, g.grantee,
           CASE WHEN g.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END) AS text
  FROM (${objects}) o JOIN pg_namespace n ON n.oid = o.schema_oid CROSS JOIN LATERAL (
    SELECT ${grantee} AS grantee, a.is_grantable, string_agg(a.privilege_type, ', ' ORDER BY a.privilege_type) AS privileges
    FROM aclexplode(coalesce(o.acl, acldefault(o.kind, o.owner))) a
    WHERE a.grantee <> o.owner
    GROUP BY 1, 2) g`

const takenFromOwner = `
  SELECT n.nspname AS schema, o.rank, o.object, 51 AS part, '' AS name,
         format('REVOKE %s ON %s FROM %I;', lost.privileges, o.target, pg_get_userbyid(o.owner)) AS text
  FROM (${objects}) o JOIN pg_namespace n ON n.oid = o.schema_oid CROSS JOIN LATERAL (
    SELECT string_agg(a.privilege_type, ', ' ORDER BY a.privilege_type) AS privileges
    FROM aclexplode(acldefault(o.kind, o.owner)) a
    WHERE a.grantee = o.owner AND NOT EXISTS (
      SELECT FROM aclexplode(o.acl) kept WHERE kept.grantee = o.owner AND kept.privilege_type = a.privilege_type)) lost
  WHERE o.acl IS NOT NULL AND lost.privileges IS NOT NULL`

const columnGrants = `
  SELECT schema, rank, object, 52 AS part, grantee || is_grantable AS name,
         format('GRANT %s ON TABLE %s TO %s%s;', string_agg(format('%s (%s)', privilege_type, columns), ', ' ORDER BY privilege_type),
           target, grantee, CASE WHEN is_grantable THEN ' WITH GRANT OPTION' ELSE '' END) AS text
  FROM (
    SELECT n.nspname AS schema, CASE WHEN c.relkind IN ('v', 'm') THEN 4 ELSE 3 END AS rank, c.relname AS object,
           c.oid::regclass AS target, ${grantee} AS grantee, a.is_grantable, a.privilege_type,
           string_agg(quote_ident(t.attname), ', ' ORDER BY t.attnum) AS columns
    FROM pg_attribute t JOIN pg_class c ON c.oid = t.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
      CROSS JOIN LATERAL aclexplode(t.attacl) a
    WHERE (c.relkind IN ('v', 'm') OR (${TABLE})) AND ${OURS} AND NOT t.attisdropped
    GROUP BY 1, 2, 3, 4, 5, 6, 7) granted
  GROUP BY schema, rank, object, target, grantee, is_grantable`

/** Owners where they differ from the schema's, and what each role may do with each object. */
export const privileges: string[] = [owners, grants, takenFromOwner, columnGrants]
