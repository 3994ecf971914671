-- Up Migration

-- Baskets that wait at a branch: parked at one till, taken up at any other. They hold no stock and are worth nothing in the
-- books. Only tickets.record writes here.

CREATE SCHEMA tickets;
GRANT USAGE ON SCHEMA tickets TO comptoir_app, comptoir_read;

CREATE TABLE tickets.ticket (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  number bigint NOT NULL,
  branch_id uuid NOT NULL,
  label text,
  customer_id uuid,
  channel_id uuid,
  total numeric(19, 4),
  names jsonb NOT NULL,
  lines jsonb NOT NULL,
  discount jsonb,
  discount_reason text,
  state text NOT NULL DEFAULT 'open',
  version integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT ticket_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT ticket_number_key UNIQUE (tenant_id, number),
  CONSTRAINT ticket_branch_id_fkey FOREIGN KEY (tenant_id, branch_id) REFERENCES tenants.branch (tenant_id, id),
  CONSTRAINT ticket_customer_id_fkey FOREIGN KEY (tenant_id, customer_id) REFERENCES parties.party (tenant_id, id),
  CONSTRAINT ticket_channel_id_fkey FOREIGN KEY (tenant_id, channel_id) REFERENCES channels.channel (tenant_id, id),
  CONSTRAINT ticket_state_known CHECK (state IN ('open', 'taken', 'sold', 'discarded')),
  CONSTRAINT ticket_lines_are_a_list CHECK (jsonb_typeof(lines) = 'array' AND jsonb_typeof(names) = 'array')
);
COMMENT ON TABLE tickets.ticket IS
  'class: tenant. A basket that waits at a branch, with lines as a checkout takes them, what each is called in names, and the total that the till showed; state is what the last row of tickets.step made it.';
COMMENT ON COLUMN tickets.ticket.label IS 'personal';
COMMENT ON COLUMN tickets.ticket.lines IS 'personal';
CREATE INDEX ticket_branch_id ON tickets.ticket (tenant_id, branch_id, state, number);
CREATE INDEX ticket_customer_id ON tickets.ticket (tenant_id, customer_id);
CREATE INDEX ticket_channel_id ON tickets.ticket (tenant_id, channel_id);

CREATE TABLE tickets.step (
  tenant_id uuid NOT NULL,
  ticket_id uuid NOT NULL,
  number integer NOT NULL,
  action text NOT NULL,
  register_id uuid,
  reason text,
  total numeric(19, 4),
  sale_id uuid,
  actor_id uuid,
  recorded_at timestamptz NOT NULL,
  CONSTRAINT step_pkey PRIMARY KEY (tenant_id, ticket_id, number),
  CONSTRAINT step_ticket_id_fkey FOREIGN KEY (tenant_id, ticket_id) REFERENCES tickets.ticket (tenant_id, id),
  CONSTRAINT step_register_id_fkey FOREIGN KEY (tenant_id, register_id) REFERENCES registers.register (tenant_id, id),
  CONSTRAINT step_sale_id_fkey FOREIGN KEY (tenant_id, sale_id) REFERENCES sales.sale (tenant_id, id),
  CONSTRAINT step_action_known CHECK (action IN ('park', 'change', 'take', 'put_back', 'sell', 'discard')),
  CONSTRAINT step_sell_has_a_sale CHECK ((action = 'sell') = (sale_id IS NOT NULL)),
  CONSTRAINT step_discard_has_a_reason CHECK (action <> 'discard' OR reason IS NOT NULL)
);
COMMENT ON TABLE tickets.step IS
  'class: tenant, append-only. Who parked, changed, took, put back, sold or discarded a ticket, when, at which register and why; total is what it came to then.';
CREATE INDEX step_register_id ON tickets.step (tenant_id, register_id);
CREATE INDEX step_sale_id ON tickets.step (tenant_id, sale_id);

CALL platform.isolate('tickets.ticket');
CALL platform.isolate('tickets.step');
CALL platform.append_only('tickets.step');

GRANT SELECT ON ALL TABLES IN SCHEMA tickets TO comptoir_app, comptoir_read;

-- Down Migration

DROP SCHEMA tickets CASCADE;
