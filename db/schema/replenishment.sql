-- Written by npm run generate from the catalogue of a migrated database, to be read and compared: it need not restore.
-- By table, with everything that belongs to it. Owners are named where they differ from the schema's,
-- grants except the owner's own; partitions are left out, since they come and go with the date.

CREATE SCHEMA replenishment AUTHORIZATION comptoir_owner;
GRANT USAGE ON SCHEMA replenishment TO comptoir_app;
GRANT USAGE ON SCHEMA replenishment TO comptoir_read;

CREATE TABLE replenishment.alert (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  kind text NOT NULL,
  branch_id uuid NOT NULL,
  variant_id uuid NOT NULL,
  batch_id uuid,
  open_key text,
  horizon_days integer DEFAULT 0 NOT NULL,
  quantity numeric(19,6) NOT NULL,
  threshold numeric(19,6),
  expires_on date,
  opened_at timestamp with time zone NOT NULL,
  closed_at timestamp with time zone,
  acknowledged_at timestamp with time zone,
  acknowledged_by uuid,
  note text,
  version integer DEFAULT 1 NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT alert_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT alert_open_key UNIQUE (tenant_id, open_key),
  CONSTRAINT alert_acknowledged_by_someone CHECK (acknowledged_at IS NULL OR acknowledged_by IS NOT NULL),
  CONSTRAINT alert_horizon_of_expiring CHECK ((kind = 'expiring'::text) = (horizon_days > 0)),
  CONSTRAINT alert_key_while_open CHECK ((open_key IS NULL) = (closed_at IS NOT NULL)),
  CONSTRAINT alert_kind_known CHECK (kind = ANY (ARRAY['low'::text, 'out'::text, 'negative'::text, 'expiring'::text, 'expired'::text])),
  CONSTRAINT alert_of_a_batch CHECK ((kind <> ALL (ARRAY['expiring'::text, 'expired'::text])) OR batch_id IS NOT NULL),
  CONSTRAINT alert_acknowledged_by_fkey FOREIGN KEY (tenant_id, acknowledged_by) REFERENCES tenants.employee(tenant_id, id),
  CONSTRAINT alert_batch_id_fkey FOREIGN KEY (tenant_id, batch_id) REFERENCES inventory.batch(tenant_id, id),
  CONSTRAINT alert_branch_id_fkey FOREIGN KEY (tenant_id, branch_id) REFERENCES tenants.branch(tenant_id, id),
  CONSTRAINT alert_variant_id_fkey FOREIGN KEY (tenant_id, variant_id) REFERENCES catalog.variant(tenant_id, id)
);
COMMENT ON TABLE replenishment.alert IS 'class: tenant. Something about stock that somebody should look at, from when it was seen until it was over; open ones are there once, by open_key, which says what they are about. quantity and threshold are those of when it was opened.';
COMMENT ON COLUMN replenishment.alert.note IS 'personal';
CREATE INDEX alert_acknowledged_by ON replenishment.alert USING btree (tenant_id, acknowledged_by);
CREATE INDEX alert_batch_id ON replenishment.alert USING btree (tenant_id, batch_id);
CREATE INDEX alert_branch_id ON replenishment.alert USING btree (tenant_id, branch_id, id);
CREATE INDEX alert_open ON replenishment.alert USING btree (tenant_id, id) WHERE closed_at IS NULL;
CREATE INDEX alert_open_of_branch ON replenishment.alert USING btree (tenant_id, branch_id, kind) WHERE closed_at IS NULL;
CREATE INDEX alert_variant_id ON replenishment.alert USING btree (tenant_id, variant_id);
ALTER TABLE replenishment.alert ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON replenishment.alert FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
GRANT INSERT, SELECT ON TABLE replenishment.alert TO comptoir_app;
GRANT SELECT ON TABLE replenishment.alert TO comptoir_read;
GRANT UPDATE (open_key, closed_at, acknowledged_at, acknowledged_by, note, version, updated_at) ON TABLE replenishment.alert TO comptoir_app;

CREATE TABLE replenishment.alert_refresh (
  tenant_id uuid NOT NULL,
  refreshed_at timestamp with time zone NOT NULL,
  version integer DEFAULT 1 NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT alert_refresh_pkey PRIMARY KEY (tenant_id),
  CONSTRAINT alert_refresh_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants.tenant(tenant_id)
);
COMMENT ON TABLE replenishment.alert_refresh IS 'class: tenant. When alerts were last opened and closed; its row is locked while they are, so that this happens once at a time.';
ALTER TABLE replenishment.alert_refresh ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON replenishment.alert_refresh FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
GRANT INSERT, SELECT, UPDATE ON TABLE replenishment.alert_refresh TO comptoir_app;
GRANT SELECT ON TABLE replenishment.alert_refresh TO comptoir_read;

