-- Keeps signed certificates of one tenant. Takes [{id, body, signature}, …], the signature in base64; returns the ids of those that
-- were kept, in order. One whose body speaks of another tenant or has another id is not kept.
CREATE OR REPLACE FUNCTION integrity.record(p_tenant uuid, p_certificates jsonb) RETURNS SETOF uuid
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  PERFORM platform.assert_tenant(p_tenant);
  RETURN QUERY
  INSERT INTO integrity.certificate (tenant_id, id, reason, verdict, lines, taken_at, head_seq, head_hash, key_id, body, sha256,
    signature, recorded_at)
  SELECT p_tenant, g.id, g.said ->> 'reason', g.said ->> 'verdict',
         (SELECT coalesce(jsonb_agg(l.value - 'first' ORDER BY l.position), '[]')
          FROM jsonb_array_elements(g.said -> 'lines') WITH ORDINALITY AS l (value, position)),
         (g.said ->> 'taken_at')::timestamptz, (g.said -> 'chain' ->> 'seq')::bigint, decode(g.said -> 'chain' ->> 'hash', 'hex'),
         g.said ->> 'key_id', g.body, sha256(convert_to(g.body, 'UTF8')), decode(g.signature, 'base64'), transaction_timestamp()
  FROM (
    SELECT c.id, c.body, c.body::jsonb AS said, c.signature, c.position
    FROM ROWS FROM (jsonb_to_recordset(p_certificates) AS (id uuid, body text, signature text))
         WITH ORDINALITY AS c (id, body, signature, position)) g
  WHERE (g.said ->> 'tenant_id')::uuid = p_tenant AND (g.said ->> 'id')::uuid = g.id
  ORDER BY g.position
  RETURNING certificate.id;
END
$$;
COMMENT ON FUNCTION integrity.record(uuid, jsonb) IS 'The only writer of certificates.';
GRANT EXECUTE ON FUNCTION integrity.record(uuid, jsonb) TO comptoir_app;
