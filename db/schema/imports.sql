-- Written by npm run generate from the catalogue of a migrated database, to be read and compared: it need not restore.
-- By table, with everything that belongs to it. Owners are named where they differ from the schema's,
-- grants except the owner's own; partitions are left out, since they come and go with the date.

CREATE SCHEMA imports AUTHORIZATION comptoir_owner;
GRANT USAGE ON SCHEMA imports TO comptoir_app;
GRANT USAGE ON SCHEMA imports TO comptoir_read;

CREATE TABLE imports.error (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  import_id uuid NOT NULL,
  run integer NOT NULL,
  row_number integer NOT NULL,
  column_name text,
  field text,
  kind text NOT NULL,
  code text NOT NULL,
  message text NOT NULL,
  original_value text,
  suggested_value text,
  is_resolved boolean DEFAULT false NOT NULL,
  version integer DEFAULT 1 NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT error_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT error_kind_known CHECK (kind = ANY (ARRAY['missing'::text, 'malformed'::text, 'invalid'::text, 'reference'::text, 'duplicate'::text, 'refused'::text, 'layout'::text])),
  CONSTRAINT error_import_id_fkey FOREIGN KEY (tenant_id, import_id) REFERENCES imports.import(tenant_id, id)
);
COMMENT ON TABLE imports.error IS 'class: tenant. Something wrong with a row of a file, found by one run over it; values are emptied when the file is purged.';
COMMENT ON COLUMN imports.error.original_value IS 'personal';
COMMENT ON COLUMN imports.error.suggested_value IS 'personal';
CREATE INDEX error_import_id ON imports.error USING btree (tenant_id, import_id, run, row_number, id);
ALTER TABLE imports.error ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON imports.error FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
GRANT INSERT, SELECT ON TABLE imports.error TO comptoir_app;
GRANT SELECT ON TABLE imports.error TO comptoir_read;
GRANT UPDATE (original_value, suggested_value, is_resolved, version, updated_at) ON TABLE imports.error TO comptoir_app;

CREATE TABLE imports.file (
  tenant_id uuid NOT NULL,
  sha256 text NOT NULL,
  bytes bigint NOT NULL,
  purged_at timestamp with time zone,
  version integer DEFAULT 1 NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT file_pkey PRIMARY KEY (tenant_id, sha256),
  CONSTRAINT file_has_a_size CHECK (bytes > 0),
  CONSTRAINT file_sha256_in_hexadecimal CHECK (sha256 ~ '^[0-9a-f]{64}$'::text)
);
COMMENT ON TABLE imports.file IS 'class: tenant. A file that is imported, by what is in it, kept once under the data directory in the folder of its tenant. Purged: the file is gone.';
ALTER TABLE imports.file ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON imports.file FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
GRANT INSERT, SELECT ON TABLE imports.file TO comptoir_app;
GRANT SELECT ON TABLE imports.file TO comptoir_read;
GRANT UPDATE (bytes, purged_at, version, updated_at) ON TABLE imports.file TO comptoir_app;

CREATE TABLE imports.fix (
  tenant_id uuid NOT NULL,
  import_id uuid NOT NULL,
  row_number integer NOT NULL,
  column_name text NOT NULL,
  value text NOT NULL,
  version integer DEFAULT 1 NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT fix_pkey PRIMARY KEY (tenant_id, import_id, row_number, column_name),
  CONSTRAINT fix_import_id_fkey FOREIGN KEY (tenant_id, import_id) REFERENCES imports.import(tenant_id, id)
);
COMMENT ON TABLE imports.fix IS 'class: tenant. What stands in a cell in place of what the file says; emptied when the file is purged.';
COMMENT ON COLUMN imports.fix.value IS 'personal';
ALTER TABLE imports.fix ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON imports.fix FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
GRANT INSERT, SELECT ON TABLE imports.fix TO comptoir_app;
GRANT SELECT ON TABLE imports.fix TO comptoir_read;
GRANT UPDATE (value, version, updated_at) ON TABLE imports.fix TO comptoir_app;

CREATE TABLE imports.former (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  old_values jsonb,
  version integer DEFAULT 1 NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT former_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT former_id_fkey FOREIGN KEY (tenant_id, id) REFERENCES imports.provenance(tenant_id, id)
);
COMMENT ON TABLE imports.former IS 'class: tenant. What a thing said before a row changed it, for the undo; it may be personal, so it is emptied when the file is purged.';
COMMENT ON COLUMN imports.former.old_values IS 'personal';
ALTER TABLE imports.former ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON imports.former FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
GRANT INSERT, SELECT ON TABLE imports.former TO comptoir_app;
GRANT SELECT ON TABLE imports.former TO comptoir_read;
GRANT UPDATE (old_values, version, updated_at) ON TABLE imports.former TO comptoir_app;

