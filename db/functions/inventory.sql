-- Locks what postings are about and answers with it, so that costs are weighed and batches chosen on what stays as it is until the
-- end of the transaction. Takes [{branch_id, variant_id}, …]; a variant comes with its level in every batch
-- of which there is something. Locks: levels,
-- then costs, each in the order of their keys, as inventory.record does.
CREATE OR REPLACE FUNCTION inventory.hold(p_tenant uuid, p_keys jsonb)
RETURNS TABLE (branch_id uuid, variant_id uuid, quantity numeric, value numeric, last_cost numeric, levels jsonb)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  PERFORM platform.assert_tenant(p_tenant);
  PERFORM FROM inventory.level l JOIN (SELECT DISTINCT k.branch_id, k.variant_id FROM jsonb_to_recordset(p_keys) AS k (branch_id uuid, variant_id uuid)) k
               ON l.branch_id = k.branch_id AND l.variant_id = k.variant_id
  WHERE l.tenant_id = p_tenant
  ORDER BY l.branch_id, l.variant_id, l.place FOR NO KEY UPDATE OF l;
  PERFORM FROM inventory.cost c JOIN (SELECT DISTINCT k.branch_id, k.variant_id FROM jsonb_to_recordset(p_keys) AS k (branch_id uuid, variant_id uuid)) k
               ON c.branch_id = k.branch_id AND c.variant_id = k.variant_id
  WHERE c.tenant_id = p_tenant
  ORDER BY c.branch_id, c.variant_id FOR NO KEY UPDATE OF c;
  RETURN QUERY
  SELECT k.branch_id, k.variant_id, coalesce(c.quantity, 0), coalesce(c.value, 0), coalesce(c.last_cost, 0),
         (SELECT coalesce(jsonb_agg(jsonb_build_object('batch_id', l.batch_id, 'on_hand', l.on_hand::text, 'available', l.available::text,
                   'expires_on', b.expires_on, 'is_blocked', coalesce(b.is_blocked, false)) ORDER BY l.place), '[]')
          FROM inventory.level l LEFT JOIN inventory.batch b ON b.tenant_id = p_tenant AND b.id = l.batch_id
          WHERE l.tenant_id = p_tenant AND l.branch_id = k.branch_id AND l.variant_id = k.variant_id AND (l.on_hand <> 0 OR l.reserved <> 0))
  FROM (SELECT DISTINCT k.branch_id, k.variant_id FROM jsonb_to_recordset(p_keys) AS k (branch_id uuid, variant_id uuid)) k
  LEFT JOIN inventory.cost c ON c.tenant_id = p_tenant AND c.branch_id = k.branch_id AND c.variant_id = k.variant_id
  ORDER BY k.branch_id, k.variant_id;
END
$$;
COMMENT ON FUNCTION inventory.hold(uuid, jsonb) IS 'Holds the stock of variants until the end of the transaction.';
GRANT EXECUTE ON FUNCTION inventory.hold(uuid, jsonb) TO comptoir_app;

