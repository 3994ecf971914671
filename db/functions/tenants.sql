-- Who is asking, where, and what they may do: the one read that every request begins with.
-- p_session_token or p_api_key_hash says who; p_tenant says where (null: the tenant the session switched to, or else the
-- only one of that person, if there is one). A session whose tenant was lost is in none: it does not fall into another.
-- No row: the credential is unknown, expired or revoked. tenant_id null: signed in, no (or not a readable) tenant.
-- is_stale: its use was last noted more than five minutes ago; tenants.touch_session is to be called.
-- A session of a cashier works at its device, in the branch of that, while the employee does; p_tenant changes nothing of it.
-- is_scoped: only these entities, regions and branches; the branches are all that are reached by any of the three.
-- It is dropped first, because it answers more than it did, which CREATE OR REPLACE cannot change.
DROP FUNCTION IF EXISTS tenants.authenticate(text, bytea, uuid);
CREATE OR REPLACE FUNCTION tenants.authenticate(p_session_token text, p_api_key_hash bytea, p_tenant uuid)
RETURNS TABLE (user_id uuid, session_id uuid, api_key_id uuid, device_id uuid, tenant_id uuid, employee_id uuid, permissions text[],
               features text[], is_stale boolean, is_scoped boolean, entity_ids uuid[], region_ids uuid[], branch_ids uuid[])
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
-- Lists of ids would be planned anew at every request.
SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
  v_now timestamptz := transaction_timestamp();
  v_user uuid;
  v_session uuid;
  v_used_at timestamptz;
  v_kind text;
  v_at tenants.session_tenant;
  v_asked uuid;
  v_key tenants.api_key;
  v_tenant uuid;
  v_employee uuid;
  v_permissions text[];
  v_features text[];
  v_scoped boolean;
  v_entities uuid[];
  v_regions uuid[];
  v_branches uuid[];
  v_kinds integer;
