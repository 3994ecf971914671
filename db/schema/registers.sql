-- Written by npm run generate from the catalogue of a migrated database, to be read and compared: it need not restore.
-- By table, with everything that belongs to it. Owners are named where they differ from the schema's,
-- grants except the owner's own; partitions are left out, since they come and go with the date.

CREATE SCHEMA registers AUTHORIZATION comptoir_owner;
GRANT USAGE ON SCHEMA registers TO comptoir_app;
GRANT USAGE ON SCHEMA registers TO comptoir_read;

CREATE TABLE registers.device (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  branch_id uuid NOT NULL,
  name text NOT NULL,
  credential_hash bytea NOT NULL,
  register_id uuid,
  head_hash bytea,
  revoked_at timestamp with time zone,
  version integer DEFAULT 1 NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT device_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT device_credential_hash_key UNIQUE (tenant_id, credential_hash),
  CONSTRAINT device_register_id_key UNIQUE (tenant_id, register_id),
  CONSTRAINT device_head_hash_is_sha_256 CHECK (octet_length(head_hash) = 32),
  CONSTRAINT device_revoked_is_unbound CHECK (revoked_at IS NULL OR register_id IS NULL),
  CONSTRAINT device_branch_id_fkey FOREIGN KEY (tenant_id, branch_id) REFERENCES tenants.branch(tenant_id, id),
  CONSTRAINT device_register_id_fkey FOREIGN KEY (tenant_id, register_id) REFERENCES registers.register(tenant_id, id)
);
COMMENT ON TABLE registers.device IS 'class: tenant. A till that may sell offline, with a credential of its own. register_id is the register it is bound to now, head_hash what its next slip there follows: the head of the register when it was bound, and then its own last slip. Its row is held, before any other, by whoever books what it sealed, binds it or revokes it.';
COMMENT ON COLUMN registers.device.credential_hash IS 'secret';
CREATE INDEX device_branch_id ON registers.device USING btree (tenant_id, branch_id, name);
ALTER TABLE registers.device ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON registers.device FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
GRANT SELECT ON TABLE registers.device TO comptoir_app;
GRANT INSERT (tenant_id, id, branch_id, name, credential_hash), UPDATE (name, register_id, revoked_at, version, updated_at) ON TABLE registers.device TO comptoir_app;
GRANT SELECT (tenant_id, id, branch_id, name, register_id, head_hash, revoked_at, version, created_at, updated_at) ON TABLE registers.device TO comptoir_read;

CREATE TABLE registers.device_step (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  device_id uuid NOT NULL,
  number integer NOT NULL,
  action text NOT NULL,
  register_id uuid,
  last_sequence bigint,
  head_hash bytea,
  reason text,
  actor_id uuid,
  recorded_at timestamp with time zone NOT NULL,
  CONSTRAINT device_step_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT device_step_number_key UNIQUE (tenant_id, device_id, number),
  CONSTRAINT device_step_action_known CHECK (action = ANY (ARRAY['enroll'::text, 'bind'::text, 'unbind'::text, 'revoke'::text])),
  CONSTRAINT device_step_binds_to_something CHECK (register_id IS NOT NULL OR (action = ANY (ARRAY['enroll'::text, 'revoke'::text]))),
  CONSTRAINT device_step_tells_where CHECK ((register_id IS NULL) = (last_sequence IS NULL)),
  CONSTRAINT device_step_device_id_fkey FOREIGN KEY (tenant_id, device_id) REFERENCES registers.device(tenant_id, id),
  CONSTRAINT device_step_register_id_fkey FOREIGN KEY (tenant_id, register_id) REFERENCES registers.register(tenant_id, id)
);
COMMENT ON TABLE registers.device_step IS 'class: tenant, append-only. What became of a device, and where the receipts of its register stood when it took them over or gave them back. Written only by registers.record_device_steps.';
CREATE INDEX device_step_register_id ON registers.device_step USING btree (tenant_id, register_id);
ALTER TABLE registers.device_step ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON registers.device_step FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON registers.device_step FOR EACH ROW EXECUTE FUNCTION platform.refuse_change();
GRANT SELECT ON TABLE registers.device_step TO comptoir_app;
GRANT SELECT ON TABLE registers.device_step TO comptoir_read;
REVOKE TRUNCATE ON TABLE registers.device_step FROM comptoir_owner;

CREATE TABLE registers.register (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  branch_id uuid NOT NULL,
  code text NOT NULL,
  name text NOT NULL,
  is_active boolean DEFAULT true NOT NULL,
  last_sequence bigint DEFAULT 0 NOT NULL,
  head_hash bytea,
  version integer DEFAULT 1 NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT register_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT register_code_key UNIQUE (tenant_id, code),
  CONSTRAINT register_code_is_short CHECK (code ~ '^[A-Z0-9]{1,8}$'::text),
  CONSTRAINT register_head_hash_is_sha_256 CHECK (octet_length(head_hash) = 32),
  CONSTRAINT register_last_sequence_not_negative CHECK (last_sequence >= 0),
  CONSTRAINT register_branch_id_fkey FOREIGN KEY (tenant_id, branch_id) REFERENCES tenants.branch(tenant_id, id)
);
COMMENT ON TABLE registers.register IS 'class: tenant. A till of a branch. last_sequence is that of its last receipt, head_hash the hash of the last slip that a device sealed there; only registers.advance moves them on, and who numbers a receipt holds the row until the commit.';
CREATE INDEX register_branch_id ON registers.register USING btree (tenant_id, branch_id, code);
ALTER TABLE registers.register ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON registers.register FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
GRANT SELECT ON TABLE registers.register TO comptoir_app;
GRANT SELECT ON TABLE registers.register TO comptoir_read;
GRANT INSERT (tenant_id, id, branch_id, code, name), UPDATE (name, is_active, version, updated_at) ON TABLE registers.register TO comptoir_app;

