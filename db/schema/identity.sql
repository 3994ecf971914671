-- Written by npm run generate from the catalogue of a migrated database, to be read and compared: it need not restore.
-- By table, with everything that belongs to it. Owners are named where they differ from the schema's,
-- grants except the owner's own; partitions are left out, since they come and go with the date.

CREATE SCHEMA identity AUTHORIZATION comptoir_owner;
GRANT USAGE ON SCHEMA identity TO comptoir_identity;

CREATE TABLE identity.account (
  id uuid NOT NULL,
  user_id uuid NOT NULL,
  account_id text NOT NULL,
  provider_id text NOT NULL,
  access_token text,
  refresh_token text,
  id_token text,
  access_token_expires_at timestamp with time zone,
  refresh_token_expires_at timestamp with time zone,
  scope text,
  password text,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT account_pkey PRIMARY KEY (id),
  CONSTRAINT account_provider_key UNIQUE (provider_id, account_id),
  CONSTRAINT account_user_id_fkey FOREIGN KEY (user_id) REFERENCES identity."user"(id)
);
COMMENT ON TABLE identity.account IS 'class: local. A way in for a person; the password row holds an argon2id hash.';
COMMENT ON COLUMN identity.account.access_token IS 'secret';
COMMENT ON COLUMN identity.account.refresh_token IS 'secret';
COMMENT ON COLUMN identity.account.id_token IS 'secret';
COMMENT ON COLUMN identity.account.password IS 'secret';
CREATE INDEX account_user_id ON identity.account USING btree (user_id);
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE identity.account TO comptoir_identity;

CREATE TABLE identity.attempt (
  key bytea NOT NULL,
  failures integer NOT NULL,
  lockouts integer DEFAULT 0 NOT NULL,
  locked_until timestamp with time zone,
  failed_at timestamp with time zone NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT attempt_pkey PRIMARY KEY (key),
  CONSTRAINT attempt_counts_not_negative CHECK (failures >= 0 AND lockouts >= 0)
);
COMMENT ON TABLE identity.attempt IS 'class: local. Failed attempts at one e-mail address, known or not; key is an HMAC of the address under the server''s secret.';
COMMENT ON COLUMN identity.attempt.key IS 'personal';
CREATE INDEX attempt_failed_at ON identity.attempt USING btree (failed_at);
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE identity.attempt TO comptoir_identity;

CREATE TABLE identity.backup_code (
  id uuid NOT NULL,
  user_id uuid NOT NULL,
  code_hash bytea NOT NULL,
  used_at timestamp with time zone,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT backup_code_pkey PRIMARY KEY (id),
  CONSTRAINT backup_code_code_hash_key UNIQUE (user_id, code_hash),
  CONSTRAINT backup_code_user_id_fkey FOREIGN KEY (user_id) REFERENCES identity."user"(id)
);
COMMENT ON TABLE identity.backup_code IS 'class: local. A code in place of the authenticator app, good once; an HMAC of it.';
COMMENT ON COLUMN identity.backup_code.code_hash IS 'secret';
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE identity.backup_code TO comptoir_identity;

CREATE TABLE identity.former_password (
  id uuid NOT NULL,
  user_id uuid NOT NULL,
  password text NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT former_password_pkey PRIMARY KEY (id),
  CONSTRAINT former_password_user_id_fkey FOREIGN KEY (user_id) REFERENCES identity."user"(id)
);
COMMENT ON TABLE identity.former_password IS 'class: local. argon2id hashes of the last passwords of a person, which may not come back.';
COMMENT ON COLUMN identity.former_password.password IS 'secret';
CREATE INDEX former_password_user_id ON identity.former_password USING btree (user_id, id);
GRANT DELETE, INSERT, SELECT ON TABLE identity.former_password TO comptoir_identity;

