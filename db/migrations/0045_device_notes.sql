-- Up Migration

-- What devices noted beside their receipts while the server was out of reach: sessions they opened, customers they added, tickets
-- they parked and took up. Only sync.record writes notes.

CREATE TABLE sync.note (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  device_id uuid NOT NULL,
  register_id uuid NOT NULL,
  branch_id uuid NOT NULL,
  kind text,
  subject_id uuid,
  session_id uuid,
  hash bytea NOT NULL,
  made_at timestamptz,
  cashier_id uuid,
  fault text,
  employee_id uuid,
  recorded_at timestamptz NOT NULL,
  CONSTRAINT note_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT note_device_id_fkey FOREIGN KEY (tenant_id, device_id) REFERENCES registers.device (tenant_id, id),
  CONSTRAINT note_register_id_fkey FOREIGN KEY (tenant_id, register_id) REFERENCES registers.register (tenant_id, id),
  CONSTRAINT note_branch_id_fkey FOREIGN KEY (tenant_id, branch_id) REFERENCES tenants.branch (tenant_id, id),
  CONSTRAINT note_session_id_fkey FOREIGN KEY (tenant_id, session_id) REFERENCES cash.session (tenant_id, id),
  CONSTRAINT note_hash_is_sha_256 CHECK (octet_length(hash) = 32),
  CONSTRAINT note_kind_known CHECK (kind IN ('session', 'customer', 'ticket')),
  CONSTRAINT note_done_is_whole CHECK (fault IS NOT NULL OR (kind IS NOT NULL AND subject_id IS NOT NULL)),
  CONSTRAINT note_session_is_of_a_session CHECK (session_id IS NULL OR (kind IS NOT DISTINCT FROM 'session' AND subject_id IS NOT NULL))
);
COMMENT ON TABLE sync.note IS
  'class: tenant, append-only. What a device noted beside its receipts, known by the hash of its text: the session, customer or ticket of subject_id, which the device named, and cashier_id the employee at the till. fault is why it was not done as it says. session_id is the session that stands for the one it opened: that itself, or the one that was open there already.';
CREATE UNIQUE INDEX note_hash_key ON sync.note (tenant_id, device_id, hash) WHERE fault IS NULL;
CREATE INDEX note_hash ON sync.note (tenant_id, device_id, hash);
CREATE INDEX note_subject_id ON sync.note (tenant_id, subject_id);
CREATE INDEX note_register_id ON sync.note (tenant_id, register_id);
CREATE INDEX note_branch_id ON sync.note (tenant_id, branch_id);
CREATE INDEX note_session_id ON sync.note (tenant_id, session_id);

CREATE TABLE sync.kept_note (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  sealed text,
  version integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT kept_note_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT kept_note_id_fkey FOREIGN KEY (tenant_id, id) REFERENCES sync.note (tenant_id, id)
);
COMMENT ON TABLE sync.kept_note IS
  'class: tenant. The text of a note that was not done as it says, sealed; empty once it is settled, or its customer forgotten.';
COMMENT ON COLUMN sync.kept_note.sealed IS 'personal';

ALTER TABLE sync.exception ADD COLUMN note_id uuid;
ALTER TABLE sync.exception ALTER COLUMN slip_id DROP NOT NULL;
ALTER TABLE sync.exception ALTER COLUMN sale_id DROP NOT NULL;
ALTER TABLE sync.exception ALTER COLUMN session_id DROP NOT NULL;
ALTER TABLE sync.exception ADD CONSTRAINT exception_note_id_fkey FOREIGN KEY (tenant_id, note_id) REFERENCES sync.note (tenant_id, id);
ALTER TABLE sync.exception ADD CONSTRAINT exception_of_one_thing
  CHECK (num_nonnulls(slip_id, note_id) = 1 AND (slip_id IS NULL) = (sale_id IS NULL) AND (slip_id IS NULL OR session_id IS NOT NULL));
CREATE INDEX exception_note_id ON sync.exception (tenant_id, note_id);
COMMENT ON TABLE sync.exception IS
  'class: tenant, append-only. What the server would have refused of a receipt that was made offline, or of a note of a device, and is booked all the same; session_id is the session that the receipt is booked in, or that the note opened.';

CALL platform.isolate('sync.note');
CALL platform.isolate('sync.kept_note');
CALL platform.append_only('sync.note');

GRANT SELECT, INSERT ON sync.kept_note TO comptoir_app;
GRANT SELECT ON sync.note TO comptoir_app, comptoir_read;

-- Down Migration

ALTER TABLE sync.exception DROP COLUMN note_id;
ALTER TABLE sync.exception ALTER COLUMN slip_id SET NOT NULL;
ALTER TABLE sync.exception ALTER COLUMN sale_id SET NOT NULL;
ALTER TABLE sync.exception ALTER COLUMN session_id SET NOT NULL;
DROP TABLE sync.kept_note;
DROP TABLE sync.note;
