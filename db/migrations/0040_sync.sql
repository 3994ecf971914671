-- Up Migration

-- What devices sealed while the server was out of reach: each slip once, what became of it, what somebody should look at, and up
-- to where a device says that it sealed. Only sync.record writes facts here.

CREATE SCHEMA sync;
GRANT USAGE ON SCHEMA sync TO comptoir_app, comptoir_read;

CREATE TABLE sync.slip (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  device_id uuid NOT NULL,
  register_id uuid NOT NULL,
  branch_id uuid NOT NULL,
  session_id uuid,
  sequence bigint NOT NULL,
  number bigint,
  previous_hash bytea NOT NULL,
  hash bytea NOT NULL,
  text_hash bytea NOT NULL,
  made_at timestamptz,
  sale_id uuid,
  fault text,
  detail text,
  employee_id uuid,
  recorded_at timestamptz NOT NULL,
  CONSTRAINT slip_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT slip_sale_id_key UNIQUE (tenant_id, sale_id),
  CONSTRAINT slip_device_id_fkey FOREIGN KEY (tenant_id, device_id) REFERENCES registers.device (tenant_id, id),
  CONSTRAINT slip_register_id_fkey FOREIGN KEY (tenant_id, register_id) REFERENCES registers.register (tenant_id, id),
  CONSTRAINT slip_branch_id_fkey FOREIGN KEY (tenant_id, branch_id) REFERENCES tenants.branch (tenant_id, id),
  CONSTRAINT slip_session_id_fkey FOREIGN KEY (tenant_id, session_id) REFERENCES cash.session (tenant_id, id),
  CONSTRAINT slip_is_booked_or_set_aside CHECK ((sale_id IS NULL) = (fault IS NOT NULL)),
  CONSTRAINT slip_booked_is_of_a_session CHECK (sale_id IS NULL OR (session_id IS NOT NULL AND made_at IS NOT NULL)),
  CONSTRAINT slip_booked_is_whole CHECK (sale_id IS NULL OR text_hash = hash),
  CONSTRAINT slip_hashes_are_sha_256 CHECK (octet_length(previous_hash) = 32 AND octet_length(hash) = 32 AND octet_length(text_hash) = 32)
);
COMMENT ON TABLE sync.slip IS
  'class: tenant, append-only. A slip that a device sealed: booked as the sale of sale_id, once, or set aside for its fault. sequence is the number it was printed with, number the one of the register that it took, if it took one. hash is what it claims, text_hash that of the text that came; they differ where the text was damaged. session_id is the session that it says it was sold in, made_at what the clock of the till said.';
CREATE UNIQUE INDEX slip_booked_key ON sync.slip (tenant_id, register_id, number) WHERE sale_id IS NOT NULL;
CREATE UNIQUE INDEX slip_hash_key ON sync.slip (tenant_id, device_id, register_id, hash) WHERE sale_id IS NOT NULL;
CREATE INDEX slip_hash ON sync.slip (tenant_id, device_id, register_id, hash);
CREATE INDEX slip_previous_hash ON sync.slip (tenant_id, device_id, register_id, previous_hash);
CREATE INDEX slip_sequence ON sync.slip (tenant_id, device_id, register_id, sequence);
CREATE INDEX slip_register_id ON sync.slip (tenant_id, register_id, number);
CREATE INDEX slip_session_id ON sync.slip (tenant_id, session_id, sequence);
CREATE INDEX slip_set_aside ON sync.slip (tenant_id, branch_id, id) WHERE fault IS NOT NULL;

CREATE TABLE sync.kept_text (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  sealed text,
  version integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT kept_text_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT kept_text_id_fkey FOREIGN KEY (tenant_id, id) REFERENCES sync.slip (tenant_id, id)
);
COMMENT ON TABLE sync.kept_text IS
  'class: tenant. The text of a slip that was set aside, sealed: nobody knows what it says until somebody reads it.';
COMMENT ON COLUMN sync.kept_text.sealed IS 'personal';

