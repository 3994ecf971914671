-- Written by npm run generate from the catalogue of a migrated database, to be read and compared: it need not restore.
-- By table, with everything that belongs to it. Owners are named where they differ from the schema's,
-- grants except the owner's own; partitions are left out, since they come and go with the date.

CREATE SCHEMA fx AUTHORIZATION comptoir_owner;
GRANT USAGE ON SCHEMA fx TO comptoir_app;
GRANT USAGE ON SCHEMA fx TO comptoir_read;

CREATE TABLE fx.public_rate (
  source text NOT NULL,
  base text NOT NULL,
  quote text NOT NULL,
  quoted_on date NOT NULL,
  revision integer NOT NULL,
  rate numeric(24,12) NOT NULL,
  recorded_at timestamp with time zone NOT NULL,
  CONSTRAINT public_rate_pkey PRIMARY KEY (source, base, quote, quoted_on, revision),
  CONSTRAINT public_rate_above_zero CHECK (rate > 0::numeric),
  CONSTRAINT public_rate_of_two_currencies CHECK (base <> quote)
);
COMMENT ON TABLE fx.public_rate IS 'class: shared, append-only. Rates that a public source quoted for a day; the highest revision holds. Its writer knows the currencies: two foreign keys would cost two indexes on a quarter of a million rows.';
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON fx.public_rate FOR EACH ROW EXECUTE FUNCTION platform.refuse_change();
GRANT SELECT ON TABLE fx.public_rate TO comptoir_app;
GRANT SELECT ON TABLE fx.public_rate TO comptoir_read;
REVOKE TRUNCATE ON TABLE fx.public_rate FROM comptoir_owner;

CREATE TABLE fx.rate (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  base text NOT NULL,
  quote text NOT NULL,
  quoted_on date NOT NULL,
  revision integer NOT NULL,
  rate numeric(24,12) NOT NULL,
  source text NOT NULL,
  actor_id uuid,
  recorded_at timestamp with time zone NOT NULL,
  CONSTRAINT rate_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT rate_revision_key UNIQUE (tenant_id, base, quote, quoted_on, revision),
  CONSTRAINT rate_above_zero CHECK (rate > 0::numeric),
  CONSTRAINT rate_of_two_currencies CHECK (base <> quote),
  CONSTRAINT rate_base_fkey FOREIGN KEY (base) REFERENCES reference.currency(code),
  CONSTRAINT rate_quote_fkey FOREIGN KEY (quote) REFERENCES reference.currency(code)
);
COMMENT ON TABLE fx.rate IS 'class: tenant, append-only. Rates that somebody of the tenant entered for a day, and where they had them from; the highest revision of a pair, whichever way round, holds.';
CREATE INDEX rate_base ON fx.rate USING btree (base);
CREATE UNIQUE INDEX rate_pair_key ON fx.rate USING btree (tenant_id, LEAST(base, quote), GREATEST(base, quote), quoted_on, revision);
CREATE INDEX rate_quote ON fx.rate USING btree (quote);
ALTER TABLE fx.rate ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON fx.rate FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON fx.rate FOR EACH ROW EXECUTE FUNCTION platform.refuse_change();
GRANT SELECT ON TABLE fx.rate TO comptoir_app;
GRANT SELECT ON TABLE fx.rate TO comptoir_read;
REVOKE TRUNCATE ON TABLE fx.rate FROM comptoir_owner;

CREATE OR REPLACE FUNCTION fx.newest_quotes(p_tenant uuid, p_days date[], p_source text, p_base text)
 RETURNS TABLE(on_day date, base text, quote text, rate numeric, quoted_on date, source text, origin text)
 LANGUAGE sql
 STABLE
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
  WITH RECURSIVE pair AS (
    (SELECT r.base, r.quote FROM fx.rate r WHERE r.tenant_id = p_tenant ORDER BY r.base, r.quote LIMIT 1)
    UNION ALL
    SELECT n.base, n.quote FROM pair p CROSS JOIN LATERAL (
      SELECT r.base, r.quote FROM fx.rate r
      WHERE r.tenant_id = p_tenant AND (r.base, r.quote) > (p.base, p.quote) ORDER BY r.base, r.quote LIMIT 1) n
  )
  (SELECT DISTINCT ON (d.day, least(p.base, p.quote), greatest(p.base, p.quote))
          d.day, p.base, p.quote, q.rate, q.quoted_on, q.source, 'own'
   FROM unnest(p_days) AS d (day) CROSS JOIN pair p CROSS JOIN LATERAL (
     SELECT r.rate, r.quoted_on, r.source, r.revision FROM fx.rate r
     WHERE r.tenant_id = p_tenant AND r.base = p.base AND r.quote = p.quote AND r.quoted_on <= d.day
     ORDER BY r.quoted_on DESC, r.revision DESC LIMIT 1) q
   ORDER BY d.day, least(p.base, p.quote), greatest(p.base, p.quote), q.quoted_on DESC, q.revision DESC)
  UNION ALL
  SELECT d.day, p_base, c.code, q.rate, q.quoted_on, p_source, 'public'
  FROM unnest(p_days) AS d (day) CROSS JOIN reference.currency c CROSS JOIN LATERAL (
    SELECT r.rate, r.quoted_on FROM fx.public_rate r
    WHERE r.source = p_source AND r.base = p_base AND r.quote = c.code AND r.quoted_on <= d.day
    ORDER BY r.quoted_on DESC, r.revision DESC LIMIT 1) q