CREATE TABLE identity.proof (
  id uuid NOT NULL,
  user_id uuid,
  purpose text NOT NULL,
  token_hash bytea NOT NULL,
  expires_at timestamp with time zone NOT NULL,
  used_at timestamp with time zone,
  tries integer DEFAULT 0 NOT NULL,
  session_kind text,
  device_name text,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT proof_pkey PRIMARY KEY (id),
  CONSTRAINT proof_token_hash_key UNIQUE (token_hash),
  CONSTRAINT proof_purpose_known CHECK (purpose = ANY (ARRAY['second_factor'::text, 'password_reset'::text, 'email_verification'::text])),
  CONSTRAINT proof_user_id_fkey FOREIGN KEY (user_id) REFERENCES identity."user"(id)
);
COMMENT ON TABLE identity.proof IS 'class: local. A one-time link or challenge. One without a person was asked for by a stranger and opens nothing.';
COMMENT ON COLUMN identity.proof.token_hash IS 'secret';
COMMENT ON COLUMN identity.proof.device_name IS 'personal';
CREATE INDEX proof_expires_at ON identity.proof USING btree (expires_at);
CREATE INDEX proof_user_id ON identity.proof USING btree (user_id, purpose, created_at);
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE identity.proof TO comptoir_identity;

CREATE TABLE identity.second_factor (
  user_id uuid NOT NULL,
  secret text NOT NULL,
  confirmed_at timestamp with time zone,
  last_step bigint DEFAULT 0 NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT second_factor_pkey PRIMARY KEY (user_id),
  CONSTRAINT second_factor_user_id_fkey FOREIGN KEY (user_id) REFERENCES identity."user"(id)
);
COMMENT ON TABLE identity.second_factor IS 'class: local. The sealed secret of an authenticator app; asked for once confirmed_at is set. Codes of last_step and before are used up.';
COMMENT ON COLUMN identity.second_factor.secret IS 'secret';
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE identity.second_factor TO comptoir_identity;

CREATE TABLE identity.session (
  id uuid NOT NULL,
  user_id uuid NOT NULL,
  token_hash text NOT NULL,
  expires_at timestamp with time zone NOT NULL,
  ip_address text,
  user_agent text,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  kind text DEFAULT 'browser'::text NOT NULL,
  device_name text,
  used_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT session_pkey PRIMARY KEY (id),
  CONSTRAINT session_token_hash_key UNIQUE (token_hash),
  CONSTRAINT session_kind_known CHECK (kind = ANY (ARRAY['browser'::text, 'till'::text, 'cashier'::text])),
  CONSTRAINT session_user_id_fkey FOREIGN KEY (user_id) REFERENCES identity."user"(id)
);
COMMENT ON TABLE identity.session IS 'class: local. A signed-in device.';
COMMENT ON COLUMN identity.session.token_hash IS 'secret';
COMMENT ON COLUMN identity.session.ip_address IS 'personal';
COMMENT ON COLUMN identity.session.user_agent IS 'personal';
COMMENT ON COLUMN identity.session.device_name IS 'personal';
CREATE INDEX session_expires_at ON identity.session USING btree (expires_at);
CREATE INDEX session_user_id ON identity.session USING btree (user_id);
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE identity.session TO comptoir_identity;

CREATE TABLE identity.trusted_device (
  id uuid NOT NULL,
  user_id uuid NOT NULL,
  token_hash bytea NOT NULL,
  device_name text,
  ip_address text NOT NULL,
  user_agent text NOT NULL,
  expires_at timestamp with time zone NOT NULL,
  used_at timestamp with time zone DEFAULT now() NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT trusted_device_pkey PRIMARY KEY (id),
  CONSTRAINT trusted_device_token_hash_key UNIQUE (token_hash),
  CONSTRAINT trusted_device_user_id_fkey FOREIGN KEY (user_id) REFERENCES identity."user"(id)
);
COMMENT ON TABLE identity.trusted_device IS 'class: local. A device on which the password alone signs a person in.';
COMMENT ON COLUMN identity.trusted_device.token_hash IS 'secret';
COMMENT ON COLUMN identity.trusted_device.device_name IS 'personal';
COMMENT ON COLUMN identity.trusted_device.ip_address IS 'personal';
COMMENT ON COLUMN identity.trusted_device.user_agent IS 'personal';
CREATE INDEX trusted_device_user_id ON identity.trusted_device USING btree (user_id);
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE identity.trusted_device TO comptoir_identity;

