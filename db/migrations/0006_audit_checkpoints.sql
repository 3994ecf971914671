-- Up Migration

-- What ties a chain to a moment: signed statements of where it stood, and the public keys that check them. Private keys
-- never come here.

CREATE TABLE audit.signing_key (
  id text NOT NULL,
  public_key bytea NOT NULL,
  endorsed_by text,
  endorsement bytea,
  created_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT signing_key_pkey PRIMARY KEY (id),
  CONSTRAINT signing_key_endorsed_by_fkey FOREIGN KEY (endorsed_by) REFERENCES audit.signing_key (id),
  CONSTRAINT signing_key_is_ed25519 CHECK (octet_length(public_key) = 32),
  CONSTRAINT signing_key_endorsed_whole CHECK ((endorsed_by IS NULL) = (endorsement IS NULL))
);
COMMENT ON TABLE audit.signing_key IS
  'class: shared, append-only. Public Ed25519 keys of checkpoints; the id is the beginning of the key''s SHA-256. A key is endorsed by a signature of the one before it.';
CREATE INDEX signing_key_endorsed_by ON audit.signing_key (endorsed_by);
CALL platform.append_only('audit.signing_key');
GRANT SELECT ON audit.signing_key TO comptoir_app, comptoir_read;

CREATE TABLE audit.checkpoint (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  seq bigint NOT NULL,
  hash bytea NOT NULL,
  reason text NOT NULL,
  key_id text NOT NULL,
  body text NOT NULL,
  signature bytea NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT checkpoint_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT checkpoint_seq_key UNIQUE (tenant_id, seq, reason),
  CONSTRAINT checkpoint_key_id_fkey FOREIGN KEY (key_id) REFERENCES audit.signing_key (id),
  CONSTRAINT checkpoint_seq_positive CHECK (seq > 0),
  CONSTRAINT checkpoint_hash_is_sha256 CHECK (octet_length(hash) = 32),
  CONSTRAINT checkpoint_reason_known CHECK (reason IN ('daily', 'requested', 'retention'))
);
COMMENT ON TABLE audit.checkpoint IS
  'class: tenant, append-only. Where a chain stood: body is the exact text that was signed, the columns beside it are derived from it. Written only by audit.record_checkpoints.';
CREATE INDEX checkpoint_key_id ON audit.checkpoint (key_id);
CALL platform.isolate('audit.checkpoint');
CALL platform.append_only('audit.checkpoint');
GRANT SELECT ON audit.checkpoint TO comptoir_app, comptoir_read;

-- Down Migration

DROP FUNCTION audit.record_checkpoints(uuid, jsonb);
DROP FUNCTION audit.add_signing_key(bytea, text, bytea);
DROP TABLE audit.checkpoint;
DROP TABLE audit.signing_key;
