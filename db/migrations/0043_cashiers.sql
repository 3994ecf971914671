-- Up Migration

-- Cashiers at a shared till: sessions that a PIN opens, on one device, for a few hours, and what a device needs to know a PIN
-- while the server is out of reach.

DROP VIEW identity.read_session;
CREATE VIEW identity.read_session WITH (security_invoker = true) AS
SELECT id, user_id, token_hash, expires_at, used_at, kind FROM identity.session;
COMMENT ON VIEW identity.read_session IS 'Published for tenants.authenticate.';
ALTER TABLE identity.session DROP CONSTRAINT session_kind_known;
ALTER TABLE identity.session ADD CONSTRAINT session_kind_known CHECK (kind IN ('browser', 'till', 'cashier'));

ALTER TABLE tenants.session_tenant
  ADD COLUMN employee_id uuid,
  ADD COLUMN device_id uuid,
  ADD COLUMN branch_id uuid,
  ADD CONSTRAINT session_tenant_of_a_cashier_is_whole CHECK (num_nulls(employee_id, device_id, branch_id) IN (0, 3));
COMMENT ON TABLE tenants.session_tenant IS
  'class: local. The tenant in which a session works when a request names none. That of a cashier works nowhere else, at one device in its branch; a device has one at a time. Ids only; reached through functions.';
CREATE UNIQUE INDEX session_tenant_device_id ON tenants.session_tenant (tenant_id, device_id) WHERE device_id IS NOT NULL;
CREATE INDEX session_tenant_employee_id ON tenants.session_tenant (tenant_id, employee_id) WHERE employee_id IS NOT NULL;

ALTER TABLE tenants.till_pin ADD COLUMN verifier text;
ALTER TABLE tenants.till_pin ADD CONSTRAINT till_pin_verifier_is_of_a_pin CHECK (verifier IS NULL OR hash IS NOT NULL);
COMMENT ON TABLE tenants.till_pin IS
  'class: tenant. The PIN of an employee at shared tills, as an argon2id hash, null once cleared, the tries that failed since the last good one, and what a device without a server knows it by, sealed; null until it is set or right again.';
COMMENT ON COLUMN tenants.till_pin.verifier IS 'secret';

ALTER TABLE tenants.directory DROP CONSTRAINT directory_kind_known;
ALTER TABLE tenants.directory
  ADD CONSTRAINT directory_kind_known CHECK (kind IN ('tenant', 'user', 'api_key', 'domain', 'invitation', 'device'));
ALTER TABLE registers.device NO FORCE ROW LEVEL SECURITY;
INSERT INTO tenants.directory (kind, key, tenant_id) SELECT 'device', d.id::text, d.tenant_id FROM registers.device d;
ALTER TABLE registers.device FORCE ROW LEVEL SECURITY;

-- Down Migration

DELETE FROM tenants.directory WHERE kind = 'device';
ALTER TABLE tenants.directory DROP CONSTRAINT directory_kind_known;
ALTER TABLE tenants.directory
  ADD CONSTRAINT directory_kind_known CHECK (kind IN ('tenant', 'user', 'api_key', 'domain', 'invitation'));

COMMENT ON TABLE tenants.till_pin IS 'class: tenant. The PIN of an employee at shared tills, as an argon2id hash, null once cleared, and the tries that failed since the last good one.';
ALTER TABLE tenants.till_pin DROP COLUMN verifier;

-- Today's texts of them know cashiers.
DROP FUNCTION IF EXISTS tenants.tenant_of_device(uuid), tenants.end_cashier_sessions(uuid, uuid, uuid),
  tenants.open_cashier_session(uuid, jsonb), identity.open_cashier_session(jsonb), identity.end_cashier_sessions(uuid[]);
DELETE FROM tenants.session_tenant WHERE device_id IS NOT NULL;
DROP INDEX tenants.session_tenant_employee_id;
DROP INDEX tenants.session_tenant_device_id;
ALTER TABLE tenants.session_tenant
  DROP CONSTRAINT session_tenant_of_a_cashier_is_whole,
  DROP COLUMN employee_id, DROP COLUMN device_id, DROP COLUMN branch_id;
COMMENT ON TABLE tenants.session_tenant IS
  'class: local. The tenant in which a session works when a request names none. Ids only; reached through functions.';
DELETE FROM identity.session WHERE kind = 'cashier';
ALTER TABLE identity.session DROP CONSTRAINT session_kind_known;
ALTER TABLE identity.session ADD CONSTRAINT session_kind_known CHECK (kind IN ('browser', 'till'));
DROP VIEW identity.read_session;
CREATE VIEW identity.read_session WITH (security_invoker = true) AS
SELECT id, user_id, token_hash, expires_at, used_at FROM identity.session;
COMMENT ON VIEW identity.read_session IS 'Published for tenants.authenticate.';
