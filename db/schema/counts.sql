-- Written by npm run generate from the catalogue of a migrated database, to be read and compared: it need not restore.
-- By table, with everything that belongs to it. Owners are named where they differ from the schema's,
-- grants except the owner's own; partitions are left out, since they come and go with the date.

CREATE SCHEMA counts AUTHORIZATION comptoir_owner;
GRANT USAGE ON SCHEMA counts TO comptoir_app;
GRANT USAGE ON SCHEMA counts TO comptoir_read;

CREATE TABLE counts.count (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  number bigint NOT NULL,
  branch_id uuid NOT NULL,
  subject text NOT NULL,
  category_id uuid,
  not_counted_for_days integer,
  is_blind boolean NOT NULL,
  frozen_until timestamp with time zone,
  notes text,
  state text DEFAULT 'open'::text NOT NULL,
  version integer DEFAULT 1 NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT count_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT count_number_key UNIQUE (tenant_id, number),
  CONSTRAINT count_state_known CHECK (state = ANY (ARRAY['open'::text, 'submitted'::text, 'approved'::text, 'cancelled'::text])),
  CONSTRAINT count_subject_known CHECK (subject = ANY (ARRAY['everything'::text, 'category'::text, 'variants'::text, 'due'::text])),
  CONSTRAINT count_branch_id_fkey FOREIGN KEY (tenant_id, branch_id) REFERENCES tenants.branch(tenant_id, id),
  CONSTRAINT count_category_id_fkey FOREIGN KEY (tenant_id, category_id) REFERENCES catalog.category(tenant_id, id)
);
COMMENT ON TABLE counts.count IS 'class: tenant. A stocktaking in a branch; state is what the last row of counts.step made it. Who enters lines shares its row, who moves it on holds it alone, before any stock.';
COMMENT ON COLUMN counts.count.notes IS 'personal';
CREATE INDEX count_branch_id ON counts.count USING btree (tenant_id, branch_id, number);
CREATE INDEX count_category_id ON counts.count USING btree (tenant_id, category_id);
ALTER TABLE counts.count ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON counts.count FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
GRANT SELECT ON TABLE counts.count TO comptoir_app;
GRANT SELECT ON TABLE counts.count TO comptoir_read;

CREATE TABLE counts.entry (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  count_id uuid NOT NULL,
  line_id uuid NOT NULL,
  number integer NOT NULL,
  counted numeric(19,6) NOT NULL,
  expected numeric(19,6) NOT NULL,
  level_version bigint NOT NULL,
  actor_id uuid NOT NULL,
  recorded_at timestamp with time zone NOT NULL,
  CONSTRAINT entry_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT entry_number_key UNIQUE (tenant_id, line_id, number),
  CONSTRAINT entry_count_id_fkey FOREIGN KEY (tenant_id, count_id) REFERENCES counts.count(tenant_id, id),
  CONSTRAINT entry_line_id_fkey FOREIGN KEY (tenant_id, line_id) REFERENCES counts.line(tenant_id, id)
);
COMMENT ON TABLE counts.entry IS 'class: tenant, append-only. What an employee counted; the last one of a line counts.';
CREATE INDEX entry_actor_id ON counts.entry USING btree (tenant_id, count_id, actor_id);
ALTER TABLE counts.entry ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON counts.entry FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON counts.entry FOR EACH ROW EXECUTE FUNCTION platform.refuse_change();
GRANT SELECT ON TABLE counts.entry TO comptoir_app;
GRANT SELECT ON TABLE counts.entry TO comptoir_read;
REVOKE TRUNCATE ON TABLE counts.entry FROM comptoir_owner;