$function$;
COMMENT ON FUNCTION fx.newest_quotes(uuid,date[],text,text) IS 'What rates between currencies are resolved from.';
GRANT EXECUTE ON FUNCTION fx.newest_quotes(uuid,date[],text,text) TO comptoir_app;

CREATE OR REPLACE FUNCTION fx.record(p_tenant uuid, p_rates jsonb)
 RETURNS TABLE(revision integer, code text)
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
DECLARE
  v_revisions integer[];
  v_codes text[];
  v_count integer;
BEGIN
  PERFORM platform.assert_tenant(p_tenant);
  SELECT array_agg(j.revision ORDER BY j.position), array_agg(j.code ORDER BY j.position) INTO v_revisions, v_codes
  FROM (
    SELECT r.position,
           1 + coalesce((SELECT max(o.revision) FROM fx.rate o
                         WHERE o.tenant_id = p_tenant AND least(o.base, o.quote) = least(r.base, r.quote)
                           AND greatest(o.base, o.quote) = greatest(r.base, r.quote) AND o.quoted_on = r.quoted_on), 0) AS revision,
           CASE WHEN EXISTS (SELECT FROM fx.rate o WHERE o.tenant_id = p_tenant AND o.id = r.id) THEN 'already_exists'
                WHEN (SELECT count(*) FROM reference.currency c WHERE c.code IN (r.base, r.quote)) < 2 THEN 'unknown_currency' END AS code
    FROM ROWS FROM (jsonb_to_recordset(p_rates) AS (id uuid, base text, quote text, quoted_on date)) WITH ORDINALITY
         AS r (id, base, quote, quoted_on, position)) j;

  INSERT INTO fx.rate (tenant_id, id, base, quote, quoted_on, revision, rate, source, actor_id, recorded_at)
  SELECT p_tenant, r.id, r.base, r.quote, r.quoted_on, v_revisions[r.position], r.rate, r.source, r.actor_id, transaction_timestamp()
  FROM ROWS FROM (jsonb_to_recordset(p_rates) AS (
         id uuid, base text, quote text, quoted_on date, rate numeric, source text, actor_id uuid))
       WITH ORDINALITY AS r (id, base, quote, quoted_on, rate, source, actor_id, position)
  WHERE v_codes[r.position] IS NULL
  ORDER BY r.base, r.quote, r.quoted_on
  ON CONFLICT DO NOTHING;
  GET DIAGNOSTICS v_count = ROW_COUNT;
  IF v_count < cardinality(array_positions(v_codes, NULL)) THEN
    -- Another transaction recorded one of these days meanwhile: the next try gets the revision after it.
    RAISE EXCEPTION 'a rate was recorded twice at once' USING ERRCODE = 'serialization_failure';
  END IF;
  RETURN QUERY SELECT CASE WHEN r.code IS NULL THEN r.revision END, r.code FROM unnest(v_revisions, v_codes) AS r (revision, code);
END
$function$;
COMMENT ON FUNCTION fx.record(uuid,jsonb) IS 'The only writer of the rates that tenants enter.';
GRANT EXECUTE ON FUNCTION fx.record(uuid,jsonb) TO comptoir_app;

CREATE OR REPLACE FUNCTION fx.record_public(p_tenant uuid, p_rates jsonb, p_correct boolean)
 RETURNS TABLE(recorded integer, corrected integer, differing integer)
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
DECLARE
  v_count integer;
BEGIN
  PERFORM platform.assert_tenant(p_tenant);
  IF p_tenant <> '00000000-0000-0000-0000-000000000000' THEN
    RAISE EXCEPTION 'rates of public sources are recorded by the platform' USING ERRCODE = 'insufficient_privilege';
  END IF;
  WITH changed AS MATERIALIZED (
    SELECT r.source, r.base, r.quote, r.quoted_on, r.rate, l.revision AS corrects
    FROM jsonb_to_recordset(p_rates) AS r (source text, base text, quote text, quoted_on date, rate numeric)
    LEFT JOIN LATERAL (
      SELECT o.revision, o.rate FROM fx.public_rate o
      WHERE o.source = r.source AND o.base = r.base AND o.quote = r.quote AND o.quoted_on = r.quoted_on
      ORDER BY o.revision DESC LIMIT 1) l ON true
    WHERE l.rate IS DISTINCT FROM r.rate
  ), inserted AS (
    INSERT INTO fx.public_rate (source, base, quote, quoted_on, revision, rate, recorded_at)
    SELECT c.source, c.base, c.quote, c.quoted_on, coalesce(c.corrects, 0) + 1, c.rate, transaction_timestamp() FROM changed c
    WHERE c.corrects IS NULL OR p_correct
    ORDER BY c.source, c.base, c.quote, c.quoted_on
    ON CONFLICT DO NOTHING
    RETURNING 1
  )
  SELECT count(*) FILTER (WHERE c.corrects IS NULL), count(*) FILTER (WHERE c.corrects IS NOT NULL AND p_correct),
         count(*) FILTER (WHERE c.corrects IS NOT NULL AND NOT p_correct), (SELECT count(*) FROM inserted)
  INTO recorded, corrected, differing, v_count
  FROM changed c;
  IF v_count < recorded + corrected THEN
    -- Another process records the same days: the next try finds what it left.
    RAISE EXCEPTION 'rates were recorded twice at once' USING ERRCODE = 'serialization_failure';
  END IF;
  RETURN NEXT;
END
$function$;
COMMENT ON FUNCTION fx.record_public(uuid,jsonb,boolean) IS 'The only writer of the rates of public sources.';
GRANT EXECUTE ON FUNCTION fx.record_public(uuid,jsonb,boolean) TO comptoir_app;