CREATE TABLE imports.import (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  name text NOT NULL,
  target text NOT NULL,
  status text NOT NULL,
  file_name text NOT NULL,
  sha256 text NOT NULL,
  format jsonb NOT NULL,
  looks jsonb NOT NULL,
  signature text NOT NULL,
  mapping jsonb NOT NULL,
  conventions jsonb NOT NULL,
  options jsonb NOT NULL,
  scattered jsonb DEFAULT '{}'::jsonb NOT NULL,
  mode text NOT NULL,
  template_id uuid,
  first_import_id uuid,
  run integer DEFAULT 0 NOT NULL,
  total_rows integer,
  processed_rows integer DEFAULT 0 NOT NULL,
  failed_rows integer DEFAULT 0 NOT NULL,
  created_rows integer DEFAULT 0 NOT NULL,
  updated_rows integer DEFAULT 0 NOT NULL,
  skipped_rows integer DEFAULT 0 NOT NULL,
  cursor_row integer DEFAULT 0 NOT NULL,
  completeness_score numeric(5,2),
  accuracy_score numeric(5,2),
  data_quality_score numeric(5,2),
  preview jsonb,
  fault text,
  check_ms integer,
  dry_run_ms integer,
  commit_ms integer,
  began_at timestamp with time zone,
  worked_at timestamp with time zone,
  committed_at timestamp with time zone,
  undone_at timestamp with time zone,
  expires_at timestamp with time zone NOT NULL,
  expired_at timestamp with time zone,
  employee_id uuid NOT NULL,
  user_id uuid NOT NULL,
  version integer DEFAULT 1 NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  fault_code text,
  longest_hold_ms integer,
  CONSTRAINT import_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT import_fault_has_a_code CHECK ((fault IS NULL) = (fault_code IS NULL)),
  CONSTRAINT import_mode_known CHECK (mode = ANY (ARRAY['all_or_nothing'::text, 'good_rows'::text])),
  CONSTRAINT import_status_known CHECK (status = ANY (ARRAY['mapping'::text, 'checking'::text, 'checked'::text, 'trying'::text, 'tried'::text, 'committing'::text, 'committed'::text, 'undoing'::text, 'undone'::text, 'stopped'::text, 'failed'::text, 'repeated'::text])),
  CONSTRAINT import_employee_id_fkey FOREIGN KEY (tenant_id, employee_id) REFERENCES tenants.employee(tenant_id, id),
  CONSTRAINT import_first_import_id_fkey FOREIGN KEY (tenant_id, first_import_id) REFERENCES imports.import(tenant_id, id),
  CONSTRAINT import_sha256_fkey FOREIGN KEY (tenant_id, sha256) REFERENCES imports.file(tenant_id, sha256),
  CONSTRAINT import_template_id_fkey FOREIGN KEY (tenant_id, template_id) REFERENCES imports.template(tenant_id, id)
);
COMMENT ON TABLE imports.import IS 'class: tenant. A file on its way in: how it is read, how far it is, and what came of it. Its row is locked by each batch, which moves cursor_row on. scattered: the documents of the file whose rows do not follow one another, with the last row of each.';
COMMENT ON COLUMN imports.import.name IS 'personal';
COMMENT ON COLUMN imports.import.file_name IS 'personal';
COMMENT ON COLUMN imports.import.looks IS 'personal';
CREATE INDEX import_at_work ON imports.import USING btree (tenant_id, worked_at) WHERE status = ANY (ARRAY['checking'::text, 'trying'::text, 'committing'::text, 'undoing'::text]);
CREATE INDEX import_employee_id ON imports.import USING btree (tenant_id, employee_id);
CREATE INDEX import_expires_at ON imports.import USING btree (tenant_id, expires_at) WHERE expired_at IS NULL;
CREATE UNIQUE INDEX import_file_key ON imports.import USING btree (tenant_id, target, sha256) WHERE status = ANY (ARRAY['committing'::text, 'committed'::text, 'undoing'::text, 'stopped'::text]);
CREATE INDEX import_first_import_id ON imports.import USING btree (tenant_id, first_import_id);
CREATE INDEX import_sha256 ON imports.import USING btree (tenant_id, sha256);
CREATE INDEX import_template_id ON imports.import USING btree (tenant_id, template_id);
ALTER TABLE imports.import ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON imports.import FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
GRANT INSERT, SELECT, UPDATE ON TABLE imports.import TO comptoir_app;
GRANT SELECT ON TABLE imports.import TO comptoir_read;