-- Records postings of one tenant, in order. Takes [{id, kind, document_type, document_id, document_number,
-- document_on, party_id, reason, note, actor_id, movements: [{branch_id, variant_id, batch_id, quantity, value, unit_cost, last_cost,
-- may_go_below_zero, is_already_sold, effective_on}, …]}, …].
-- quantity is above zero for what comes; value is what the stock gains by it and last_cost the unit cost known after it, both
-- weighed by the caller on what inventory.hold answered. effective_on is today in the branch unless given.
-- Returns one row a posting, in order: nothing, or code, the line it is about and what is left there. A posting is
-- recorded whole or not at all. Locks: levels, then costs, each in the order of their keys. No stock goes below zero unless
-- the movement may, which is for those that policy allows; no batch that is blocked or expired is sold. What is_already_sold, such
-- as a sale paid offline, is booked as it happened: below zero, of any batch, and of stock that is frozen, of which nothing else moves
-- but what the document that froze it posts.
CREATE OR REPLACE FUNCTION inventory.record(p_tenant uuid, p_postings jsonb)
RETURNS TABLE (code text, line integer, available numeric)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
  c_most_movements CONSTANT integer := 10000;
  c_beyond_quantities CONSTANT numeric := 1e13;
  c_beyond_values CONSTANT numeric := 1e15;
  v_now CONSTANT timestamptz := transaction_timestamp();
  -- one element a posting
  v_ids uuid[];
  v_kinds text[];
  v_types text[];
  v_documents uuid[];
  v_numbers text[];
  v_document_days date[];
  v_parties uuid[];
  v_notes text[];
  v_reasons text[];
  v_actors uuid[];
  v_movements jsonb[];
  v_same integer[];
  v_exists boolean[];
  v_taken boolean[];
  v_codes text[];
  v_lines integer[];
  v_left numeric[];
  -- one element a movement
  v_postings integer[];
  v_branches uuid[];
  v_variants uuid[];
  v_batches uuid[];
  v_quantities numeric[];
  v_values numeric[];
  v_unit_costs numeric[];
  v_last_costs numeric[];
  v_may boolean[];
  v_is_sold boolean[];
  v_days date[];
  v_faults text[];
  v_level_of integer[];
  v_cost_of integer[];
  v_starts numeric[];
  v_versions bigint[];
  v_known_before numeric[];
  -- one element a level
  v_level_ids uuid[];
  v_is_new boolean[];
  v_on_hand numeric[];
  v_reserved numeric[];
  v_level_versions bigint[];
  -- one element a cost
  v_cost_is_new boolean[];
  v_cost_quantities numeric[];
  v_cost_values numeric[];
  v_costs_known numeric[];
  v_frozen_by uuid[];
  -- of the posting and movement at hand
  v_movement integer := 1;
  v_first integer;
  v_done integer;
  v_level integer;
  v_cost integer;
  v_code text;
  v_line integer;
  v_accepted integer := 0;
  v_count integer;
