-- Up Migration

-- Imports of files: what was uploaded, how its columns are read, what was wrong with it, and what each row became.

CREATE SCHEMA imports;
GRANT USAGE ON SCHEMA imports TO comptoir_app, comptoir_read;

CREATE TABLE imports.file (
  tenant_id uuid NOT NULL,
  sha256 text NOT NULL,
  bytes bigint NOT NULL,
  purged_at timestamptz,
  version integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT file_pkey PRIMARY KEY (tenant_id, sha256),
  CONSTRAINT file_sha256_in_hexadecimal CHECK (sha256 ~ '^[0-9a-f]{64}$'),
  CONSTRAINT file_has_a_size CHECK (bytes > 0)
);
COMMENT ON TABLE imports.file IS
  'class: tenant. A file that is imported, by what is in it, kept once under the data directory in the folder of its tenant. Purged: the file is gone.';

CREATE TABLE imports.template (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  target text NOT NULL,
  signature text NOT NULL,
  name text NOT NULL,
  mapping jsonb NOT NULL,
  conventions jsonb NOT NULL,
  options jsonb NOT NULL,
  used_count integer NOT NULL DEFAULT 0,
  succeeded_count integer NOT NULL DEFAULT 0,
  version integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  deleted_at timestamptz,
  CONSTRAINT template_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT template_counts_in_order CHECK (succeeded_count BETWEEN 0 AND used_count)
);
COMMENT ON TABLE imports.template IS
  'class: tenant. How the columns of files with one header line are read, remembered when such a file is imported. signature: the hash of the header line.';
CREATE UNIQUE INDEX template_signature_key ON imports.template (tenant_id, target, signature) WHERE deleted_at IS NULL;

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
  scattered jsonb NOT NULL DEFAULT '{}',
  mode text NOT NULL,
  template_id uuid,
  first_import_id uuid,
  run integer NOT NULL DEFAULT 0,
  total_rows integer,
  processed_rows integer NOT NULL DEFAULT 0,
  failed_rows integer NOT NULL DEFAULT 0,
  created_rows integer NOT NULL DEFAULT 0,
  updated_rows integer NOT NULL DEFAULT 0,
  skipped_rows integer NOT NULL DEFAULT 0,
  cursor_row integer NOT NULL DEFAULT 0,
  completeness_score numeric(5, 2),
  accuracy_score numeric(5, 2),
  data_quality_score numeric(5, 2),
  preview jsonb,
  fault text,
  check_ms integer,
  dry_run_ms integer,
  commit_ms integer,
  began_at timestamptz,
  worked_at timestamptz,
  committed_at timestamptz,
  undone_at timestamptz,
  expires_at timestamptz NOT NULL,
  expired_at timestamptz,
  employee_id uuid NOT NULL,
  user_id uuid NOT NULL,
  version integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT import_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT import_sha256_fkey FOREIGN KEY (tenant_id, sha256) REFERENCES imports.file (tenant_id, sha256),
  CONSTRAINT import_template_id_fkey FOREIGN KEY (tenant_id, template_id) REFERENCES imports.template (tenant_id, id),
  CONSTRAINT import_first_import_id_fkey FOREIGN KEY (tenant_id, first_import_id) REFERENCES imports.import (tenant_id, id),
  CONSTRAINT import_employee_id_fkey FOREIGN KEY (tenant_id, employee_id) REFERENCES tenants.employee (tenant_id, id),
  CONSTRAINT import_status_known CHECK (status IN (
    'mapping', 'checking', 'checked', 'trying', 'tried', 'committing', 'committed', 'undoing', 'undone', 'stopped', 'failed', 'repeated')),
  CONSTRAINT import_mode_known CHECK (mode IN ('all_or_nothing', 'good_rows'))
);
COMMENT ON TABLE imports.import IS
  'class: tenant. A file on its way in: how it is read, how far it is, and what came of it. Its row is locked by each batch, which moves cursor_row on. scattered: the documents of the file whose rows do not follow one another, with the last row of each.';
