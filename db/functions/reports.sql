-- Brings the rollups of one tenant up to its documents. Takes how many entries of the audit chain to go on by at most; null makes
-- everything anew. Returns how many entries are left; none where somebody else is at it. Rollups that are not whole, or whose days
-- are those of another calendar, are made anew as well. Each fact is added in the transaction that moves the cursor past it, so it
-- counts once, whatever fails.
CREATE OR REPLACE FUNCTION reports.catch_up(p_tenant uuid, p_most bigint) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  v_now CONSTANT timestamptz := transaction_timestamp();
  v_cursor reports.cursor;
  v_head bigint;
  v_until bigint;
  v_facts uuid[];
BEGIN
  PERFORM platform.assert_tenant(p_tenant);
  INSERT INTO reports.cursor (tenant_id) VALUES (p_tenant) ON CONFLICT (tenant_id) DO NOTHING;
  IF p_most IS NULL THEN
    SELECT c.* INTO v_cursor FROM reports.cursor c WHERE c.tenant_id = p_tenant FOR NO KEY UPDATE;
  ELSE
    SELECT c.* INTO v_cursor FROM reports.cursor c WHERE c.tenant_id = p_tenant FOR NO KEY UPDATE SKIP LOCKED;
    IF v_cursor.tenant_id IS NULL THEN
      RETURN 0;
    END IF;
  END IF;
  IF p_most IS NULL OR NOT v_cursor.is_whole OR EXISTS (
    SELECT FROM reports.calendar c JOIN tenants.branch b ON b.tenant_id = p_tenant AND b.id = c.branch_id
    WHERE c.tenant_id = p_tenant AND c.time_zone <> b.time_zone)
  THEN
    DELETE FROM reports.trade t WHERE t.tenant_id = p_tenant;
    DELETE FROM reports.goods t WHERE t.tenant_id = p_tenant;
    DELETE FROM reports.tax t WHERE t.tenant_id = p_tenant;
    DELETE FROM reports.customer t WHERE t.tenant_id = p_tenant;
    DELETE FROM reports.taking t WHERE t.tenant_id = p_tenant;
    DELETE FROM reports.calendar t WHERE t.tenant_id = p_tenant;
    PERFORM reports.add_facts(p_tenant, NULL, NULL);
    RETURN 0;
  END IF;
  v_head := coalesce((SELECT h.seq FROM audit.head h WHERE h.tenant_id = p_tenant), 0);
  v_until := least(v_head, v_cursor.seq + p_most);
  IF v_until > v_cursor.seq THEN
    -- No transaction is older than a day: partitions from before are not looked into.
    v_facts := array(
      SELECT DISTINCT c.fact_id FROM reports.change c
      WHERE c.tenant_id = p_tenant AND c.seq > v_cursor.seq AND c.seq <= v_until AND c.recorded_at > v_cursor.read_at - interval '1 day');
    IF cardinality(v_facts) > 0 THEN
      PERFORM reports.add_facts(p_tenant, v_facts, v_until);
    ELSE
      UPDATE reports.cursor c SET seq = v_until, read_at = v_now, version = c.version + 1, updated_at = v_now WHERE c.tenant_id = p_tenant;
    END IF;
  END IF;
  RETURN v_head - v_until;
END
$$;
COMMENT ON FUNCTION reports.catch_up(uuid, bigint) IS 'The only writer of rollups, but for what it calls.';
GRANT EXECUTE ON FUNCTION reports.catch_up(uuid, bigint) TO comptoir_app;

