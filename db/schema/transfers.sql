-- Written by npm run generate from the catalogue of a migrated database, to be read and compared: it need not restore.
-- By table, with everything that belongs to it. Owners are named where they differ from the schema's,
-- grants except the owner's own; partitions are left out, since they come and go with the date.

CREATE SCHEMA transfers AUTHORIZATION comptoir_owner;
GRANT USAGE ON SCHEMA transfers TO comptoir_app;
GRANT USAGE ON SCHEMA transfers TO comptoir_read;

CREATE TABLE transfers.line (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  transfer_id uuid NOT NULL,
  "position" integer NOT NULL,
  variant_id uuid NOT NULL,
  batch_id uuid,
  name text NOT NULL,
  sku text,
  quantity numeric(19,6) NOT NULL,
  given_quantity numeric(19,6) NOT NULL,
  pack_id uuid,
  unit_id uuid,
  deleted_at timestamp with time zone,
  version integer DEFAULT 1 NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT line_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT line_quantity_above_zero CHECK (quantity > 0::numeric),
  CONSTRAINT line_batch_id_fkey FOREIGN KEY (tenant_id, batch_id) REFERENCES inventory.batch(tenant_id, id),
  CONSTRAINT line_pack_id_fkey FOREIGN KEY (tenant_id, pack_id) REFERENCES catalog.pack(tenant_id, id),
  CONSTRAINT line_transfer_id_fkey FOREIGN KEY (tenant_id, transfer_id) REFERENCES transfers.transfer(tenant_id, id),
  CONSTRAINT line_unit_id_fkey FOREIGN KEY (tenant_id, unit_id) REFERENCES catalog.unit(tenant_id, id),
  CONSTRAINT line_variant_id_fkey FOREIGN KEY (tenant_id, variant_id) REFERENCES catalog.variant(tenant_id, id)
);
COMMENT ON TABLE transfers.line IS 'class: tenant. What is to go, and what it was called when the line was made; without a batch, what expires first. quantity is in the unit of the product, given_quantity in the pack or unit it was asked for in.';
CREATE INDEX line_batch_id ON transfers.line USING btree (tenant_id, batch_id);
CREATE INDEX line_pack_id ON transfers.line USING btree (tenant_id, pack_id);
CREATE INDEX line_transfer_id ON transfers.line USING btree (tenant_id, transfer_id, "position");
CREATE INDEX line_unit_id ON transfers.line USING btree (tenant_id, unit_id);
CREATE INDEX line_variant_id ON transfers.line USING btree (tenant_id, variant_id);
ALTER TABLE transfers.line ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON transfers.line FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
GRANT INSERT, SELECT ON TABLE transfers.line TO comptoir_app;
GRANT SELECT ON TABLE transfers.line TO comptoir_read;
GRANT UPDATE (deleted_at, version, updated_at) ON TABLE transfers.line TO comptoir_app;

CREATE TABLE transfers.outcome (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  step_id uuid NOT NULL,
  part_id uuid NOT NULL,
  kind text NOT NULL,
  quantity numeric(19,6) NOT NULL,
  value numeric(19,4) NOT NULL,
  recorded_at timestamp with time zone NOT NULL,
  CONSTRAINT outcome_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT outcome_damaged_is_on_the_way CHECK (kind <> 'damaged'::text OR value = 0::numeric),
  CONSTRAINT outcome_kind_known CHECK (kind = ANY (ARRAY['arrived'::text, 'damaged'::text, 'written_off'::text, 'taken_back'::text])),
  CONSTRAINT outcome_quantity_above_zero CHECK (quantity > 0::numeric),
  CONSTRAINT outcome_part_id_fkey FOREIGN KEY (tenant_id, part_id) REFERENCES transfers.part(tenant_id, id),
  CONSTRAINT outcome_step_id_fkey FOREIGN KEY (tenant_id, step_id) REFERENCES transfers.step(tenant_id, id)
);
COMMENT ON TABLE transfers.outcome IS 'class: tenant, append-only. What became of a part, with the value that left the way with it. Damaged is what was seen: the goods stay on the way until they are written off or taken back.';
CREATE INDEX outcome_part_id ON transfers.outcome USING btree (tenant_id, part_id);
CREATE INDEX outcome_step_id ON transfers.outcome USING btree (tenant_id, step_id);
ALTER TABLE transfers.outcome ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON transfers.outcome FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON transfers.outcome FOR EACH ROW EXECUTE FUNCTION platform.refuse_change();
GRANT SELECT ON TABLE transfers.outcome TO comptoir_app;
GRANT SELECT ON TABLE transfers.outcome TO comptoir_read;
REVOKE TRUNCATE ON TABLE transfers.outcome FROM comptoir_owner;