CREATE TABLE identity."user" (
  id uuid NOT NULL,
  name text NOT NULL,
  email text NOT NULL,
  email_verified boolean DEFAULT false NOT NULL,
  image text,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT user_pkey PRIMARY KEY (id),
  CONSTRAINT user_email_key UNIQUE (email)
);
COMMENT ON TABLE identity."user" IS 'class: local. One row a human being, whatever the number of tenants they work in.';
COMMENT ON COLUMN identity."user".name IS 'personal';
COMMENT ON COLUMN identity."user".email IS 'personal';
COMMENT ON COLUMN identity."user".image IS 'personal';
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE identity."user" TO comptoir_identity;

CREATE TABLE identity.verification (
  id uuid NOT NULL,
  identifier text NOT NULL,
  value text NOT NULL,
  expires_at timestamp with time zone NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT verification_pkey PRIMARY KEY (id)
);
COMMENT ON TABLE identity.verification IS 'class: local. Pending one-time proofs.';
COMMENT ON COLUMN identity.verification.identifier IS 'personal';
COMMENT ON COLUMN identity.verification.value IS 'secret';
CREATE INDEX verification_identifier ON identity.verification USING btree (identifier);
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE identity.verification TO comptoir_identity;

CREATE TABLE identity.visit (
  request_id uuid NOT NULL,
  user_id uuid NOT NULL,
  ip_address text NOT NULL,
  user_agent text NOT NULL,
  signed_in boolean NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT visit_pkey PRIMARY KEY (request_id),
  CONSTRAINT visit_user_id_fkey FOREIGN KEY (user_id) REFERENCES identity."user"(id)
);
COMMENT ON TABLE identity.visit IS 'class: local. Where a request came from that the security log of a person tells of; the log itself is in the audit chain, without it.';
COMMENT ON COLUMN identity.visit.ip_address IS 'personal';
COMMENT ON COLUMN identity.visit.user_agent IS 'personal';
CREATE INDEX visit_of_user ON identity.visit USING btree (user_id, created_at);
CREATE INDEX visit_user_id ON identity.visit USING btree (user_id, user_agent) WHERE signed_in;
GRANT DELETE, INSERT, SELECT ON TABLE identity.visit TO comptoir_identity;

CREATE VIEW identity.read_session WITH (security_invoker=true) AS
 SELECT id,
    user_id,
    token_hash,
    expires_at,
    used_at,
    kind
   FROM identity.session;
COMMENT ON VIEW identity.read_session IS 'Published for tenants.authenticate.';

CREATE OR REPLACE FUNCTION identity.end_cashier_sessions(p_sessions uuid[])
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
BEGIN
  DELETE FROM identity.session s WHERE s.id = ANY (p_sessions) AND s.kind = 'cashier';
END
$function$;
COMMENT ON FUNCTION identity.end_cashier_sessions(uuid[]) IS 'Called by tenants.end_cashier_sessions.';

CREATE OR REPLACE FUNCTION identity.open_cashier_session(p_session jsonb)
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
BEGIN
  INSERT INTO identity.session (id, user_id, token_hash, expires_at, ip_address, user_agent, kind, used_at)
  SELECT s.id, s.user_id, s.token_hash, s.expires_at, s.address, s.user_agent, 'cashier', transaction_timestamp()
  FROM jsonb_to_record(p_session) AS s (id uuid, user_id uuid, token_hash text, expires_at timestamptz, address text,
                                        user_agent text);
END
$function$;
COMMENT ON FUNCTION identity.open_cashier_session(jsonb) IS 'Called by tenants.open_cashier_session, which binds what it opens.';

CREATE OR REPLACE FUNCTION identity.touch_session(p_session uuid, p_now timestamp with time zone, p_till_days integer)
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
BEGIN
  UPDATE identity.session s
  SET used_at = p_now, updated_at = p_now,
      expires_at = CASE WHEN s.kind = 'till' AND p_till_days IS NOT NULL THEN p_now + p_till_days * interval '1 day'
                        ELSE s.expires_at END
  FROM (SELECT id FROM identity.session WHERE id = p_session FOR UPDATE SKIP LOCKED) AS free
  WHERE s.id = free.id;
END
$function$;
COMMENT ON FUNCTION identity.touch_session(uuid,timestamp with time zone,integer) IS 'Called by tenants.touch_session, at most every five minutes a session.';
