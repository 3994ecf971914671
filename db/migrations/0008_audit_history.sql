-- Up Migration

-- What happened to one resource is read in the order of its chain: the time of an entry is when its transaction began.
DROP INDEX audit.entry_resource;
CREATE INDEX entry_resource ON audit.entry (tenant_id, resource_type, resource_id, seq);

-- Down Migration

DROP INDEX audit.entry_resource;
CREATE INDEX entry_resource ON audit.entry (tenant_id, resource_type, resource_id, recorded_at, seq);
