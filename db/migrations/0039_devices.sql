-- Up Migration

-- The devices that sell at registers while the server is out of reach. A device seals its receipts under the code of the one
-- register it is bound to, so a register has one device at most.

CREATE TABLE registers.device (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  branch_id uuid NOT NULL,
  name text NOT NULL,
  credential_hash bytea NOT NULL,
  register_id uuid,
  head_hash bytea,
  revoked_at timestamptz,
  version integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT device_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT device_credential_hash_key UNIQUE (tenant_id, credential_hash),
  CONSTRAINT device_register_id_key UNIQUE (tenant_id, register_id),
  CONSTRAINT device_branch_id_fkey FOREIGN KEY (tenant_id, branch_id) REFERENCES tenants.branch (tenant_id, id),
  CONSTRAINT device_register_id_fkey FOREIGN KEY (tenant_id, register_id) REFERENCES registers.register (tenant_id, id),
  CONSTRAINT device_revoked_is_unbound CHECK (revoked_at IS NULL OR register_id IS NULL),
  CONSTRAINT device_head_hash_is_sha_256 CHECK (octet_length(head_hash) = 32)
);
COMMENT ON TABLE registers.device IS
  'class: tenant. A till that may sell offline, with a credential of its own. register_id is the register it is bound to now, head_hash what its next slip there follows: the head of the register when it was bound, and then its own last slip. Its row is held, before any other, by whoever books what it sealed, binds it or revokes it.';
COMMENT ON COLUMN registers.device.credential_hash IS 'secret';
CREATE INDEX device_branch_id ON registers.device (tenant_id, branch_id, name);

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
  recorded_at timestamptz NOT NULL,
  CONSTRAINT device_step_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT device_step_number_key UNIQUE (tenant_id, device_id, number),
  CONSTRAINT device_step_device_id_fkey FOREIGN KEY (tenant_id, device_id) REFERENCES registers.device (tenant_id, id),
  CONSTRAINT device_step_register_id_fkey FOREIGN KEY (tenant_id, register_id) REFERENCES registers.register (tenant_id, id),
  CONSTRAINT device_step_action_known CHECK (action IN ('enroll', 'bind', 'unbind', 'revoke')),
  CONSTRAINT device_step_tells_where CHECK ((register_id IS NULL) = (last_sequence IS NULL)),
  CONSTRAINT device_step_binds_to_something CHECK (register_id IS NOT NULL OR action IN ('enroll', 'revoke'))
);
COMMENT ON TABLE registers.device_step IS
  'class: tenant, append-only. What became of a device, and where the receipts of its register stood when it took them over or gave them back. Written only by registers.record_device_steps.';
CREATE INDEX device_step_register_id ON registers.device_step (tenant_id, register_id);

CALL platform.isolate('registers.device');
CALL platform.isolate('registers.device_step');
CALL platform.append_only('registers.device_step');

GRANT SELECT, INSERT (tenant_id, id, branch_id, name, credential_hash), UPDATE (name, register_id, revoked_at, version, updated_at)
  ON registers.device TO comptoir_app;
GRANT SELECT ON registers.device_step TO comptoir_app;
GRANT SELECT (tenant_id, id, branch_id, name, register_id, head_hash, revoked_at, version, created_at, updated_at)
  ON registers.device TO comptoir_read;
GRANT SELECT ON registers.device_step TO comptoir_read;

-- Down Migration

DROP TABLE registers.device_step;
DROP TABLE registers.device;
