-- Up Migration

-- What proves a person beyond the password, and what keeps others from guessing. All of it is local to the installation,
-- read and written as comptoir_identity on its own pool.

-- A token opens a session, so the table keeps its hash alone.
DROP VIEW identity.read_session;
UPDATE identity.session SET token = encode(sha256(convert_to(token, 'UTF8')), 'hex');
ALTER TABLE identity.session RENAME COLUMN token TO token_hash;
ALTER TABLE identity.session RENAME CONSTRAINT session_token_key TO session_token_hash_key;
ALTER TABLE identity.session
  ADD COLUMN kind text NOT NULL DEFAULT 'browser',
  ADD COLUMN device_name text,
  ADD COLUMN used_at timestamptz NOT NULL DEFAULT now();
ALTER TABLE identity.session ADD CONSTRAINT session_kind_known CHECK (kind IN ('browser', 'till'));
COMMENT ON COLUMN identity.session.device_name IS 'personal';

CREATE VIEW identity.read_session WITH (security_invoker = true) AS
SELECT id, user_id, token_hash, expires_at, used_at FROM identity.session;
COMMENT ON VIEW identity.read_session IS 'Published for tenants.authenticate.';

CREATE TABLE identity.former_password (
  id uuid PRIMARY KEY,
  user_id uuid NOT NULL,
  password text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT former_password_user_id_fkey FOREIGN KEY (user_id) REFERENCES identity."user" (id)
);
COMMENT ON TABLE identity.former_password IS 'class: local. argon2id hashes of the last passwords of a person, which may not come back.';
COMMENT ON COLUMN identity.former_password.password IS 'secret';
CREATE INDEX former_password_user_id ON identity.former_password (user_id, id);

CREATE TABLE identity.second_factor (
  user_id uuid NOT NULL,
  secret text NOT NULL,
  confirmed_at timestamptz,
  last_step bigint NOT NULL DEFAULT 0,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT second_factor_pkey PRIMARY KEY (user_id),
  CONSTRAINT second_factor_user_id_fkey FOREIGN KEY (user_id) REFERENCES identity."user" (id)
);
COMMENT ON TABLE identity.second_factor IS
  'class: local. The sealed secret of an authenticator app; asked for once confirmed_at is set. Codes of last_step and before are used up.';
COMMENT ON COLUMN identity.second_factor.secret IS 'secret';

CREATE TABLE identity.backup_code (
  id uuid PRIMARY KEY,
  user_id uuid NOT NULL,
  code_hash bytea NOT NULL,
  used_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT backup_code_code_hash_key UNIQUE (user_id, code_hash),
  CONSTRAINT backup_code_user_id_fkey FOREIGN KEY (user_id) REFERENCES identity."user" (id)
);
COMMENT ON TABLE identity.backup_code IS 'class: local. A code in place of the authenticator app, good once; an HMAC of it.';
COMMENT ON COLUMN identity.backup_code.code_hash IS 'secret';

CREATE TABLE identity.proof (
  id uuid PRIMARY KEY,
  user_id uuid,
  purpose text NOT NULL,
  token_hash bytea NOT NULL,
  expires_at timestamptz NOT NULL,
  used_at timestamptz,
  tries integer NOT NULL DEFAULT 0,
  session_kind text,
  device_name text,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT proof_token_hash_key UNIQUE (token_hash),
  CONSTRAINT proof_purpose_known CHECK (purpose IN ('second_factor', 'password_reset', 'email_verification')),
  CONSTRAINT proof_user_id_fkey FOREIGN KEY (user_id) REFERENCES identity."user" (id)
);
COMMENT ON TABLE identity.proof IS
  'class: local. A one-time link or challenge. One without a person was asked for by a stranger and opens nothing.';
COMMENT ON COLUMN identity.proof.token_hash IS 'secret';
COMMENT ON COLUMN identity.proof.device_name IS 'personal';
CREATE INDEX proof_user_id ON identity.proof (user_id, purpose, created_at);
CREATE INDEX proof_expires_at ON identity.proof (expires_at);