CREATE TABLE counts.line (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  count_id uuid NOT NULL,
  branch_id uuid NOT NULL,
  variant_id uuid NOT NULL,
  batch_id uuid,
  place uuid GENERATED ALWAYS AS (COALESCE(batch_id, variant_id)) STORED NOT NULL,
  name text NOT NULL,
  sku text,
  batch_number text,
  expected numeric(19,6) NOT NULL,
  level_version bigint NOT NULL,
  counted numeric(19,6),
  counted_by uuid,
  counted_at timestamp with time zone,
  times_counted integer DEFAULT 0 NOT NULL,
  requires_recount boolean DEFAULT false NOT NULL,
  is_recounted boolean DEFAULT false NOT NULL,
  is_open boolean DEFAULT false NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT line_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT line_place_key UNIQUE (tenant_id, count_id, variant_id, place, branch_id),
  CONSTRAINT line_counted_by_somebody CHECK ((counted IS NULL) = (times_counted = 0) AND (counted IS NULL) = (counted_at IS NULL)),
  CONSTRAINT line_counted_not_negative CHECK (counted >= 0::numeric),
  CONSTRAINT line_batch_id_fkey FOREIGN KEY (tenant_id, batch_id) REFERENCES inventory.batch(tenant_id, id),
  CONSTRAINT line_branch_id_fkey FOREIGN KEY (tenant_id, branch_id) REFERENCES tenants.branch(tenant_id, id),
  CONSTRAINT line_count_id_fkey FOREIGN KEY (tenant_id, count_id) REFERENCES counts.count(tenant_id, id),
  CONSTRAINT line_variant_id_fkey FOREIGN KEY (tenant_id, variant_id) REFERENCES catalog.variant(tenant_id, id)
);
COMMENT ON TABLE counts.line IS 'class: tenant. What a count finds of a variant in one batch, or in none: the last of counts.entry, and expected, what the books said when it was made; level_version is how many movements they knew by then. is_open ends with the count.';
CREATE INDEX line_batch_id ON counts.line USING btree (tenant_id, batch_id);
CREATE INDEX line_branch_id ON counts.line USING btree (tenant_id, branch_id);
CREATE INDEX line_name ON counts.line USING btree (tenant_id, count_id, name, id);
CREATE UNIQUE INDEX line_open_key ON counts.line USING btree (tenant_id, branch_id, variant_id, place) WHERE is_open;
CREATE INDEX line_variant_id ON counts.line USING btree (tenant_id, variant_id);
ALTER TABLE counts.line ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON counts.line FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
GRANT SELECT ON TABLE counts.line TO comptoir_app;
GRANT SELECT ON TABLE counts.line TO comptoir_read;

CREATE TABLE counts.standing (
  tenant_id uuid NOT NULL,
  branch_id uuid NOT NULL,
  variant_id uuid NOT NULL,
  batch_id uuid,
  place uuid GENERATED ALWAYS AS (COALESCE(batch_id, variant_id)) STORED NOT NULL,
  last_counted_at timestamp with time zone,
  requires_recount boolean DEFAULT false NOT NULL,
  reason text,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT standing_pkey PRIMARY KEY (tenant_id, branch_id, variant_id, place),
  CONSTRAINT standing_recount_has_a_reason CHECK (NOT requires_recount OR reason IS NOT NULL),
  CONSTRAINT standing_batch_id_fkey FOREIGN KEY (tenant_id, batch_id) REFERENCES inventory.batch(tenant_id, id),
  CONSTRAINT standing_branch_id_fkey FOREIGN KEY (tenant_id, branch_id) REFERENCES tenants.branch(tenant_id, id),
  CONSTRAINT standing_variant_id_fkey FOREIGN KEY (tenant_id, variant_id) REFERENCES catalog.variant(tenant_id, id)
);
COMMENT ON TABLE counts.standing IS 'class: tenant. When what a branch has of a variant, in one batch or in none, was last counted with approval, and whether it is to be counted again.';
CREATE INDEX standing_batch_id ON counts.standing USING btree (tenant_id, batch_id);
CREATE INDEX standing_variant_id ON counts.standing USING btree (tenant_id, variant_id);
ALTER TABLE counts.standing ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON counts.standing FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
GRANT SELECT ON TABLE counts.standing TO comptoir_app;
GRANT SELECT ON TABLE counts.standing TO comptoir_read;

