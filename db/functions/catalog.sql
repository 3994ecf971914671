-- Makes the terms of variants those given, [{variant_id, terms: [text, …]}, …], each with the rank of its product: what is
-- gone goes, what is new comes.
CREATE OR REPLACE FUNCTION catalog.index_terms(p_tenant uuid, p_variants jsonb)
RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  PERFORM platform.assert_tenant(p_tenant);

  DELETE FROM catalog.term t
  USING jsonb_to_recordset(p_variants) AS given (variant_id uuid, terms jsonb),
        catalog.variant v JOIN catalog.product p ON p.tenant_id = v.tenant_id AND p.id = v.product_id
  WHERE t.tenant_id = p_tenant AND t.variant_id = given.variant_id AND v.tenant_id = p_tenant AND v.id = given.variant_id
    AND NOT (given.terms ? t.term AND t.rank = p.search_rank);

  INSERT INTO catalog.term (tenant_id, term, rank, variant_id)
  SELECT p_tenant, term.value, p.search_rank, v.id
  FROM jsonb_to_recordset(p_variants) AS given (variant_id uuid, terms jsonb)
  JOIN catalog.variant v ON v.tenant_id = p_tenant AND v.id = given.variant_id
  JOIN catalog.product p ON p.tenant_id = p_tenant AND p.id = v.product_id
  CROSS JOIN LATERAL jsonb_array_elements_text(given.terms) AS term (value)
  ON CONFLICT DO NOTHING;
END
$$;
COMMENT ON FUNCTION catalog.index_terms(uuid, jsonb) IS 'The writer of terms.';
GRANT EXECUTE ON FUNCTION catalog.index_terms(uuid, jsonb) TO comptoir_app;

-- As index_terms, of variants that have no terms yet: nothing is looked for that would have to go. Sorted, so that what is
-- written next to each other lies next to each other.
CREATE OR REPLACE FUNCTION catalog.index_new_terms(p_tenant uuid, p_variants jsonb)
RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  PERFORM platform.assert_tenant(p_tenant);

  INSERT INTO catalog.term (tenant_id, term, rank, variant_id)
  SELECT p_tenant, term.value, p.search_rank, v.id
  FROM jsonb_to_recordset(p_variants) AS given (variant_id uuid, terms jsonb)
  JOIN catalog.variant v ON v.tenant_id = p_tenant AND v.id = given.variant_id
  JOIN catalog.product p ON p.tenant_id = p_tenant AND p.id = v.product_id
  CROSS JOIN LATERAL jsonb_array_elements_text(given.terms) AS term (value)
  ORDER BY term.value, p.search_rank, v.id
  ON CONFLICT DO NOTHING;
END
$$;
COMMENT ON FUNCTION catalog.index_new_terms(uuid, jsonb) IS 'The writer of terms of variants that were just made.';
GRANT EXECUTE ON FUNCTION catalog.index_new_terms(uuid, jsonb) TO comptoir_app;
