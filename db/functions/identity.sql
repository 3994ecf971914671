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
