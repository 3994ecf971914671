-- Moves transfers of one tenant on, in order. Takes [{id, transfer_id, version, action, state, reason, actor_id, parts, outcomes}, …]:
-- version is the one that was read, state the one from now on; parts are what leaves by a dispatch, [{id, line_id, variant_id,
-- batch_id, quantity, value}, …]; outcomes are what becomes of parts, [{id, part_id, kind, quantity, value}, …].
-- Returns one row a step, in order: the version of the transfer now, or code: transfer_not_found, already_exists,
-- version_conflict, transfer_over_receipt (more becomes of a part than is open), transfer_not_settled (finished with
-- something open). The stock and the books are moved by the caller in the same transaction. Locks the transfers in the
-- order of their ids.
CREATE OR REPLACE FUNCTION transfers.record(p_tenant uuid, p_steps jsonb)
RETURNS TABLE (version integer, code text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
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
$$;
COMMENT ON FUNCTION transfers.record(uuid, jsonb) IS 'The only way transfers move on, and the only writer of what became of their goods.';
GRANT EXECUTE ON FUNCTION transfers.record(uuid, jsonb) TO comptoir_app;