BEGIN
  IF p_session_token IS NOT NULL THEN
    SELECT s.user_id, s.id, s.used_at, s.kind INTO v_user, v_session, v_used_at, v_kind
    FROM identity.read_session s
    WHERE s.token_hash = encode(sha256(convert_to(p_session_token, 'UTF8')), 'hex') AND s.expires_at > v_now;
    IF NOT FOUND THEN
      RETURN;
    END IF;
    SELECT s.* INTO v_at FROM tenants.session_tenant s WHERE s.session_id = v_session;
    IF (v_kind = 'cashier') <> (v_at.device_id IS NOT NULL) THEN
      RETURN;
    END IF;
    v_asked := CASE WHEN v_at.device_id IS NULL THEN coalesce(p_tenant, v_at.tenant_id) ELSE v_at.tenant_id END;
    SELECT CASE WHEN v_asked IS NOT NULL OR count(*) = 1 THEN (array_agg(d.tenant_id))[1] END INTO v_tenant
    FROM tenants.directory d WHERE d.kind = 'user' AND d.key = v_user::text AND (v_asked IS NULL OR d.tenant_id = v_asked);
  ELSE
    SELECT d.tenant_id INTO v_tenant FROM tenants.directory d WHERE d.kind = 'api_key' AND d.key = encode(p_api_key_hash, 'hex');
    IF NOT FOUND THEN
      RETURN;
    END IF;
  END IF;

  IF v_tenant IS NOT NULL THEN
    PERFORM platform.set_tenant(v_tenant);
    IF p_session_token IS NULL THEN
      SELECT k.* INTO v_key FROM tenants.api_key k
      WHERE k.tenant_id = v_tenant AND k.secret_hash = p_api_key_hash AND k.revoked_at IS NULL AND k.expires_at > v_now;
      IF NOT FOUND THEN
        RETURN;
      END IF;
    END IF;
    SELECT e.id, e.user_id, e.is_scoped, t.features INTO v_employee, v_user, v_scoped, v_features
    FROM tenants.employee e JOIN tenants.tenant t ON t.tenant_id = e.tenant_id
    WHERE e.tenant_id = v_tenant AND (e.id = v_key.employee_id OR (v_key.id IS NULL AND e.user_id = v_user))
      AND e.status = 'active' AND e.deleted_at IS NULL;
    IF FOUND THEN
      SELECT coalesce(array_agg(DISTINCT p.permission), '{}') INTO v_permissions
      FROM tenants.employee_role er
      JOIN tenants.role r ON r.tenant_id = er.tenant_id AND r.id = er.role_id AND r.deleted_at IS NULL
      LEFT JOIN tenants.role_preset d ON d.name = r.preset
      CROSS JOIN unnest(coalesce(d.permissions, r.permissions)) AS p (permission)
      WHERE er.tenant_id = v_tenant AND er.employee_id = v_employee AND er.valid @> v_now;
      IF v_key.id IS NOT NULL AND NOT v_key.permissions @> '{*}' THEN
        v_permissions := array(
          SELECT k.permission FROM unnest(v_key.permissions) AS k (permission)
          WHERE v_permissions @> '{*}' OR k.permission = ANY (v_permissions));
      END IF;
      IF v_scoped THEN
        SELECT coalesce(array_agg(s.entity_id) FILTER (WHERE s.entity_id IS NOT NULL), '{}'),
               coalesce(array_agg(s.region_id) FILTER (WHERE s.region_id IS NOT NULL), '{}'),
               coalesce(array_agg(s.branch_id) FILTER (WHERE s.branch_id IS NOT NULL), '{}')
        INTO v_entities, v_regions, v_branches
        FROM tenants.employee_scope s
        WHERE s.tenant_id = v_tenant AND s.employee_id = v_employee AND s.valid @> v_now;
        -- Each by its index, and only where there is something to look for: an OR would read every branch.
        v_kinds := (v_entities <> '{}')::integer + (v_regions <> '{}')::integer + (v_branches <> '{}')::integer;
        IF v_branches <> '{}' THEN
          v_branches := array(
            SELECT b.id FROM tenants.branch b WHERE b.tenant_id = v_tenant AND b.id = ANY (v_branches) AND b.deleted_at IS NULL);
        END IF;
        IF v_entities <> '{}' THEN
          v_entities := array(
            SELECT n.id FROM tenants.entity n WHERE n.tenant_id = v_tenant AND n.id = ANY (v_entities) AND n.deleted_at IS NULL);
          v_branches := v_branches || array(
            SELECT b.id FROM tenants.branch b WHERE b.tenant_id = v_tenant AND b.entity_id = ANY (v_entities) AND b.deleted_at IS NULL);
        END IF;
        IF v_regions <> '{}' THEN
          v_regions := array(
            SELECT g.id FROM tenants.region g WHERE g.tenant_id = v_tenant AND g.id = ANY (v_regions) AND g.deleted_at IS NULL);
          v_branches := v_branches || array(
            SELECT b.id FROM tenants.branch b WHERE b.tenant_id = v_tenant AND b.region_id = ANY (v_regions) AND b.deleted_at IS NULL);
        END IF;
        IF v_kinds > 1 THEN
          v_branches := array(SELECT DISTINCT b.id FROM unnest(v_branches) AS b (id));
        END IF;
      END IF;
      IF v_at.device_id IS NOT NULL THEN
        IF v_employee <> v_at.employee_id OR (v_scoped AND NOT v_at.branch_id = ANY (v_branches)) THEN
          RETURN;
        END IF;
        v_scoped := true;
        v_entities := '{}';
        v_regions := '{}';
        v_branches := array(
          SELECT b.id FROM tenants.branch b WHERE b.tenant_id = v_tenant AND b.id = v_at.branch_id AND b.deleted_at IS NULL);
      END IF;
    ELSIF v_key.id IS NOT NULL OR v_at.device_id IS NOT NULL THEN
      RETURN;
    ELSE
      SELECT s.user_id INTO v_user FROM identity.read_session s WHERE s.id = v_session;
      v_tenant := NULL;
    END IF;
  END IF;

  IF v_tenant IS NULL AND v_at.device_id IS NOT NULL THEN
    RETURN;
  END IF;
  RETURN QUERY SELECT v_user, v_session, v_key.id, v_at.device_id, v_tenant, v_employee, coalesce(v_permissions, '{}'),
                      coalesce(v_features, '{}'), coalesce(v_used_at < v_now - interval '5 minutes', false),
                      coalesce(v_scoped, false), v_entities, v_regions, v_branches;
END
$$;
COMMENT ON FUNCTION tenants.authenticate(text, bytea, uuid) IS
  'sets the tenant itself: it runs before one is known, and shows a caller nothing but what their credential opens.';
GRANT EXECUTE ON FUNCTION tenants.authenticate(text, bytea, uuid) TO comptoir_app;