CREATE TABLE counts.step (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  count_id uuid NOT NULL,
  number integer NOT NULL,
  action text NOT NULL,
  reason text,
  actor_id uuid,
  recorded_at timestamp with time zone NOT NULL,
  CONSTRAINT step_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT step_number_key UNIQUE (tenant_id, count_id, number),
  CONSTRAINT step_action_known CHECK (action = ANY (ARRAY['open'::text, 'submit'::text, 'send_back'::text, 'lift_freeze'::text, 'approve'::text, 'cancel'::text])),
  CONSTRAINT step_count_id_fkey FOREIGN KEY (tenant_id, count_id) REFERENCES counts.count(tenant_id, id)
);
COMMENT ON TABLE counts.step IS 'class: tenant, append-only. Who moved a count on, when and why.';
ALTER TABLE counts.step ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON counts.step FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON counts.step FOR EACH ROW EXECUTE FUNCTION platform.refuse_change();
GRANT SELECT ON TABLE counts.step TO comptoir_app;
GRANT SELECT ON TABLE counts.step TO comptoir_read;
REVOKE TRUNCATE ON TABLE counts.step FROM comptoir_owner;

CREATE VIEW counts.read_due WITH (security_invoker=true) AS
 SELECT l.tenant_id,
    l.branch_id,
    l.variant_id,
    l.place,
    l.batch_id,
    s.last_counted_at,
    COALESCE(s.requires_recount, false) AS requires_recount,
    s.reason
   FROM inventory.read_place l
     LEFT JOIN counts.standing s ON s.tenant_id = l.tenant_id AND s.branch_id = l.branch_id AND s.variant_id = l.variant_id AND s.place = l.place
  WHERE l.on_hand <> 0::numeric OR l.reserved <> 0::numeric OR s.requires_recount
UNION ALL
 SELECT s.tenant_id,
    s.branch_id,
    s.variant_id,
    s.place,
    s.batch_id,
    s.last_counted_at,
    s.requires_recount,
    s.reason
   FROM counts.standing s
  WHERE s.requires_recount AND NOT (EXISTS ( SELECT
           FROM inventory.read_place l
          WHERE l.tenant_id = s.tenant_id AND l.branch_id = s.branch_id AND l.variant_id = s.variant_id AND l.place = s.place));
COMMENT ON VIEW counts.read_due IS 'What there is to count: places where something lies or is kept for somebody, and those that are to be counted again.';
GRANT SELECT ON TABLE counts.read_due TO comptoir_app;
GRANT SELECT ON TABLE counts.read_due TO comptoir_read;

CREATE VIEW counts.read_standing WITH (security_invoker=true) AS
 SELECT tenant_id,
    branch_id,
    variant_id,
    batch_id,
    place,
    last_counted_at,
    requires_recount
   FROM counts.standing s;
COMMENT ON VIEW counts.read_standing IS 'Published: when stock was last counted, and whether it is to be counted again.';
GRANT SELECT ON TABLE counts.read_standing TO comptoir_app;
GRANT SELECT ON TABLE counts.read_standing TO comptoir_read;

CREATE OR REPLACE FUNCTION counts.add_lines(p_tenant uuid, p_count uuid, p_places jsonb)
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
BEGIN
  PERFORM platform.assert_tenant(p_tenant);
  INSERT INTO counts.line (tenant_id, id, count_id, branch_id, variant_id, batch_id, name, sku, batch_number, expected, level_version, is_open)
  SELECT p_tenant, uuidv7(), c.id, c.branch_id, k.variant_id, k.batch_id,
         concat_ws(', ', p.name, (SELECT string_agg(o.value ->> 'value', ', ' ORDER BY o.position)
                                  FROM jsonb_array_elements(v.options) WITH ORDINALITY AS o (value, position))),
         v.sku, b.number, coalesce(l.on_hand, 0), coalesce(l.version, 0), true
  FROM (SELECT DISTINCT k.variant_id, k.batch_id FROM jsonb_to_recordset(p_places) AS k (variant_id uuid, batch_id uuid)) k
  JOIN counts.count c ON c.tenant_id = p_tenant AND c.id = p_count
  JOIN catalog.variant v ON v.tenant_id = p_tenant AND v.id = k.variant_id
  JOIN catalog.product p ON p.tenant_id = p_tenant AND p.id = v.product_id
  LEFT JOIN inventory.batch b ON b.tenant_id = p_tenant AND b.id = k.batch_id
  LEFT JOIN inventory.level l ON l.tenant_id = p_tenant AND l.branch_id = c.branch_id AND l.variant_id = k.variant_id
                             AND l.place = coalesce(k.batch_id, k.variant_id)
  ORDER BY k.variant_id, coalesce(k.batch_id, k.variant_id)
  ON CONFLICT (tenant_id, count_id, variant_id, place, branch_id) DO NOTHING;
