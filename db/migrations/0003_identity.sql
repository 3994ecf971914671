-- Up Migration

-- People and their sessions, global to the installation. The columns are better-auth 1.7's, in snake_case; it reads and
-- writes them as comptoir_identity on its own pool.

CREATE SCHEMA identity;
GRANT USAGE ON SCHEMA identity TO comptoir_identity;

CREATE TABLE identity."user" (
  id uuid PRIMARY KEY,
  name text NOT NULL,
  email text NOT NULL,
  email_verified boolean NOT NULL DEFAULT false,
  image text,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT user_email_key UNIQUE (email)
);
COMMENT ON TABLE identity."user" IS 'class: local. One row a human being, whatever the number of tenants they work in.';
COMMENT ON COLUMN identity."user".name IS 'personal';
COMMENT ON COLUMN identity."user".email IS 'personal';
COMMENT ON COLUMN identity."user".image IS 'personal';

CREATE TABLE identity.session (
  id uuid PRIMARY KEY,
  user_id uuid NOT NULL,
  token text NOT NULL,
  expires_at timestamptz NOT NULL,
  ip_address text,
  user_agent text,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT session_token_key UNIQUE (token),
  CONSTRAINT session_user_id_fkey FOREIGN KEY (user_id) REFERENCES identity."user" (id)
);
COMMENT ON TABLE identity.session IS 'class: local. A signed-in device.';
COMMENT ON COLUMN identity.session.token IS 'secret';
COMMENT ON COLUMN identity.session.ip_address IS 'personal';
COMMENT ON COLUMN identity.session.user_agent IS 'personal';
CREATE INDEX session_user_id ON identity.session (user_id);

CREATE TABLE identity.account (
  id uuid PRIMARY KEY,
  user_id uuid NOT NULL,
  account_id text NOT NULL,
  provider_id text NOT NULL,
  access_token text,
  refresh_token text,
  id_token text,
  access_token_expires_at timestamptz,
  refresh_token_expires_at timestamptz,
  scope text,
  password text,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT account_provider_key UNIQUE (provider_id, account_id),
  CONSTRAINT account_user_id_fkey FOREIGN KEY (user_id) REFERENCES identity."user" (id)
);
COMMENT ON TABLE identity.account IS 'class: local. A way in for a person; the password row holds an argon2id hash.';
COMMENT ON COLUMN identity.account.password IS 'secret';
COMMENT ON COLUMN identity.account.access_token IS 'secret';
COMMENT ON COLUMN identity.account.refresh_token IS 'secret';
COMMENT ON COLUMN identity.account.id_token IS 'secret';
CREATE INDEX account_user_id ON identity.account (user_id);

CREATE TABLE identity.verification (
  id uuid PRIMARY KEY,
  identifier text NOT NULL,
  value text NOT NULL,
  expires_at timestamptz NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE identity.verification IS 'class: local. Pending one-time proofs.';
COMMENT ON COLUMN identity.verification.identifier IS 'personal';
COMMENT ON COLUMN identity.verification.value IS 'secret';
CREATE INDEX verification_identifier ON identity.verification (identifier);

GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA identity TO comptoir_identity;

CREATE VIEW identity.read_session WITH (security_invoker = true) AS
SELECT id, user_id, token, expires_at FROM identity.session;
COMMENT ON VIEW identity.read_session IS 'Published for tenants.authenticate.';

-- Down Migration

DROP SCHEMA identity CASCADE;