CREATE TABLE identity.trusted_device (
  id uuid PRIMARY KEY,
  user_id uuid NOT NULL,
  token_hash bytea NOT NULL,
  device_name text,
  ip_address text NOT NULL,
  user_agent text NOT NULL,
  expires_at timestamptz NOT NULL,
  used_at timestamptz NOT NULL DEFAULT now(),
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT trusted_device_token_hash_key UNIQUE (token_hash),
  CONSTRAINT trusted_device_user_id_fkey FOREIGN KEY (user_id) REFERENCES identity."user" (id)
);
COMMENT ON TABLE identity.trusted_device IS 'class: local. A device on which the password alone signs a person in.';
COMMENT ON COLUMN identity.trusted_device.token_hash IS 'secret';
COMMENT ON COLUMN identity.trusted_device.device_name IS 'personal';
COMMENT ON COLUMN identity.trusted_device.ip_address IS 'personal';
COMMENT ON COLUMN identity.trusted_device.user_agent IS 'personal';
CREATE INDEX trusted_device_user_id ON identity.trusted_device (user_id);

CREATE TABLE identity.attempt (
  key bytea NOT NULL,
  failures integer NOT NULL,
  lockouts integer NOT NULL DEFAULT 0,
  locked_until timestamptz,
  failed_at timestamptz NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT attempt_pkey PRIMARY KEY (key),
  CONSTRAINT attempt_counts_not_negative CHECK (failures >= 0 AND lockouts >= 0)
);
COMMENT ON TABLE identity.attempt IS
  'class: local. Failed attempts at one e-mail address, known or not; key is an HMAC of the address under the server''s secret.';
COMMENT ON COLUMN identity.attempt.key IS 'personal';
CREATE INDEX attempt_failed_at ON identity.attempt (failed_at);

CREATE TABLE identity.visit (
  request_id uuid PRIMARY KEY,
  user_id uuid NOT NULL,
  ip_address text NOT NULL,
  user_agent text NOT NULL,
  signed_in boolean NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT visit_user_id_fkey FOREIGN KEY (user_id) REFERENCES identity."user" (id)
);
COMMENT ON TABLE identity.visit IS
  'class: local. Where a request came from that the security log of a person tells of; the log itself is in the audit chain, without it.';
COMMENT ON COLUMN identity.visit.ip_address IS 'personal';
COMMENT ON COLUMN identity.visit.user_agent IS 'personal';
CREATE INDEX visit_user_id ON identity.visit (user_id, user_agent) WHERE signed_in;
CREATE INDEX visit_of_user ON identity.visit (user_id, created_at);
CREATE INDEX session_expires_at ON identity.session (expires_at);

GRANT SELECT, INSERT, DELETE ON identity.former_password, identity.visit TO comptoir_identity;
GRANT SELECT, INSERT, UPDATE, DELETE
  ON identity.second_factor, identity.backup_code, identity.proof, identity.trusted_device, identity.attempt TO comptoir_identity;

-- Down Migration

-- Today's text of it takes more.
DROP FUNCTION IF EXISTS identity.touch_session(uuid, timestamptz), identity.touch_session(uuid, timestamptz, integer);
DROP TABLE identity.visit, identity.attempt, identity.trusted_device, identity.proof, identity.backup_code,
  identity.second_factor, identity.former_password;
DROP VIEW identity.read_session;
DROP INDEX identity.session_expires_at;
-- A hash in the place of a token would be taken for one.
DELETE FROM identity.session;
ALTER TABLE identity.session DROP COLUMN kind, DROP COLUMN device_name, DROP COLUMN used_at;
ALTER TABLE identity.session RENAME CONSTRAINT session_token_hash_key TO session_token_key;
ALTER TABLE identity.session RENAME COLUMN token_hash TO token;
CREATE VIEW identity.read_session WITH (security_invoker = true) AS
SELECT id, user_id, token, expires_at FROM identity.session;
COMMENT ON VIEW identity.read_session IS 'Published for tenants.authenticate.';
