-- Locks registers until the end of the transaction, in the order of their ids, and answers with where their receipts stand.
-- Comes after locks on sessions, stock and accounts. Registers that there are not are left out.
CREATE OR REPLACE FUNCTION registers.hold(p_tenant uuid, p_registers uuid[])
RETURNS TABLE (id uuid, branch_id uuid, code text, is_active boolean, last_sequence bigint, head_hash bytea)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  PERFORM platform.assert_tenant(p_tenant);
  RETURN QUERY
  SELECT r.id, r.branch_id, r.code, r.is_active, r.last_sequence, r.head_hash FROM registers.register r
  WHERE r.tenant_id = p_tenant AND r.id = ANY (p_registers)
  ORDER BY r.id FOR NO KEY UPDATE;
END
$$;
COMMENT ON FUNCTION registers.hold(uuid, uuid[]) IS 'Holds registers while their receipts are numbered.';
GRANT EXECUTE ON FUNCTION registers.hold(uuid, uuid[]) TO comptoir_app;

-- Moves registers on to their last receipts. Takes [{id, last_sequence, head_hash: hex or null}, …], no register twice; whoever
-- records receipts holds them and calls it. A null hash leaves the one there is.
CREATE OR REPLACE FUNCTION registers.advance(p_tenant uuid, p_registers jsonb) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  PERFORM platform.assert_tenant(p_tenant);
  UPDATE registers.register r SET
    last_sequence = n.last_sequence,
    head_hash = coalesce(decode(n.head_hash, 'hex'), r.head_hash),
    updated_at = transaction_timestamp()
  FROM jsonb_to_recordset(p_registers) AS n (id uuid, last_sequence bigint, head_hash text)
  WHERE r.tenant_id = p_tenant AND r.id = n.id AND n.last_sequence > r.last_sequence;
END
$$;
COMMENT ON FUNCTION registers.advance(uuid, jsonb) IS 'The only writer of where the receipts of a register stand. Called by functions that record receipts.';