CREATE TABLE transfers.part (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  transfer_id uuid NOT NULL,
  line_id uuid NOT NULL,
  "position" integer NOT NULL,
  variant_id uuid NOT NULL,
  batch_id uuid,
  quantity numeric(19,6) NOT NULL,
  value numeric(19,4) NOT NULL,
  open_quantity numeric(19,6) NOT NULL,
  open_value numeric(19,4) NOT NULL,
  damaged_quantity numeric(19,6) DEFAULT 0 NOT NULL,
  version integer DEFAULT 1 NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT part_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT part_damaged_is_open CHECK (damaged_quantity >= 0::numeric AND damaged_quantity <= open_quantity),
  CONSTRAINT part_nothing_open_is_worth_nothing CHECK (open_quantity > 0::numeric OR open_value = 0::numeric),
  CONSTRAINT part_open_is_of_it CHECK (open_quantity >= 0::numeric AND open_quantity <= quantity AND open_value >= 0::numeric AND open_value <= value),
  CONSTRAINT part_quantity_above_zero CHECK (quantity > 0::numeric),
  CONSTRAINT part_batch_id_fkey FOREIGN KEY (tenant_id, batch_id) REFERENCES inventory.batch(tenant_id, id),
  CONSTRAINT part_line_id_fkey FOREIGN KEY (tenant_id, line_id) REFERENCES transfers.line(tenant_id, id),
  CONSTRAINT part_transfer_id_fkey FOREIGN KEY (tenant_id, transfer_id) REFERENCES transfers.transfer(tenant_id, id),
  CONSTRAINT part_variant_id_fkey FOREIGN KEY (tenant_id, variant_id) REFERENCES catalog.variant(tenant_id, id)
);
COMMENT ON TABLE transfers.part IS 'class: tenant. What left of a line in one batch, or in none, and at which value; open is what is still on the way, and what of it came damaged. Written only by transfers.record.';
CREATE INDEX part_batch_id ON transfers.part USING btree (tenant_id, batch_id);
CREATE INDEX part_line_id ON transfers.part USING btree (tenant_id, line_id);
CREATE INDEX part_open ON transfers.part USING btree (tenant_id, variant_id) WHERE open_quantity > 0::numeric;
CREATE INDEX part_transfer_id ON transfers.part USING btree (tenant_id, transfer_id);
CREATE INDEX part_variant_id ON transfers.part USING btree (tenant_id, variant_id);
ALTER TABLE transfers.part ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON transfers.part FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
GRANT SELECT ON TABLE transfers.part TO comptoir_app;
GRANT SELECT ON TABLE transfers.part TO comptoir_read;

CREATE TABLE transfers.step (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  transfer_id uuid NOT NULL,
  number integer NOT NULL,
  action text NOT NULL,
  state text NOT NULL,
  reason text,
  actor_id uuid,
  recorded_at timestamp with time zone NOT NULL,
  CONSTRAINT step_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT step_number_key UNIQUE (tenant_id, transfer_id, number),
  CONSTRAINT step_action_known CHECK (action = ANY (ARRAY['dispatch'::text, 'receive'::text, 'write_off'::text, 'take_back'::text, 'cancel'::text])),
  CONSTRAINT step_state_known CHECK (state = ANY (ARRAY['in_transit'::text, 'short'::text, 'completed'::text, 'cancelled'::text])),
  CONSTRAINT step_transfer_id_fkey FOREIGN KEY (tenant_id, transfer_id) REFERENCES transfers.transfer(tenant_id, id)
);
COMMENT ON TABLE transfers.step IS 'class: tenant, append-only. Who moved a transfer on, when and why, and the state since. Its id is that of the posting in the stock, or of the journal of a loss.';
ALTER TABLE transfers.step ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON transfers.step FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON transfers.step FOR EACH ROW EXECUTE FUNCTION platform.refuse_change();
GRANT SELECT ON TABLE transfers.step TO comptoir_app;
GRANT SELECT ON TABLE transfers.step TO comptoir_read;
REVOKE TRUNCATE ON TABLE transfers.step FROM comptoir_owner;

