-- Up Migration

-- How often wrong tries locked a PIN since it was last right: each lock is longer than the one before.
ALTER TABLE tenants.till_pin ADD COLUMN lockouts integer NOT NULL DEFAULT 0;

-- The invitations of a tenant in a day are counted before another one is sent.
CREATE INDEX invitation_created_at ON tenants.invitation (tenant_id, created_at);

-- Two roles whose names differ in capitals only are told apart by nobody. Of those there are, the later are renamed. The
-- platform's chain has the entry of this migration; the chains of the tenants have none of the new names, as nobody of
-- theirs gave them, and as what enters there, audit.record, is brought up to date after the migrations.
ALTER TABLE tenants.role DROP CONSTRAINT role_name_key;
ALTER TABLE tenants.role NO FORCE ROW LEVEL SECURITY;
UPDATE tenants.role r SET name = left(r.name, 90) || ' ' || right(r.id::text, 8),
  version = version + 1, updated_at = transaction_timestamp()
WHERE EXISTS (
  SELECT FROM tenants.role o
  WHERE o.tenant_id = r.tenant_id AND o.id < r.id
    AND casefold(o.name COLLATE pg_catalog.pg_unicode_fast) = casefold(r.name COLLATE pg_catalog.pg_unicode_fast));
ALTER TABLE tenants.role FORCE ROW LEVEL SECURITY;
ALTER TABLE tenants.role ADD CONSTRAINT role_name_key
  EXCLUDE USING btree (tenant_id WITH =, casefold(name COLLATE pg_catalog.pg_unicode_fast) WITH =);

-- Down Migration

ALTER TABLE tenants.role DROP CONSTRAINT role_name_key;
ALTER TABLE tenants.role ADD CONSTRAINT role_name_key UNIQUE (tenant_id, name);
DROP INDEX tenants.invitation_created_at;
ALTER TABLE tenants.till_pin DROP COLUMN lockouts;