CREATE TABLE sync.exception (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  slip_id uuid NOT NULL,
  sale_id uuid NOT NULL,
  branch_id uuid NOT NULL,
  session_id uuid NOT NULL,
  kind text NOT NULL,
  line integer,
  detail text NOT NULL,
  recorded_at timestamptz NOT NULL,
  CONSTRAINT exception_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT exception_slip_id_fkey FOREIGN KEY (tenant_id, slip_id) REFERENCES sync.slip (tenant_id, id),
  CONSTRAINT exception_branch_id_fkey FOREIGN KEY (tenant_id, branch_id) REFERENCES tenants.branch (tenant_id, id),
  CONSTRAINT exception_session_id_fkey FOREIGN KEY (tenant_id, session_id) REFERENCES cash.session (tenant_id, id)
);
COMMENT ON TABLE sync.exception IS
  'class: tenant, append-only. What the server would have refused of a sale that was paid offline and is booked all the same; session_id is the session that it is booked in.';
CREATE INDEX exception_slip_id ON sync.exception (tenant_id, slip_id);
CREATE INDEX exception_sale_id ON sync.exception (tenant_id, sale_id);
CREATE INDEX exception_branch_id ON sync.exception (tenant_id, branch_id, id);
CREATE INDEX exception_session_id ON sync.exception (tenant_id, session_id, id);

CREATE TABLE sync.resolution (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  exception_id uuid,
  slip_id uuid,
  outcome text NOT NULL,
  reason text NOT NULL,
  actor_id uuid NOT NULL,
  recorded_at timestamptz NOT NULL,
  CONSTRAINT resolution_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT resolution_exception_id_key UNIQUE (tenant_id, exception_id),
  CONSTRAINT resolution_slip_id_key UNIQUE (tenant_id, slip_id),
  CONSTRAINT resolution_exception_id_fkey FOREIGN KEY (tenant_id, exception_id) REFERENCES sync.exception (tenant_id, id),
  CONSTRAINT resolution_slip_id_fkey FOREIGN KEY (tenant_id, slip_id) REFERENCES sync.slip (tenant_id, id),
  CONSTRAINT resolution_of_one_thing CHECK (num_nonnulls(exception_id, slip_id) = 1),
  CONSTRAINT resolution_outcome_known CHECK (outcome IN ('accepted', 'corrected', 'dismissed'))
);
COMMENT ON TABLE sync.resolution IS
  'class: tenant, append-only. Who settled an exception, or a slip that was set aside, and how; each is settled once.';

CREATE TABLE sync.statement (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  device_id uuid NOT NULL,
  register_id uuid NOT NULL,
  session_id uuid NOT NULL,
  number integer NOT NULL,
  last_sequence bigint NOT NULL,
  head_hash bytea NOT NULL,
  recorded_at timestamptz NOT NULL,
  CONSTRAINT statement_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT statement_number_key UNIQUE (tenant_id, session_id, device_id, number),
  CONSTRAINT statement_device_id_fkey FOREIGN KEY (tenant_id, device_id) REFERENCES registers.device (tenant_id, id),
  CONSTRAINT statement_register_id_fkey FOREIGN KEY (tenant_id, register_id) REFERENCES registers.register (tenant_id, id),
  CONSTRAINT statement_session_id_fkey FOREIGN KEY (tenant_id, session_id) REFERENCES cash.session (tenant_id, id),
  CONSTRAINT statement_last_sequence_not_negative CHECK (last_sequence >= 0),
  CONSTRAINT statement_head_hash_is_sha_256 CHECK (octet_length(head_hash) = 32)
);
COMMENT ON TABLE sync.statement IS
  'class: tenant, append-only. What a device said at the end of a session: it seals nothing more in it, its last number by then was last_sequence, and the hash of its last slip head_hash. The last one of a device counts.';
CREATE INDEX statement_device_id ON sync.statement (tenant_id, device_id);
CREATE INDEX statement_register_id ON sync.statement (tenant_id, register_id);

CALL platform.isolate('sync.slip');
CALL platform.isolate('sync.kept_text');
CALL platform.isolate('sync.exception');
CALL platform.isolate('sync.resolution');
CALL platform.isolate('sync.statement');
CALL platform.append_only('sync.slip');
CALL platform.append_only('sync.exception');
CALL platform.append_only('sync.resolution');
CALL platform.append_only('sync.statement');

GRANT SELECT, INSERT ON sync.kept_text TO comptoir_app;
GRANT SELECT ON sync.slip, sync.exception, sync.resolution, sync.statement TO comptoir_app;
GRANT SELECT ON sync.slip, sync.exception, sync.resolution, sync.statement TO comptoir_read;

-- Down Migration

DROP SCHEMA sync CASCADE;
