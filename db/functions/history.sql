-- Locks documents and answers with what recording a refund of one, or reversing it, needs to know: one row each that there is, the
-- last recorded first. With p_for_change nobody names it as an original meanwhile, and what its lines moved comes along, the last first.
-- counts_on is the day of its journal; refunds are the numbers of those that name it and were not reversed.
-- Locks: the documents, in the order of their ids. They come before stock.
CREATE OR REPLACE FUNCTION history.hold(p_tenant uuid, p_ids uuid[], p_for_change boolean)
RETURNS TABLE (id uuid, kind text, number text, entity_id uuid, branch_id uuid, customer_id uuid, currency text, effective_on date, is_stock_moved boolean,
  journal_id uuid, counts_on date, is_reversed boolean, refunds jsonb, allocations jsonb)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan
AS $$
BEGIN
  PERFORM platform.assert_tenant(p_tenant);
  IF p_for_change THEN
    PERFORM FROM history.document d WHERE d.tenant_id = p_tenant AND d.id = ANY (p_ids) ORDER BY d.id FOR UPDATE;
  ELSE
    PERFORM FROM history.document d WHERE d.tenant_id = p_tenant AND d.id = ANY (p_ids) ORDER BY d.id FOR KEY SHARE;
  END IF;
  RETURN QUERY
  SELECT d.id, d.kind, d.number, d.entity_id, d.branch_id, d.customer_id, d.currency, d.effective_on, d.is_stock_moved, d.journal_id,
         (SELECT j.effective_on FROM ledger.journal j WHERE j.tenant_id = p_tenant AND j.id = d.journal_id),
         EXISTS (SELECT FROM history.reversal r WHERE r.tenant_id = p_tenant AND r.document_id = d.id),
         CASE WHEN p_for_change AND d.kind = 'sale' THEN (
           SELECT jsonb_agg(jsonb_build_object('id', b.id, 'number', b.number) ORDER BY b.number) FROM history.document b
           WHERE b.tenant_id = p_tenant AND b.original_id = d.id
             AND NOT EXISTS (SELECT FROM history.reversal r WHERE r.tenant_id = p_tenant AND r.document_id = b.id)) END,
         CASE WHEN p_for_change AND d.is_stock_moved THEN (
           SELECT jsonb_agg(a.value ORDER BY array_position('{returned,sold,stock_adjustment}', l.role) DESC, l.line DESC, a.position DESC) FROM history.line l, jsonb_array_elements(l.allocations) WITH ORDINALITY AS a (value, position)
           WHERE l.tenant_id = p_tenant AND l.document_id = d.id) END
  FROM history.document d WHERE d.tenant_id = p_tenant AND d.id = ANY (p_ids)
  ORDER BY d.recorded_at DESC, d.position DESC;
END
$$;
COMMENT ON FUNCTION history.hold(uuid, uuid[], boolean) IS 'Holds documents until the end of the transaction.';
GRANT EXECUTE ON FUNCTION history.hold(uuid, uuid[], boolean) TO comptoir_app;

