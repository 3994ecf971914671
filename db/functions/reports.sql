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
    INSERT INTO reports.trade AS r (tenant_id, branch_id, day, currency, sales, refunds, exchanges, sold, refunded, exchanged, net, tax, cost)
    SELECT p_tenant, f.branch_id, (f.made_at AT TIME ZONE z.time_zone)::date AS day, f.currency, sum(f.sales), sum(f.refunds), sum(f.exchanges),
           sum(f.sold), sum(f.refunded), sum(f.exchanged), sum(f.net), sum(f.tax), sum(f.cost)
    FROM reports.trade_fact f JOIN zone z ON z.branch_id = f.branch_id
    WHERE f.tenant_id = p_tenant AND (p_facts IS NULL OR f.fact_id = ANY (p_facts))
    GROUP BY f.branch_id, day, f.currency
    ON CONFLICT (tenant_id, branch_id, day, currency) DO UPDATE SET
      sales = r.sales + excluded.sales, refunds = r.refunds + excluded.refunds, exchanges = r.exchanges + excluded.exchanges,
      sold = r.sold + excluded.sold, refunded = r.refunded + excluded.refunded, exchanged = r.exchanged + excluded.exchanged,
      net = r.net + excluded.net, tax = r.tax + excluded.tax, cost = r.cost + excluded.cost
  ), goods_of_day AS MATERIALIZED (
    SELECT f.branch_id, (f.made_at AT TIME ZONE z.time_zone)::date AS day, f.variant_id, f.currency,
           sum(f.sold_quantity) AS sold_quantity, sum(f.returned_quantity) AS returned_quantity, sum(f.sold_net) AS sold_net,
           sum(f.returned_net) AS returned_net, sum(f.sold_cost) AS sold_cost, sum(f.returned_cost) AS returned_cost
    FROM reports.goods_fact f JOIN zone z ON z.branch_id = f.branch_id
    WHERE f.tenant_id = p_tenant AND (p_facts IS NULL OR f.fact_id = ANY (p_facts))
    GROUP BY f.branch_id, day, f.variant_id, f.currency
  ), goods AS (
    INSERT INTO reports.goods AS r (tenant_id, span, branch_id, day, variant_id, currency, sold_quantity, returned_quantity, sold_net, returned_net,
      sold_cost, returned_cost)
    SELECT p_tenant, s.span, g.branch_id, s.day, g.variant_id, g.currency, sum(g.sold_quantity), sum(g.returned_quantity), sum(g.sold_net),
           sum(g.returned_net), sum(g.sold_cost), sum(g.returned_cost)
    FROM goods_of_day g CROSS JOIN LATERAL (VALUES ('day', g.day), ('month', date_trunc('month', g.day)::date)) AS s (span, day)
    GROUP BY s.span, g.branch_id, s.day, g.variant_id, g.currency
    -- Rows that are read together lie together: a year of months in some hundred pages, not one for each.
    ORDER BY s.span, g.branch_id, s.day, g.variant_id, g.currency
    ON CONFLICT (tenant_id, span, branch_id, day, variant_id, currency) DO UPDATE SET
      sold_quantity = r.sold_quantity + excluded.sold_quantity, returned_quantity = r.returned_quantity + excluded.returned_quantity,
      sold_net = r.sold_net + excluded.sold_net, returned_net = r.returned_net + excluded.returned_net,
      sold_cost = r.sold_cost + excluded.sold_cost, returned_cost = r.returned_cost + excluded.returned_cost
  ), tax AS (
    INSERT INTO reports.tax AS r (tenant_id, branch_id, day, currency, jurisdiction_code, name, rate, sold_base, sold_tax, returned_base, returned_tax)
    SELECT p_tenant, f.branch_id, (f.made_at AT TIME ZONE z.time_zone)::date AS day, f.currency, f.jurisdiction_code, f.name, f.rate,
           sum(f.sold_base), sum(f.sold_tax), sum(f.returned_base), sum(f.returned_tax)
    FROM reports.tax_fact f JOIN zone z ON z.branch_id = f.branch_id
    WHERE f.tenant_id = p_tenant AND (p_facts IS NULL OR f.fact_id = ANY (p_facts))
    GROUP BY f.branch_id, day, f.currency, f.jurisdiction_code, f.name, f.rate
    ON CONFLICT (tenant_id, branch_id, day, currency, jurisdiction_code, name, rate) DO UPDATE SET
      sold_base = r.sold_base + excluded.sold_base, sold_tax = r.sold_tax + excluded.sold_tax,
      returned_base = r.returned_base + excluded.returned_base, returned_tax = r.returned_tax + excluded.returned_tax
  ), customer AS (
    INSERT INTO reports.customer AS r (tenant_id, branch_id, customer_id, currency, sales, returns, sold, returned, first_at, last_at)
    SELECT p_tenant, f.branch_id, f.customer_id, f.currency, sum(f.sales), sum(f.returns), sum(f.sold), sum(f.returned), min(f.first_at), max(f.last_at)
    FROM reports.customer_fact f
    WHERE f.tenant_id = p_tenant AND (p_facts IS NULL OR f.fact_id = ANY (p_facts))
    GROUP BY f.branch_id, f.customer_id, f.currency
    ON CONFLICT (tenant_id, branch_id, customer_id, currency) DO UPDATE SET
      sales = r.sales + excluded.sales, returns = r.returns + excluded.returns, sold = r.sold + excluded.sold,
      returned = r.returned + excluded.returned, first_at = least(r.first_at, excluded.first_at), last_at = greatest(r.last_at, excluded.last_at)
  ), taking AS (
    INSERT INTO reports.taking AS r (tenant_id, branch_id, day, tender_id, currency, received, given_back, corrected)
    SELECT p_tenant, f.branch_id, (f.made_at AT TIME ZONE z.time_zone)::date AS day, f.tender_id, f.currency, sum(f.received), sum(f.given_back),
           sum(f.corrected)
    FROM reports.taking_fact f JOIN zone z ON z.branch_id = f.branch_id
    WHERE f.tenant_id = p_tenant AND (p_facts IS NULL
      OR f.document_id = ANY (p_facts) AND NOT f.is_correction OR f.payment_id = ANY (p_facts) AND f.is_correction)
    GROUP BY f.branch_id, day, f.tender_id, f.currency
    ON CONFLICT (tenant_id, branch_id, day, tender_id, currency) DO UPDATE SET
      received = r.received + excluded.received, given_back = r.given_back + excluded.given_back, corrected = r.corrected + excluded.corrected
  )
  UPDATE reports.cursor c
  SET seq = coalesce(p_until, (SELECT h.seq FROM audit.head h WHERE h.tenant_id = p_tenant), 0), read_at = v_now, is_whole = true,
      version = c.version + 1, updated_at = v_now
  WHERE c.tenant_id = p_tenant;
END
$$;
COMMENT ON FUNCTION reports.add_facts(uuid, uuid[], bigint) IS 'Adds facts to the rollups; only reports.catch_up knows which are not in them.';

-- Says that documents went, or changed: reports read documents from then on, until the rollups are made anew. For those who take
-- back what they recorded, in the same transaction.
CREATE OR REPLACE FUNCTION reports.upset(p_tenant uuid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  PERFORM platform.assert_tenant(p_tenant);
  UPDATE reports.cursor c SET is_whole = false, version = c.version + 1, updated_at = transaction_timestamp() WHERE c.tenant_id = p_tenant AND c.is_whole;
END
$$;
COMMENT ON FUNCTION reports.upset(uuid) IS 'For who takes documents back.';
GRANT EXECUTE ON FUNCTION reports.upset(uuid) TO comptoir_app;