END
$function$;
COMMENT ON FUNCTION counts.add_lines(uuid,uuid,jsonb) IS 'The only way lines come into a count.';
GRANT EXECUTE ON FUNCTION counts.add_lines(uuid,uuid,jsonb) TO comptoir_app;

CREATE OR REPLACE FUNCTION counts.choose(p_tenant uuid, p_branch uuid, p_variants uuid[], p_category uuid, p_is_due boolean, p_counted_before timestamp with time zone)
 RETURNS SETOF uuid
 LANGUAGE plpgsql
 STABLE SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
BEGIN
  PERFORM platform.assert_tenant(p_tenant);
  RETURN QUERY
  WITH RECURSIVE below AS (
    SELECT c.id, 1 AS depth FROM catalog.category c WHERE c.tenant_id = p_tenant AND c.id = p_category
    UNION ALL
    SELECT c.id, b.depth + 1 FROM catalog.category c JOIN below b ON c.parent_id = b.id WHERE c.tenant_id = p_tenant AND b.depth < 100
  ), candidate AS (
    SELECT given.id FROM unnest(p_variants) AS given (id)
    UNION
    SELECT l.variant_id FROM inventory.level l WHERE l.tenant_id = p_tenant AND l.branch_id = p_branch AND p_variants IS NULL
    UNION
    SELECT s.variant_id FROM counts.standing s
    WHERE s.tenant_id = p_tenant AND s.branch_id = p_branch AND s.requires_recount AND p_variants IS NULL
  )
  SELECT k.id FROM candidate k
  JOIN catalog.variant v ON v.tenant_id = p_tenant AND v.id = k.id
  JOIN catalog.product p ON p.tenant_id = p_tenant AND p.id = v.product_id AND p.kind = 'stocked'
  WHERE (p_category IS NULL OR p.category_id IN (SELECT b.id FROM below b))
    AND ((v.deleted_at IS NULL AND p.deleted_at IS NULL) OR EXISTS (
      SELECT FROM counts.read_due d WHERE d.tenant_id = p_tenant AND d.branch_id = p_branch AND d.variant_id = k.id))
    AND (NOT p_is_due OR (
      EXISTS (SELECT FROM counts.read_due d WHERE d.tenant_id = p_tenant AND d.branch_id = p_branch AND d.variant_id = k.id
                AND (d.requires_recount OR d.last_counted_at < p_counted_before OR (p_counted_before IS NOT NULL AND d.last_counted_at IS NULL)))
      AND NOT EXISTS (SELECT FROM counts.line o WHERE o.tenant_id = p_tenant AND o.branch_id = p_branch AND o.variant_id = k.id AND o.is_open)));
END
$function$;
GRANT EXECUTE ON FUNCTION counts.choose(uuid,uuid,uuid[],uuid,boolean,timestamp with time zone) TO comptoir_app;

CREATE OR REPLACE FUNCTION counts.close_lines(p_tenant uuid, p_count uuid, p_is_approved boolean)
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
DECLARE
  v_now CONSTANT timestamptz := transaction_timestamp();
