-- Up Migration

-- The hash chain of each tenant. Written only by audit.record (db/functions/audit.sql), in the transaction of the
-- command that it seals, as the last thing that transaction does.

CREATE SCHEMA audit;
GRANT USAGE ON SCHEMA audit TO comptoir_app, comptoir_jobs, comptoir_read;

CREATE TABLE audit.head (
  tenant_id uuid NOT NULL,
  seq bigint NOT NULL,
  hash bytea NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT head_pkey PRIMARY KEY (tenant_id),
  CONSTRAINT head_seq_not_negative CHECK (seq >= 0),
  CONSTRAINT head_hash_is_sha256 CHECK (octet_length(hash) = 32)
);
COMMENT ON TABLE audit.head IS
  'class: tenant. Last sequence number and hash of each chain; its row lock orders the writers. The nil tenant is the platform''s own chain.';
CALL platform.isolate('audit.head');
GRANT SELECT ON audit.head TO comptoir_app, comptoir_read;

CREATE TABLE audit.entry (
  tenant_id uuid NOT NULL,
  seq bigint NOT NULL,
  recorded_at timestamptz NOT NULL,
  event text NOT NULL,
  actor_id uuid,
  session_id uuid,
  resource_type text,
  resource_id text,
  body text NOT NULL,
  previous_hash bytea NOT NULL,
  hash bytea NOT NULL,
  CONSTRAINT entry_pkey PRIMARY KEY (tenant_id, seq, recorded_at),
  CONSTRAINT entry_hash_is_sha256 CHECK (octet_length(hash) = 32 AND octet_length(previous_hash) = 32)
) PARTITION BY RANGE (recorded_at);
COMMENT ON TABLE audit.entry IS
  'class: tenant, append-only. body is the exact text that was hashed; the other columns are derived from it for search.';
CALL platform.isolate('audit.entry');
CALL platform.append_only('audit.entry');
GRANT SELECT ON audit.entry TO comptoir_app, comptoir_read;

-- Down Migration

DROP SCHEMA audit CASCADE;