COMMENT ON COLUMN imports.import.file_name IS 'personal';
CREATE INDEX import_sha256 ON imports.import (tenant_id, sha256);
CREATE INDEX import_template_id ON imports.import (tenant_id, template_id);
CREATE INDEX import_first_import_id ON imports.import (tenant_id, first_import_id);
CREATE INDEX import_employee_id ON imports.import (tenant_id, employee_id);
CREATE INDEX import_at_work ON imports.import (tenant_id, worked_at) WHERE status IN ('checking', 'trying', 'committing', 'undoing');
CREATE INDEX import_expires_at ON imports.import (tenant_id, expires_at) WHERE expired_at IS NULL;
CREATE UNIQUE INDEX import_file_key ON imports.import (tenant_id, target, sha256)
  WHERE status IN ('committing', 'committed', 'undoing', 'stopped');

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
  is_resolved boolean NOT NULL DEFAULT false,
  version integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT error_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT error_import_id_fkey FOREIGN KEY (tenant_id, import_id) REFERENCES imports.import (tenant_id, id),
  CONSTRAINT error_kind_known CHECK (kind IN ('missing', 'malformed', 'invalid', 'reference', 'duplicate', 'refused', 'layout'))
);
COMMENT ON TABLE imports.error IS
  'class: tenant. Something wrong with a row of a file, found by one run over it; values are emptied when the file is purged.';
CREATE INDEX error_import_id ON imports.error (tenant_id, import_id, run, row_number, id);

CREATE TABLE imports.fix (
  tenant_id uuid NOT NULL,
  import_id uuid NOT NULL,
  row_number integer NOT NULL,
  column_name text NOT NULL,
  value text NOT NULL,
  version integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT fix_pkey PRIMARY KEY (tenant_id, import_id, row_number, column_name),
  CONSTRAINT fix_import_id_fkey FOREIGN KEY (tenant_id, import_id) REFERENCES imports.import (tenant_id, id)
);
COMMENT ON TABLE imports.fix IS
  'class: tenant. What stands in a cell in place of what the file says; emptied when the file is purged.';

COMMENT ON COLUMN imports.fix.value IS 'personal';

CREATE TABLE imports.provenance (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  import_id uuid NOT NULL,
  row_number integer NOT NULL,
  resource text NOT NULL,
  resource_id uuid NOT NULL,
  what text NOT NULL,
  version_after integer,
  created_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT provenance_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT provenance_import_id_fkey FOREIGN KEY (tenant_id, import_id) REFERENCES imports.import (tenant_id, id),
  CONSTRAINT provenance_what_known CHECK (what IN ('created', 'updated', 'skipped'))
);
COMMENT ON TABLE imports.provenance IS
  'class: tenant, append-only. What a row of a file made, changed or found as it is; written only by imports.record.';
CREATE INDEX provenance_import_id ON imports.provenance (tenant_id, import_id, row_number, id);
CREATE INDEX provenance_resource_id ON imports.provenance (tenant_id, resource_id);

CREATE TABLE imports.former (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  old_values jsonb,
  version integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT former_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT former_id_fkey FOREIGN KEY (tenant_id, id) REFERENCES imports.provenance (tenant_id, id)
);
COMMENT ON TABLE imports.former IS
  'class: tenant. What a thing said before a row changed it, for the undo; it may be personal, so it is emptied when the file is purged.';

CALL platform.isolate('imports.file');
CALL platform.isolate('imports.template');
CALL platform.isolate('imports.import');
CALL platform.isolate('imports.error');
CALL platform.isolate('imports.fix');
CALL platform.isolate('imports.provenance');
CALL platform.isolate('imports.former');
CALL platform.append_only('imports.provenance');

GRANT SELECT, INSERT, UPDATE (bytes, purged_at, version, updated_at) ON imports.file TO comptoir_app;
GRANT SELECT, INSERT, UPDATE (name, mapping, conventions, options, used_count, succeeded_count, version, updated_at, deleted_at)
  ON imports.template TO comptoir_app;
GRANT SELECT, INSERT, UPDATE ON imports.import TO comptoir_app;
GRANT SELECT, INSERT, UPDATE (original_value, suggested_value, is_resolved, version, updated_at) ON imports.error TO comptoir_app;
GRANT SELECT, INSERT, UPDATE (value, version, updated_at) ON imports.fix TO comptoir_app;
GRANT SELECT ON imports.provenance TO comptoir_app;
GRANT SELECT, INSERT, UPDATE (old_values, version, updated_at) ON imports.former TO comptoir_app;
GRANT SELECT ON ALL TABLES IN SCHEMA imports TO comptoir_read;

-- Codes that differ in case alone are of two goods; a code is also found in other letters.
DROP INDEX catalog.variant_sku_key;
CREATE UNIQUE INDEX variant_sku_key ON catalog.variant (tenant_id, sku) WHERE deleted_at IS NULL;
CREATE INDEX variant_sku_folded ON catalog.variant (tenant_id, sku_key) WHERE deleted_at IS NULL;

-- Down Migration

DROP INDEX catalog.variant_sku_folded;
DROP INDEX catalog.variant_sku_key;
CREATE UNIQUE INDEX variant_sku_key ON catalog.variant (tenant_id, sku_key) WHERE deleted_at IS NULL;
DROP SCHEMA imports CASCADE;
