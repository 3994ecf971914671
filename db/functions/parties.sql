-- Replaces what a party is found by. Needs a function, because requests delete nothing.
CREATE OR REPLACE FUNCTION parties.put_terms(p_tenant uuid, p_party uuid, p_terms text[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  PERFORM platform.assert_tenant(p_tenant);
  DELETE FROM parties.term t WHERE t.tenant_id = p_tenant AND t.party_id = p_party AND t.term <> ALL (p_terms);
  INSERT INTO parties.term (tenant_id, party_id, term)
  SELECT p_tenant, p_party, new.term FROM (SELECT DISTINCT unnest(p_terms) AS term) new ORDER BY new.term
  ON CONFLICT DO NOTHING;
END
$$;
COMMENT ON FUNCTION parties.put_terms(uuid, uuid, text[]) IS 'Writes the terms that a party is searched by.';
GRANT EXECUTE ON FUNCTION parties.put_terms(uuid, uuid, text[]) TO comptoir_app;

-- Adds what new parties are found by, [{party_id, terms: [text]}, …].
CREATE OR REPLACE FUNCTION parties.index_terms(p_tenant uuid, p_parties jsonb) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  PERFORM platform.assert_tenant(p_tenant);
  INSERT INTO parties.term (tenant_id, party_id, term)
  SELECT p_tenant, given.party_id, term.value
  FROM jsonb_to_recordset(p_parties) AS given (party_id uuid, terms jsonb)
  CROSS JOIN LATERAL jsonb_array_elements_text(given.terms) AS term (value)
  ON CONFLICT DO NOTHING;
END
$$;
COMMENT ON FUNCTION parties.index_terms(uuid, jsonb) IS 'Writes the terms that many new parties are searched by.';
GRANT EXECUTE ON FUNCTION parties.index_terms(uuid, jsonb) TO comptoir_app;

-- Records decisions on vendors and retailers. Takes [{id, party_role_id, decision, reason, actor_id}, …]; returns one row a
-- decision, in order: its number, or code: role_not_found, already_decided. Locks the roles in the order of their ids.
CREATE OR REPLACE FUNCTION parties.decide(p_tenant uuid, p_decisions jsonb)
RETURNS TABLE (number integer, code text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  v_decision record;
  v_approval text;
  v_number integer;
BEGIN
  PERFORM platform.assert_tenant(p_tenant);
  PERFORM FROM parties.party_role r
  WHERE r.tenant_id = p_tenant AND r.id IN (SELECT (d.value ->> 'party_role_id')::uuid FROM jsonb_array_elements(p_decisions) d)
  ORDER BY r.id FOR NO KEY UPDATE;
  FOR v_decision IN
    SELECT d.* FROM ROWS FROM (jsonb_to_recordset(p_decisions) AS (id uuid, party_role_id uuid, decision text, reason text, actor_id uuid))
                    WITH ORDINALITY AS d (id, party_role_id, decision, reason, actor_id, position)
    ORDER BY d.position
  LOOP
    SELECT r.approval INTO v_approval FROM parties.party_role r
    WHERE r.tenant_id = p_tenant AND r.id = v_decision.party_role_id AND r.approval IS NOT NULL AND r.ended_at IS NULL;
    IF NOT FOUND THEN
      RETURN QUERY SELECT NULL::integer, 'role_not_found';
    ELSIF v_approval = v_decision.decision THEN
      RETURN QUERY SELECT NULL::integer, 'already_decided';
    ELSE
      SELECT coalesce(max(a.number), 0) + 1 INTO v_number FROM parties.approval a
      WHERE a.tenant_id = p_tenant AND a.party_role_id = v_decision.party_role_id;
      INSERT INTO parties.approval (tenant_id, id, party_role_id, number, decision, reason, actor_id, recorded_at)
      VALUES (p_tenant, v_decision.id, v_decision.party_role_id, v_number, v_decision.decision, v_decision.reason, v_decision.actor_id, transaction_timestamp());
      UPDATE parties.party_role r SET approval = v_decision.decision, version = r.version + 1, updated_at = transaction_timestamp()
      WHERE r.tenant_id = p_tenant AND r.id = v_decision.party_role_id;
      RETURN QUERY SELECT v_number, NULL::text;
    END IF;
  END LOOP;
END
$$;
COMMENT ON FUNCTION parties.decide(uuid, jsonb) IS 'The only way vendors and retailers are approved, rejected and suspended.';
GRANT EXECUTE ON FUNCTION parties.decide(uuid, jsonb) TO comptoir_app;
