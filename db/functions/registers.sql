-- Locks registers until the end of the transaction, in the order of their ids, and answers with where their receipts stand and which
-- device is bound to them: whoever binds one holds its register, too. Comes after locks on sessions, stock and accounts. Registers
-- that there are not are left out.
CREATE OR REPLACE FUNCTION registers.hold(p_tenant uuid, p_registers uuid[])
RETURNS TABLE (id uuid, branch_id uuid, code text, is_active boolean, last_sequence bigint, head_hash bytea, device_id uuid)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  PERFORM platform.assert_tenant(p_tenant);
  PERFORM FROM registers.register r WHERE r.tenant_id = p_tenant AND r.id = ANY (p_registers) ORDER BY r.id FOR NO KEY UPDATE;
  -- Read once they are held: what is read beside a lock may be older than it.
  RETURN QUERY
  SELECT r.id, r.branch_id, r.code, r.is_active, r.last_sequence, r.head_hash, d.id FROM registers.register r
  LEFT JOIN registers.device d ON d.tenant_id = p_tenant AND d.register_id = r.id
  WHERE r.tenant_id = p_tenant AND r.id = ANY (p_registers)
  ORDER BY r.id;
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
  WHERE r.tenant_id = p_tenant AND r.id = n.id AND n.last_sequence >= r.last_sequence;
END
$$;
COMMENT ON FUNCTION registers.advance(uuid, jsonb) IS 'The only writer of where the receipts of a register stand. Called by functions that record receipts.';

-- Moves a device on to the last slip it sealed at the register it is bound to; at another one it stays as it is. Called by functions
-- that record slips.
CREATE OR REPLACE FUNCTION registers.advance_device(p_tenant uuid, p_device uuid, p_register uuid, p_head_hash bytea) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  PERFORM platform.assert_tenant(p_tenant);
  UPDATE registers.device d SET head_hash = p_head_hash, updated_at = transaction_timestamp()
  WHERE d.tenant_id = p_tenant AND d.id = p_device AND d.register_id = p_register;
END
$$;
COMMENT ON FUNCTION registers.advance_device(uuid, uuid, uuid, bytea) IS 'Moves on what the next slip of a device follows.';

-- Records what became of devices, in order. Takes [{id, device_id, action, register_id, reason, actor_id}, …]; a step about a
-- register keeps where its receipts stand, and a device that is bound goes on from there. Returns the number of each step. Who calls holds the devices and the registers.
CREATE OR REPLACE FUNCTION registers.record_device_steps(p_tenant uuid, p_steps jsonb) RETURNS SETOF integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  PERFORM platform.assert_tenant(p_tenant);
  UPDATE registers.device d SET head_hash = r.head_hash
  FROM jsonb_to_recordset(p_steps) AS s (device_id uuid, action text, register_id uuid)
  JOIN registers.register r ON r.tenant_id = p_tenant AND r.id = s.register_id
  WHERE d.tenant_id = p_tenant AND d.id = s.device_id AND s.action = 'bind';
  RETURN QUERY
  INSERT INTO registers.device_step (tenant_id, id, device_id, number, action, register_id, last_sequence, head_hash, reason, actor_id, recorded_at)
  SELECT p_tenant, s.id, s.device_id,
         coalesce((SELECT max(o.number) FROM registers.device_step o WHERE o.tenant_id = p_tenant AND o.device_id = s.device_id), 0)
           + row_number() OVER (PARTITION BY s.device_id ORDER BY s.position),
         s.action, s.register_id, r.last_sequence, r.head_hash, s.reason, s.actor_id, transaction_timestamp()
  FROM ROWS FROM (jsonb_to_recordset(p_steps) AS (
         id uuid, device_id uuid, action text, register_id uuid, reason text, actor_id uuid))
       WITH ORDINALITY AS s (id, device_id, action, register_id, reason, actor_id, position)
  LEFT JOIN registers.register r ON r.tenant_id = p_tenant AND r.id = s.register_id
  ORDER BY s.position
  RETURNING device_step.number;
END
$$;
COMMENT ON FUNCTION registers.record_device_steps(uuid, jsonb) IS 'The only writer of what became of devices.';
GRANT EXECUTE ON FUNCTION registers.record_device_steps(uuid, jsonb) TO comptoir_app;
