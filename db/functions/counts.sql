-- The variants that a count of a branch is about: those given, or else those that the branch has or had; of a category with what
-- lies below it; where p_is_due, only those that are to be counted again, and those not counted since p_counted_before or never,
-- unless they are being counted. What left the catalogue is left out, unless there is something of it to count.
CREATE OR REPLACE FUNCTION counts.choose(
  p_tenant uuid, p_branch uuid, p_variants uuid[], p_category uuid, p_is_due boolean, p_counted_before timestamptz)
RETURNS SETOF uuid
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
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
$$;
GRANT EXECUTE ON FUNCTION counts.choose(uuid, uuid, uuid[], uuid, boolean, timestamptz) TO comptoir_app;

-- Locks a count until the end of the transaction: shared by those who enter lines, alone by who moves it on.
CREATE OR REPLACE FUNCTION counts.hold(p_tenant uuid, p_count uuid, p_alone boolean) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  PERFORM platform.assert_tenant(p_tenant);
  IF p_alone THEN
    PERFORM FROM counts.count c WHERE c.tenant_id = p_tenant AND c.id = p_count FOR NO KEY UPDATE;
  ELSE
    PERFORM FROM counts.count c WHERE c.tenant_id = p_tenant AND c.id = p_count FOR SHARE;
  END IF;
END
$$;
COMMENT ON FUNCTION counts.hold(uuid, uuid, boolean) IS 'Holds a count: requests may lock no row that they may not change.';
GRANT EXECUTE ON FUNCTION counts.hold(uuid, uuid, boolean) TO comptoir_app;

-- Adds lines to a count that has none for these places yet, with what the books say now. Takes [{variant_id, batch_id}, …].
CREATE OR REPLACE FUNCTION counts.add_lines(p_tenant uuid, p_count uuid, p_places jsonb) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
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
$$;
COMMENT ON FUNCTION counts.add_lines(uuid, uuid, jsonb) IS 'The only way lines come into a count.';
GRANT EXECUTE ON FUNCTION counts.add_lines(uuid, uuid, jsonb) TO comptoir_app;

-- Opens a count of variants of a branch. Takes {id, number, branch_id, subject, category_id, not_counted_for_days, is_blind,
-- frozen_until, notes, step_id, actor_id}. It has a line for each place where something of a variant lies, is kept for somebody, or
-- is to be counted again, and one without a batch for a variant that has no such place.
CREATE OR REPLACE FUNCTION counts.open(p_tenant uuid, p_count jsonb, p_variants uuid[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
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
$$;
COMMENT ON FUNCTION counts.open(uuid, jsonb, uuid[]) IS 'The only way a count begins.';
GRANT EXECUTE ON FUNCTION counts.open(uuid, jsonb, uuid[]) TO comptoir_app;

-- Enters what an employee counted. Takes [{id, variant_id, batch_id, counted}, …], no place twice; returns one row each, in order: the
-- line, or code: count_not_open. A place without a line gets one. What the books say is read now, so that whatever moves
-- afterwards comes on top of what was counted. Locks the count, shared, then the lines in the order of their places.
CREATE OR REPLACE FUNCTION counts.enter(p_tenant uuid, p_entries jsonb, p_count uuid, p_actor uuid)
RETURNS TABLE (line_id uuid, code text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
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
$$;
COMMENT ON FUNCTION counts.enter(uuid, jsonb, uuid, uuid) IS 'The only writer of what was counted.';
GRANT EXECUTE ON FUNCTION counts.enter(uuid, jsonb, uuid, uuid) TO comptoir_app;

-- Moves a count on. Takes {id, count_id, action, reason, actor_id, recount: [line, …]}; returns the number of the step, or code:
-- count_not_open, count_not_submitted, count_closed, recount_required, count_approved_by_counter. submit and send_back say which
-- lines are to be counted again. Locks the count, so that nobody enters lines meanwhile.
CREATE OR REPLACE FUNCTION counts.move_on(p_tenant uuid, p_step jsonb)
RETURNS TABLE (number integer, code text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
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
$$;
COMMENT ON FUNCTION counts.move_on(uuid, jsonb) IS 'The only way a count changes its state.';
GRANT EXECUTE ON FUNCTION counts.move_on(uuid, jsonb) TO comptoir_app;

-- Ends the lines of a count. Approved, what was counted is known to be so; cancelled, what was to be counted again still is.
CREATE OR REPLACE FUNCTION counts.close_lines(p_tenant uuid, p_count uuid, p_is_approved boolean) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
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
$$;
COMMENT ON FUNCTION counts.close_lines(uuid, uuid, boolean) IS 'Called by counts.move_on alone.';

-- Says that variants of a branch are to be counted again, wherever something of them lies.
CREATE OR REPLACE FUNCTION counts.require_recount(p_tenant uuid, p_branch uuid, p_variants uuid[], p_reason text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
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
$$;
COMMENT ON FUNCTION counts.require_recount(uuid, uuid, uuid[], text) IS 'The only way somebody asks for a recount.';
GRANT EXECUTE ON FUNCTION counts.require_recount(uuid, uuid, uuid[], text) TO comptoir_app;
