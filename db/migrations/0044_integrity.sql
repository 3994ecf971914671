-- Up Migration

-- What was found when a tenant was proved whole, signed: a certificate each time. Only integrity.record writes here.

CREATE SCHEMA integrity;
GRANT USAGE ON SCHEMA integrity TO comptoir_app, comptoir_read;

CREATE TABLE integrity.certificate (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  reason text NOT NULL,
  verdict text NOT NULL,
  lines jsonb NOT NULL,
  taken_at timestamptz NOT NULL,
  head_seq bigint NOT NULL,
  head_hash bytea NOT NULL,
  key_id text NOT NULL,
  body text NOT NULL,
  sha256 bytea NOT NULL,
  signature bytea NOT NULL,
  recorded_at timestamptz NOT NULL,
  CONSTRAINT certificate_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT certificate_key_id_fkey FOREIGN KEY (key_id) REFERENCES audit.signing_key (id),
  CONSTRAINT certificate_reason_known CHECK (reason IN ('nightly', 'requested')),
  CONSTRAINT certificate_verdict_known CHECK (verdict IN ('holds', 'broken')),
  CONSTRAINT certificate_lines_are_a_list CHECK (jsonb_typeof(lines) = 'array'),
  CONSTRAINT certificate_head_seq_not_negative CHECK (head_seq >= 0),
  CONSTRAINT certificate_hashes_are_sha_256 CHECK (octet_length(head_hash) = 32 AND octet_length(sha256) = 32)
);
COMMENT ON TABLE integrity.certificate IS
  'class: tenant, append-only. What was found of a tenant at one moment: body is the exact text, sha256 its hash, which was signed; the columns beside it are derived from it. head_seq and head_hash are where the audit chain stood at that moment.';
CREATE INDEX certificate_taken_at ON integrity.certificate (tenant_id, taken_at, id);
CREATE INDEX certificate_key_id ON integrity.certificate (key_id);
CALL platform.isolate('integrity.certificate');
CALL platform.append_only('integrity.certificate');
GRANT SELECT ON integrity.certificate TO comptoir_app, comptoir_read;

-- Down Migration

DROP SCHEMA integrity CASCADE;