BEGIN
  PERFORM platform.assert_tenant(p_tenant);
  IF p_is_approved THEN
    INSERT INTO counts.standing (tenant_id, branch_id, variant_id, batch_id, last_counted_at)
    SELECT p_tenant, l.branch_id, l.variant_id, l.batch_id, l.counted_at FROM counts.line l
    WHERE l.tenant_id = p_tenant AND l.count_id = p_count AND l.counted IS NOT NULL
    ORDER BY l.branch_id, l.variant_id, l.place
    ON CONFLICT (tenant_id, branch_id, variant_id, place) DO UPDATE
    -- What somebody asked for after it was counted is still asked for.
    SET last_counted_at = excluded.last_counted_at, updated_at = v_now,
        requires_recount = standing.requires_recount AND standing.updated_at > excluded.last_counted_at,
        reason = CASE WHEN standing.requires_recount AND standing.updated_at > excluded.last_counted_at THEN standing.reason END;
  ELSE
    INSERT INTO counts.standing (tenant_id, branch_id, variant_id, batch_id, requires_recount, reason)
    SELECT p_tenant, l.branch_id, l.variant_id, l.batch_id, true, 'count ' || c.number || ' was cancelled'
    FROM counts.line l JOIN counts.count c ON c.tenant_id = p_tenant AND c.id = p_count
    WHERE l.tenant_id = p_tenant AND l.count_id = p_count AND l.requires_recount
    ORDER BY l.branch_id, l.variant_id, l.place
    ON CONFLICT (tenant_id, branch_id, variant_id, place) DO UPDATE
    SET requires_recount = true, reason = excluded.reason, updated_at = v_now;
  END IF;
  UPDATE counts.line l SET is_open = false, updated_at = v_now WHERE l.tenant_id = p_tenant AND l.count_id = p_count;
END
$function$;
COMMENT ON FUNCTION counts.close_lines(uuid,uuid,boolean) IS 'Called by counts.move_on alone.';

CREATE OR REPLACE FUNCTION counts.enter(p_tenant uuid, p_entries jsonb, p_count uuid, p_actor uuid)
 RETURNS TABLE(line_id uuid, code text)
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
DECLARE
  v_now CONSTANT timestamptz := transaction_timestamp();
  v_state text;
BEGIN
  PERFORM platform.assert_tenant(p_tenant);
  SELECT c.state INTO v_state FROM counts.count c WHERE c.tenant_id = p_tenant AND c.id = p_count FOR SHARE;
  IF v_state IS DISTINCT FROM 'open' THEN
    RETURN QUERY SELECT NULL::uuid, 'count_not_open' FROM jsonb_array_elements(p_entries);
    RETURN;
  END IF;
  PERFORM counts.add_lines(p_tenant, p_count, p_entries);
  PERFORM FROM counts.line l
  JOIN jsonb_to_recordset(p_entries) AS e (variant_id uuid, batch_id uuid)
    ON l.variant_id = e.variant_id AND l.place = coalesce(e.batch_id, e.variant_id)
  WHERE l.tenant_id = p_tenant AND l.count_id = p_count
  ORDER BY l.variant_id, l.place FOR NO KEY UPDATE OF l;

  RETURN QUERY
  WITH found AS MATERIALIZED (
    SELECT l.id AS line_id, l.times_counted + 1 AS number, e.id, e.counted, coalesce(v.on_hand, 0) AS expected,
           coalesce(v.version, 0) AS level_version, e.position
    FROM ROWS FROM (jsonb_to_recordset(p_entries) AS (id uuid, variant_id uuid, batch_id uuid, counted numeric))
         WITH ORDINALITY AS e (id, variant_id, batch_id, counted, position)
    JOIN counts.line l ON l.tenant_id = p_tenant AND l.count_id = p_count AND l.variant_id = e.variant_id
                      AND l.place = coalesce(e.batch_id, e.variant_id)
    LEFT JOIN inventory.level v ON v.tenant_id = p_tenant AND v.branch_id = l.branch_id AND v.variant_id = l.variant_id AND v.place = l.place
  ), kept AS (
    INSERT INTO counts.entry (tenant_id, id, count_id, line_id, number, counted, expected, level_version, actor_id, recorded_at)
    SELECT p_tenant, f.id, p_count, f.line_id, f.number, f.counted, f.expected, f.level_version, p_actor, v_now FROM found f
  ), changed AS (
    UPDATE counts.line l SET counted = f.counted, counted_by = p_actor, counted_at = v_now, expected = f.expected,
      level_version = f.level_version, times_counted = f.number, is_recounted = l.is_recounted OR l.requires_recount,
      requires_recount = false, updated_at = v_now
    FROM found f WHERE l.tenant_id = p_tenant AND l.id = f.line_id
  )
  SELECT f.line_id, NULL::text FROM found f ORDER BY f.position;