-- Records documents with all that they stand for. Takes {documents, lines, postings, journals}: as the tables say it, and as
-- inventory.record and ledger.record take them; a journal has the id of its document. Stock was held before, and books where there
-- are journals. Returns a row for each thing that is wrong, and then nothing of it may be committed: part, the item of that part
-- from 1, code, line and detail. A number that somebody took meanwhile is a serialization failure: the next try sees it.
-- Locks: what the keys of the rows name, shared; costs and levels; accounts.
CREATE OR REPLACE FUNCTION history.record(p_tenant uuid, p_given jsonb)
RETURNS TABLE (part text, item integer, code text, line integer, detail text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
  v_now CONSTANT timestamptz := transaction_timestamp();
  v_count integer;
BEGIN
  PERFORM platform.assert_tenant(p_tenant);

  INSERT INTO history.document (tenant_id, id, kind, source, number, edition, entity_id, branch_id, customer_id, channel_id, original_id, is_price_with_tax,
    currency, base_currency, fx_rate, gross_revenue, discount, tax, adjustment, platform_fees, shipping_cost, cost_of_goods, base_tax, base_total,
    line_count, content_sha256, data_quality_score, is_validated, validation_notes, note, reference, import_id, is_stock_moved, journal_id, effective_on,
    made_at, last_made_at, actor_id, position, recorded_at)
  SELECT p_tenant, d.id, d.kind, d.source, d.number, d.edition, d.entity_id, d.branch_id, d.customer_id, d.channel_id, d.original_id, d.is_price_with_tax,
    d.currency, d.base_currency, d.fx_rate, d.gross_revenue, d.discount, d.tax, d.adjustment, d.platform_fees, d.shipping_cost, d.cost_of_goods, d.base_tax,
    d.base_total, d.line_count, decode(d.content_sha256, 'hex'), d.data_quality_score, d.is_validated, d.validation_notes, d.note, d.reference, d.import_id,
    d.is_stock_moved, d.journal_id, d.effective_on, d.made_at, d.last_made_at, d.actor_id, d.position, v_now
  FROM jsonb_to_recordset(p_given -> 'documents') AS d (
    id uuid, kind text, source text, number text, edition integer, entity_id uuid, branch_id uuid, customer_id uuid, channel_id uuid, original_id uuid,
    is_price_with_tax boolean, currency text, base_currency text, fx_rate numeric, gross_revenue numeric, discount numeric, tax numeric,
    adjustment numeric, platform_fees numeric, shipping_cost numeric, cost_of_goods numeric, base_tax numeric, base_total numeric, line_count integer,
    content_sha256 text, data_quality_score numeric, is_validated boolean, validation_notes text, note text, reference text, import_id uuid,
    is_stock_moved boolean, journal_id uuid, effective_on date, made_at timestamptz, last_made_at timestamptz, actor_id uuid, position integer)
  ON CONFLICT DO NOTHING;
  GET DIAGNOSTICS v_count = ROW_COUNT;
  IF v_count < jsonb_array_length(p_given -> 'documents') THEN
    RAISE EXCEPTION 'a document was recorded twice at once' USING ERRCODE = 'serialization_failure';
  END IF;

  INSERT INTO history.line (tenant_id, document_id, line, role, variant_id, name, sku, quantity, unit_price, gross, discount, net_discount, tax_class_id,
    tax_rate, net, tax, cost, allocations, recorded_at)
  SELECT p_tenant, l.document_id, l.line, l.role, l.variant_id, l.name, l.sku, l.quantity, l.unit_price, l.gross, l.discount, l.net_discount, l.tax_class_id,
    l.tax_rate, l.net, l.tax, l.cost, l.allocations, v_now
  FROM jsonb_to_recordset(p_given -> 'lines') AS l (
    document_id uuid, line integer, role text, variant_id uuid, name text, sku text, quantity numeric, unit_price numeric, gross numeric, discount numeric,
    net_discount numeric, tax_class_id uuid, tax_rate numeric, net numeric, tax numeric, cost numeric, allocations jsonb);

  RETURN QUERY SELECT w.* FROM history.post(p_tenant, p_given) w;
END
$$;
COMMENT ON FUNCTION history.record(uuid, jsonb) IS 'The only writer of documents of earlier sales and their lines.';
GRANT EXECUTE ON FUNCTION history.record(uuid, jsonb) TO comptoir_app;

-- Takes documents back. Takes {reversals: [{id, document_id, reason, effective_on, actor_id}], postings, journals}; the documents were held
-- for a change. Returns rows as history.record does.
CREATE OR REPLACE FUNCTION history.reverse(p_tenant uuid, p_given jsonb)
RETURNS TABLE (part text, item integer, code text, line integer, detail text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan
AS $$
BEGIN
  PERFORM platform.assert_tenant(p_tenant);
  INSERT INTO history.reversal (tenant_id, id, document_id, reason, effective_on, actor_id, recorded_at)
  SELECT p_tenant, r.id, r.document_id, r.reason, r.effective_on, r.actor_id, transaction_timestamp()
  FROM jsonb_to_recordset(p_given -> 'reversals') AS r (id uuid, document_id uuid, reason text, effective_on date, actor_id uuid);
  RETURN QUERY SELECT w.* FROM history.post(p_tenant, p_given) w;
END
$$;
COMMENT ON FUNCTION history.reverse(uuid, jsonb) IS 'The only writer of reversals of documents of earlier sales.';
GRANT EXECUTE ON FUNCTION history.reverse(uuid, jsonb) TO comptoir_app;

-- What documents and their reversals do to stock and books, if anything.
CREATE OR REPLACE FUNCTION history.post(p_tenant uuid, p_given jsonb)
RETURNS TABLE (part text, item integer, code text, line integer, detail text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  PERFORM platform.assert_tenant(p_tenant);
  IF jsonb_array_length(p_given -> 'postings') > 0 THEN
    RETURN QUERY
    SELECT 'posting', r.position::integer, r.code, r.line, trim_scale(r.available)::text
    FROM ROWS FROM (inventory.record(p_tenant, p_given -> 'postings')) WITH ORDINALITY AS r (code, line, available, position)
    WHERE r.code IS NOT NULL;
    IF FOUND THEN RETURN; END IF;
  END IF;
  IF jsonb_array_length(p_given -> 'journals') > 0 THEN
    RETURN QUERY
    SELECT 'journal', r.position::integer, r.code, NULL::integer, r.detail
    FROM ROWS FROM (ledger.record(p_tenant, p_given -> 'journals')) WITH ORDINALITY AS r (effective_on, code, detail, position)
    WHERE r.code IS NOT NULL;
  END IF;
END
$$;
COMMENT ON FUNCTION history.post(uuid, jsonb) IS 'Posts for history.record and history.reverse.';
