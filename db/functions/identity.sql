-- Notes that a session was used, and lengthens one of a till to 90 days from then. Waits for nobody: of requests that
-- come at once one writes, and the others go on.
CREATE OR REPLACE FUNCTION identity.touch_session(p_session uuid, p_now timestamptz) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  UPDATE identity.session s
  SET used_at = p_now, updated_at = p_now,
      expires_at = CASE WHEN s.kind = 'till' THEN p_now + interval '90 days' ELSE s.expires_at END
  FROM (SELECT id FROM identity.session WHERE id = p_session FOR UPDATE SKIP LOCKED) AS free
  WHERE s.id = free.id;
END
$$;
COMMENT ON FUNCTION identity.touch_session(uuid, timestamptz) IS 'Called by tenants.authenticate, at most every five minutes a session.';