-- Notes that the session with this token is used, and lengthens one of a till; it takes the token, so that nobody lengthens
-- the session of somebody else. How many days is a setting, which SQL does not resolve.
CREATE OR REPLACE FUNCTION tenants.touch_session(p_session_token text, p_till_days integer) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  v_session uuid;
BEGIN
  SELECT s.id INTO v_session FROM identity.read_session s
  WHERE s.token_hash = encode(sha256(convert_to(p_session_token, 'UTF8')), 'hex') AND s.expires_at > transaction_timestamp();
  IF FOUND THEN
    PERFORM identity.touch_session(v_session, transaction_timestamp(), p_till_days);
  END IF;
END
$$;
COMMENT ON FUNCTION tenants.touch_session(text, integer) IS 'changes nothing but the session whose token is shown.';
GRANT EXECUTE ON FUNCTION tenants.touch_session(text, integer) TO comptoir_app;

-- Enters or removes what tenants.directory must know of this tenant.
CREATE OR REPLACE FUNCTION tenants.register(p_tenant uuid, p_kind text, p_key text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  PERFORM platform.assert_tenant(p_tenant);
  INSERT INTO tenants.directory (kind, key, tenant_id) VALUES (p_kind, p_key, p_tenant) ON CONFLICT DO NOTHING;
END
$$;
GRANT EXECUTE ON FUNCTION tenants.register(uuid, text, text) TO comptoir_app;

CREATE OR REPLACE FUNCTION tenants.unregister(p_tenant uuid, p_kind text, p_key text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  PERFORM platform.assert_tenant(p_tenant);
  DELETE FROM tenants.directory d WHERE d.kind = p_kind AND d.key = p_key AND d.tenant_id = p_tenant;
END
$$;
GRANT EXECUTE ON FUNCTION tenants.unregister(uuid, text, text) TO comptoir_app;

-- Enters a domain for this tenant. False: it is another tenant's.
CREATE OR REPLACE FUNCTION tenants.claim_domain(p_tenant uuid, p_domain text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  PERFORM platform.assert_tenant(p_tenant);
  INSERT INTO tenants.directory (kind, key, tenant_id) VALUES ('domain', p_domain, p_tenant) ON CONFLICT DO NOTHING;
  RETURN EXISTS (
    SELECT FROM tenants.directory d WHERE d.kind = 'domain' AND d.key = p_domain AND d.tenant_id = p_tenant);
END
$$;
GRANT EXECUTE ON FUNCTION tenants.claim_domain(uuid, text) TO comptoir_app;

-- The tenants in which a person has a place.
CREATE OR REPLACE FUNCTION tenants.tenants_of_user(p_user uuid) RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$ SELECT d.tenant_id FROM tenants.directory d WHERE d.kind = 'user' AND d.key = p_user::text ORDER BY d.tenant_id $$;
GRANT EXECUTE ON FUNCTION tenants.tenants_of_user(uuid) TO comptoir_app;

-- Every tenant, for loops that take them one transaction at a time.
CREATE OR REPLACE FUNCTION tenants.all_tenants() RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$ SELECT d.tenant_id FROM tenants.directory d WHERE d.kind = 'tenant' ORDER BY d.tenant_id $$;
GRANT EXECUTE ON FUNCTION tenants.all_tenants() TO comptoir_jobs;

-- The tenant whose invitation has a token of this hash.
CREATE OR REPLACE FUNCTION tenants.tenant_of_invitation(p_token_hash bytea) RETURNS uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$ SELECT d.tenant_id FROM tenants.directory d WHERE d.kind = 'invitation' AND d.key = encode(p_token_hash, 'hex') $$;
GRANT EXECUTE ON FUNCTION tenants.tenant_of_invitation(bytea) TO comptoir_app;

-- From now on a session works in this tenant when a request names none; whether it may is seen at each request.
CREATE OR REPLACE FUNCTION tenants.switch_session(p_tenant uuid, p_session uuid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  PERFORM platform.assert_tenant(p_tenant);
  INSERT INTO tenants.session_tenant (session_id, tenant_id) VALUES (p_session, p_tenant)
  ON CONFLICT (session_id) DO UPDATE SET tenant_id = excluded.tenant_id, updated_at = transaction_timestamp()
  WHERE session_tenant.device_id IS NULL;
END
$$;
GRANT EXECUTE ON FUNCTION tenants.switch_session(uuid, uuid) TO comptoir_app;

-- The tenant whose device this is.
CREATE OR REPLACE FUNCTION tenants.tenant_of_device(p_device uuid) RETURNS uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$ SELECT d.tenant_id FROM tenants.directory d WHERE d.kind = 'device' AND d.key = p_device::text $$;
GRANT EXECUTE ON FUNCTION tenants.tenant_of_device(uuid) TO comptoir_app;

-- Ends the sessions of cashiers: those of an employee, and those at a device; null is none.
CREATE OR REPLACE FUNCTION tenants.end_cashier_sessions(p_tenant uuid, p_employee uuid, p_device uuid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  v_ended uuid[];
BEGIN
  PERFORM platform.assert_tenant(p_tenant);
  WITH ended AS (
    DELETE FROM tenants.session_tenant s WHERE s.tenant_id = p_tenant AND (s.employee_id = p_employee OR s.device_id = p_device)
    RETURNING s.session_id)
  SELECT array_agg(e.session_id) INTO v_ended FROM ended e;
  PERFORM identity.end_cashier_sessions(v_ended);
END
$$;
GRANT EXECUTE ON FUNCTION tenants.end_cashier_sessions(uuid, uuid, uuid) TO comptoir_app;

-- Opens the session of a cashier at a device, where the one before ends. Takes {id, employee_id, device_id, branch_id, token_hash,
-- expires_at, address, user_agent}. Answers whose it is; null, when the employee is not active. Who calls holds the device.
CREATE OR REPLACE FUNCTION tenants.open_cashier_session(p_tenant uuid, p_session jsonb) RETURNS uuid
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  v_user uuid;
BEGIN
  PERFORM platform.assert_tenant(p_tenant);
  -- Held, so that whoever suspends them comes before or after.
  SELECT e.user_id INTO v_user FROM tenants.employee e
  WHERE e.tenant_id = p_tenant AND e.id = (p_session ->> 'employee_id')::uuid AND e.status = 'active' AND e.deleted_at IS NULL
  FOR SHARE;
  IF NOT FOUND THEN
    RETURN NULL;
  END IF;
  PERFORM tenants.end_cashier_sessions(p_tenant, NULL, (p_session ->> 'device_id')::uuid);
  PERFORM identity.open_cashier_session(p_session || jsonb_build_object('user_id', v_user));
  INSERT INTO tenants.session_tenant (session_id, tenant_id, employee_id, device_id, branch_id)
  SELECT s.id, p_tenant, s.employee_id, s.device_id, s.branch_id
  FROM jsonb_to_record(p_session) AS s (id uuid, employee_id uuid, device_id uuid, branch_id uuid);
  RETURN v_user;
END
$$;
GRANT EXECUTE ON FUNCTION tenants.open_cashier_session(uuid, jsonb) TO comptoir_app;

-- Forgets in which tenant those sessions worked that are over; returns how many. At most p_limit at once.
CREATE OR REPLACE FUNCTION tenants.forget_ended_sessions(p_limit integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  v_count integer;
BEGIN
  DELETE FROM tenants.session_tenant t WHERE t.session_id = ANY (array(
    SELECT old.session_id FROM tenants.session_tenant old
    WHERE NOT EXISTS (SELECT FROM identity.read_session s WHERE s.id = old.session_id AND s.expires_at > transaction_timestamp())
    LIMIT p_limit));
  GET DIAGNOSTICS v_count = ROW_COUNT;
  RETURN v_count;
END
$$;
GRANT EXECUTE ON FUNCTION tenants.forget_ended_sessions(integer) TO comptoir_jobs;

-- The next number of a kind of documents, from 1. It locks the counter until the commit: take it after stock and accounts.
CREATE OR REPLACE FUNCTION tenants.next_number(p_tenant uuid, p_name text) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  v_number bigint;
BEGIN
  PERFORM platform.assert_tenant(p_tenant);
  INSERT INTO tenants.counter AS c (tenant_id, name, last_number) VALUES (p_tenant, p_name, 1)
  ON CONFLICT (tenant_id, name) DO UPDATE
  SET last_number = c.last_number + 1, version = c.version + 1, updated_at = transaction_timestamp()
  RETURNING last_number INTO v_number;
  RETURN v_number;
END
$$;
COMMENT ON FUNCTION tenants.next_number(uuid, text) IS 'The only writer of counters.';
GRANT EXECUTE ON FUNCTION tenants.next_number(uuid, text) TO comptoir_app;
