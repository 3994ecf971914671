-- Written by npm run generate from the catalogue of a migrated database, to be read and compared: it need not restore.
-- By table, with everything that belongs to it. Owners are named where they differ from the schema's,
-- grants except the owner's own; partitions are left out, since they come and go with the date.

CREATE SCHEMA integrity AUTHORIZATION comptoir_owner;
GRANT USAGE ON SCHEMA integrity TO comptoir_app;
GRANT USAGE ON SCHEMA integrity TO comptoir_read;

CREATE TABLE integrity.certificate (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  reason text NOT NULL,
  verdict text NOT NULL,
  lines jsonb NOT NULL,
  taken_at timestamp with time zone NOT NULL,
  head_seq bigint NOT NULL,
  head_hash bytea NOT NULL,
  key_id text NOT NULL,
  body text NOT NULL,
  sha256 bytea NOT NULL,
  signature bytea NOT NULL,
  recorded_at timestamp with time zone NOT NULL,
  CONSTRAINT certificate_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT certificate_hashes_are_sha_256 CHECK (octet_length(head_hash) = 32 AND octet_length(sha256) = 32),
  CONSTRAINT certificate_head_seq_not_negative CHECK (head_seq >= 0),
  CONSTRAINT certificate_lines_are_a_list CHECK (jsonb_typeof(lines) = 'array'::text),
  CONSTRAINT certificate_reason_known CHECK (reason = ANY (ARRAY['nightly'::text, 'requested'::text])),
  CONSTRAINT certificate_verdict_known CHECK (verdict = ANY (ARRAY['holds'::text, 'broken'::text])),
  CONSTRAINT certificate_key_id_fkey FOREIGN KEY (key_id) REFERENCES audit.signing_key(id)
);
COMMENT ON TABLE integrity.certificate IS 'class: tenant, append-only. What was found of a tenant at one moment: body is the exact text, sha256 its hash, which was signed; the columns beside it are derived from it. head_seq and head_hash are where the audit chain stood at that moment.';
CREATE INDEX certificate_key_id ON integrity.certificate USING btree (key_id);
CREATE INDEX certificate_taken_at ON integrity.certificate USING btree (tenant_id, taken_at, id);
ALTER TABLE integrity.certificate ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON integrity.certificate FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON integrity.certificate FOR EACH ROW EXECUTE FUNCTION platform.refuse_change();
GRANT SELECT ON TABLE integrity.certificate TO comptoir_app;
GRANT SELECT ON TABLE integrity.certificate TO comptoir_read;
REVOKE TRUNCATE ON TABLE integrity.certificate FROM comptoir_owner;

CREATE OR REPLACE FUNCTION integrity.record(p_tenant uuid, p_certificates jsonb)
 RETURNS SETOF uuid
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
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
$function$;
COMMENT ON FUNCTION integrity.record(uuid,jsonb) IS 'The only writer of certificates.';
GRANT EXECUTE ON FUNCTION integrity.record(uuid,jsonb) TO comptoir_app;