CREATE TABLE transfers.transfer (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  number bigint NOT NULL,
  entity_id uuid NOT NULL,
  currency text NOT NULL,
  from_branch_id uuid NOT NULL,
  to_branch_id uuid NOT NULL,
  state text DEFAULT 'pending'::text NOT NULL,
  notes text,
  expected_on date,
  requested_by uuid,
  version integer DEFAULT 1 NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT transfer_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT transfer_number_key UNIQUE (tenant_id, number),
  CONSTRAINT transfer_between_two_branches CHECK (from_branch_id <> to_branch_id),
  CONSTRAINT transfer_state_known CHECK (state = ANY (ARRAY['pending'::text, 'in_transit'::text, 'short'::text, 'completed'::text, 'cancelled'::text])),
  CONSTRAINT transfer_currency_fkey FOREIGN KEY (currency) REFERENCES reference.currency(code),
  CONSTRAINT transfer_entity_id_fkey FOREIGN KEY (tenant_id, entity_id) REFERENCES tenants.entity(tenant_id, id),
  CONSTRAINT transfer_from_branch_id_fkey FOREIGN KEY (tenant_id, from_branch_id) REFERENCES tenants.branch(tenant_id, id),
  CONSTRAINT transfer_to_branch_id_fkey FOREIGN KEY (tenant_id, to_branch_id) REFERENCES tenants.branch(tenant_id, id)
);
COMMENT ON TABLE transfers.transfer IS 'class: tenant. Goods that go from one branch of a legal entity to another, valued in its currency; state is what the last row of transfers.step says. Its row is locked before the stock that a step moves.';
COMMENT ON COLUMN transfers.transfer.notes IS 'personal';
CREATE INDEX transfer_currency ON transfers.transfer USING btree (currency);
CREATE INDEX transfer_entity_id ON transfers.transfer USING btree (tenant_id, entity_id);
CREATE INDEX transfer_from_branch_id ON transfers.transfer USING btree (tenant_id, from_branch_id, number);
CREATE INDEX transfer_state ON transfers.transfer USING btree (tenant_id, state, number);
CREATE INDEX transfer_to_branch_id ON transfers.transfer USING btree (tenant_id, to_branch_id, number);
ALTER TABLE transfers.transfer ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON transfers.transfer FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
GRANT SELECT ON TABLE transfers.transfer TO comptoir_app;
GRANT SELECT ON TABLE transfers.transfer TO comptoir_read;
GRANT INSERT (tenant_id, id, number, entity_id, currency, from_branch_id, to_branch_id, notes, expected_on, requested_by), UPDATE (to_branch_id, notes, expected_on, version, updated_at) ON TABLE transfers.transfer TO comptoir_app;

CREATE VIEW transfers.read_in_transit WITH (security_invoker=true) AS
 SELECT p.tenant_id,
    p.transfer_id,
    t.entity_id,
    t.currency,
    t.from_branch_id,
    t.to_branch_id,
    t.expected_on,
    p.variant_id,
    p.batch_id,
    p.open_quantity AS quantity,
    p.open_value AS value
   FROM transfers.part p
     JOIN transfers.transfer t ON t.tenant_id = p.tenant_id AND t.id = p.transfer_id
  WHERE p.open_quantity > 0::numeric;
COMMENT ON VIEW transfers.read_in_transit IS 'What is on its way, by transfer, variant and batch. Its value is what the account of transfers in transit holds.';
GRANT SELECT ON TABLE transfers.read_in_transit TO comptoir_app;
GRANT SELECT ON TABLE transfers.read_in_transit TO comptoir_read;

CREATE OR REPLACE FUNCTION transfers.record(p_tenant uuid, p_steps jsonb)
 RETURNS TABLE(version integer, code text)
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
DECLARE
  v_now CONSTANT timestamptz := transaction_timestamp();
  v_step record;
  v_version integer;
  v_is_beyond boolean;
  v_open numeric;
  v_code text;