-- Adds facts to the rollups and moves the cursor on; all facts there are, up to the head of the chain, where none are named. It is one
-- statement, so that of all of them it sees just those up to that head. Plans are to be made for the facts at hand: callers see to it.
CREATE OR REPLACE FUNCTION reports.add_facts(p_tenant uuid, p_facts uuid[], p_until bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  v_now CONSTANT timestamptz := transaction_timestamp();
BEGIN
  PERFORM platform.assert_tenant(p_tenant);
  INSERT INTO reports.calendar (tenant_id, branch_id, time_zone)
  SELECT p_tenant, b.id, b.time_zone FROM tenants.branch b WHERE b.tenant_id = p_tenant
  ON CONFLICT (tenant_id, branch_id) DO NOTHING;

  WITH zone AS MATERIALIZED (
    SELECT c.branch_id, c.time_zone FROM reports.calendar c WHERE c.tenant_id = p_tenant
  ), trade AS (
    INSERT INTO reports.trade AS r (tenant_id, branch_id, day, currency, sales, refunds, exchanges, sold, refunded, exchanged, net, tax, cost,
      uncosted_net, adjustments, adjusted)
    SELECT p_tenant, f.branch_id, coalesce(f.day, (f.made_at AT TIME ZONE z.time_zone)::date) AS told_on, f.currency, sum(f.sales), sum(f.refunds), sum(f.exchanges),
           sum(f.sold), sum(f.refunded), sum(f.exchanged), sum(f.net), sum(f.tax), sum(f.cost), sum(f.uncosted_net), sum(f.adjustments),
           sum(f.adjusted)
    FROM reports.trade_fact f JOIN zone z ON z.branch_id = f.branch_id
    WHERE f.tenant_id = p_tenant AND (p_facts IS NULL OR f.fact_id = ANY (p_facts))
    GROUP BY f.branch_id, told_on, f.currency
    -- Of what is made anew nothing stays that was taken back; of what is added it may be what takes off.
    HAVING p_facts IS NOT NULL OR sum(f.sales) + sum(f.refunds) + sum(f.exchanges) + sum(f.adjustments) <> 0
    ON CONFLICT (tenant_id, branch_id, day, currency) DO UPDATE SET
      sales = r.sales + excluded.sales, refunds = r.refunds + excluded.refunds, exchanges = r.exchanges + excluded.exchanges,
      sold = r.sold + excluded.sold, refunded = r.refunded + excluded.refunded, exchanged = r.exchanged + excluded.exchanged,
      net = r.net + excluded.net, tax = r.tax + excluded.tax, cost = r.cost + excluded.cost, uncosted_net = r.uncosted_net + excluded.uncosted_net,
      adjustments = r.adjustments + excluded.adjustments, adjusted = r.adjusted + excluded.adjusted
  ), goods_of_day AS MATERIALIZED (
    SELECT f.branch_id, coalesce(f.day, (f.made_at AT TIME ZONE z.time_zone)::date) AS told_on, f.variant_id, f.currency, sum(f.lines) AS lines,
           sum(f.quantity) AS quantity, sum(f.net) AS net, sum(f.cost) AS cost, sum(f.uncosted_net) AS uncosted_net
    FROM reports.goods_fact f JOIN zone z ON z.branch_id = f.branch_id
    WHERE f.tenant_id = p_tenant AND (p_facts IS NULL OR f.fact_id = ANY (p_facts))
    GROUP BY f.branch_id, told_on, f.variant_id, f.currency
  ), goods AS (
    INSERT INTO reports.goods AS r (tenant_id, span, branch_id, day, variant_id, currency, lines, quantity, net, cost, uncosted_net)
    SELECT p_tenant, s.span, g.branch_id, s.day, g.variant_id, g.currency, sum(g.lines), sum(g.quantity), sum(g.net), sum(g.cost), sum(g.uncosted_net)
    FROM goods_of_day g CROSS JOIN LATERAL (VALUES ('day', g.told_on), ('month', date_trunc('month', g.told_on)::date),
      ('year', date_trunc('year', g.told_on)::date)) AS s (span, day)
    GROUP BY s.span, g.branch_id, s.day, g.variant_id, g.currency
    HAVING p_facts IS NOT NULL OR sum(g.lines) <> 0
    -- Rows that are read together lie together: months and years in some hundred pages, not one for each.
    ORDER BY s.span, g.branch_id, s.day, g.variant_id, g.currency
    ON CONFLICT (tenant_id, span, branch_id, day, variant_id, currency) DO UPDATE SET
      lines = r.lines + excluded.lines, quantity = r.quantity + excluded.quantity, net = r.net + excluded.net, cost = r.cost + excluded.cost,
      uncosted_net = r.uncosted_net + excluded.uncosted_net
  ), tax AS (
    INSERT INTO reports.tax AS r (tenant_id, branch_id, day, currency, jurisdiction_code, name, rate, charges, sold_base, sold_tax, returned_base,
      returned_tax)
    SELECT p_tenant, f.branch_id, coalesce(f.day, (f.made_at AT TIME ZONE z.time_zone)::date) AS told_on, f.currency, f.jurisdiction_code, f.name, f.rate,
           sum(f.charges), sum(f.sold_base), sum(f.sold_tax), sum(f.returned_base), sum(f.returned_tax)
    FROM reports.tax_fact f JOIN zone z ON z.branch_id = f.branch_id
    WHERE f.tenant_id = p_tenant AND (p_facts IS NULL OR f.fact_id = ANY (p_facts))
    GROUP BY f.branch_id, told_on, f.currency, f.jurisdiction_code, f.name, f.rate
    HAVING p_facts IS NOT NULL OR sum(f.charges) <> 0
    ON CONFLICT (tenant_id, branch_id, day, currency, jurisdiction_code, name, rate) DO UPDATE SET
      charges = r.charges + excluded.charges, sold_base = r.sold_base + excluded.sold_base, sold_tax = r.sold_tax + excluded.sold_tax,
      returned_base = r.returned_base + excluded.returned_base, returned_tax = r.returned_tax + excluded.returned_tax
  ), customer AS (
    INSERT INTO reports.customer AS r (tenant_id, branch_id, customer_id, currency, sales, returns, sold, returned, first_at, last_at)
    SELECT p_tenant, f.branch_id, f.customer_id, f.currency, sum(f.sales), sum(f.returns), sum(f.sold), sum(f.returned), min(f.first_at), max(f.last_at)
    FROM reports.customer_fact f
    WHERE f.tenant_id = p_tenant AND (p_facts IS NULL OR f.fact_id = ANY (p_facts))
    GROUP BY f.branch_id, f.customer_id, f.currency
    HAVING p_facts IS NOT NULL OR sum(f.sales) + sum(f.returns) <> 0
    ON CONFLICT (tenant_id, branch_id, customer_id, currency) DO UPDATE SET
      sales = r.sales + excluded.sales, returns = r.returns + excluded.returns, sold = r.sold + excluded.sold,
      returned = r.returned + excluded.returned, first_at = least(r.first_at, excluded.first_at), last_at = greatest(r.last_at, excluded.last_at)
  ), taking AS (
    INSERT INTO reports.taking AS r (tenant_id, branch_id, day, tender_id, currency, payments, received, given_back, corrected)
    SELECT p_tenant, f.branch_id, coalesce(f.day, (f.made_at AT TIME ZONE z.time_zone)::date) AS told_on, f.tender_id, f.currency, sum(f.payments),
           sum(f.received), sum(f.given_back), sum(f.corrected)
    FROM reports.taking_fact f JOIN zone z ON z.branch_id = f.branch_id
    WHERE f.tenant_id = p_tenant AND (p_facts IS NULL OR f.source = 'history' AND f.fact_id = ANY (p_facts)
      OR f.source = 'sales' AND (f.document_id = ANY (p_facts) AND NOT f.is_correction OR f.payment_id = ANY (p_facts) AND f.is_correction))
    GROUP BY f.branch_id, told_on, f.tender_id, f.currency
    HAVING p_facts IS NOT NULL OR sum(f.payments) <> 0
    ON CONFLICT (tenant_id, branch_id, day, tender_id, currency) DO UPDATE SET
      payments = r.payments + excluded.payments, received = r.received + excluded.received, given_back = r.given_back + excluded.given_back, corrected = r.corrected + excluded.corrected
  )
  UPDATE reports.cursor c
  SET seq = coalesce(p_until, (SELECT h.seq FROM audit.head h WHERE h.tenant_id = p_tenant), 0), read_at = v_now, is_whole = true,
      version = c.version + 1, updated_at = v_now
  WHERE c.tenant_id = p_tenant;
  IF EXISTS (SELECT FROM history.reversal r WHERE r.tenant_id = p_tenant AND r.id = ANY (p_facts)) THEN
    PERFORM reports.clear_taken_back(p_tenant, p_facts, p_until);
  END IF;
END
$$;
COMMENT ON FUNCTION reports.add_facts(uuid, uuid[], bigint) IS 'Adds facts to the rollups; only reports.catch_up knows which are not in them.';

-- Leaves of what was taken back what there would be if it had never come: no row of nothing, and of customers the first and the last
-- sale that stands. Entries after p_until are not in the rollups yet, and are not looked at.
CREATE OR REPLACE FUNCTION reports.clear_taken_back(p_tenant uuid, p_facts uuid[], p_until bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  v_branches uuid[];
  v_days date[];
  v_customers uuid[];
BEGIN
  PERFORM platform.assert_tenant(p_tenant);
  SELECT array_agg(DISTINCT d.branch_id), array_agg(DISTINCT s.day), array_agg(DISTINCT d.customer_id) INTO v_branches, v_days, v_customers
  FROM history.reversal r
  JOIN history.document d ON d.tenant_id = p_tenant AND d.id = r.document_id
  CROSS JOIN LATERAL (VALUES (d.effective_on), (date_trunc('month', d.effective_on)::date), (date_trunc('year', d.effective_on)::date)) AS s (day)
  WHERE r.tenant_id = p_tenant AND r.id = ANY (p_facts);

  DELETE FROM reports.trade t
  WHERE t.tenant_id = p_tenant AND t.branch_id = ANY (v_branches) AND t.day = ANY (v_days) AND t.sales = 0 AND t.refunds = 0 AND t.exchanges = 0
    AND t.adjustments = 0;
  DELETE FROM reports.goods t
  WHERE t.tenant_id = p_tenant AND t.span IN ('day', 'month', 'year') AND t.branch_id = ANY (v_branches) AND t.day = ANY (v_days) AND t.lines = 0;
  DELETE FROM reports.tax t
  WHERE t.tenant_id = p_tenant AND t.branch_id = ANY (v_branches) AND t.day = ANY (v_days) AND t.charges = 0;
  DELETE FROM reports.taking t
  WHERE t.tenant_id = p_tenant AND t.branch_id = ANY (v_branches) AND t.day = ANY (v_days) AND t.payments = 0;
  DELETE FROM reports.customer t
  WHERE t.tenant_id = p_tenant AND t.branch_id = ANY (v_branches) AND t.customer_id = ANY (v_customers) AND t.sales = 0 AND t.returns = 0;
  UPDATE reports.customer t SET first_at = told.first_at, last_at = told.last_at
  FROM (
    SELECT f.branch_id, f.customer_id, f.currency, min(f.first_at) AS first_at, max(f.last_at) AS last_at
    FROM reports.customer_fact f
    WHERE f.tenant_id = p_tenant AND f.customer_id = ANY (v_customers) AND NOT EXISTS (
      SELECT FROM reports.change c WHERE c.tenant_id = p_tenant AND c.seq > p_until AND c.recorded_at > transaction_timestamp() - interval '1 day' AND c.fact_id = f.fact_id)
    GROUP BY f.branch_id, f.customer_id, f.currency) told
  WHERE t.tenant_id = p_tenant AND t.branch_id = told.branch_id AND t.customer_id = told.customer_id AND t.currency = told.currency;
END
$$;
COMMENT ON FUNCTION reports.clear_taken_back(uuid, uuid[], bigint) IS 'For reports.add_facts, after it added what takes documents back.';