CREATE TABLE imports.provenance (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  import_id uuid NOT NULL,
  row_number integer NOT NULL,
  resource text NOT NULL,
  resource_id uuid NOT NULL,
  what text NOT NULL,
  version_after integer,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT provenance_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT provenance_what_known CHECK (what = ANY (ARRAY['created'::text, 'updated'::text, 'skipped'::text])),
  CONSTRAINT provenance_import_id_fkey FOREIGN KEY (tenant_id, import_id) REFERENCES imports.import(tenant_id, id)
);
COMMENT ON TABLE imports.provenance IS 'class: tenant, append-only. What a row of a file made, changed or found as it is; written only by imports.record.';
CREATE INDEX provenance_import_id ON imports.provenance USING btree (tenant_id, import_id, row_number, id);
CREATE INDEX provenance_resource_id ON imports.provenance USING btree (tenant_id, resource_id);
ALTER TABLE imports.provenance ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON imports.provenance FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON imports.provenance FOR EACH ROW EXECUTE FUNCTION platform.refuse_change();
GRANT SELECT ON TABLE imports.provenance TO comptoir_app;
GRANT SELECT ON TABLE imports.provenance TO comptoir_read;
REVOKE TRUNCATE ON TABLE imports.provenance FROM comptoir_owner;

CREATE TABLE imports.template (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  target text NOT NULL,
  signature text NOT NULL,
  name text NOT NULL,
  mapping jsonb NOT NULL,
  conventions jsonb NOT NULL,
  options jsonb NOT NULL,
  used_count integer DEFAULT 0 NOT NULL,
  succeeded_count integer DEFAULT 0 NOT NULL,
  version integer DEFAULT 1 NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  deleted_at timestamp with time zone,
  CONSTRAINT template_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT template_counts_in_order CHECK (succeeded_count >= 0 AND succeeded_count <= used_count)
);
COMMENT ON TABLE imports.template IS 'class: tenant. How the columns of files with one header line are read, remembered when such a file is imported. signature: the hash of the header line.';
COMMENT ON COLUMN imports.template.name IS 'personal';
CREATE UNIQUE INDEX template_signature_key ON imports.template USING btree (tenant_id, target, signature) WHERE deleted_at IS NULL;
ALTER TABLE imports.template ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON imports.template FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
GRANT INSERT, SELECT ON TABLE imports.template TO comptoir_app;
GRANT SELECT ON TABLE imports.template TO comptoir_read;
GRANT UPDATE (name, mapping, conventions, options, used_count, succeeded_count, version, updated_at, deleted_at) ON TABLE imports.template TO comptoir_app;

CREATE VIEW imports.read_checked_row WITH (security_invoker=true) AS
 SELECT i.tenant_id,
    (i.id || ':'::text) || r.row_number AS key,
    (i.target || ' '::text) || r.row_number AS label,
    i.id AS import_id,
    i.target,
    r.row_number,
    r.outcome,
    r.error_code,
    i.committed_at
   FROM imports.import i
     CROSS JOIN LATERAL ( SELECT p.row_number,
                CASE min(array_position('{created,updated,skipped}'::text[], p.what))
                    WHEN 1 THEN 'created'::text
                    WHEN 2 THEN 'updated'::text
                    ELSE 'skipped'::text
                END AS outcome,
            NULL::text AS error_code
           FROM imports.provenance p
          WHERE p.tenant_id = i.tenant_id AND p.import_id = i.id
          GROUP BY p.row_number
        UNION ALL
         SELECT e.row_number,
            'rejected'::text,
            min(e.code) AS min
           FROM imports.error e
          WHERE e.tenant_id = i.tenant_id AND e.import_id = i.id AND e.run = i.run AND NOT e.is_resolved
          GROUP BY e.row_number) r
  WHERE i.status = ANY (ARRAY['committed'::text, 'stopped'::text]);
COMMENT ON VIEW imports.read_checked_row IS 'Published: what rules of quality judge of a row of a file that came in: what became of it, and why it was rejected.';
GRANT SELECT ON TABLE imports.read_checked_row TO comptoir_app;
GRANT SELECT ON TABLE imports.read_checked_row TO comptoir_read;

CREATE OR REPLACE FUNCTION imports.record(p_tenant uuid, p_import uuid, p_rows jsonb)
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
BEGIN
  PERFORM platform.assert_tenant(p_tenant);

  INSERT INTO imports.provenance (tenant_id, id, import_id, row_number, resource, resource_id, what, version_after)
  SELECT p_tenant, r.id, p_import, r.row_number, r.resource, r.resource_id, r.what, r.version_after
  FROM jsonb_to_recordset(p_rows) AS r (id uuid, row_number integer, resource text, resource_id uuid, what text, version_after integer);

  INSERT INTO imports.former (tenant_id, id, old_values)
  SELECT p_tenant, r.id, r.old_values
  FROM jsonb_to_recordset(p_rows) AS r (id uuid, old_values jsonb) WHERE r.old_values IS NOT NULL;
END
$function$;
COMMENT ON FUNCTION imports.record(uuid,uuid,jsonb) IS 'The only writer of provenance.';
GRANT EXECUTE ON FUNCTION imports.record(uuid,uuid,jsonb) TO comptoir_app;