CREATE OR REPLACE FUNCTION registers.advance(p_tenant uuid, p_registers jsonb)
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
BEGIN
  PERFORM platform.assert_tenant(p_tenant);
  UPDATE registers.register r SET
    last_sequence = n.last_sequence,
    head_hash = coalesce(decode(n.head_hash, 'hex'), r.head_hash),
    updated_at = transaction_timestamp()
  FROM jsonb_to_recordset(p_registers) AS n (id uuid, last_sequence bigint, head_hash text)
  WHERE r.tenant_id = p_tenant AND r.id = n.id AND n.last_sequence >= r.last_sequence;
END
$function$;
COMMENT ON FUNCTION registers.advance(uuid,jsonb) IS 'The only writer of where the receipts of a register stand. Called by functions that record receipts.';

CREATE OR REPLACE FUNCTION registers.advance_device(p_tenant uuid, p_device uuid, p_register uuid, p_head_hash bytea)
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
BEGIN
  PERFORM platform.assert_tenant(p_tenant);
  UPDATE registers.device d SET head_hash = p_head_hash, updated_at = transaction_timestamp()
  WHERE d.tenant_id = p_tenant AND d.id = p_device AND d.register_id = p_register;
END
$function$;
COMMENT ON FUNCTION registers.advance_device(uuid,uuid,uuid,bytea) IS 'Moves on what the next slip of a device follows.';

CREATE OR REPLACE FUNCTION registers.hold(p_tenant uuid, p_registers uuid[])
 RETURNS TABLE(id uuid, branch_id uuid, code text, is_active boolean, last_sequence bigint, head_hash bytea, device_id uuid)
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
BEGIN
  PERFORM platform.assert_tenant(p_tenant);
  PERFORM FROM registers.register r WHERE r.tenant_id = p_tenant AND r.id = ANY (p_registers) ORDER BY r.id FOR NO KEY UPDATE;
  -- Read once they are held: what is read beside a lock may be older than it.
  RETURN QUERY
  SELECT r.id, r.branch_id, r.code, r.is_active, r.last_sequence, r.head_hash, d.id FROM registers.register r
  LEFT JOIN registers.device d ON d.tenant_id = p_tenant AND d.register_id = r.id
  WHERE r.tenant_id = p_tenant AND r.id = ANY (p_registers)
  ORDER BY r.id;
END
$function$;
COMMENT ON FUNCTION registers.hold(uuid,uuid[]) IS 'Holds registers while their receipts are numbered.';
GRANT EXECUTE ON FUNCTION registers.hold(uuid,uuid[]) TO comptoir_app;

CREATE OR REPLACE FUNCTION registers.record_device_steps(p_tenant uuid, p_steps jsonb)
 RETURNS SETOF integer
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
BEGIN
  PERFORM platform.assert_tenant(p_tenant);
  UPDATE registers.device d SET head_hash = r.head_hash
  FROM jsonb_to_recordset(p_steps) AS s (device_id uuid, action text, register_id uuid)
  JOIN registers.register r ON r.tenant_id = p_tenant AND r.id = s.register_id
  WHERE d.tenant_id = p_tenant AND d.id = s.device_id AND s.action = 'bind';
  RETURN QUERY
  INSERT INTO registers.device_step (tenant_id, id, device_id, number, action, register_id, last_sequence, head_hash, reason, actor_id, recorded_at)
  SELECT p_tenant, s.id, s.device_id,
         coalesce((SELECT max(o.number) FROM registers.device_step o WHERE o.tenant_id = p_tenant AND o.device_id = s.device_id), 0)
           + row_number() OVER (PARTITION BY s.device_id ORDER BY s.position),
         s.action, s.register_id, r.last_sequence, r.head_hash, s.reason, s.actor_id, transaction_timestamp()
  FROM ROWS FROM (jsonb_to_recordset(p_steps) AS (
         id uuid, device_id uuid, action text, register_id uuid, reason text, actor_id uuid))
       WITH ORDINALITY AS s (id, device_id, action, register_id, reason, actor_id, position)
  LEFT JOIN registers.register r ON r.tenant_id = p_tenant AND r.id = s.register_id
  ORDER BY s.position
  RETURNING device_step.number;
END
$function$;
COMMENT ON FUNCTION registers.record_device_steps(uuid,jsonb) IS 'The only writer of what became of devices.';
GRANT EXECUTE ON FUNCTION registers.record_device_steps(uuid,jsonb) TO comptoir_app;
