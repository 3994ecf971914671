-- Locks what postings are about and answers with it, so that costs are weighed and batches chosen on what stays as it is until the
-- end of the transaction. Takes [{branch_id, variant_id}, …]; a variant comes with its level in every batch of which there is
-- something, without what was reserved there for too long. Locks: costs, then levels, each in the order of their keys, as
-- inventory.record does. Whoever makes a level holds its cost, so none is made while the cost is held.
CREATE OR REPLACE FUNCTION inventory.hold(p_tenant uuid, p_keys jsonb)
RETURNS TABLE (branch_id uuid, variant_id uuid, quantity numeric, value numeric, last_cost numeric, levels jsonb)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
  -- one element a key that was asked for, in order
  v_asked_branches uuid[];
  v_asked_variants uuid[];
  -- one element a cost
  v_branches uuid[];
  v_variants uuid[];
  v_quantities numeric[];
  v_values numeric[];
  v_last_costs numeric[];
  -- one element a level
  v_levels uuid[];
  v_costs integer[];
  v_places uuid[];
  v_batches uuid[];
  v_on_hand numeric[];
  v_reserved numeric[];
BEGIN
  PERFORM platform.assert_tenant(p_tenant);
  SELECT array_agg(k.branch_id), array_agg(k.variant_id) INTO v_asked_branches, v_asked_variants
  FROM (SELECT DISTINCT k.branch_id, k.variant_id FROM jsonb_to_recordset(p_keys) AS k (branch_id uuid, variant_id uuid) ORDER BY 1, 2) k;
  IF v_asked_branches IS NULL THEN RETURN; END IF;

  FOR i IN 1 .. 2 LOOP
    SELECT array_agg(c.branch_id), array_agg(c.variant_id), array_agg(c.quantity), array_agg(c.value), array_agg(c.last_cost)
    INTO v_branches, v_variants, v_quantities, v_values, v_last_costs
    FROM (
      SELECT c.* FROM unnest(v_asked_branches, v_asked_variants) AS k (branch_id, variant_id)
      JOIN inventory.cost c ON c.branch_id = k.branch_id AND c.variant_id = k.variant_id
      WHERE c.tenant_id = p_tenant
      ORDER BY c.branch_id, c.variant_id FOR NO KEY UPDATE OF c) c;
    EXIT WHEN i = 2 OR cardinality(v_branches) = cardinality(v_asked_branches);
    -- What nobody had yet is held as nothing, so that whoever has it first at the same time waits, and weighs on what is there by then.
    INSERT INTO inventory.cost (tenant_id, branch_id, variant_id)
    SELECT p_tenant, b.id, v.id
    FROM unnest(v_asked_branches, v_asked_variants) AS k (branch_id, variant_id)
    JOIN tenants.branch b ON b.tenant_id = p_tenant AND b.id = k.branch_id
    JOIN catalog.variant v ON v.tenant_id = p_tenant AND v.id = k.variant_id
    WHERE NOT EXISTS (SELECT FROM inventory.cost c WHERE c.tenant_id = p_tenant AND c.branch_id = k.branch_id AND c.variant_id = k.variant_id)
    ORDER BY b.id, v.id
    ON CONFLICT DO NOTHING;
  END LOOP;

  SELECT array_agg(l.id), array_agg(l.cost), array_agg(l.place), array_agg(l.batch_id), array_agg(l.on_hand), array_agg(l.reserved)
  INTO v_levels, v_costs, v_places, v_batches, v_on_hand, v_reserved
  FROM (
    SELECT l.*, k.cost FROM unnest(v_branches, v_variants) WITH ORDINALITY AS k (branch_id, variant_id, cost)
    JOIN inventory.level l ON l.branch_id = k.branch_id AND l.variant_id = k.variant_id
    WHERE l.tenant_id = p_tenant
    ORDER BY l.branch_id, l.variant_id, l.place FOR NO KEY UPDATE OF l) l;
  PERFORM FROM inventory.end_stale_reservations(p_tenant, v_levels);
  IF FOUND THEN
    SELECT array_agg(l.reserved ORDER BY h.position) INTO v_reserved
    FROM unnest(v_levels) WITH ORDINALITY AS h (id, position) JOIN inventory.level l ON l.tenant_id = p_tenant AND l.id = h.id;
  END IF;

  RETURN QUERY
  SELECT v_branches[k.cost], v_variants[k.cost], v_quantities[k.cost], v_values[k.cost], v_last_costs[k.cost], k.levels
  FROM (
    SELECT e.cost, coalesce(jsonb_agg(jsonb_build_object('batch_id', e.batch_id, 'on_hand', e.on_hand::text, 'available', (e.on_hand - e.reserved)::text,
             'expires_on', b.expires_on, 'is_blocked', coalesce(b.is_blocked, false)) ORDER BY e.place) FILTER (WHERE e.on_hand <> 0 OR e.reserved <> 0), '[]') AS levels
    FROM (
      SELECT c.cost, NULL::uuid AS place, NULL::uuid AS batch_id, NULL::numeric AS on_hand, NULL::numeric AS reserved FROM generate_subscripts(v_branches, 1) AS c (cost)
      UNION ALL
      SELECT l.* FROM unnest(v_costs, v_places, v_batches, v_on_hand, v_reserved) AS l) e
    LEFT JOIN inventory.batch b ON b.tenant_id = p_tenant AND b.id = e.batch_id
    GROUP BY e.cost) k
  UNION ALL
  -- Of what there is not there is nothing.
  SELECT k.branch_id, k.variant_id, 0, 0, 0, '[]'
  FROM unnest(v_asked_branches, v_asked_variants) AS k (branch_id, variant_id)
  WHERE cardinality(v_branches) IS DISTINCT FROM cardinality(v_asked_branches)
    AND NOT EXISTS (SELECT FROM inventory.cost c WHERE c.tenant_id = p_tenant AND c.branch_id = k.branch_id AND c.variant_id = k.variant_id)
  ORDER BY 1, 2;
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
-- recorded whole or not at all. Locks: costs, then levels, each in the order of their keys. No stock goes below zero unless
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
  v_held_levels integer;
  v_held_costs integer;
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
  PERFORM FROM inventory.cost c
  JOIN (SELECT DISTINCT m.branch_id, m.variant_id FROM unnest(v_branches, v_variants) AS m (branch_id, variant_id)) k
    ON c.branch_id = k.branch_id AND c.variant_id = k.variant_id
  WHERE c.tenant_id = p_tenant
  ORDER BY c.branch_id, c.variant_id FOR NO KEY UPDATE OF c;
  GET DIAGNOSTICS v_held_costs = ROW_COUNT;
  PERFORM FROM inventory.level l
  JOIN (SELECT DISTINCT m.branch_id, m.variant_id, coalesce(m.batch_id, m.variant_id) AS place
        FROM unnest(v_branches, v_variants, v_batches) AS m (branch_id, variant_id, batch_id)) k
    ON l.branch_id = k.branch_id AND l.variant_id = k.variant_id AND l.place = k.place
  WHERE l.tenant_id = p_tenant
  ORDER BY l.branch_id, l.variant_id, l.place FOR NO KEY UPDATE OF l;
  GET DIAGNOSTICS v_held_levels = ROW_COUNT;

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
  IF cardinality(array_positions(v_is_new, false)) > v_held_levels OR cardinality(array_positions(v_cost_is_new, false)) > v_held_costs THEN
    -- Made by another transaction since they were locked, and so read without a lock: the next try finds and locks it.
    RAISE EXCEPTION 'stock was made meanwhile' USING ERRCODE = 'serialization_failure';
  END IF;

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

