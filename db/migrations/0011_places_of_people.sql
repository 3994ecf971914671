-- Up Migration

-- A person's place in a tenant: invited by e-mail, taken up with a one-time token, ended and taken up anew; what they
-- prefer; the PIN of a till; and the tenant that a session works in.

ALTER TABLE tenants.directory DROP CONSTRAINT directory_kind_known;
ALTER TABLE tenants.directory
  ADD CONSTRAINT directory_kind_known CHECK (kind IN ('tenant', 'user', 'api_key', 'domain', 'invitation'));

ALTER TABLE tenants.employee
  ADD COLUMN invited_email text,
  ADD COLUMN department text,
  ADD COLUMN default_entity_id uuid,
  ADD COLUMN preferred_currency text,
  ADD COLUMN preferred_locale text,
  ALTER COLUMN user_id DROP NOT NULL,
  DROP CONSTRAINT employee_user_id_key,
  DROP CONSTRAINT employee_status_known;

-- Nobody knows the address of those who were invited by the id of a person: they are invited again.
ALTER TABLE tenants.employee NO FORCE ROW LEVEL SECURITY;
UPDATE tenants.employee SET status = 'ended', deleted_at = transaction_timestamp() WHERE status = 'invited' OR deleted_at IS NOT NULL;
ALTER TABLE tenants.employee
  ADD CONSTRAINT employee_status_known CHECK (status IN ('invited', 'active', 'suspended', 'ended')),
  ADD CONSTRAINT employee_ended_is_deleted CHECK ((status = 'ended') = (deleted_at IS NOT NULL)),
  ADD CONSTRAINT employee_invited_has_no_user CHECK (status = 'ended' OR (status = 'invited') = (user_id IS NULL)),
  ADD CONSTRAINT employee_address_is_of_the_invited CHECK ((status = 'invited') = (invited_email IS NOT NULL)),
  ADD CONSTRAINT employee_user_id_key EXCLUDE (tenant_id WITH =, user_id WITH =) WHERE (deleted_at IS NULL),
  ADD CONSTRAINT employee_invited_email_key UNIQUE (tenant_id, invited_email),
  ADD CONSTRAINT employee_default_entity_id_fkey FOREIGN KEY (tenant_id, default_entity_id) REFERENCES tenants.entity (tenant_id, id),
  ADD CONSTRAINT employee_preferred_currency_fkey FOREIGN KEY (preferred_currency) REFERENCES ledger.currency (code);
ALTER TABLE tenants.employee FORCE ROW LEVEL SECURITY;

COMMENT ON TABLE tenants.employee IS
  'class: tenant. The place of one person in one tenant; invited until they accept it, ended when they leave. Who comes back has a new one.';
COMMENT ON COLUMN tenants.employee.invited_email IS 'personal';
CREATE INDEX employee_default_entity_id ON tenants.employee (tenant_id, default_entity_id);
CREATE INDEX employee_preferred_currency ON tenants.employee (preferred_currency);

CREATE TABLE tenants.invitation (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  employee_id uuid NOT NULL,
  invited_by uuid NOT NULL,
  token_hash bytea NOT NULL,
  status text NOT NULL DEFAULT 'open',
  expires_at timestamptz NOT NULL,
  version integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT invitation_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT invitation_token_hash_key UNIQUE (tenant_id, token_hash),
  CONSTRAINT invitation_employee_id_fkey FOREIGN KEY (tenant_id, employee_id) REFERENCES tenants.employee (tenant_id, id),
  CONSTRAINT invitation_invited_by_fkey FOREIGN KEY (tenant_id, invited_by) REFERENCES tenants.employee (tenant_id, id),
  CONSTRAINT invitation_status_known CHECK (status IN ('open', 'accepted', 'replaced', 'cancelled'))
);
COMMENT ON TABLE tenants.invitation IS 'class: tenant. A letter that invites somebody to a place: its one-time token, as a hash, and until when it opens.';
COMMENT ON COLUMN tenants.invitation.token_hash IS 'secret';
CREATE INDEX invitation_employee_id ON tenants.invitation (tenant_id, employee_id);
CREATE INDEX invitation_invited_by ON tenants.invitation (tenant_id, invited_by);

CREATE TABLE tenants.till_pin (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  employee_id uuid NOT NULL,
  hash text,
  failures integer NOT NULL DEFAULT 0,
  locked_until timestamptz,
  version integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT till_pin_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT till_pin_employee_id_key UNIQUE (tenant_id, employee_id),
  CONSTRAINT till_pin_employee_id_fkey FOREIGN KEY (tenant_id, employee_id) REFERENCES tenants.employee (tenant_id, id)
);
COMMENT ON TABLE tenants.till_pin IS 'class: tenant. The PIN of an employee at shared tills, as an argon2id hash, null once cleared, and the tries that failed since the last good one.';
COMMENT ON COLUMN tenants.till_pin.hash IS 'secret';

CALL platform.isolate('tenants.invitation');
CALL platform.isolate('tenants.till_pin');
GRANT SELECT, INSERT, UPDATE ON tenants.invitation, tenants.till_pin TO comptoir_app;

CREATE TABLE tenants.session_tenant (
  session_id uuid NOT NULL,
  tenant_id uuid NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT session_tenant_pkey PRIMARY KEY (session_id)
);
COMMENT ON TABLE tenants.session_tenant IS
  'class: local. The tenant in which a session works when a request names none. Ids only; reached through functions.';

-- Down Migration

DROP TABLE tenants.session_tenant;
DROP TABLE tenants.till_pin;
DROP TABLE tenants.invitation;

DELETE FROM tenants.directory WHERE kind = 'invitation';
ALTER TABLE tenants.directory DROP CONSTRAINT directory_kind_known;
ALTER TABLE tenants.directory ADD CONSTRAINT directory_kind_known CHECK (kind IN ('tenant', 'user', 'api_key', 'domain'));

ALTER TABLE tenants.employee
  DROP CONSTRAINT employee_status_known,
  DROP CONSTRAINT employee_ended_is_deleted,
  DROP CONSTRAINT employee_invited_has_no_user,
  DROP CONSTRAINT employee_address_is_of_the_invited,
  DROP CONSTRAINT employee_user_id_key;
ALTER TABLE tenants.employee NO FORCE ROW LEVEL SECURITY;
-- A place that ended, or was not taken up, is nobody's: its own id stands in for that of a person.
UPDATE tenants.employee SET user_id = id WHERE user_id IS NULL OR deleted_at IS NOT NULL;
UPDATE tenants.employee SET status = 'suspended' WHERE status = 'ended';
ALTER TABLE tenants.employee
  DROP COLUMN invited_email,
  DROP COLUMN department,
  DROP COLUMN default_entity_id,
  DROP COLUMN preferred_currency,
  DROP COLUMN preferred_locale,
  ALTER COLUMN user_id SET NOT NULL,
  ADD CONSTRAINT employee_user_id_key UNIQUE (tenant_id, user_id),
  ADD CONSTRAINT employee_status_known CHECK (status IN ('invited', 'active', 'suspended'));
ALTER TABLE tenants.employee FORCE ROW LEVEL SECURITY;
COMMENT ON TABLE tenants.employee IS 'class: tenant. The place of one person in one tenant; invited until they accept it.';