BEGIN
  PERFORM platform.assert_tenant(p_tenant);

  -- What is asked for.
  SELECT array_agg(p.id), array_agg(p.kind), array_agg(p.document_type), array_agg(p.document_id), array_agg(p.document_number), array_agg(p.document_on),
         array_agg(p.party_id), array_agg(p.reason), array_agg(p.note), array_agg(p.actor_id), array_agg(p.movements), array_agg(p.same),
         array_agg(EXISTS (SELECT FROM inventory.posting o WHERE o.tenant_id = p_tenant AND o.id = p.id))
  INTO v_ids, v_kinds, v_types, v_documents, v_numbers, v_document_days, v_parties, v_reasons, v_notes, v_actors, v_movements, v_same, v_exists
  FROM (
    SELECT p.*, min(p.position) OVER (PARTITION BY p.id) AS same
    FROM ROWS FROM (jsonb_to_recordset(p_postings) AS (
           id uuid, kind text, document_type text, document_id uuid, document_number text, document_on date, party_id uuid, reason text, note text,
           actor_id uuid, movements jsonb))
         WITH ORDINALITY AS p (id, kind, document_type, document_id, document_number, document_on, party_id, reason, note, actor_id, movements, position)
    ORDER BY p.position) p;
  IF v_ids IS NULL THEN RETURN; END IF;

  SELECT array_agg(m.posting), array_agg(m.branch_id), array_agg(m.variant_id), array_agg(m.batch_id), array_agg(m.quantity),
         array_agg(m.value), array_agg(m.unit_cost), array_agg(m.last_cost), array_agg(coalesce(m.may_go_below_zero OR m.is_already_sold, false)),
         array_agg(coalesce(m.is_already_sold, false)), array_agg(m.effective_on), array_agg(m.level), array_agg(m.cost)
  INTO v_postings, v_branches, v_variants, v_batches, v_quantities, v_values, v_unit_costs, v_last_costs, v_may, v_is_sold, v_days, v_level_of, v_cost_of
  FROM (
    SELECT p.position AS posting, m.*,
           dense_rank() OVER (ORDER BY m.branch_id, m.variant_id, coalesce(m.batch_id, m.variant_id)) AS level,
           dense_rank() OVER (ORDER BY m.branch_id, m.variant_id) AS cost
    FROM unnest(v_movements) WITH ORDINALITY AS p (movements, position),
         ROWS FROM (jsonb_to_recordset(p.movements) AS (
           branch_id uuid, variant_id uuid, batch_id uuid, quantity numeric, value numeric, unit_cost numeric, last_cost numeric,
           may_go_below_zero boolean, is_already_sold boolean, effective_on date))
         WITH ORDINALITY AS m (branch_id, variant_id, batch_id, quantity, value, unit_cost, last_cost, may_go_below_zero, is_already_sold, effective_on, line)
    ORDER BY p.position, m.line) m;

  -- What it is about, locked. A level that is not there yet is one with nothing in it.
  PERFORM FROM inventory.level l
  JOIN (SELECT DISTINCT m.branch_id, m.variant_id, coalesce(m.batch_id, m.variant_id) AS place
        FROM unnest(v_branches, v_variants, v_batches) AS m (branch_id, variant_id, batch_id)) k
    ON l.branch_id = k.branch_id AND l.variant_id = k.variant_id AND l.place = k.place
  WHERE l.tenant_id = p_tenant
  ORDER BY l.branch_id, l.variant_id, l.place FOR NO KEY UPDATE OF l;
  PERFORM FROM inventory.cost c
  JOIN (SELECT DISTINCT m.branch_id, m.variant_id FROM unnest(v_branches, v_variants) AS m (branch_id, variant_id)) k
    ON c.branch_id = k.branch_id AND c.variant_id = k.variant_id
  WHERE c.tenant_id = p_tenant
  ORDER BY c.branch_id, c.variant_id FOR NO KEY UPDATE OF c;

  SELECT array_agg(coalesce(l.id, gen_random_uuid()) ORDER BY k.level), array_agg(l.id IS NULL ORDER BY k.level), array_agg(coalesce(l.on_hand, 0) ORDER BY k.level),
         array_agg(coalesce(l.reserved, 0) ORDER BY k.level), array_agg(coalesce(l.version, 0) ORDER BY k.level)
  INTO v_level_ids, v_is_new, v_on_hand, v_reserved, v_level_versions
  FROM (SELECT DISTINCT m.level, m.branch_id, m.variant_id, coalesce(m.batch_id, m.variant_id) AS place
        FROM unnest(v_level_of, v_branches, v_variants, v_batches) AS m (level, branch_id, variant_id, batch_id)) k
  LEFT JOIN inventory.level l ON l.tenant_id = p_tenant AND l.branch_id = k.branch_id AND l.variant_id = k.variant_id AND l.place = k.place;
  SELECT array_agg(c.branch_id IS NULL ORDER BY k.cost), array_agg(coalesce(c.quantity, 0) ORDER BY k.cost), array_agg(coalesce(c.value, 0) ORDER BY k.cost),
         array_agg(coalesce(c.last_cost, 0) ORDER BY k.cost), array_agg(CASE WHEN c.frozen_until > v_now THEN c.frozen_by END ORDER BY k.cost)
  INTO v_cost_is_new, v_cost_quantities, v_cost_values, v_costs_known, v_frozen_by
  FROM (SELECT DISTINCT m.cost, m.branch_id, m.variant_id FROM unnest(v_cost_of, v_branches, v_variants) AS m (cost, branch_id, variant_id)) k
  LEFT JOIN inventory.cost c ON c.tenant_id = p_tenant AND c.branch_id = k.branch_id AND c.variant_id = k.variant_id;

  -- What is wrong with a movement whatever lies there. Read after the locks: who blocks a batch locks its levels.
  SELECT array_agg(CASE
           WHEN m.quantity IS NULL OR m.quantity = 0 THEN 'quantity_zero'
           WHEN m.quantity <> round(m.quantity, 6) OR m.value <> round(m.value, 4) THEN 'wrong_precision'
           WHEN b.id IS NULL THEN 'branch_not_found'
           WHEN v.id IS NULL THEN 'variant_not_found'
           WHEN m.batch_id IS NOT NULL AND t.id IS NULL THEN 'batch_not_found'
           WHEN m.value IS NULL OR m.unit_cost IS NULL OR m.last_cost IS NULL THEN 'cost_missing'
           WHEN m.quantity < 0 AND v_kinds[m.posting] = 'sale' AND NOT m.is_sold AND t.is_blocked THEN 'batch_blocked'
           WHEN m.quantity < 0 AND v_kinds[m.posting] = 'sale' AND NOT m.is_sold AND t.expires_on < (v_now AT TIME ZONE b.time_zone)::date THEN 'batch_expired'
         END ORDER BY m.position),
         array_agg(coalesce(m.effective_on, (v_now AT TIME ZONE b.time_zone)::date) ORDER BY m.position)
  INTO v_faults, v_days
  FROM unnest(v_postings, v_branches, v_variants, v_batches, v_quantities, v_values, v_unit_costs, v_last_costs, v_is_sold, v_days)
       WITH ORDINALITY AS m (posting, branch_id, variant_id, batch_id, quantity, value, unit_cost, last_cost, is_sold, effective_on, position)
  LEFT JOIN tenants.branch b ON b.tenant_id = p_tenant AND b.id = m.branch_id AND b.deleted_at IS NULL
  LEFT JOIN catalog.variant v ON v.tenant_id = p_tenant AND v.id = m.variant_id
  LEFT JOIN inventory.batch t ON t.tenant_id = p_tenant AND t.id = m.batch_id AND t.variant_id = m.variant_id;

  -- One posting after the other: the first thing that is wrong with it, or its movements applied.
  v_codes := array_fill(NULL::text, ARRAY[cardinality(v_ids)]);
  v_lines := array_fill(NULL::integer, ARRAY[cardinality(v_ids)]);
  v_left := array_fill(NULL::numeric, ARRAY[cardinality(v_ids)]);
  v_taken := array_fill(false, ARRAY[cardinality(v_ids)]);
  v_starts := array_fill(NULL::numeric, ARRAY[coalesce(cardinality(v_postings), 0)]);
  v_versions := array_fill(NULL::bigint, ARRAY[coalesce(cardinality(v_postings), 0)]);
  v_known_before := v_starts;
  FOR i IN 1 .. cardinality(v_ids) LOOP
    v_first := v_movement;
    WHILE v_postings[v_movement] = i LOOP
      v_movement := v_movement + 1;
    END LOOP;
    v_code := CASE
      WHEN v_exists[i] OR v_taken[v_same[i]] THEN 'already_exists'
      WHEN v_movement = v_first THEN 'too_few_movements'
      WHEN v_movement - v_first > c_most_movements THEN 'too_many_movements'
    END;
    v_line := NULL;
    v_done := v_first;
    WHILE v_code IS NULL AND v_done < v_movement LOOP
      v_line := v_done - v_first + 1;
      v_code := v_faults[v_done];
      EXIT WHEN v_code IS NOT NULL;
      v_level := v_level_of[v_done];
      v_cost := v_cost_of[v_done];
      v_code := CASE WHEN v_frozen_by[v_cost] <> v_documents[i] AND NOT v_is_sold[v_done] THEN 'stock_frozen' END;
      EXIT WHEN v_code IS NOT NULL;
      v_starts[v_done] := v_on_hand[v_level];
      v_known_before[v_done] := v_costs_known[v_cost];
      v_on_hand[v_level] := v_on_hand[v_level] + v_quantities[v_done];
      v_level_versions[v_level] := v_level_versions[v_level] + 1;
      v_versions[v_done] := v_level_versions[v_level];
      v_cost_quantities[v_cost] := v_cost_quantities[v_cost] + v_quantities[v_done];
      v_cost_values[v_cost] := v_cost_values[v_cost] + v_values[v_done];
      v_costs_known[v_cost] := v_last_costs[v_done];
      v_code := CASE
        WHEN v_quantities[v_done] < 0 AND NOT v_may[v_done] AND v_on_hand[v_level] < v_reserved[v_level] THEN 'insufficient_stock'
        WHEN abs(v_on_hand[v_level]) >= c_beyond_quantities OR abs(v_cost_quantities[v_cost]) >= c_beyond_quantities
             OR abs(v_cost_values[v_cost]) >= c_beyond_values OR v_last_costs[v_done] >= c_beyond_quantities THEN 'stock_out_of_range'
        WHEN v_cost_quantities[v_cost] = 0 AND v_cost_values[v_cost] <> 0 THEN 'cost_out_of_step'
      END;
      v_done := v_done + 1;
    END LOOP;

    IF v_code IS NULL THEN
      v_accepted := v_accepted + 1;
      v_taken[v_same[i]] := true;
    ELSE
      FOR k IN REVERSE v_done - 1 .. v_first LOOP
        v_on_hand[v_level_of[k]] := v_starts[k];
        v_level_versions[v_level_of[k]] := v_level_versions[v_level_of[k]] - 1;
        v_cost_quantities[v_cost_of[k]] := v_cost_quantities[v_cost_of[k]] - v_quantities[k];
        v_cost_values[v_cost_of[k]] := v_cost_values[v_cost_of[k]] - v_values[k];
        v_costs_known[v_cost_of[k]] := v_known_before[k];
      END LOOP;
      v_codes[i] := v_code;
      v_lines[i] := v_line;
      IF v_code = 'insufficient_stock' THEN
        v_left[i] := trim_scale(greatest(v_on_hand[v_level] - v_reserved[v_level], 0));
      END IF;
    END IF;
  END LOOP;

  -- What is written.
  INSERT INTO inventory.posting (tenant_id, id, kind, document_type, document_id, document_number, document_on, party_id, reason, note, actor_id, recorded_at)
  SELECT p_tenant, p.id, p.kind, p.document_type, p.document_id, p.document_number, p.document_on, p.party_id, p.reason, p.note, p.actor_id, v_now
  FROM unnest(v_ids, v_kinds, v_types, v_documents, v_numbers, v_document_days, v_parties, v_reasons, v_notes, v_actors, v_codes)
       AS p (id, kind, document_type, document_id, document_number, document_on, party_id, reason, note, actor_id, code)
  WHERE p.code IS NULL
  ORDER BY p.id
  ON CONFLICT DO NOTHING;
  GET DIAGNOSTICS v_count = ROW_COUNT;
  IF v_count < v_accepted THEN
    -- Another transaction recorded one of these ids meanwhile, on other stock: the next try sees it.
    RAISE EXCEPTION 'a posting was recorded twice at once' USING ERRCODE = 'serialization_failure';
  END IF;

  WITH touched AS MATERIALIZED (
    SELECT DISTINCT ON (m.level) m.level, m.branch_id, m.variant_id, m.batch_id
    FROM unnest(v_level_of, v_postings, v_branches, v_variants, v_batches) AS m (level, posting, branch_id, variant_id, batch_id)
    WHERE v_codes[m.posting] IS NULL
    ORDER BY m.level
  ), changed AS (
    UPDATE inventory.level l SET on_hand = v_on_hand[t.level], version = v_level_versions[t.level], updated_at = v_now
    FROM touched t WHERE l.tenant_id = p_tenant AND l.id = v_level_ids[t.level] AND NOT v_is_new[t.level]
    RETURNING 1
  ), made AS (
    INSERT INTO inventory.level (tenant_id, id, branch_id, variant_id, batch_id, on_hand, version)
    SELECT p_tenant, v_level_ids[t.level], t.branch_id, t.variant_id, t.batch_id, v_on_hand[t.level], v_level_versions[t.level]
    FROM touched t WHERE v_is_new[t.level]
    ON CONFLICT DO NOTHING
    RETURNING 1
  )
  SELECT (SELECT count(*) FROM touched) - (SELECT count(*) FROM changed) - (SELECT count(*) FROM made) INTO v_count;
  IF v_count > 0 THEN
    -- Another transaction made the same level meanwhile: the next try finds and locks it.
    RAISE EXCEPTION 'stock was made twice at once' USING ERRCODE = 'serialization_failure';
  END IF;

  WITH touched AS MATERIALIZED (
    SELECT m.cost, m.branch_id, m.variant_id, count(*) AS movements
    FROM unnest(v_cost_of, v_postings, v_branches, v_variants) AS m (cost, posting, branch_id, variant_id)
    WHERE v_codes[m.posting] IS NULL
    GROUP BY m.cost, m.branch_id, m.variant_id
    ORDER BY m.cost
  ), changed AS (
    UPDATE inventory.cost c SET quantity = v_cost_quantities[t.cost], value = v_cost_values[t.cost], last_cost = v_costs_known[t.cost],
                                version = c.version + t.movements, updated_at = v_now
    FROM touched t WHERE c.tenant_id = p_tenant AND c.branch_id = t.branch_id AND c.variant_id = t.variant_id AND NOT v_cost_is_new[t.cost]
    RETURNING 1
  ), made AS (
    INSERT INTO inventory.cost (tenant_id, branch_id, variant_id, quantity, value, last_cost, version)
    SELECT p_tenant, t.branch_id, t.variant_id, v_cost_quantities[t.cost], v_cost_values[t.cost], v_costs_known[t.cost], t.movements
    FROM touched t WHERE v_cost_is_new[t.cost]
    ON CONFLICT DO NOTHING
    RETURNING 1
  )
  SELECT (SELECT count(*) FROM touched) - (SELECT count(*) FROM changed) - (SELECT count(*) FROM made) INTO v_count;
  IF v_count > 0 THEN
    RAISE EXCEPTION 'stock was valued twice at once' USING ERRCODE = 'serialization_failure';
  END IF;

  INSERT INTO inventory.movement (tenant_id, level_id, level_version, posting_id, line, branch_id, variant_id, batch_id, quantity,
                                  previous_quantity, running_quantity, unit_cost, value, effective_on, recorded_at)
  SELECT p_tenant, v_level_ids[m.level], m.version, v_ids[m.posting], m.position - min(m.position) OVER (PARTITION BY m.posting) + 1, m.branch_id, m.variant_id,
         m.batch_id, m.quantity, m.start, m.start + m.quantity, m.unit_cost, m.value, m.effective_on, v_now
  FROM unnest(v_postings, v_level_of, v_versions, v_branches, v_variants, v_batches, v_quantities, v_starts, v_unit_costs, v_values, v_days)
       WITH ORDINALITY AS m (posting, level, version, branch_id, variant_id, batch_id, quantity, start, unit_cost, value, effective_on, position)
  WHERE v_codes[m.posting] IS NULL;

  RETURN QUERY SELECT r.code, r.line, r.available FROM unnest(v_codes, v_lines, v_left) AS r (code, line, available);