-- Holds batches until the end of the transaction, so that nobody sells of them, blocks or releases them meanwhile. Locks: all
-- their levels, then the batches, each in the order of their keys.
CREATE OR REPLACE FUNCTION inventory.hold_batches(p_tenant uuid, p_ids uuid[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  PERFORM platform.assert_tenant(p_tenant);
  PERFORM FROM inventory.level l WHERE l.tenant_id = p_tenant AND l.batch_id = ANY (p_ids)
  ORDER BY l.branch_id, l.variant_id, l.place FOR NO KEY UPDATE;
  PERFORM FROM inventory.batch b WHERE b.tenant_id = p_tenant AND b.id = ANY (p_ids) ORDER BY b.id FOR NO KEY UPDATE;
END
$$;
COMMENT ON FUNCTION inventory.hold_batches(uuid, uuid[]) IS 'Holds batches and all that lies of them until the end of the transaction.';
GRANT EXECUTE ON FUNCTION inventory.hold_batches(uuid, uuid[]) TO comptoir_app;

-- Blocks and releases batches of one tenant. Takes [{id, batch_id, action: 'block' | 'release', reason, actor_id}, …]; returns
-- one row a change, in order: its number, or code: batch_not_found, already_blocked, not_blocked. What is kept of a batch for orders is
-- freed by blocking it, and named: [{reservation_id, branch_id, document_type, document_id, line, quantity}, …]. Holds the
-- batches first, so that a sale that is being recorded is over.
CREATE OR REPLACE FUNCTION inventory.block_batches(p_tenant uuid, p_changes jsonb)
RETURNS TABLE (number integer, code text, freed jsonb)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  v_ids uuid[];
  v_change record;
  v_is_blocked boolean;
  v_number integer;
  v_freed jsonb;
BEGIN
  PERFORM platform.assert_tenant(p_tenant);
  v_ids := array(SELECT (c.value ->> 'batch_id')::uuid FROM jsonb_array_elements(p_changes) c);
  PERFORM inventory.hold_batches(p_tenant, v_ids);
  FOR v_change IN
    SELECT c.* FROM ROWS FROM (jsonb_to_recordset(p_changes) AS (id uuid, batch_id uuid, action text, reason text, actor_id uuid))
                    WITH ORDINALITY AS c (id, batch_id, action, reason, actor_id, position)
    ORDER BY c.position
  LOOP
    SELECT b.is_blocked INTO v_is_blocked FROM inventory.batch b WHERE b.tenant_id = p_tenant AND b.id = v_change.batch_id;
    IF NOT FOUND THEN
      RETURN QUERY SELECT NULL::integer, 'batch_not_found', NULL::jsonb;
    ELSIF v_is_blocked = (v_change.action = 'block') THEN
      RETURN QUERY SELECT NULL::integer, CASE WHEN v_is_blocked THEN 'already_blocked' ELSE 'not_blocked' END, NULL::jsonb;
    ELSE
      SELECT coalesce(max(o.number), 0) + 1 INTO v_number FROM inventory.batch_block o WHERE o.tenant_id = p_tenant AND o.batch_id = v_change.batch_id;
      INSERT INTO inventory.batch_block (tenant_id, id, batch_id, number, action, reason, actor_id, recorded_at)
      VALUES (p_tenant, v_change.id, v_change.batch_id, v_number, v_change.action, v_change.reason, v_change.actor_id, transaction_timestamp());
      UPDATE inventory.batch b SET is_blocked = v_change.action = 'block', version = b.version + 1, updated_at = transaction_timestamp()
      WHERE b.tenant_id = p_tenant AND b.id = v_change.batch_id;
      SELECT coalesce(jsonb_agg(jsonb_build_object('reservation_id', r.id, 'branch_id', r.branch_id, 'document_type', r.document_type,
               'document_id', r.document_id, 'line', e.line, 'quantity', trim_scale(e.quantity)::text) ORDER BY r.id, e.line), '[]')
      INTO v_freed
      FROM inventory.end_stale_reservations(p_tenant, array(
             SELECT l.id FROM inventory.level l WHERE l.tenant_id = p_tenant AND l.batch_id = v_change.batch_id)) e
      JOIN inventory.reservation r ON r.tenant_id = p_tenant AND r.id = e.reservation_id
      WHERE e.action = 'block';
      RETURN QUERY SELECT v_number, NULL::text, v_freed;
    END IF;
  END LOOP;
END
$$;
COMMENT ON FUNCTION inventory.block_batches(uuid, jsonb) IS 'The only way batches are blocked and released.';
GRANT EXECUTE ON FUNCTION inventory.block_batches(uuid, jsonb) TO comptoir_app;

-- Ends what must not be kept any longer of levels that the caller has locked: order reservations whose time is over, or whose batch
-- is blocked or expired. What is in quarantine stays. Answers with what it freed; whoever judges stock calls it first, so that a job that
-- is late blocks nobody.
CREATE OR REPLACE FUNCTION inventory.end_stale_reservations(p_tenant uuid, p_levels uuid[])
RETURNS TABLE (reservation_id uuid, line integer, quantity numeric, action text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  v_now CONSTANT timestamptz := transaction_timestamp();
BEGIN
  PERFORM platform.assert_tenant(p_tenant);
  RETURN QUERY
  WITH stale AS MATERIALIZED (
    SELECT r.reservation_id, r.line, r.level_id, r.open, CASE WHEN r.expires_at > v_now AND t.is_blocked THEN 'block' ELSE 'expire' END AS action
    FROM inventory.reservation_line r
    JOIN inventory.level l ON l.tenant_id = p_tenant AND l.id = r.level_id
    JOIN tenants.branch b ON b.tenant_id = p_tenant AND b.id = l.branch_id
    LEFT JOIN inventory.batch t ON t.tenant_id = p_tenant AND t.id = l.batch_id
    WHERE r.tenant_id = p_tenant AND r.level_id = ANY (p_levels) AND r.is_open AND r.expires_at IS NOT NULL
      AND (r.expires_at <= v_now OR t.is_blocked OR t.expires_on < (v_now AT TIME ZONE b.time_zone)::date)
  ), ended AS (
    UPDATE inventory.reservation_line r SET open = 0, version = r.version + 1, updated_at = v_now
    FROM stale s WHERE r.tenant_id = p_tenant AND r.reservation_id = s.reservation_id AND r.line = s.line
    RETURNING r.reservation_id, r.line, r.version
  ), freed AS (
    UPDATE inventory.level l SET reserved = l.reserved - s.open, updated_at = v_now
    FROM (SELECT s.level_id, sum(s.open) AS open FROM stale s GROUP BY s.level_id) s
    WHERE l.tenant_id = p_tenant AND l.id = s.level_id
  ), noted AS (
    INSERT INTO inventory.reservation_event (tenant_id, reservation_id, line, number, action, quantity, recorded_at)
    SELECT p_tenant, s.reservation_id, s.line, e.version, s.action, s.open, v_now
    FROM stale s JOIN ended e ON e.reservation_id = s.reservation_id AND e.line = s.line
  )
  SELECT s.reservation_id, s.line, s.open, s.action FROM stale s ORDER BY s.reservation_id, s.line;
END
$$;
COMMENT ON FUNCTION inventory.end_stale_reservations(uuid, uuid[]) IS 'Ends what must not be kept any longer; for the functions that hold stock.';

-- The same for all stock of a tenant; for the job. What somebody is at work on is left to them.
CREATE OR REPLACE FUNCTION inventory.expire_reservations(p_tenant uuid)
RETURNS TABLE (reservation_id uuid, line integer, quantity numeric, action text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  v_now CONSTANT timestamptz := transaction_timestamp();
  v_levels uuid[];
BEGIN
  PERFORM platform.assert_tenant(p_tenant);
  SELECT array_agg(l.id) INTO v_levels
  FROM (
    SELECT l.id FROM inventory.level l
    WHERE l.tenant_id = p_tenant AND l.id IN (
      SELECT r.level_id FROM inventory.reservation_line r
      JOIN inventory.level o ON o.tenant_id = p_tenant AND o.id = r.level_id
      JOIN tenants.branch b ON b.tenant_id = p_tenant AND b.id = o.branch_id
      LEFT JOIN inventory.batch t ON t.tenant_id = p_tenant AND t.id = o.batch_id
      WHERE r.tenant_id = p_tenant AND r.is_open AND r.expires_at IS NOT NULL
        AND (r.expires_at <= v_now OR t.expires_on < (v_now AT TIME ZONE b.time_zone)::date))
    ORDER BY l.branch_id, l.variant_id, l.place FOR NO KEY UPDATE SKIP LOCKED) l;
  RETURN QUERY SELECT s.reservation_id, s.line, s.quantity, s.action FROM inventory.end_stale_reservations(p_tenant, v_levels) s;
END
$$;
COMMENT ON FUNCTION inventory.expire_reservations(uuid) IS 'Ends the reservations of a tenant whose time is over.';
GRANT EXECUTE ON FUNCTION inventory.expire_reservations(uuid) TO comptoir_app;

-- Keeps stock of one tenant. Takes [{id, branch_id, kind: 'order' | 'quarantine', document_type, document_id, reason, note, expires_at,
-- actor_id, is_at_hand, lines: [{item, variant_id, batch_id, quantity}, …]}, …], of an order with the time until which it is kept; a line
-- of it is kept no longer than its batch may be sold. What is_at_hand is kept though less lies there by the books. Returns one row a reservation, in order: nothing, or code, the line it is about and what
-- may still be kept there. A reservation is made whole or not at all. Orders are not served from batches that are blocked or expired.
-- Locks: levels, in the order of their keys.
CREATE OR REPLACE FUNCTION inventory.reserve(p_tenant uuid, p_reservations jsonb)
RETURNS TABLE (code text, line integer, available numeric)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
  c_most_lines CONSTANT integer := 10000;
  v_now CONSTANT timestamptz := transaction_timestamp();
  -- one element a reservation
  v_ids uuid[];
  v_branches uuid[];
  v_kinds text[];
  v_expiries timestamptz[];
  v_is_at_hand boolean[];
  v_wanted jsonb[];
  v_same integer[];
  v_exists boolean[];
  v_taken boolean[];
  v_codes text[];
  v_lines integer[];
  v_left numeric[];
  -- one element a line
  v_reservations integer[];
  v_items integer[];
  v_variants uuid[];
  v_batches uuid[];
  v_quantities numeric[];
  v_faults text[];
  v_line_expiries timestamptz[];
  v_level_of integer[];
  -- one element a level
  v_level_ids uuid[];
  v_on_hand numeric[];
  v_reserved numeric[];
  -- of the reservation and line at hand
  v_line integer := 1;
  v_first integer;
  v_done integer;
  v_level integer;
  v_code text;
  v_accepted integer := 0;
  v_count integer;
BEGIN
  PERFORM platform.assert_tenant(p_tenant);

  -- What is asked for.
  SELECT array_agg(r.id), array_agg(r.branch_id), array_agg(r.kind), array_agg(r.expires_at), array_agg(coalesce(r.is_at_hand, false)),
         array_agg(r.lines), array_agg(r.same),
         array_agg(EXISTS (SELECT FROM inventory.reservation o WHERE o.tenant_id = p_tenant AND o.id = r.id))
  INTO v_ids, v_branches, v_kinds, v_expiries, v_is_at_hand, v_wanted, v_same, v_exists
  FROM (
    SELECT r.*, min(r.position) OVER (PARTITION BY r.id) AS same
    FROM ROWS FROM (jsonb_to_recordset(p_reservations) AS (
           id uuid, branch_id uuid, kind text, expires_at timestamptz, is_at_hand boolean, lines jsonb))
         WITH ORDINALITY AS r (id, branch_id, kind, expires_at, is_at_hand, lines, position)
    ORDER BY r.position) r;
  IF v_ids IS NULL THEN RETURN; END IF;

  SELECT array_agg(w.reservation), array_agg(w.item), array_agg(w.variant_id), array_agg(w.batch_id), array_agg(w.quantity), array_agg(w.level)
  INTO v_reservations, v_items, v_variants, v_batches, v_quantities, v_level_of
  FROM (
    SELECT r.position AS reservation, w.*, dense_rank() OVER (ORDER BY r.branch_id, w.variant_id, coalesce(w.batch_id, w.variant_id)) AS level
    FROM unnest(v_branches, v_wanted) WITH ORDINALITY AS r (branch_id, lines, position),
         ROWS FROM (jsonb_to_recordset(r.lines) AS (item integer, variant_id uuid, batch_id uuid, quantity numeric))
         WITH ORDINALITY AS w (item, variant_id, batch_id, quantity, line)
    ORDER BY r.position, w.line) w;

  -- What it is about, locked, without what is over.
  PERFORM FROM inventory.level l
  JOIN (SELECT DISTINCT v_branches[w.reservation] AS branch_id, w.variant_id, coalesce(w.batch_id, w.variant_id) AS place
        FROM unnest(v_reservations, v_variants, v_batches) AS w (reservation, variant_id, batch_id)) k
    ON l.branch_id = k.branch_id AND l.variant_id = k.variant_id AND l.place = k.place
  WHERE l.tenant_id = p_tenant
  ORDER BY l.branch_id, l.variant_id, l.place FOR NO KEY UPDATE OF l;
  GET DIAGNOSTICS v_count = ROW_COUNT;
  SELECT array_agg(l.id ORDER BY k.level) INTO v_level_ids
  FROM (SELECT DISTINCT w.level, v_branches[w.reservation] AS branch_id, w.variant_id, coalesce(w.batch_id, w.variant_id) AS place
        FROM unnest(v_level_of, v_reservations, v_variants, v_batches) AS w (level, reservation, variant_id, batch_id)) k
  LEFT JOIN inventory.level l ON l.tenant_id = p_tenant AND l.branch_id = k.branch_id AND l.variant_id = k.variant_id AND l.place = k.place;
  IF cardinality(array_remove(v_level_ids, NULL)) > v_count THEN
    -- Made by another transaction since the others were locked: the next try finds and locks it.
    RAISE EXCEPTION 'stock was made meanwhile' USING ERRCODE = 'serialization_failure';
  END IF;
  PERFORM FROM inventory.end_stale_reservations(p_tenant, array_remove(v_level_ids, NULL));
  SELECT array_agg(coalesce(l.on_hand, 0) ORDER BY k.position), array_agg(coalesce(l.reserved, 0) ORDER BY k.position)
  INTO v_on_hand, v_reserved
  FROM unnest(v_level_ids) WITH ORDINALITY AS k (id, position)
  LEFT JOIN inventory.level l ON l.tenant_id = p_tenant AND l.id = k.id;

  -- What is wrong with a line however much lies there. Read after the locks: who blocks a batch locks its levels.
  SELECT array_agg(CASE
           WHEN coalesce(w.quantity, 0) <= 0 THEN 'quantity_zero'
           WHEN w.quantity <> round(w.quantity, 6) THEN 'wrong_precision'
           WHEN b.id IS NULL THEN 'branch_not_found'
           WHEN v.id IS NULL THEN 'variant_not_found'
           WHEN w.batch_id IS NOT NULL AND t.id IS NULL THEN 'batch_not_found'
           WHEN v_kinds[w.reservation] = 'order' AND t.is_blocked THEN 'batch_blocked'
           WHEN v_kinds[w.reservation] = 'order' AND t.expires_on < (v_now AT TIME ZONE b.time_zone)::date THEN 'batch_expired'
         END ORDER BY w.position),
         array_agg(CASE v_kinds[w.reservation] WHEN 'order' THEN
           least(v_expiries[w.reservation], (t.expires_on + 1)::timestamp AT TIME ZONE b.time_zone) END ORDER BY w.position)
  INTO v_faults, v_line_expiries
  FROM unnest(v_reservations, v_variants, v_batches, v_quantities) WITH ORDINALITY AS w (reservation, variant_id, batch_id, quantity, position)
  LEFT JOIN tenants.branch b ON b.tenant_id = p_tenant AND b.id = v_branches[w.reservation] AND b.deleted_at IS NULL
  LEFT JOIN catalog.variant v ON v.tenant_id = p_tenant AND v.id = w.variant_id
  LEFT JOIN inventory.batch t ON t.tenant_id = p_tenant AND t.id = w.batch_id AND t.variant_id = w.variant_id;

  -- One reservation after the other: the first thing that is wrong with it, or its lines applied.
  v_codes := array_fill(NULL::text, ARRAY[cardinality(v_ids)]);
  v_lines := array_fill(NULL::integer, ARRAY[cardinality(v_ids)]);
  v_left := array_fill(NULL::numeric, ARRAY[cardinality(v_ids)]);
  v_taken := array_fill(false, ARRAY[cardinality(v_ids)]);
  FOR i IN 1 .. cardinality(v_ids) LOOP
    v_first := v_line;
    WHILE v_reservations[v_line] = i LOOP
      v_line := v_line + 1;
    END LOOP;
    v_code := CASE
      WHEN v_exists[i] OR v_taken[v_same[i]] THEN 'already_exists'
      WHEN v_kinds[i] = 'order' AND v_expiries[i] IS NULL THEN 'expiry_missing'
      WHEN v_line = v_first THEN 'too_few_lines'
      WHEN v_line - v_first > c_most_lines THEN 'too_many_lines'
    END;
    v_done := v_first;
    WHILE v_code IS NULL AND v_done < v_line LOOP
      v_level := v_level_of[v_done];
      v_code := v_faults[v_done];
      IF v_code IS NULL AND v_on_hand[v_level] - v_reserved[v_level] < v_quantities[v_done]
         AND (NOT v_is_at_hand[i] OR v_level_ids[v_level] IS NULL) THEN
        v_code := 'insufficient_stock';
      END IF;
      EXIT WHEN v_code IS NOT NULL;
      v_reserved[v_level] := v_reserved[v_level] + v_quantities[v_done];
      v_done := v_done + 1;
    END LOOP;

    IF v_code IS NULL THEN
      v_accepted := v_accepted + 1;
      v_taken[v_same[i]] := true;
    ELSE
      FOR k IN v_first .. v_done - 1 LOOP
        v_reserved[v_level_of[k]] := v_reserved[v_level_of[k]] - v_quantities[k];
      END LOOP;
      v_codes[i] := v_code;
      IF v_done < v_line THEN
        v_lines[i] := v_done - v_first + 1;
      END IF;
      IF v_code = 'insufficient_stock' THEN
        v_left[i] := trim_scale(greatest(v_on_hand[v_level] - v_reserved[v_level], 0));
      END IF;
    END IF;
  END LOOP;

  -- What is written.
  INSERT INTO inventory.reservation (tenant_id, id, branch_id, kind, document_type, document_id, reason, note, actor_id, recorded_at)
  SELECT p_tenant, r.id, r.branch_id, r.kind, r.document_type, r.document_id, r.reason, r.note, r.actor_id, v_now
  FROM ROWS FROM (jsonb_to_recordset(p_reservations) AS (
         id uuid, branch_id uuid, kind text, document_type text, document_id uuid, reason text, note text, actor_id uuid))
       WITH ORDINALITY AS r (id, branch_id, kind, document_type, document_id, reason, note, actor_id, position)
  WHERE v_codes[r.position] IS NULL
  ORDER BY r.id
  ON CONFLICT DO NOTHING;
  GET DIAGNOSTICS v_count = ROW_COUNT;
  IF v_count < v_accepted THEN
    -- Another transaction made one of these ids meanwhile, of other stock: the next try sees it.
    RAISE EXCEPTION 'a reservation was made twice at once' USING ERRCODE = 'serialization_failure';
  END IF;

  INSERT INTO inventory.reservation_line (tenant_id, reservation_id, line, item, level_id, quantity, open, expires_at)
  SELECT p_tenant, v_ids[w.reservation], row_number() OVER (PARTITION BY w.reservation ORDER BY w.position), w.item, v_level_ids[w.level],
         w.quantity, w.quantity, w.expires_at
  FROM unnest(v_reservations, v_items, v_level_of, v_quantities, v_line_expiries)
       WITH ORDINALITY AS w (reservation, item, level, quantity, expires_at, position)
  WHERE v_codes[w.reservation] IS NULL;

  UPDATE inventory.level l SET reserved = v_reserved[k.level], updated_at = v_now
  FROM (SELECT DISTINCT w.level FROM unnest(v_level_of, v_reservations) AS w (level, reservation) WHERE v_codes[w.reservation] IS NULL) k
  WHERE l.tenant_id = p_tenant AND l.id = v_level_ids[k.level];

  RETURN QUERY SELECT r.code, r.line, r.available FROM unnest(v_codes, v_lines, v_left) AS r (code, line, available);
END
$$;
COMMENT ON FUNCTION inventory.reserve(uuid, jsonb) IS 'The only way stock is kept for an order or put into quarantine.';
GRANT EXECUTE ON FUNCTION inventory.reserve(uuid, jsonb) TO comptoir_app;

-- Ends reservations of one tenant, whole or in part. Takes [{reservation_id, action: 'release' | 'consume', note, actor_id, lines:
-- [{line, quantity}, …]}, …]; without lines it is all that is open, without a quantity all that is open of the line. Returns one
-- row a change, in order: what was freed, [{line, item, branch_id, variant_id, batch_id, quantity}, …], or code, the line of the reservation it is
-- about and what is open there. A change is made whole or not at all. Whoever consumes takes the goods away in the same
-- transaction, and has held them before (inventory.hold). Locks: levels, in the order of their keys.
CREATE OR REPLACE FUNCTION inventory.end_reservations(p_tenant uuid, p_changes jsonb)
RETURNS TABLE (code text, line integer, open numeric, freed jsonb)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  v_now CONSTANT timestamptz := transaction_timestamp();
  -- one element a change
  v_reservations uuid[];
  v_actions text[];
  v_notes text[];
  v_actors uuid[];
  v_wanted jsonb[];
  v_known boolean[];
  v_codes text[];
  v_lines integer[];
  v_left numeric[];
  -- one element a part: what a change wants of a line
  v_changes integer[];
  v_part_lines integer[];
  v_quantities numeric[];
  v_place_of integer[];
  v_taken numeric[];
  v_numbers integer[];
  -- one element a place: a line of a reservation
  v_levels uuid[];
  v_open numeric[];
  v_versions integer[];
  -- of the change and part at hand
  v_part integer := 1;
  v_first integer;
  v_done integer;
  v_place integer;
  v_code text;
BEGIN
  PERFORM platform.assert_tenant(p_tenant);

  -- What is asked for.
  SELECT array_agg(c.reservation_id ORDER BY c.position), array_agg(c.action ORDER BY c.position), array_agg(c.note ORDER BY c.position),
         array_agg(c.actor_id ORDER BY c.position), array_agg(c.lines ORDER BY c.position),
         array_agg(EXISTS (SELECT FROM inventory.reservation r WHERE r.tenant_id = p_tenant AND r.id = c.reservation_id) ORDER BY c.position)
  INTO v_reservations, v_actions, v_notes, v_actors, v_wanted, v_known
  FROM ROWS FROM (jsonb_to_recordset(p_changes) AS (reservation_id uuid, action text, note text, actor_id uuid, lines jsonb))
       WITH ORDINALITY AS c (reservation_id, action, note, actor_id, lines, position);
  IF v_reservations IS NULL THEN RETURN; END IF;

  SELECT array_agg(p.change), array_agg(p.line), array_agg(p.quantity), array_agg(p.place)
  INTO v_changes, v_part_lines, v_quantities, v_place_of
  FROM (
    SELECT c.position AS change, p.line, p.quantity, dense_rank() OVER (ORDER BY c.reservation_id, p.line) AS place
    FROM unnest(v_reservations, v_wanted) WITH ORDINALITY AS c (reservation_id, lines, position), LATERAL (
      SELECT w.line, w.quantity, w.at
      FROM ROWS FROM (jsonb_to_recordset(c.lines) AS (line integer, quantity numeric)) WITH ORDINALITY AS w (line, quantity, at)
      UNION ALL
      SELECT r.line, NULL, r.line FROM inventory.reservation_line r
      WHERE c.lines IS NULL AND r.tenant_id = p_tenant AND r.reservation_id = c.reservation_id) p
    ORDER BY c.position, p.at) p;

  -- What it is about, locked, without what is over.
  SELECT array_agg(r.level_id ORDER BY k.place) INTO v_levels
  FROM (SELECT DISTINCT p.place, v_reservations[p.change] AS reservation_id, p.line FROM unnest(v_place_of, v_changes, v_part_lines) AS p (place, change, line)) k
  LEFT JOIN inventory.reservation_line r ON r.tenant_id = p_tenant AND r.reservation_id = k.reservation_id AND r.line = k.line;
  PERFORM FROM inventory.level l WHERE l.tenant_id = p_tenant AND l.id = ANY (v_levels)
  ORDER BY l.branch_id, l.variant_id, l.place FOR NO KEY UPDATE;
  PERFORM FROM inventory.end_stale_reservations(p_tenant, array_remove(v_levels, NULL));
  SELECT array_agg(r.open ORDER BY k.place), array_agg(r.version ORDER BY k.place) INTO v_open, v_versions
  FROM (SELECT DISTINCT p.place, v_reservations[p.change] AS reservation_id, p.line FROM unnest(v_place_of, v_changes, v_part_lines) AS p (place, change, line)) k
  LEFT JOIN inventory.reservation_line r ON r.tenant_id = p_tenant AND r.reservation_id = k.reservation_id AND r.line = k.line;

  -- One change after the other: the first thing that is wrong with it, or its parts applied.
  v_codes := array_fill(NULL::text, ARRAY[cardinality(v_reservations)]);
  v_lines := array_fill(NULL::integer, ARRAY[cardinality(v_reservations)]);
  v_left := array_fill(NULL::numeric, ARRAY[cardinality(v_reservations)]);
  v_taken := array_fill(0::numeric, ARRAY[coalesce(cardinality(v_changes), 0)]);
  v_numbers := array_fill(NULL::integer, ARRAY[coalesce(cardinality(v_changes), 0)]);
  FOR i IN 1 .. cardinality(v_reservations) LOOP
    v_first := v_part;
    WHILE v_changes[v_part] = i LOOP
      v_part := v_part + 1;
    END LOOP;
    v_code := CASE WHEN NOT v_known[i] THEN 'reservation_not_found' END;
    v_done := v_first;
    WHILE v_code IS NULL AND v_done < v_part LOOP
      v_place := v_place_of[v_done];
      v_code := CASE
        WHEN v_open[v_place] IS NULL THEN 'reservation_line_not_found'
        WHEN v_quantities[v_done] <= 0 THEN 'quantity_zero'
        WHEN v_quantities[v_done] <> round(v_quantities[v_done], 6) THEN 'wrong_precision'
        WHEN v_open[v_place] = 0 AND v_wanted[i] IS NOT NULL THEN 'reservation_over'
        WHEN v_quantities[v_done] > v_open[v_place] THEN 'more_than_reserved'
      END;
      IF v_code IS NOT NULL THEN
        v_lines[i] := v_part_lines[v_done];
        v_left[i] := trim_scale(v_open[v_place]);
        EXIT;
      END IF;
      v_taken[v_done] := coalesce(v_quantities[v_done], v_open[v_place]);
      IF v_taken[v_done] > 0 THEN
        v_open[v_place] := v_open[v_place] - v_taken[v_done];
        v_versions[v_place] := v_versions[v_place] + 1;
        v_numbers[v_done] := v_versions[v_place];
      END IF;
      v_done := v_done + 1;
    END LOOP;
    IF v_code IS NULL AND NOT EXISTS (SELECT FROM unnest(v_taken[v_first:v_part - 1]) AS t (quantity) WHERE t.quantity > 0) THEN
      v_code := 'reservation_over';
    END IF;

    v_codes[i] := v_code;
    IF v_code IS NOT NULL THEN
      FOR k IN v_first .. v_done - 1 LOOP
        IF v_taken[k] > 0 THEN
          v_open[v_place_of[k]] := v_open[v_place_of[k]] + v_taken[k];
          v_versions[v_place_of[k]] := v_versions[v_place_of[k]] - 1;
          v_taken[k] := 0;
        END IF;
      END LOOP;
    END IF;
  END LOOP;

  -- What is written.
  WITH touched AS MATERIALIZED (
    SELECT p.place, min(v_reservations[p.change]::text)::uuid AS reservation_id, min(p.line) AS line, sum(p.taken) AS taken
    FROM unnest(v_place_of, v_changes, v_part_lines, v_taken) AS p (place, change, line, taken)
    WHERE p.taken > 0
    GROUP BY p.place
  ), changed AS (
    UPDATE inventory.reservation_line r SET open = v_open[t.place], version = v_versions[t.place], updated_at = v_now
    FROM touched t WHERE r.tenant_id = p_tenant AND r.reservation_id = t.reservation_id AND r.line = t.line
  )
  UPDATE inventory.level l SET reserved = l.reserved - s.taken, updated_at = v_now
  FROM (SELECT v_levels[t.place] AS id, sum(t.taken) AS taken FROM touched t GROUP BY 1) s
  WHERE l.tenant_id = p_tenant AND l.id = s.id;

  INSERT INTO inventory.reservation_event (tenant_id, reservation_id, line, number, action, quantity, note, actor_id, recorded_at)
  SELECT p_tenant, v_reservations[p.change], p.line, p.number, v_actions[p.change], p.taken, v_notes[p.change], v_actors[p.change], v_now
  FROM unnest(v_changes, v_part_lines, v_numbers, v_taken) AS p (change, line, number, taken)
  WHERE p.taken > 0;

  RETURN QUERY
  SELECT c.code, c.line, c.open,
         (SELECT jsonb_agg(jsonb_build_object('line', p.line, 'item', r.item, 'branch_id', l.branch_id, 'variant_id', l.variant_id, 'batch_id', l.batch_id,
                   'quantity', trim_scale(p.taken)::text) ORDER BY p.position)
          FROM unnest(v_changes, v_part_lines, v_place_of, v_taken) WITH ORDINALITY AS p (change, line, place, taken, position)
          JOIN inventory.level l ON l.tenant_id = p_tenant AND l.id = v_levels[p.place]
          JOIN inventory.reservation_line r ON r.tenant_id = p_tenant AND r.reservation_id = v_reservations[p.change] AND r.line = p.line
          WHERE p.change = c.position AND p.taken > 0)
  FROM unnest(v_codes, v_lines, v_left) WITH ORDINALITY AS c (code, line, open, position)
  ORDER BY c.position;
END
$$;
COMMENT ON FUNCTION inventory.end_reservations(uuid, jsonb) IS 'The only way what is kept is released, or taken by the document it was kept for.';
GRANT EXECUTE ON FUNCTION inventory.end_reservations(uuid, jsonb) TO comptoir_app;

-- Keeps order reservations of one tenant until another time. Takes [{reservation_id, expires_at, actor_id}, …], each reservation once; a line is
-- kept no longer than its batch may be sold. Returns one row a change, in order: nothing, or code: reservation_not_found,
-- reservation_over. Locks: levels, in the order of their keys.
CREATE OR REPLACE FUNCTION inventory.extend_reservations(p_tenant uuid, p_changes jsonb)
RETURNS TABLE (code text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  v_now CONSTANT timestamptz := transaction_timestamp();
  v_levels uuid[];
  v_extended uuid[];
BEGIN
  PERFORM platform.assert_tenant(p_tenant);
  SELECT array_agg(l.id) INTO v_levels
  FROM (
    SELECT l.id FROM inventory.level l
    WHERE l.tenant_id = p_tenant AND l.id IN (
      SELECT r.level_id FROM inventory.reservation_line r JOIN jsonb_to_recordset(p_changes) AS c (reservation_id uuid) ON r.reservation_id = c.reservation_id
      WHERE r.tenant_id = p_tenant)
    ORDER BY l.branch_id, l.variant_id, l.place FOR NO KEY UPDATE) l;
  PERFORM FROM inventory.end_stale_reservations(p_tenant, v_levels);

  WITH changed AS (
    UPDATE inventory.reservation_line r
    SET expires_at = least(c.expires_at, (t.expires_on + 1)::timestamp AT TIME ZONE b.time_zone), version = r.version + 1, updated_at = v_now
    FROM jsonb_to_recordset(p_changes) AS c (reservation_id uuid, expires_at timestamptz),
         inventory.level l LEFT JOIN inventory.batch t ON t.tenant_id = p_tenant AND t.id = l.batch_id
           JOIN tenants.branch b ON b.tenant_id = p_tenant AND b.id = l.branch_id
    WHERE r.tenant_id = p_tenant AND r.reservation_id = c.reservation_id AND r.is_open AND r.expires_at IS NOT NULL
      AND l.tenant_id = p_tenant AND l.id = r.level_id
    RETURNING r.reservation_id, r.line, r.version, r.expires_at
  ), noted AS (
    INSERT INTO inventory.reservation_event (tenant_id, reservation_id, line, number, action, expires_at, actor_id, recorded_at)
    SELECT p_tenant, e.reservation_id, e.line, e.version, 'extend', e.expires_at, c.actor_id, v_now
    FROM changed e JOIN jsonb_to_recordset(p_changes) AS c (reservation_id uuid, actor_id uuid) ON c.reservation_id = e.reservation_id
  )
  SELECT array_agg(DISTINCT e.reservation_id) INTO v_extended FROM changed e;

  RETURN QUERY
  SELECT CASE WHEN c.reservation_id = ANY (v_extended) THEN NULL
              WHEN EXISTS (SELECT FROM inventory.reservation r WHERE r.tenant_id = p_tenant AND r.id = c.reservation_id) THEN 'reservation_over'
              ELSE 'reservation_not_found' END
  FROM ROWS FROM (jsonb_to_recordset(p_changes) AS (reservation_id uuid)) WITH ORDINALITY AS c (reservation_id, position)
  ORDER BY c.position;
END
$$;
COMMENT ON FUNCTION inventory.extend_reservations(uuid, jsonb) IS 'The only way the end of a reservation is moved.';
GRANT EXECUTE ON FUNCTION inventory.extend_reservations(uuid, jsonb) TO comptoir_app;

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

-- Lets stock move again that a document froze. Locks costs, then levels, each in the order of their keys, for the document may
-- post in the same transaction.
CREATE OR REPLACE FUNCTION inventory.unfreeze(p_tenant uuid, p_by uuid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  PERFORM platform.assert_tenant(p_tenant);
  PERFORM FROM inventory.cost c WHERE c.tenant_id = p_tenant AND c.frozen_by = p_by
  ORDER BY c.branch_id, c.variant_id FOR NO KEY UPDATE;
  PERFORM FROM inventory.level l JOIN inventory.cost c ON c.branch_id = l.branch_id AND c.variant_id = l.variant_id
  WHERE l.tenant_id = p_tenant AND c.tenant_id = p_tenant AND c.frozen_by = p_by
  ORDER BY l.branch_id, l.variant_id, l.place FOR NO KEY UPDATE OF l;
  UPDATE inventory.cost c SET frozen_by = NULL, frozen_until = NULL, updated_at = transaction_timestamp()
  WHERE c.tenant_id = p_tenant AND c.frozen_by = p_by;
END
$$;
COMMENT ON FUNCTION inventory.unfreeze(uuid, uuid) IS 'The only way a freeze ends before its time.';
GRANT EXECUTE ON FUNCTION inventory.unfreeze(uuid, uuid) TO comptoir_app;
