-- Up Migration

-- Stock that is kept for somebody, or out of everybody's hands. inventory.reserve and the functions beside it write it, and with it
-- what is reserved of a level.

CREATE TABLE inventory.reservation (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  branch_id uuid NOT NULL,
  kind text NOT NULL,
  document_type text NOT NULL,
  document_id uuid NOT NULL,
  reason text,
  note text,
  actor_id uuid,
  recorded_at timestamptz NOT NULL,
  CONSTRAINT reservation_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT reservation_branch_id_fkey FOREIGN KEY (tenant_id, branch_id) REFERENCES tenants.branch (tenant_id, id),
  CONSTRAINT reservation_kind_known CHECK (kind IN ('order', 'quarantine')),
  CONSTRAINT reservation_reason_of_quarantine CHECK ((kind = 'quarantine') = (reason IS NOT NULL))
);
COMMENT ON TABLE inventory.reservation IS
  'class: tenant, append-only. For which document stock is kept, or why it is in quarantine. What is kept, and until when, stands in its lines.';
CREATE INDEX reservation_branch_id ON inventory.reservation (tenant_id, branch_id, kind, id);
CREATE INDEX reservation_document_id ON inventory.reservation (tenant_id, document_id);

CREATE TABLE inventory.reservation_line (
  tenant_id uuid NOT NULL,
  reservation_id uuid NOT NULL,
  line integer NOT NULL,
  item integer NOT NULL,
  level_id uuid NOT NULL,
  quantity numeric(19, 6) NOT NULL,
  open numeric(19, 6) NOT NULL,
  is_open boolean NOT NULL GENERATED ALWAYS AS (open > 0) STORED,
  expires_at timestamptz,
  version integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT reservation_line_pkey PRIMARY KEY (tenant_id, reservation_id, line),
  CONSTRAINT reservation_line_reservation_id_fkey FOREIGN KEY (tenant_id, reservation_id) REFERENCES inventory.reservation (tenant_id, id),
  CONSTRAINT reservation_line_level_id_fkey FOREIGN KEY (tenant_id, level_id) REFERENCES inventory.level (tenant_id, id),
  CONSTRAINT reservation_line_open_within_quantity CHECK (quantity > 0 AND open >= 0 AND open <= quantity)
);
COMMENT ON TABLE inventory.reservation_line IS
  'class: tenant. What a reservation keeps of one level, and what of it is still kept; the open lines of a level add up to what is reserved there. item is which of the lines that were asked for it serves. Without expires_at it is in quarantine.';
CREATE INDEX reservation_line_level_id ON inventory.reservation_line (tenant_id, level_id, is_open);
CREATE INDEX reservation_line_open ON inventory.reservation_line (tenant_id, expires_at) WHERE is_open;

CREATE TABLE inventory.reservation_event (
  tenant_id uuid NOT NULL,
  reservation_id uuid NOT NULL,
  line integer NOT NULL,
  number integer NOT NULL,
  action text NOT NULL,
  quantity numeric(19, 6),
  expires_at timestamptz,
  note text,
  actor_id uuid,
  recorded_at timestamptz NOT NULL,
  CONSTRAINT reservation_event_pkey PRIMARY KEY (tenant_id, reservation_id, line, number),
  CONSTRAINT reservation_event_line_fkey FOREIGN KEY (tenant_id, reservation_id, line)
    REFERENCES inventory.reservation_line (tenant_id, reservation_id, line),
  CONSTRAINT reservation_event_action_known CHECK (action IN ('release', 'consume', 'expire', 'block', 'extend')),
  CONSTRAINT reservation_event_says_what CHECK ((action = 'extend') = (expires_at IS NOT NULL) AND (action = 'extend') = (quantity IS NULL))
);
COMMENT ON TABLE inventory.reservation_event IS
  'class: tenant, append-only. What became of a line of a reservation. number is the version of the line that it made.';

CALL platform.isolate('inventory.reservation');
CALL platform.isolate('inventory.reservation_line');
CALL platform.isolate('inventory.reservation_event');
CALL platform.append_only('inventory.reservation');
CALL platform.append_only('inventory.reservation_event');

GRANT SELECT ON inventory.reservation, inventory.reservation_line, inventory.reservation_event TO comptoir_app, comptoir_read;

-- Down Migration

DROP TABLE inventory.reservation_event, inventory.reservation_line, inventory.reservation;