END
$$;
COMMENT ON FUNCTION inventory.record(uuid, jsonb) IS 'The only writer of postings, movements, stock and what it is worth.';
GRANT EXECUTE ON FUNCTION inventory.record(uuid, jsonb) TO comptoir_app;

-- Blocks and releases batches of one tenant. Takes [{id, batch_id, action: 'block' | 'release', reason, actor_id}, …]; returns
-- one row a change, in order: its number, or code: batch_not_found, already_blocked, not_blocked. Locks all levels of the
-- batches, so that a sale that is being recorded is over, then the batches, each in the order of their keys.
CREATE OR REPLACE FUNCTION inventory.block_batches(p_tenant uuid, p_changes jsonb)
RETURNS TABLE (number integer, code text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  v_ids uuid[];
  v_change record;
  v_is_blocked boolean;
  v_number integer;
BEGIN
  PERFORM platform.assert_tenant(p_tenant);
  v_ids := array(SELECT (c.value ->> 'batch_id')::uuid FROM jsonb_array_elements(p_changes) c);
  PERFORM FROM inventory.level l WHERE l.tenant_id = p_tenant AND l.batch_id = ANY (v_ids)
  ORDER BY l.branch_id, l.variant_id, l.place FOR NO KEY UPDATE;
  PERFORM FROM inventory.batch b WHERE b.tenant_id = p_tenant AND b.id = ANY (v_ids) ORDER BY b.id FOR NO KEY UPDATE;
  FOR v_change IN
    SELECT c.* FROM ROWS FROM (jsonb_to_recordset(p_changes) AS (id uuid, batch_id uuid, action text, reason text, actor_id uuid))
                    WITH ORDINALITY AS c (id, batch_id, action, reason, actor_id, position)
    ORDER BY c.position
  LOOP
    SELECT b.is_blocked INTO v_is_blocked FROM inventory.batch b WHERE b.tenant_id = p_tenant AND b.id = v_change.batch_id;
    IF NOT FOUND THEN
      RETURN QUERY SELECT NULL::integer, 'batch_not_found';
    ELSIF v_is_blocked = (v_change.action = 'block') THEN
      RETURN QUERY SELECT NULL::integer, CASE WHEN v_is_blocked THEN 'already_blocked' ELSE 'not_blocked' END;
    ELSE
      SELECT coalesce(max(o.number), 0) + 1 INTO v_number FROM inventory.batch_block o WHERE o.tenant_id = p_tenant AND o.batch_id = v_change.batch_id;
      INSERT INTO inventory.batch_block (tenant_id, id, batch_id, number, action, reason, actor_id, recorded_at)
      VALUES (p_tenant, v_change.id, v_change.batch_id, v_number, v_change.action, v_change.reason, v_change.actor_id, transaction_timestamp());
      UPDATE inventory.batch b SET is_blocked = v_change.action = 'block', version = b.version + 1, updated_at = transaction_timestamp()
      WHERE b.tenant_id = p_tenant AND b.id = v_change.batch_id;
      RETURN QUERY SELECT v_number, NULL::text;
    END IF;
  END LOOP;
END
$$;
COMMENT ON FUNCTION inventory.block_batches(uuid, jsonb) IS 'The only way batches are blocked and released.';
GRANT EXECUTE ON FUNCTION inventory.block_batches(uuid, jsonb) TO comptoir_app;

-- Makes the monthly partitions of the movements from the month of p_from up to and including the month of p_until.
CREATE OR REPLACE FUNCTION inventory.make_partitions(p_from date, p_until date) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  CALL platform.make_partitions('inventory.movement', p_from, p_until);
END
$$;
COMMENT ON FUNCTION inventory.make_partitions(date, date) IS 'Keeps the partitions of the movements ahead of the calendar; run by a job and by migrate.';
GRANT EXECUTE ON FUNCTION inventory.make_partitions(date, date) TO comptoir_jobs;

-- Freezes stock for a document until a time. Takes [{branch_id, variant_id}, …] and returns those that another document freezes
-- already; then nothing is frozen. It waits for movements under way, because it locks the costs, in the order of their keys.
CREATE OR REPLACE FUNCTION inventory.freeze(p_tenant uuid, p_keys jsonb, p_by uuid, p_until timestamptz)
RETURNS TABLE (branch_id uuid, variant_id uuid)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  v_now CONSTANT timestamptz := transaction_timestamp();
BEGIN
  PERFORM platform.assert_tenant(p_tenant);
  INSERT INTO inventory.cost (tenant_id, branch_id, variant_id)
  SELECT DISTINCT p_tenant, k.branch_id, k.variant_id FROM jsonb_to_recordset(p_keys) AS k (branch_id uuid, variant_id uuid)
  ORDER BY k.branch_id, k.variant_id
  ON CONFLICT DO NOTHING;
  PERFORM FROM inventory.cost c
  JOIN (SELECT DISTINCT k.branch_id, k.variant_id FROM jsonb_to_recordset(p_keys) AS k (branch_id uuid, variant_id uuid)) k
    ON c.branch_id = k.branch_id AND c.variant_id = k.variant_id
  WHERE c.tenant_id = p_tenant
  ORDER BY c.branch_id, c.variant_id FOR NO KEY UPDATE OF c;

  RETURN QUERY
  SELECT c.branch_id, c.variant_id
  FROM inventory.cost c
  JOIN (SELECT DISTINCT k.branch_id, k.variant_id FROM jsonb_to_recordset(p_keys) AS k (branch_id uuid, variant_id uuid)) k
    ON c.branch_id = k.branch_id AND c.variant_id = k.variant_id
  WHERE c.tenant_id = p_tenant AND c.frozen_by <> p_by AND c.frozen_until > v_now
  ORDER BY c.branch_id, c.variant_id;
  IF FOUND THEN RETURN; END IF;

  UPDATE inventory.cost c SET frozen_by = p_by, frozen_until = p_until, updated_at = v_now
  FROM (SELECT DISTINCT k.branch_id, k.variant_id FROM jsonb_to_recordset(p_keys) AS k (branch_id uuid, variant_id uuid)) k
  WHERE c.tenant_id = p_tenant AND c.branch_id = k.branch_id AND c.variant_id = k.variant_id;
END
$$;
COMMENT ON FUNCTION inventory.freeze(uuid, jsonb, uuid, timestamptz) IS 'The only way stock is frozen.';
GRANT EXECUTE ON FUNCTION inventory.freeze(uuid, jsonb, uuid, timestamptz) TO comptoir_app;

-- Lets stock move again that a document froze. Locks levels, then costs, each in the order of their keys, for the document may
-- post in the same transaction.
CREATE OR REPLACE FUNCTION inventory.unfreeze(p_tenant uuid, p_by uuid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  PERFORM platform.assert_tenant(p_tenant);
  PERFORM FROM inventory.level l JOIN inventory.cost c ON c.branch_id = l.branch_id AND c.variant_id = l.variant_id
  WHERE l.tenant_id = p_tenant AND c.tenant_id = p_tenant AND c.frozen_by = p_by
  ORDER BY l.branch_id, l.variant_id, l.place FOR NO KEY UPDATE OF l;
  PERFORM FROM inventory.cost c WHERE c.tenant_id = p_tenant AND c.frozen_by = p_by
  ORDER BY c.branch_id, c.variant_id FOR NO KEY UPDATE;
  UPDATE inventory.cost c SET frozen_by = NULL, frozen_until = NULL, updated_at = transaction_timestamp()
  WHERE c.tenant_id = p_tenant AND c.frozen_by = p_by;
END
$$;
COMMENT ON FUNCTION inventory.unfreeze(uuid, uuid) IS 'The only way a freeze ends before its time.';
GRANT EXECUTE ON FUNCTION inventory.unfreeze(uuid, uuid) TO comptoir_app;
