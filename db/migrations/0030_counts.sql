-- Up Migration

-- Stocktaking: what was found in a branch, by whom and when, what the books said at that moment, and who approved it. Only
-- the functions of db/functions/counts.sql write here.

CREATE SCHEMA counts;
GRANT USAGE ON SCHEMA counts TO comptoir_app, comptoir_read;

CREATE TABLE counts.count (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  number bigint NOT NULL,
  branch_id uuid NOT NULL,
  subject text NOT NULL,
  category_id uuid,
  not_counted_for_days integer,
  is_blind boolean NOT NULL,
  frozen_until timestamptz,
  notes text,
  state text NOT NULL DEFAULT 'open',
  version integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT count_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT count_number_key UNIQUE (tenant_id, number),
  CONSTRAINT count_branch_id_fkey FOREIGN KEY (tenant_id, branch_id) REFERENCES tenants.branch (tenant_id, id),
  CONSTRAINT count_category_id_fkey FOREIGN KEY (tenant_id, category_id) REFERENCES catalog.category (tenant_id, id),
  CONSTRAINT count_subject_known CHECK (subject IN ('everything', 'category', 'variants', 'due')),
  CONSTRAINT count_state_known CHECK (state IN ('open', 'submitted', 'approved', 'cancelled'))
);
COMMENT ON TABLE counts.count IS
  'class: tenant. A stocktaking in a branch; state is what the last row of counts.step made it. Who enters lines shares its row, who moves it on holds it alone, before any stock.';
COMMENT ON COLUMN counts.count.notes IS 'personal';
CREATE INDEX count_branch_id ON counts.count (tenant_id, branch_id, number);
CREATE INDEX count_category_id ON counts.count (tenant_id, category_id);

CREATE TABLE counts.step (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  count_id uuid NOT NULL,
  number integer NOT NULL,
  action text NOT NULL,
  reason text,
  actor_id uuid,
  recorded_at timestamptz NOT NULL,
  CONSTRAINT step_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT step_number_key UNIQUE (tenant_id, count_id, number),
  CONSTRAINT step_count_id_fkey FOREIGN KEY (tenant_id, count_id) REFERENCES counts.count (tenant_id, id),
  CONSTRAINT step_action_known CHECK (action IN ('open', 'submit', 'send_back', 'lift_freeze', 'approve', 'cancel'))
);
COMMENT ON TABLE counts.step IS 'class: tenant, append-only. Who moved a count on, when and why.';

CREATE TABLE counts.line (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  count_id uuid NOT NULL,
  branch_id uuid NOT NULL,
  variant_id uuid NOT NULL,
  batch_id uuid,
  place uuid NOT NULL GENERATED ALWAYS AS (coalesce(batch_id, variant_id)) STORED,
  name text NOT NULL,
  sku text,
  batch_number text,
  expected numeric(19, 6) NOT NULL,
  level_version bigint NOT NULL,
  counted numeric(19, 6),
  counted_by uuid,
  counted_at timestamptz,
  times_counted integer NOT NULL DEFAULT 0,
  requires_recount boolean NOT NULL DEFAULT false,
  is_recounted boolean NOT NULL DEFAULT false,
  is_open boolean NOT NULL DEFAULT false,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT line_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT line_place_key UNIQUE (tenant_id, count_id, variant_id, place, branch_id),
  CONSTRAINT line_count_id_fkey FOREIGN KEY (tenant_id, count_id) REFERENCES counts.count (tenant_id, id),
  CONSTRAINT line_branch_id_fkey FOREIGN KEY (tenant_id, branch_id) REFERENCES tenants.branch (tenant_id, id),
  CONSTRAINT line_variant_id_fkey FOREIGN KEY (tenant_id, variant_id) REFERENCES catalog.variant (tenant_id, id),
  CONSTRAINT line_batch_id_fkey FOREIGN KEY (tenant_id, batch_id) REFERENCES inventory.batch (tenant_id, id),
  CONSTRAINT line_counted_not_negative CHECK (counted >= 0),
  CONSTRAINT line_counted_by_somebody CHECK ((counted IS NULL) = (times_counted = 0) AND (counted IS NULL) = (counted_at IS NULL))
);
COMMENT ON TABLE counts.line IS
  'class: tenant. What a count finds of a variant in one batch, or in none: the last of counts.entry, and expected, what the books said when it was made; level_version is how many movements they knew by then. is_open ends with the count.';
CREATE UNIQUE INDEX line_open_key ON counts.line (tenant_id, branch_id, variant_id, place) WHERE is_open;
CREATE INDEX line_name ON counts.line (tenant_id, count_id, name, id);
CREATE INDEX line_branch_id ON counts.line (tenant_id, branch_id);
CREATE INDEX line_variant_id ON counts.line (tenant_id, variant_id);
CREATE INDEX line_batch_id ON counts.line (tenant_id, batch_id);