END
$function$;
COMMENT ON FUNCTION counts.enter(uuid,jsonb,uuid,uuid) IS 'The only writer of what was counted.';
GRANT EXECUTE ON FUNCTION counts.enter(uuid,jsonb,uuid,uuid) TO comptoir_app;

CREATE OR REPLACE FUNCTION counts.hold(p_tenant uuid, p_count uuid, p_alone boolean)
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
BEGIN
  PERFORM platform.assert_tenant(p_tenant);
  IF p_alone THEN
    PERFORM FROM counts.count c WHERE c.tenant_id = p_tenant AND c.id = p_count FOR NO KEY UPDATE;
  ELSE
    PERFORM FROM counts.count c WHERE c.tenant_id = p_tenant AND c.id = p_count FOR SHARE;
  END IF;
END
$function$;
COMMENT ON FUNCTION counts.hold(uuid,uuid,boolean) IS 'Holds a count: requests may lock no row that they may not change.';
GRANT EXECUTE ON FUNCTION counts.hold(uuid,uuid,boolean) TO comptoir_app;

CREATE OR REPLACE FUNCTION counts.move_on(p_tenant uuid, p_step jsonb)
 RETURNS TABLE(number integer, code text)
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
DECLARE
  v_now CONSTANT timestamptz := transaction_timestamp();
  v_step record;
  v_state text;
  v_code text;
  v_number integer;
BEGIN
  PERFORM platform.assert_tenant(p_tenant);
  SELECT s.* INTO v_step FROM jsonb_to_record(p_step) AS s (id uuid, count_id uuid, action text, reason text, actor_id uuid, recount uuid[]);
  SELECT c.state INTO v_state FROM counts.count c WHERE c.tenant_id = p_tenant AND c.id = v_step.count_id FOR NO KEY UPDATE;
  v_code := CASE
    WHEN v_step.action IN ('cancel', 'lift_freeze') AND v_state NOT IN ('open', 'submitted') THEN 'count_closed'
    WHEN v_step.action = 'submit' AND v_state <> 'open' THEN 'count_not_open'
    WHEN v_step.action IN ('send_back', 'approve') AND v_state <> 'submitted' THEN 'count_not_submitted'
    WHEN v_step.action = 'approve' AND (
      EXISTS (SELECT FROM counts.entry e WHERE e.tenant_id = p_tenant AND e.count_id = v_step.count_id AND e.actor_id = v_step.actor_id)
      OR EXISTS (SELECT FROM counts.step s WHERE s.tenant_id = p_tenant AND s.count_id = v_step.count_id AND s.action = 'submit' AND s.actor_id = v_step.actor_id))
      THEN 'count_approved_by_counter'
    WHEN v_step.action IN ('submit', 'approve')
      AND EXISTS (SELECT FROM counts.line l WHERE l.tenant_id = p_tenant AND l.count_id = v_step.count_id AND l.requires_recount) THEN 'recount_required'
  END;
  IF v_code IS NOT NULL THEN
    RETURN QUERY SELECT NULL::integer, v_code;
    RETURN;
  END IF;

  SELECT max(s.number) + 1 INTO v_number FROM counts.step s WHERE s.tenant_id = p_tenant AND s.count_id = v_step.count_id;
  INSERT INTO counts.step (tenant_id, id, count_id, number, action, reason, actor_id, recorded_at)
  VALUES (p_tenant, v_step.id, v_step.count_id, v_number, v_step.action, v_step.reason, v_step.actor_id, v_now);
  UPDATE counts.line l SET requires_recount = true, updated_at = v_now
  WHERE l.tenant_id = p_tenant AND l.count_id = v_step.count_id AND l.id = ANY (v_step.recount);
  IF v_step.action IN ('approve', 'cancel') THEN
    PERFORM counts.close_lines(p_tenant, v_step.count_id, v_step.action = 'approve');
  END IF;
  UPDATE counts.count c SET
    state = CASE v_step.action WHEN 'submit' THEN 'submitted' WHEN 'send_back' THEN 'open' WHEN 'approve' THEN 'approved'
                               WHEN 'cancel' THEN 'cancelled' ELSE c.state END,
    frozen_until = CASE WHEN v_step.action IN ('submit', 'send_back') THEN c.frozen_until END,
    version = c.version + 1, updated_at = v_now
  WHERE c.tenant_id = p_tenant AND c.id = v_step.count_id;
  RETURN QUERY SELECT v_number, NULL::text;
