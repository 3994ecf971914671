-- Up Migration

-- Which ready-made role a role began as, so that one that was edited finds back to it.

ALTER TABLE tenants.role NO FORCE ROW LEVEL SECURITY;
ALTER TABLE tenants.role
  ADD COLUMN made_from text,
  ADD CONSTRAINT role_made_from_fkey FOREIGN KEY (made_from) REFERENCES tenants.role_preset (name);
-- Of those edited before, the name is all that tells.
UPDATE tenants.role r SET made_from = coalesce(r.preset, (SELECT p.name FROM tenants.role_preset p WHERE p.name = r.name));
ALTER TABLE tenants.role
  ADD CONSTRAINT role_follows_what_it_was_made_from CHECK (preset IS NULL OR (made_from IS NOT NULL AND preset = made_from));
ALTER TABLE tenants.role FORCE ROW LEVEL SECURITY;
CREATE INDEX role_made_from ON tenants.role (made_from);

-- Down Migration

ALTER TABLE tenants.role DROP COLUMN made_from;
