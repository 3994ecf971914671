-- Records what rows of an import became, [{id, row_number, resource, resource_id, what, version_after, old_values}, …]; old values
-- stand beside it, where they can be emptied.
CREATE OR REPLACE FUNCTION imports.record(p_tenant uuid, p_import uuid, p_rows jsonb)
RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  PERFORM platform.assert_tenant(p_tenant);

  INSERT INTO imports.provenance (tenant_id, id, import_id, row_number, resource, resource_id, what, version_after)
  SELECT p_tenant, r.id, p_import, r.row_number, r.resource, r.resource_id, r.what, r.version_after
  FROM jsonb_to_recordset(p_rows) AS r (id uuid, row_number integer, resource text, resource_id uuid, what text, version_after integer);

  INSERT INTO imports.former (tenant_id, id, old_values)
  SELECT p_tenant, r.id, r.old_values
  FROM jsonb_to_recordset(p_rows) AS r (id uuid, old_values jsonb) WHERE r.old_values IS NOT NULL;
END
$$;
COMMENT ON FUNCTION imports.record(uuid, uuid, jsonb) IS 'The only writer of provenance.';
GRANT EXECUTE ON FUNCTION imports.record(uuid, uuid, jsonb) TO comptoir_app;
