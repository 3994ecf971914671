-- Makes the terms of variants those given, [{variant_id, terms: [text, …]}, …]: what is gone goes, what is new comes.
CREATE OR REPLACE FUNCTION catalog.index_terms(p_tenant uuid, p_variants jsonb)
RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  PERFORM platform.assert_tenant(p_tenant);

  DELETE FROM catalog.term t
  USING jsonb_to_recordset(p_variants) AS given (variant_id uuid, terms jsonb)
  WHERE t.tenant_id = p_tenant AND t.variant_id = given.variant_id AND NOT given.terms ? t.term;

  INSERT INTO catalog.term (tenant_id, term, variant_id)
  SELECT p_tenant, term.value, given.variant_id
  FROM jsonb_to_recordset(p_variants) AS given (variant_id uuid, terms jsonb)
  CROSS JOIN LATERAL jsonb_array_elements_text(given.terms) AS term (value)
  ON CONFLICT DO NOTHING;
END
$$;
COMMENT ON FUNCTION catalog.index_terms(uuid, jsonb) IS 'The only writer of terms.';
GRANT EXECUTE ON FUNCTION catalog.index_terms(uuid, jsonb) TO comptoir_app;
