-- Up Migration

-- The tills of a branch. Each numbers its receipts by itself, without a gap. What a device seals offline is chained by its hashes.

CREATE SCHEMA registers;
GRANT USAGE ON SCHEMA registers TO comptoir_app, comptoir_read;

CREATE TABLE registers.register (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  branch_id uuid NOT NULL,
  code text NOT NULL,
  name text NOT NULL,
  is_active boolean NOT NULL DEFAULT true,
  last_sequence bigint NOT NULL DEFAULT 0,
  head_hash bytea,
  version integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT register_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT register_code_key UNIQUE (tenant_id, code),
  CONSTRAINT register_branch_id_fkey FOREIGN KEY (tenant_id, branch_id) REFERENCES tenants.branch (tenant_id, id),
  CONSTRAINT register_code_is_short CHECK (code ~ '^[A-Z0-9]{1,8}$'),
  CONSTRAINT register_last_sequence_not_negative CHECK (last_sequence >= 0),
  CONSTRAINT register_head_hash_is_sha_256 CHECK (octet_length(head_hash) = 32)
);
COMMENT ON TABLE registers.register IS
  'class: tenant. A till of a branch. last_sequence is that of its last receipt, head_hash the hash of the last slip that a device sealed there; only registers.advance moves them on, and who numbers a receipt holds the row until the commit.';
CREATE INDEX register_branch_id ON registers.register (tenant_id, branch_id, code);
CALL platform.isolate('registers.register');
GRANT SELECT, INSERT (tenant_id, id, branch_id, code, name), UPDATE (name, is_active, version, updated_at)
  ON registers.register TO comptoir_app;
GRANT SELECT ON registers.register TO comptoir_read;

-- Down Migration

DROP SCHEMA registers CASCADE;