BEGIN
  PERFORM platform.assert_tenant(p_tenant);
  PERFORM FROM transfers.transfer t
  WHERE t.tenant_id = p_tenant AND t.id IN (SELECT (s.value ->> 'transfer_id')::uuid FROM jsonb_array_elements(p_steps) s)
  ORDER BY t.id FOR NO KEY UPDATE;
  FOR v_step IN
    SELECT s.* FROM ROWS FROM (jsonb_to_recordset(p_steps) AS (
             id uuid, transfer_id uuid, version integer, action text, state text, reason text, actor_id uuid, parts jsonb, outcomes jsonb))
           WITH ORDINALITY AS s (id, transfer_id, version, action, state, reason, actor_id, parts, outcomes, position)
    ORDER BY s.position
  LOOP
    SELECT t.version INTO v_version FROM transfers.transfer t WHERE t.tenant_id = p_tenant AND t.id = v_step.transfer_id;
    SELECT coalesce(bool_or(p.id IS NULL OR o.gone + o.damaged > p.open_quantity), false),
           (SELECT coalesce(sum(q.open_quantity), 0) FROM transfers.part q
            WHERE q.tenant_id = p_tenant AND q.transfer_id = v_step.transfer_id) - coalesce(sum(o.gone), 0)
    INTO v_is_beyond, v_open
    FROM (
      SELECT o.part_id, coalesce(sum(o.quantity) FILTER (WHERE o.kind <> 'damaged'), 0) AS gone,
             coalesce(sum(o.quantity) FILTER (WHERE o.kind = 'damaged'), 0) AS damaged
      FROM jsonb_to_recordset(v_step.outcomes) AS o (part_id uuid, kind text, quantity numeric)
      GROUP BY o.part_id) o
    LEFT JOIN transfers.part p ON p.tenant_id = p_tenant AND p.id = o.part_id AND p.transfer_id = v_step.transfer_id;
    v_code := CASE
      WHEN v_version IS NULL THEN 'transfer_not_found'
      WHEN EXISTS (SELECT FROM transfers.step o WHERE o.tenant_id = p_tenant AND o.id = v_step.id) THEN 'already_exists'
      WHEN v_version <> v_step.version THEN 'version_conflict'
      WHEN v_is_beyond THEN 'transfer_over_receipt'
      WHEN v_step.state IN ('completed', 'cancelled') AND v_open > 0 THEN 'transfer_not_settled'
    END;
    IF v_code IS NOT NULL THEN
      RETURN QUERY SELECT NULL::integer, v_code;
      CONTINUE;
    END IF;

    INSERT INTO transfers.step (tenant_id, id, transfer_id, number, action, state, reason, actor_id, recorded_at)
    SELECT p_tenant, v_step.id, v_step.transfer_id, count(*) + 1, v_step.action, v_step.state, v_step.reason, v_step.actor_id, v_now
    FROM transfers.step o WHERE o.tenant_id = p_tenant AND o.transfer_id = v_step.transfer_id;
    INSERT INTO transfers.part (tenant_id, id, transfer_id, line_id, position, variant_id, batch_id, quantity, value, open_quantity, open_value)
    SELECT p_tenant, p.id, v_step.transfer_id, p.line_id, p.position, p.variant_id, p.batch_id, p.quantity, p.value, p.quantity, p.value
    FROM ROWS FROM (jsonb_to_recordset(v_step.parts) AS (
           id uuid, line_id uuid, variant_id uuid, batch_id uuid, quantity numeric, value numeric))
         WITH ORDINALITY AS p (id, line_id, variant_id, batch_id, quantity, value, position);
    INSERT INTO transfers.outcome (tenant_id, id, step_id, part_id, kind, quantity, value, recorded_at)
    SELECT p_tenant, o.id, v_step.id, o.part_id, o.kind, o.quantity, o.value, v_now
    FROM jsonb_to_recordset(v_step.outcomes) AS o (id uuid, part_id uuid, kind text, quantity numeric, value numeric);

    UPDATE transfers.part p
    SET open_quantity = p.open_quantity - o.gone, open_value = p.open_value - o.value,
        damaged_quantity = least(p.damaged_quantity + o.damaged, p.open_quantity - o.gone), version = p.version + 1, updated_at = v_now
    FROM (
      SELECT o.part_id, coalesce(sum(o.quantity) FILTER (WHERE o.kind <> 'damaged'), 0) AS gone, sum(o.value) AS value,
             coalesce(sum(o.quantity) FILTER (WHERE o.kind = 'damaged'), 0) AS damaged
      FROM jsonb_to_recordset(v_step.outcomes) AS o (part_id uuid, kind text, quantity numeric, value numeric)
      GROUP BY o.part_id) o
    WHERE p.tenant_id = p_tenant AND p.id = o.part_id;
    UPDATE transfers.transfer t SET state = v_step.state, version = t.version + 1, updated_at = v_now
    WHERE t.tenant_id = p_tenant AND t.id = v_step.transfer_id;
    RETURN QUERY SELECT v_version + 1, NULL::text;
  END LOOP;
END
$function$;
COMMENT ON FUNCTION transfers.record(uuid,jsonb) IS 'The only way transfers move on, and the only writer of what became of their goods.';
GRANT EXECUTE ON FUNCTION transfers.record(uuid,jsonb) TO comptoir_app;
