-- Holds a ticket until the end of the transaction, for a step.
CREATE OR REPLACE FUNCTION tickets.hold(p_tenant uuid, p_ticket uuid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  PERFORM platform.assert_tenant(p_tenant);
  PERFORM FROM tickets.ticket t WHERE t.tenant_id = p_tenant AND t.id = p_ticket FOR NO KEY UPDATE;
END
$$;
COMMENT ON FUNCTION tickets.hold(uuid, uuid) IS 'Holds a ticket: requests may lock no row that they may not change.';
GRANT EXECUTE ON FUNCTION tickets.hold(uuid, uuid) TO comptoir_app;

-- Parks tickets and moves them on. Takes [{id, action, register_id, reason, sale_id, actor_id, content}, …], no ticket twice; content is
-- {branch_id, label, customer_id, channel_id, total, names, lines, discount, discount_reason} and, to park one, number; null where
-- it stays. Returns one row each, in order: the code of what is wrong, or null. Locks the tickets in the order of their ids.
CREATE OR REPLACE FUNCTION tickets.record(p_tenant uuid, p_steps jsonb) RETURNS TABLE (code text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  v_now CONSTANT timestamptz := transaction_timestamp();
  v_step record;
  v_content record;
  v_state text;
BEGIN
  PERFORM platform.assert_tenant(p_tenant);
  PERFORM FROM tickets.ticket t
  WHERE t.tenant_id = p_tenant AND t.id IN (SELECT (s.value ->> 'id')::uuid FROM jsonb_array_elements(p_steps) s)
  ORDER BY t.id FOR NO KEY UPDATE;

  FOR v_step IN
    SELECT s.* FROM ROWS FROM (jsonb_to_recordset(p_steps)
      AS (id uuid, action text, register_id uuid, reason text, sale_id uuid, actor_id uuid, content jsonb)) WITH ORDINALITY AS s
      (id, action, register_id, reason, sale_id, actor_id, content, position)
    ORDER BY s.position
  LOOP
    SELECT c.* INTO v_content FROM jsonb_to_record(v_step.content) AS c (
      number bigint, branch_id uuid, label text, customer_id uuid, channel_id uuid, total numeric(19, 4), names jsonb, lines jsonb,
      discount jsonb, discount_reason text);
    IF v_step.action = 'park' THEN
      INSERT INTO tickets.ticket (tenant_id, id, number, branch_id, label, customer_id, channel_id, total, names, lines, discount, discount_reason)
      VALUES (p_tenant, v_step.id, v_content.number, v_content.branch_id, v_content.label, v_content.customer_id, v_content.channel_id,
              v_content.total, v_content.names, v_content.lines, v_content.discount, v_content.discount_reason);
    ELSE
      SELECT t.state INTO v_state FROM tickets.ticket t WHERE t.tenant_id = p_tenant AND t.id = v_step.id;
      code := CASE
        WHEN v_state IS NULL THEN 'ticket_not_found'
        WHEN v_state = 'discarded' THEN 'ticket_discarded'
        WHEN v_state = 'sold' THEN 'ticket_sold'
        WHEN v_step.action = 'take' AND v_state = 'taken' THEN 'ticket_taken'
        WHEN v_step.action = 'put_back' AND v_state = 'open' THEN 'ticket_not_taken'
      END;
      IF code IS NOT NULL THEN
        RETURN NEXT;
        CONTINUE;
      END IF;
      UPDATE tickets.ticket t SET
        state = CASE v_step.action WHEN 'take' THEN 'taken' WHEN 'discard' THEN 'discarded' WHEN 'sell' THEN 'sold' ELSE 'open' END,
        label = CASE WHEN v_content.lines IS NULL THEN t.label ELSE v_content.label END,
        customer_id = CASE WHEN v_content.lines IS NULL THEN t.customer_id ELSE v_content.customer_id END,
        channel_id = CASE WHEN v_content.lines IS NULL THEN t.channel_id ELSE v_content.channel_id END,
        total = CASE WHEN v_content.lines IS NULL THEN t.total ELSE v_content.total END,
        names = coalesce(v_content.names, t.names),
        lines = coalesce(v_content.lines, t.lines),
        discount = CASE WHEN v_content.lines IS NULL THEN t.discount ELSE v_content.discount END,
        discount_reason = CASE WHEN v_content.lines IS NULL THEN t.discount_reason ELSE v_content.discount_reason END,
        version = t.version + 1,
        updated_at = v_now
      WHERE t.tenant_id = p_tenant AND t.id = v_step.id;
    END IF;
    INSERT INTO tickets.step (tenant_id, ticket_id, number, action, register_id, reason, total, sale_id, actor_id, recorded_at)
    SELECT p_tenant, t.id, t.version, v_step.action, v_step.register_id, v_step.reason, t.total, v_step.sale_id, v_step.actor_id, v_now
    FROM tickets.ticket t WHERE t.tenant_id = p_tenant AND t.id = v_step.id;
    code := NULL;
    RETURN NEXT;
  END LOOP;
END
$$;
COMMENT ON FUNCTION tickets.record(uuid, jsonb) IS 'The only writer of tickets and what was done with them.';
GRANT EXECUTE ON FUNCTION tickets.record(uuid, jsonb) TO comptoir_app;

-- Takes names and prescriptions off the tickets of a customer.
CREATE OR REPLACE FUNCTION tickets.forget_customer(p_tenant uuid, p_customer uuid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  PERFORM platform.assert_tenant(p_tenant);
  UPDATE tickets.ticket t SET
    label = NULL,
    lines = (SELECT jsonb_agg(l.value - 'prescription' ORDER BY l.position) FROM jsonb_array_elements(t.lines) WITH ORDINALITY AS l (value, position)),
    version = t.version + 1,
    updated_at = transaction_timestamp()
  WHERE t.tenant_id = p_tenant AND t.customer_id = p_customer;
END
$$;
COMMENT ON FUNCTION tickets.forget_customer(uuid, uuid) IS 'Empties what is personal of the tickets of a customer.';
GRANT EXECUTE ON FUNCTION tickets.forget_customer(uuid, uuid) TO comptoir_app;
