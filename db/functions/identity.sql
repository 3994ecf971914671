-- Notes that a session was used, and lengthens one of a till to so many days from then (null: leaves its end). Waits for
-- nobody: of requests that come at once one writes, and the others go on.
DROP FUNCTION IF EXISTS identity.touch_session(uuid, timestamptz);
CREATE OR REPLACE FUNCTION identity.touch_session(p_session uuid, p_now timestamptz, p_till_days integer) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  UPDATE identity.session s
  SET used_at = p_now, updated_at = p_now,
      expires_at = CASE WHEN s.kind = 'till' AND p_till_days IS NOT NULL THEN p_now + p_till_days * interval '1 day'
                        ELSE s.expires_at END
  FROM (SELECT id FROM identity.session WHERE id = p_session FOR UPDATE SKIP LOCKED) AS free
  WHERE s.id = free.id;
END
$$;
COMMENT ON FUNCTION identity.touch_session(uuid, timestamptz, integer) IS 'Called by tenants.touch_session, at most every five minutes a session.';

-- Opens a session of a cashier, which ends when it says, however much it is used. Takes {id, user_id, token_hash, expires_at,
-- address, user_agent}.
CREATE OR REPLACE FUNCTION identity.open_cashier_session(p_session jsonb) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  INSERT INTO identity.session (id, user_id, token_hash, expires_at, ip_address, user_agent, kind, used_at)
  SELECT s.id, s.user_id, s.token_hash, s.expires_at, s.address, s.user_agent, 'cashier', transaction_timestamp()
  FROM jsonb_to_record(p_session) AS s (id uuid, user_id uuid, token_hash text, expires_at timestamptz, address text,
                                        user_agent text);
END
$$;
COMMENT ON FUNCTION identity.open_cashier_session(jsonb) IS 'Called by tenants.open_cashier_session, which binds what it opens.';

-- Ends sessions of cashiers; those of other kinds stay.
CREATE OR REPLACE FUNCTION identity.end_cashier_sessions(p_sessions uuid[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  DELETE FROM identity.session s WHERE s.id = ANY (p_sessions) AND s.kind = 'cashier';
END
$$;
COMMENT ON FUNCTION identity.end_cashier_sessions(uuid[]) IS 'Called by tenants.end_cashier_sessions.';