CREATE TABLE counts.entry (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  count_id uuid NOT NULL,
  line_id uuid NOT NULL,
  number integer NOT NULL,
  counted numeric(19, 6) NOT NULL,
  expected numeric(19, 6) NOT NULL,
  level_version bigint NOT NULL,
  actor_id uuid NOT NULL,
  recorded_at timestamptz NOT NULL,
  CONSTRAINT entry_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT entry_number_key UNIQUE (tenant_id, line_id, number),
  CONSTRAINT entry_count_id_fkey FOREIGN KEY (tenant_id, count_id) REFERENCES counts.count (tenant_id, id),
  CONSTRAINT entry_line_id_fkey FOREIGN KEY (tenant_id, line_id) REFERENCES counts.line (tenant_id, id)
);
COMMENT ON TABLE counts.entry IS 'class: tenant, append-only. What an employee counted; the last one of a line counts.';
CREATE INDEX entry_actor_id ON counts.entry (tenant_id, count_id, actor_id);

CREATE TABLE counts.standing (
  tenant_id uuid NOT NULL,
  branch_id uuid NOT NULL,
  variant_id uuid NOT NULL,
  batch_id uuid,
  place uuid NOT NULL GENERATED ALWAYS AS (coalesce(batch_id, variant_id)) STORED,
  last_counted_at timestamptz,
  requires_recount boolean NOT NULL DEFAULT false,
  reason text,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT standing_pkey PRIMARY KEY (tenant_id, branch_id, variant_id, place),
  CONSTRAINT standing_branch_id_fkey FOREIGN KEY (tenant_id, branch_id) REFERENCES tenants.branch (tenant_id, id),
  CONSTRAINT standing_variant_id_fkey FOREIGN KEY (tenant_id, variant_id) REFERENCES catalog.variant (tenant_id, id),
  CONSTRAINT standing_batch_id_fkey FOREIGN KEY (tenant_id, batch_id) REFERENCES inventory.batch (tenant_id, id),
  CONSTRAINT standing_recount_has_a_reason CHECK (NOT requires_recount OR reason IS NOT NULL)
);
COMMENT ON TABLE counts.standing IS
  'class: tenant. When what a branch has of a variant, in one batch or in none, was last counted with approval, and whether it is to be counted again.';
CREATE INDEX standing_variant_id ON counts.standing (tenant_id, variant_id);
CREATE INDEX standing_batch_id ON counts.standing (tenant_id, batch_id);

CREATE VIEW counts.read_due WITH (security_invoker = true) AS
  SELECT l.tenant_id, l.branch_id, l.variant_id, l.place, l.batch_id, s.last_counted_at, coalesce(s.requires_recount, false) AS requires_recount, s.reason
  FROM inventory.read_place l
  LEFT JOIN counts.standing s
    ON s.tenant_id = l.tenant_id AND s.branch_id = l.branch_id AND s.variant_id = l.variant_id AND s.place = l.place
  WHERE l.on_hand <> 0 OR l.reserved <> 0 OR s.requires_recount
  UNION ALL
  SELECT s.tenant_id, s.branch_id, s.variant_id, s.place, s.batch_id, s.last_counted_at, s.requires_recount, s.reason
  FROM counts.standing s
  WHERE s.requires_recount AND NOT EXISTS (
    SELECT FROM inventory.read_place l
    WHERE l.tenant_id = s.tenant_id AND l.branch_id = s.branch_id AND l.variant_id = s.variant_id AND l.place = s.place);
COMMENT ON VIEW counts.read_due IS
  'What there is to count: places where something lies or is kept for somebody, and those that are to be counted again.';

CREATE VIEW counts.read_standing WITH (security_invoker = true) AS
  SELECT s.tenant_id, s.branch_id, s.variant_id, s.batch_id, s.place, s.last_counted_at, s.requires_recount FROM counts.standing s;
COMMENT ON VIEW counts.read_standing IS 'Published: when stock was last counted, and whether it is to be counted again.';

CALL platform.isolate('counts.count');
CALL platform.isolate('counts.step');
CALL platform.isolate('counts.line');
CALL platform.isolate('counts.entry');
CALL platform.isolate('counts.standing');
CALL platform.append_only('counts.step');
CALL platform.append_only('counts.entry');

GRANT SELECT ON ALL TABLES IN SCHEMA counts TO comptoir_app, comptoir_read;

-- Down Migration

DROP SCHEMA counts CASCADE;