END
$function$;
COMMENT ON FUNCTION counts.move_on(uuid,jsonb) IS 'The only way a count changes its state.';
GRANT EXECUTE ON FUNCTION counts.move_on(uuid,jsonb) TO comptoir_app;

CREATE OR REPLACE FUNCTION counts.open(p_tenant uuid, p_count jsonb, p_variants uuid[])
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
DECLARE
  v_count record;
BEGIN
  PERFORM platform.assert_tenant(p_tenant);
  SELECT c.* INTO v_count FROM jsonb_to_record(p_count) AS c (
    id uuid, number bigint, branch_id uuid, subject text, category_id uuid, not_counted_for_days integer, is_blind boolean,
    frozen_until timestamptz, notes text, step_id uuid, actor_id uuid);
  INSERT INTO counts.count (tenant_id, id, number, branch_id, subject, category_id, not_counted_for_days, is_blind, frozen_until, notes)
  VALUES (p_tenant, v_count.id, v_count.number, v_count.branch_id, v_count.subject, v_count.category_id, v_count.not_counted_for_days,
          v_count.is_blind, v_count.frozen_until, v_count.notes);
  INSERT INTO counts.step (tenant_id, id, count_id, number, action, actor_id, recorded_at)
  VALUES (p_tenant, v_count.step_id, v_count.id, 1, 'open', v_count.actor_id, transaction_timestamp());
  PERFORM counts.add_lines(p_tenant, v_count.id, (
    SELECT jsonb_agg(jsonb_build_object('variant_id', k.id, 'batch_id', d.batch_id))
    FROM unnest(p_variants) AS k (id)
    LEFT JOIN counts.read_due d ON d.tenant_id = p_tenant AND d.branch_id = v_count.branch_id AND d.variant_id = k.id));
END
$function$;
COMMENT ON FUNCTION counts.open(uuid,jsonb,uuid[]) IS 'The only way a count begins.';
GRANT EXECUTE ON FUNCTION counts.open(uuid,jsonb,uuid[]) TO comptoir_app;

CREATE OR REPLACE FUNCTION counts.require_recount(p_tenant uuid, p_branch uuid, p_variants uuid[], p_reason text)
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
BEGIN
  PERFORM platform.assert_tenant(p_tenant);
  INSERT INTO counts.standing (tenant_id, branch_id, variant_id, batch_id, requires_recount, reason)
  SELECT p_tenant, p_branch, k.id, d.batch_id, true, p_reason
  FROM (SELECT DISTINCT k.id FROM unnest(p_variants) AS k (id)) k
  LEFT JOIN counts.read_due d ON d.tenant_id = p_tenant AND d.branch_id = p_branch AND d.variant_id = k.id
  ORDER BY k.id, coalesce(d.batch_id, k.id)
  ON CONFLICT (tenant_id, branch_id, variant_id, place) DO UPDATE
  SET requires_recount = true, reason = excluded.reason, updated_at = transaction_timestamp();
END
$function$;
COMMENT ON FUNCTION counts.require_recount(uuid,uuid,uuid[],text) IS 'The only way somebody asks for a recount.';
GRANT EXECUTE ON FUNCTION counts.require_recount(uuid,uuid,uuid[],text) TO comptoir_app;