CREATE TABLE replenishment.policy (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  branch_id uuid,
  variant_id uuid,
  branch_key uuid GENERATED ALWAYS AS (COALESCE(branch_id, tenant_id)) STORED NOT NULL,
  variant_key uuid GENERATED ALWAYS AS (COALESCE(variant_id, tenant_id)) STORED NOT NULL,
  valid daterange NOT NULL,
  minimum_stock numeric(19,6),
  maximum_stock numeric(19,6),
  reorder_point numeric(19,6),
  reorder_quantity numeric(19,6),
  safety_stock numeric(19,6),
  economic_order_quantity numeric(19,6),
  service_level numeric(9,4),
  supplier_id uuid,
  pack_id uuid,
  lead_time_days numeric(9,2),
  lead_time_deviation_days numeric(9,2),
  review_period_days numeric(9,2),
  target_days_of_supply numeric(9,2),
  order_cost numeric(19,6),
  storage_cost_monthly numeric(19,6),
  version integer DEFAULT 1 NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT policy_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT policy_valid_key UNIQUE (tenant_id, branch_key, variant_key, valid WITHOUT OVERLAPS),
  CONSTRAINT policy_begins CHECK (lower(valid) IS NOT NULL),
  CONSTRAINT policy_not_negative CHECK (minimum_stock >= 0::numeric AND maximum_stock >= 0::numeric AND reorder_point >= 0::numeric AND safety_stock >= 0::numeric AND lead_time_days >= 0::numeric AND lead_time_deviation_days >= 0::numeric AND review_period_days >= 0::numeric AND target_days_of_supply >= 0::numeric AND order_cost >= 0::numeric AND storage_cost_monthly >= 0::numeric),
  CONSTRAINT policy_orders_something CHECK (reorder_quantity > 0::numeric AND economic_order_quantity > 0::numeric),
  CONSTRAINT policy_pack_of_a_variant CHECK (pack_id IS NULL OR variant_id IS NOT NULL),
  CONSTRAINT policy_service_level_in_range CHECK (service_level >= 50::numeric AND service_level <= 99.9999),
  CONSTRAINT policy_branch_id_fkey FOREIGN KEY (tenant_id, branch_id) REFERENCES tenants.branch(tenant_id, id),
  CONSTRAINT policy_pack_id_fkey FOREIGN KEY (tenant_id, pack_id) REFERENCES catalog.pack(tenant_id, id),
  CONSTRAINT policy_supplier_id_fkey FOREIGN KEY (tenant_id, supplier_id) REFERENCES parties.party(tenant_id, id),
  CONSTRAINT policy_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants.tenant(tenant_id),
  CONSTRAINT policy_variant_id_fkey FOREIGN KEY (tenant_id, variant_id) REFERENCES catalog.variant(tenant_id, id)
);
COMMENT ON TABLE replenishment.policy IS 'class: tenant. What is wanted of stock on some days: of a variant in a branch, of either, or of everything; what is empty is left to the wider one. branch_key and variant_key are the tenant where these are empty, so that a key can hold them.';
CREATE INDEX policy_branch_id ON replenishment.policy USING btree (tenant_id, branch_id, variant_id);
CREATE INDEX policy_pack_id ON replenishment.policy USING btree (tenant_id, pack_id);
CREATE INDEX policy_supplier_id ON replenishment.policy USING btree (tenant_id, supplier_id);
CREATE INDEX policy_variant_id ON replenishment.policy USING btree (tenant_id, variant_id);
ALTER TABLE replenishment.policy ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON replenishment.policy FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
GRANT INSERT, SELECT, UPDATE ON TABLE replenishment.policy TO comptoir_app;
GRANT SELECT ON TABLE replenishment.policy TO comptoir_read;

CREATE VIEW replenishment.read_open_alert WITH (security_invoker=true) AS
 SELECT tenant_id,
    branch_id,
    kind,
    acknowledged_at
   FROM replenishment.alert a
  WHERE closed_at IS NULL;
COMMENT ON VIEW replenishment.read_open_alert IS 'Published: what about stock somebody should look at.';
GRANT SELECT ON TABLE replenishment.read_open_alert TO comptoir_app;
GRANT SELECT ON TABLE replenishment.read_open_alert TO comptoir_read;

CREATE VIEW replenishment.read_policy WITH (security_invoker=true) AS
 SELECT tenant_id,
    branch_id,
    variant_id,
    valid,
    reorder_point,
    minimum_stock
   FROM replenishment.policy p;
COMMENT ON VIEW replenishment.read_policy IS 'Published: what somebody set for when to order; null where a wider policy speaks.';
GRANT SELECT ON TABLE replenishment.read_policy TO comptoir_app;
GRANT SELECT ON TABLE replenishment.read_policy TO comptoir_read;

CREATE VIEW replenishment.read_threshold WITH (security_invoker=true) AS
 SELECT tenant_id,
    branch_id,
    variant_id,
    threshold
   FROM replenishment.alert a
  WHERE closed_at IS NULL AND batch_id IS NULL AND threshold IS NOT NULL;
COMMENT ON VIEW replenishment.read_threshold IS 'Published: the reorder points, set or computed, of stock that was low when the alerts were last refreshed.';
GRANT SELECT ON TABLE replenishment.read_threshold TO comptoir_app;
GRANT SELECT ON TABLE replenishment.read_threshold TO comptoir_read;
