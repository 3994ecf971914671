-- Written by npm run generate from the catalogue of a migrated database, to be read and compared: it need not restore.
-- By table, with everything that belongs to it. Owners are named where they differ from the schema's,
-- grants except the owner's own; partitions are left out, since they come and go with the date.

CREATE SCHEMA ledger AUTHORIZATION comptoir_owner;
GRANT USAGE ON SCHEMA ledger TO comptoir_app;
GRANT USAGE ON SCHEMA ledger TO comptoir_jobs;
GRANT USAGE ON SCHEMA ledger TO comptoir_read;

CREATE TABLE ledger.account (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  entity_id uuid NOT NULL,
  code text NOT NULL,
  name text NOT NULL,
  type text NOT NULL,
  purpose text,
  currency text NOT NULL,
  floor numeric(19,4),
  ceiling numeric(19,4),
  closed_at timestamp with time zone,
  balance numeric(19,4) DEFAULT 0 NOT NULL,
  balance_version bigint DEFAULT 0 NOT NULL,
  version integer DEFAULT 1 NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  holder_type text,
  holder_id uuid,
  CONSTRAINT account_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT account_code_key UNIQUE (tenant_id, entity_id, code),
  CONSTRAINT account_closed_is_empty CHECK (closed_at IS NULL OR balance = 0::numeric),
  CONSTRAINT account_floor_below_ceiling CHECK (floor <= ceiling),
  CONSTRAINT account_holder_complete CHECK ((num_nulls(holder_type, holder_id) = ANY (ARRAY[0, 2])) AND (holder_id IS NULL OR purpose IS NOT NULL)),
  CONSTRAINT account_holder_type_known CHECK (holder_type = ANY (ARRAY['branch'::text, 'session'::text])),
  CONSTRAINT account_type_known CHECK (type = ANY (ARRAY['asset'::text, 'liability'::text, 'equity'::text, 'income'::text, 'expense'::text])),
  CONSTRAINT account_currency_fkey FOREIGN KEY (currency) REFERENCES reference.currency(code),
  CONSTRAINT account_entity_id_fkey FOREIGN KEY (tenant_id, entity_id) REFERENCES ledger.book(tenant_id, id)
) WITH (fillfactor=70);
COMMENT ON TABLE ledger.account IS 'class: tenant. balance is debits less credits and balance_version the number of entries so far; floor and ceiling bound the balance. The free space keeps a change of balance out of the indexes.';
CREATE INDEX account_currency ON ledger.account USING btree (currency);
CREATE INDEX account_holder_id ON ledger.account USING btree (tenant_id, holder_id) WHERE holder_id IS NOT NULL;
CREATE UNIQUE INDEX account_holder_key ON ledger.account USING btree (tenant_id, entity_id, purpose, currency, holder_type, holder_id) WHERE holder_id IS NOT NULL;
CREATE UNIQUE INDEX account_purpose_key ON ledger.account USING btree (tenant_id, entity_id, purpose, currency) WHERE holder_id IS NULL;
ALTER TABLE ledger.account ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON ledger.account FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
GRANT SELECT ON TABLE ledger.account TO comptoir_app;
GRANT SELECT ON TABLE ledger.account TO comptoir_read;
GRANT INSERT (tenant_id, id, entity_id, code, name, type, purpose, currency, floor, ceiling, holder_type, holder_id), UPDATE (name, floor, ceiling, closed_at, version, updated_at) ON TABLE ledger.account TO comptoir_app;

CREATE TABLE ledger.book (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  chart text NOT NULL,
  closed_through date,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT book_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT book_closed_through_ends_a_month CHECK (closed_through = (date_trunc('month'::text, closed_through::timestamp without time zone) + '1 mon -1 days'::interval)::date),
  CONSTRAINT book_id_fkey FOREIGN KEY (tenant_id, id) REFERENCES tenants.entity(tenant_id, id)
);
COMMENT ON TABLE ledger.book IS 'class: tenant. The books of a legal entity, under its id. Days up to closed_through take no entries; the row is locked against closing while entries are recorded.';
ALTER TABLE ledger.book ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON ledger.book FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
GRANT SELECT ON TABLE ledger.book TO comptoir_app;
GRANT SELECT ON TABLE ledger.book TO comptoir_read;
GRANT INSERT (tenant_id, id, chart) ON TABLE ledger.book TO comptoir_app;

CREATE TABLE ledger.daily_total (
  tenant_id uuid NOT NULL,
  account_id uuid NOT NULL,
  effective_on date NOT NULL,
  debit numeric(24,4) NOT NULL,
  credit numeric(24,4) NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT daily_total_pkey PRIMARY KEY (tenant_id, account_id, effective_on),
  CONSTRAINT daily_total_account_id_fkey FOREIGN KEY (tenant_id, account_id) REFERENCES ledger.account(tenant_id, id)
) WITH (fillfactor=70);
COMMENT ON TABLE ledger.daily_total IS 'class: tenant. Debits and credits of an account by effective day, both above zero: what balances as of a day are summed from.';
ALTER TABLE ledger.daily_total ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON ledger.daily_total FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
GRANT SELECT ON TABLE ledger.daily_total TO comptoir_app;
GRANT SELECT ON TABLE ledger.daily_total TO comptoir_read;

CREATE TABLE ledger.entry (
  tenant_id uuid NOT NULL,
  account_id uuid NOT NULL,
  account_version bigint NOT NULL,
  journal_id uuid NOT NULL,
  line smallint NOT NULL,
  amount numeric(19,4) NOT NULL,
  previous_balance numeric(19,4) NOT NULL,
  running_balance numeric(19,4) NOT NULL,
  effective_on date NOT NULL,
  recorded_at timestamp with time zone NOT NULL,
  transaction_currency text,
  transaction_amount numeric(19,4),
  fx_rate numeric(36,18),
  CONSTRAINT entry_pkey PRIMARY KEY (tenant_id, account_id, account_version, recorded_at),
  CONSTRAINT entry_amount_not_zero CHECK (amount <> 0::numeric),
  CONSTRAINT entry_balance_runs CHECK (running_balance = (previous_balance + amount)),
  CONSTRAINT entry_foreign_amount_complete CHECK (num_nulls(transaction_currency, transaction_amount, fx_rate) = ANY (ARRAY[0, 3])),
  CONSTRAINT entry_foreign_amount_same_side CHECK (transaction_amount IS NULL OR sign(transaction_amount) = sign(amount) AND fx_rate > 0::numeric)
) PARTITION BY RANGE (recorded_at);
COMMENT ON TABLE ledger.entry IS 'class: tenant, append-only. One line of a journal. account_version counts the entries of its account in the order they were recorded; balances run in that order. No foreign keys: docs/decisions/0015.';
CREATE INDEX entry_effective_on ON ONLY ledger.entry USING btree (tenant_id, account_id, effective_on, account_version);
CREATE INDEX entry_journal_id ON ONLY ledger.entry USING btree (tenant_id, journal_id);
ALTER TABLE ledger.entry ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON ledger.entry FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON ledger.entry FOR EACH ROW EXECUTE FUNCTION platform.refuse_change();
GRANT SELECT ON TABLE ledger.entry TO comptoir_app;
GRANT SELECT ON TABLE ledger.entry TO comptoir_read;
REVOKE TRUNCATE ON TABLE ledger.entry FROM comptoir_owner;

CREATE TABLE ledger.journal (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  entity_id uuid NOT NULL,
  document_type text NOT NULL,
  document_id uuid NOT NULL,
  document_number text,
  document_on date NOT NULL,
  effective_on date NOT NULL,
  description text,
  reverses_id uuid,
  actor_id uuid,
  recorded_at timestamp with time zone NOT NULL,
  CONSTRAINT journal_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT journal_reverses_another CHECK (reverses_id <> id),
  CONSTRAINT journal_entity_id_fkey FOREIGN KEY (tenant_id, entity_id) REFERENCES ledger.book(tenant_id, id),
  CONSTRAINT journal_reverses_id_fkey FOREIGN KEY (tenant_id, reverses_id) REFERENCES ledger.journal(tenant_id, id)
);
COMMENT ON TABLE ledger.journal IS 'class: tenant, append-only. One balanced set of entries and the document it stands for. effective_on is the day it counts, document_on the day of the document.';
CREATE INDEX journal_document_id ON ledger.journal USING btree (tenant_id, document_id);
CREATE INDEX journal_effective_on ON ledger.journal USING btree (tenant_id, entity_id, effective_on, id);
CREATE UNIQUE INDEX journal_reverses_id_key ON ledger.journal USING btree (tenant_id, reverses_id) WHERE reverses_id IS NOT NULL;
ALTER TABLE ledger.journal ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON ledger.journal FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON ledger.journal FOR EACH ROW EXECUTE FUNCTION platform.refuse_change();
GRANT SELECT ON TABLE ledger.journal TO comptoir_app;
GRANT SELECT ON TABLE ledger.journal TO comptoir_read;
REVOKE TRUNCATE ON TABLE ledger.journal FROM comptoir_owner;

CREATE TABLE ledger.period_change (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  entity_id uuid NOT NULL,
  action text NOT NULL,
  previous_closed_through date,
  closed_through date,
  reason text,
  actor_id uuid,
  recorded_at timestamp with time zone NOT NULL,
  CONSTRAINT period_change_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT period_change_action_known CHECK (action = ANY (ARRAY['close'::text, 'reopen'::text])),
  CONSTRAINT period_change_reopening_has_a_reason CHECK (action = 'close'::text OR reason IS NOT NULL),
  CONSTRAINT period_change_entity_id_fkey FOREIGN KEY (tenant_id, entity_id) REFERENCES ledger.book(tenant_id, id)
);
COMMENT ON TABLE ledger.period_change IS 'class: tenant, append-only. Who closed or reopened which months of a book, when and why.';
CREATE INDEX period_change_entity_id ON ledger.period_change USING btree (tenant_id, entity_id, id);
ALTER TABLE ledger.period_change ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON ledger.period_change FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON ledger.period_change FOR EACH ROW EXECUTE FUNCTION platform.refuse_change();
GRANT SELECT ON TABLE ledger.period_change TO comptoir_app;
GRANT SELECT ON TABLE ledger.period_change TO comptoir_read;
REVOKE TRUNCATE ON TABLE ledger.period_change FROM comptoir_owner;

CREATE VIEW ledger.read_holder_balance WITH (security_invoker=true) AS
 SELECT tenant_id,
    holder_type,
    holder_id,
    purpose,
    id AS account_id,
    currency,
    balance
   FROM ledger.account
  WHERE holder_id IS NOT NULL;
COMMENT ON VIEW ledger.read_holder_balance IS 'Published for those whose things accounts are kept for, to prove that both tie.';
GRANT SELECT ON TABLE ledger.read_holder_balance TO comptoir_app;
GRANT SELECT ON TABLE ledger.read_holder_balance TO comptoir_read;

CREATE OR REPLACE FUNCTION ledger.change_period(p_tenant uuid, p_change jsonb)
 RETURNS TABLE(closed_through date, code text)
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
DECLARE
  v_change record;
  v_previous date;
  v_next date;
  v_code text;
BEGIN
  PERFORM platform.assert_tenant(p_tenant);
  SELECT * INTO v_change FROM jsonb_to_record(p_change) AS c (id uuid, entity_id uuid, action text, month date, reason text, actor_id uuid);
  PERFORM ledger.shut_gate(p_tenant, v_change.entity_id);
  SELECT b.closed_through INTO v_previous FROM ledger.book b WHERE b.tenant_id = p_tenant AND b.id = v_change.entity_id FOR NO KEY UPDATE;
  IF NOT FOUND THEN
    v_code := 'books_not_found';
  ELSIF v_change.action = 'close' THEN
    v_next := (v_change.month + interval '1 month')::date - 1;
    v_code := CASE WHEN v_next <= v_previous THEN 'period_already_closed'
                   WHEN v_next >= (transaction_timestamp() AT TIME ZONE 'UTC')::date THEN 'period_not_over' END;
  ELSE
    v_next := v_change.month - 1;
    v_code := CASE WHEN v_previous IS NULL OR v_next >= v_previous THEN 'period_not_closed' END;
  END IF;
  IF v_code IS NULL THEN
    UPDATE ledger.book b SET closed_through = v_next, updated_at = transaction_timestamp() WHERE b.tenant_id = p_tenant AND b.id = v_change.entity_id;
    INSERT INTO ledger.period_change (tenant_id, id, entity_id, action, previous_closed_through, closed_through, reason, actor_id, recorded_at)
    VALUES (p_tenant, v_change.id, v_change.entity_id, v_change.action, v_previous, v_next, v_change.reason, v_change.actor_id, transaction_timestamp());
  END IF;
  RETURN QUERY SELECT CASE WHEN v_code IS NULL THEN v_next ELSE v_previous END, v_code;
END
$function$;
COMMENT ON FUNCTION ledger.change_period(uuid,jsonb) IS 'The only way books are closed and reopened.';
GRANT EXECUTE ON FUNCTION ledger.change_period(uuid,jsonb) TO comptoir_app;

CREATE OR REPLACE FUNCTION ledger.fault_of_foreign_amount(p_amount numeric, p_currency text, p_minor_unit smallint, p_foreign_amount numeric, p_foreign_currency text, p_foreign_minor_unit smallint, p_rate numeric)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
  SELECT CASE
    WHEN p_foreign_minor_unit IS NULL THEN 'unknown_currency'
    WHEN p_foreign_currency = p_currency THEN 'currency_not_foreign'
    WHEN p_foreign_amount <> round(p_foreign_amount, p_foreign_minor_unit) THEN 'wrong_precision'
    WHEN (p_rate > 0 AND sign(p_foreign_amount) = sign(p_amount)
          AND p_amount = round(p_foreign_amount * p_rate, p_minor_unit)) IS NOT TRUE THEN 'foreign_amounts_differ'
  END
$function$;
COMMENT ON FUNCTION ledger.fault_of_foreign_amount(numeric,text,smallint,numeric,text,smallint,numeric) IS 'Holds the two amounts of a line together.';

CREATE OR REPLACE FUNCTION ledger.hold_open(p_tenant uuid, p_books uuid[])
 RETURNS TABLE(id uuid, closed_through date)
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
BEGIN
  PERFORM platform.assert_tenant(p_tenant);
  PERFORM ledger.pass_gate(p_tenant, b.id) FROM (SELECT DISTINCT b.id FROM unnest(p_books) AS b (id) ORDER BY b.id) b;
  RETURN QUERY SELECT b.id, b.closed_through FROM ledger.book b WHERE b.tenant_id = p_tenant AND b.id = ANY (p_books);
END
$function$;
COMMENT ON FUNCTION ledger.hold_open(uuid,uuid[]) IS 'Holds books open and says from which day on.';
GRANT EXECUTE ON FUNCTION ledger.hold_open(uuid,uuid[]) TO comptoir_app;

CREATE OR REPLACE FUNCTION ledger.make_partitions(p_from date, p_until date)
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
BEGIN
  CALL platform.make_partitions('ledger.entry', p_from, p_until);
END
$function$;
COMMENT ON FUNCTION ledger.make_partitions(date,date) IS 'Keeps the partitions of the entries ahead of the calendar; run by a job and by migrate.';
GRANT EXECUTE ON FUNCTION ledger.make_partitions(date,date) TO comptoir_jobs;

CREATE OR REPLACE FUNCTION ledger.open_accounts(p_tenant uuid, p_accounts jsonb)
 RETURNS integer
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
DECLARE
  v_count integer;
BEGIN
  PERFORM platform.assert_tenant(p_tenant);
  INSERT INTO ledger.account (tenant_id, id, entity_id, code, name, type, purpose, currency, holder_type, holder_id, floor)
  SELECT p_tenant, n.id, m.entity_id,
         CASE WHEN length(m.code) + length(n.code) > 31
                OR EXISTS (SELECT FROM ledger.account o WHERE o.tenant_id = p_tenant AND o.entity_id = m.entity_id AND o.code = m.code || '.' || n.code)
              THEN left(m.code, 15) || '.' || upper(right(replace(n.holder_id::text, '-', ''), 16))
              ELSE m.code || '.' || n.code END,
         left(m.name || ' – ' || n.name, 200), m.type, m.purpose, m.currency, n.type, n.holder_id,
         CASE WHEN n.type = 'session' AND m.purpose = 'cash' THEN 0 END
  FROM jsonb_to_recordset(p_accounts) AS n (id uuid, main_id uuid, type text, holder_id uuid, code text, name text)
  JOIN ledger.account m ON m.tenant_id = p_tenant AND m.id = n.main_id
  ORDER BY m.id, n.holder_id
  ON CONFLICT DO NOTHING;
  GET DIAGNOSTICS v_count = ROW_COUNT;
  RETURN v_count;
END
$function$;
COMMENT ON FUNCTION ledger.open_accounts(uuid,jsonb) IS 'Opens accounts of holders within the recording function of a document.';

CREATE OR REPLACE FUNCTION ledger.pass_gate(p_tenant uuid, p_entity uuid)
 RETURNS void
 LANGUAGE sql
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
  SELECT pg_advisory_xact_lock_shared(hashtext(p_tenant::text), hashtext(p_entity::text))
$function$;
COMMENT ON FUNCTION ledger.pass_gate(uuid,uuid) IS 'Holds a book open for the time of a transaction.';

CREATE OR REPLACE FUNCTION ledger.record(p_tenant uuid, p_journals jsonb)
 RETURNS TABLE(effective_on date, code text, detail text)
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET plan_cache_mode TO 'force_generic_plan'
AS $function$
DECLARE
  c_most_lines CONSTANT integer := 1000;
  c_beyond_amounts CONSTANT numeric := 1e15;
  v_now CONSTANT timestamptz := transaction_timestamp();
  v_last_day CONSTANT date := (v_now AT TIME ZONE 'UTC')::date + 366;
  -- one element a journal
  v_ids uuid[];
  v_entities uuid[];
  v_document_types text[];
  v_document_ids uuid[];
  v_document_numbers text[];
  v_document_days date[];
  v_descriptions text[];
  v_actors uuid[];
  v_days date[];
  v_if_closed text[];
  v_lines jsonb[];
  v_foreign_amounts jsonb[];
  v_by_product boolean[];
  v_reverses uuid[];
  v_reversible text[];
  v_same_id integer[];
  v_same_reversal integer[];
  v_exists boolean[];
  v_is_reversed boolean[];
  v_id_taken boolean[];
  v_reversal_taken boolean[];
  v_codes text[];
  v_details text[];
  -- one element a book
  v_books uuid[];
  v_closed_through date[];
  -- one element a line
  v_line_journals integer[];
  v_line_account_ids uuid[];
  v_line_amounts numeric[];
  v_line_accounts integer[];
  v_line_balances numeric[];
  v_line_versions bigint[];
  -- of lines made in another currency; null when there is none at all
  v_line_currencies text[];
  v_line_foreign_amounts numeric[];
  v_line_rates numeric[];
  v_line_minor_units smallint[];
  -- one element an account
  v_account_ids uuid[];
  v_account_entities uuid[];
  v_currencies text[];
  v_minor_units smallint[];
  v_closed boolean[];
  v_held boolean[];
  v_floors numeric[];
  v_ceilings numeric[];
  v_balances numeric[];
  v_versions bigint[];
  v_starts numeric[];
  v_started integer[];
  -- of the journal and line at hand
  v_line integer := 1;
  v_first integer;
  v_book integer;
  v_account integer;
  v_amount numeric;
  v_sum numeric;
  v_currency text;
  v_is_mixed boolean;
  v_code text;
  v_detail text;
  v_accepted integer := 0;
  v_count integer;
BEGIN
  PERFORM platform.assert_tenant(p_tenant);

  -- What is asked for.
  SELECT array_agg(j.id), array_agg(j.entity_id), array_agg(j.document_type), array_agg(j.document_id), array_agg(j.document_number),
         array_agg(j.document_on), array_agg(j.description), array_agg(j.actor_id), array_agg(coalesce(j.effective_on, j.document_on)),
         array_agg(j.if_closed), array_agg(CASE WHEN j.reverses_id IS NULL THEN j.lines END),
         array_agg(CASE WHEN j.reverses_id IS NULL THEN j.foreign_amounts END), array_agg(coalesce(j.by_product, false)), array_agg(j.reverses_id), array_agg(j.same_id), array_agg(j.same_reversal),
         array_agg(EXISTS (SELECT FROM ledger.journal o WHERE o.tenant_id = p_tenant AND o.id = j.id))
  INTO v_ids, v_entities, v_document_types, v_document_ids, v_document_numbers, v_document_days, v_descriptions, v_actors, v_days, v_if_closed, v_lines, v_foreign_amounts, v_by_product, v_reverses, v_same_id, v_same_reversal, v_exists
  FROM (
    SELECT j.*, min(j.position) OVER (PARTITION BY j.id) AS same_id,
           min(j.position) FILTER (WHERE j.reverses_id IS NOT NULL) OVER (PARTITION BY j.reverses_id) AS same_reversal
    FROM ROWS FROM (jsonb_to_recordset(p_journals) AS (
           id uuid, entity_id uuid, document_type text, document_id uuid, document_number text, document_on date, effective_on date,
           if_closed text, description text, actor_id uuid, lines jsonb, foreign_amounts jsonb, by_product boolean, reverses_id uuid))
         WITH ORDINALITY AS j (id, entity_id, document_type, document_id, document_number, document_on, effective_on,
           if_closed, description, actor_id, lines, foreign_amounts, by_product, reverses_id, position)
    ORDER BY j.position) j;
  IF v_ids IS NULL THEN RETURN; END IF;

  IF num_nonnulls(VARIADIC v_reverses) = 0 THEN
    SELECT array_agg(l.position), array_agg(l.account_id), array_agg(l.amount), array_agg(l.account)
    INTO v_line_journals, v_line_account_ids, v_line_amounts, v_line_accounts
    FROM (
      SELECT j.position, l.account_id, l.amount, dense_rank() OVER (ORDER BY l.account_id) AS account
      FROM unnest(v_lines) WITH ORDINALITY AS j (lines, position),
           ROWS FROM (jsonb_to_recordset(j.lines) AS (account_id uuid, amount numeric)) WITH ORDINALITY AS l (account_id, amount, line)
      ORDER BY j.position, l.line) l;
  ELSE
    SELECT array_agg(coalesce(o.entity_id, j.entity_id) ORDER BY j.position),
           array_agg(CASE WHEN j.reverses_id IS NULL THEN NULL WHEN o.id IS NULL THEN 'not_found'
                          WHEN o.reverses_id IS NOT NULL THEN 'reversal_not_reversible' END ORDER BY j.position),
           array_agg(EXISTS (SELECT FROM ledger.journal r WHERE r.tenant_id = p_tenant AND r.reverses_id = j.reverses_id) ORDER BY j.position)
    INTO v_entities, v_reversible, v_is_reversed
    FROM unnest(v_entities, v_reverses) WITH ORDINALITY AS j (entity_id, reverses_id, position)
    LEFT JOIN ledger.journal o ON o.tenant_id = p_tenant AND o.id = j.reverses_id;

    SELECT array_agg(l.position), array_agg(l.account_id), array_agg(l.amount), array_agg(l.account),
           array_agg(l.transaction_currency), array_agg(l.transaction_amount), array_agg(l.fx_rate)
    INTO v_line_journals, v_line_account_ids, v_line_amounts, v_line_accounts, v_line_currencies, v_line_foreign_amounts, v_line_rates
    FROM (
      SELECT l.*, dense_rank() OVER (ORDER BY l.account_id) AS account
      FROM (
        SELECT j.position, l.line, l.account_id, l.amount, NULL AS transaction_currency, NULL::numeric AS transaction_amount, NULL::numeric AS fx_rate
        FROM unnest(v_lines) WITH ORDINALITY AS j (lines, position),
             ROWS FROM (jsonb_to_recordset(j.lines) AS (account_id uuid, amount numeric)) WITH ORDINALITY AS l (account_id, amount, line)
        UNION ALL
        SELECT j.position, e.line, e.account_id, -e.amount, e.transaction_currency, -e.transaction_amount, e.fx_rate
        FROM unnest(v_reverses) WITH ORDINALITY AS j (reverses_id, position)
        JOIN ledger.entry e ON e.tenant_id = p_tenant AND e.journal_id = j.reverses_id) l
      ORDER BY l.position, l.line) l;
  END IF;

  IF num_nonnulls(VARIADIC v_foreign_amounts) > 0 THEN
    SELECT array_agg(coalesce(f.currency, l.currency) ORDER BY l.position), array_agg(coalesce(f.amount, l.amount) ORDER BY l.position),
           array_agg(coalesce(f.rate, l.rate) ORDER BY l.position),
           array_agg((SELECT c.minor_unit FROM reference.currency c WHERE c.code = f.currency) ORDER BY l.position)
    INTO v_line_currencies, v_line_foreign_amounts, v_line_rates, v_line_minor_units
    FROM (
      SELECT l.*, row_number() OVER (PARTITION BY l.journal ORDER BY l.position) AS line
      FROM unnest(v_line_journals, v_line_currencies, v_line_foreign_amounts, v_line_rates) WITH ORDINALITY AS l (journal, currency, amount, rate, position)) l
    LEFT JOIN (
      SELECT j.position AS journal, f.line, f.currency, f.amount, f.rate
      FROM unnest(v_foreign_amounts) WITH ORDINALITY AS j (amounts, position),
           jsonb_to_recordset(j.amounts) AS f (line integer, currency text, amount numeric, rate numeric)) f ON f.journal = l.journal AND f.line = l.line;
  END IF;

  -- Assigning to an element of an array that is NULL would make that element its first one.
  v_line_balances := array_fill(NULL::numeric, ARRAY[coalesce(cardinality(v_line_journals), 0)]);
  v_line_versions := array_fill(NULL::bigint, ARRAY[coalesce(cardinality(v_line_journals), 0)]);

  -- What it is about, locked.
  PERFORM ledger.pass_gate(p_tenant, e.id) FROM (SELECT DISTINCT id FROM unnest(v_entities) AS e (id) WHERE id IS NOT NULL ORDER BY id) e;
  SELECT array_agg(b.id), array_agg(b.closed_through) INTO v_books, v_closed_through
  FROM ledger.book b WHERE b.tenant_id = p_tenant AND b.id = ANY (v_entities);

  SELECT array_agg(a.id), array_agg(a.entity_id), array_agg(a.currency), array_agg(a.minor_unit), array_agg(a.closed_at IS NOT NULL),
         array_agg(a.holder_id IS NOT NULL), array_agg(a.floor), array_agg(a.ceiling), array_agg(a.balance), array_agg(a.balance_version)
  INTO v_account_ids, v_account_entities, v_currencies, v_minor_units, v_closed, v_held, v_floors, v_ceilings, v_balances, v_versions
  FROM (
    SELECT a.id, a.entity_id, a.currency, a.closed_at, a.holder_id, a.floor, a.ceiling, a.balance, a.balance_version,
           (SELECT c.minor_unit FROM reference.currency c WHERE c.code = a.currency) AS minor_unit
    FROM ledger.account a
    WHERE a.tenant_id = p_tenant AND a.id = ANY (v_line_account_ids) ORDER BY a.id FOR NO KEY UPDATE) a;

  IF cardinality(v_account_ids) IS DISTINCT FROM (SELECT max(l.account) FROM unnest(v_line_accounts) AS l (account)) THEN
    -- Some account is not there, so that the ranks of the ids are not the positions of the accounts.
    SELECT array_agg(a.position ORDER BY l.position) INTO v_line_accounts
    FROM unnest(v_line_account_ids) WITH ORDINALITY AS l (id, position)
    LEFT JOIN unnest(v_account_ids) WITH ORDINALITY AS a (id, position) ON a.id = l.id;
  END IF;

  -- One journal after the other: the first thing that is wrong with it, or its lines applied.
  v_codes := array_fill(NULL::text, ARRAY[cardinality(v_ids)]);
  v_details := v_codes;
  FOR i IN 1 .. cardinality(v_ids) LOOP
    v_first := v_line;
    WHILE v_line_journals[v_line] = i LOOP
      v_line := v_line + 1;
    END LOOP;
    v_code := NULL;
    v_detail := NULL;
    v_book := array_position(v_books, v_entities[i]);

    IF v_exists[i] OR v_id_taken[v_same_id[i]] THEN
      v_code := 'already_exists';
    ELSIF v_reversible[i] IS NOT NULL THEN
      v_code := v_reversible[i];
    ELSIF v_is_reversed[i] OR v_reversal_taken[v_same_reversal[i]] THEN
      v_code := 'already_reversed';
    ELSIF v_book IS NULL THEN
      v_code := 'books_not_found';
    ELSIF v_line - v_first < 2 THEN
      v_code := 'too_few_lines';
    ELSIF v_line - v_first > c_most_lines THEN
      v_code := 'too_many_lines';
    ELSIF v_days[i] IS NULL OR greatest(v_days[i], v_document_days[i]) > v_last_day OR least(v_days[i], v_document_days[i]) < '1970-01-01' THEN
      v_code := 'date_out_of_range';
    ELSIF v_days[i] <= v_closed_through[v_book] THEN
      IF v_if_closed[i] = 'post_in_open_period' THEN
        v_days[i] := v_closed_through[v_book] + 1;
      ELSE
        v_code := 'period_closed';
        v_detail := format('the books are closed through %s', v_closed_through[v_book]);
      END IF;
    END IF;

    v_sum := 0;
    v_currency := NULL;
    v_is_mixed := false;
    FOR k IN v_first .. v_line - 1 LOOP
      EXIT WHEN v_code IS NOT NULL;
      v_account := v_line_accounts[k];
      v_amount := v_line_amounts[k];
      IF v_account IS NULL THEN
        v_code := 'account_not_found';
      ELSIF v_account_entities[v_account] <> v_entities[i] THEN
        v_code := 'account_of_another_entity';
      ELSIF v_closed[v_account] THEN
        v_code := 'account_closed';
      ELSIF v_held[v_account] AND NOT v_by_product[i] THEN
        v_code := 'account_held';
      ELSIF v_amount IS NULL OR v_amount = 0 THEN
        v_code := 'amount_zero';
      ELSIF v_amount <> round(v_amount, v_minor_units[v_account]) THEN
        v_code := 'wrong_precision';
      ELSE
        IF v_line_currencies IS NOT NULL AND v_line_currencies[k] IS NOT NULL AND v_reverses[i] IS NULL THEN
          v_code := ledger.fault_of_foreign_amount(
            v_amount, v_currencies[v_account], v_minor_units[v_account],
            v_line_foreign_amounts[k], v_line_currencies[k], v_line_minor_units[k], v_line_rates[k]);
        END IF;
        v_sum := v_sum + v_amount;
        v_is_mixed := v_is_mixed OR v_currencies[v_account] <> v_currency;
        v_currency := v_currencies[v_account];
        CONTINUE WHEN v_code IS NULL;
      END IF;
      v_detail := format('line %s', k - v_first + 1);
    END LOOP;

    IF v_code IS NULL AND v_is_mixed THEN
      SELECT s.currency, s.sum INTO v_currency, v_sum
      FROM (SELECT v_currencies[v_line_accounts[k]] AS currency, sum(v_line_amounts[k]) AS sum FROM generate_series(v_first, v_line - 1) k GROUP BY 1) s
      ORDER BY s.sum = 0, s.currency LIMIT 1;
    END IF;
    IF v_code IS NULL AND v_sum <> 0 THEN
      v_code := 'journal_unbalanced';
      v_detail := format('debits less credits are %s %s', trim_scale(v_sum), v_currency);
    END IF;

    IF v_code IS NULL THEN
      FOR k IN v_first .. v_line - 1 LOOP
        v_account := v_line_accounts[k];
        IF v_started[v_account] IS DISTINCT FROM i THEN
          v_started[v_account] := i;
          v_starts[v_account] := v_balances[v_account];
        END IF;
        v_line_balances[k] := v_balances[v_account];
        v_balances[v_account] := v_balances[v_account] + v_line_amounts[k];
        v_versions[v_account] := v_versions[v_account] + 1;
        v_line_versions[k] := v_versions[v_account];
      END LOOP;
      -- A balance that is out of its limits may come nearer to them.
      FOR k IN v_first .. v_line - 1 LOOP
        v_account := v_line_accounts[k];
        IF v_balances[v_account] < v_floors[v_account] AND v_balances[v_account] < v_starts[v_account] THEN
          v_code := 'balance_below_floor';
        ELSIF v_balances[v_account] > v_ceilings[v_account] AND v_balances[v_account] > v_starts[v_account] THEN
          v_code := 'balance_above_ceiling';
        ELSIF abs(v_line_amounts[k]) >= c_beyond_amounts OR abs(v_balances[v_account]) >= c_beyond_amounts OR abs(v_line_balances[k] + v_line_amounts[k]) >= c_beyond_amounts THEN
          v_code := 'balance_out_of_range';
        ELSE
          CONTINUE;
        END IF;
        v_detail := format('line %s', k - v_first + 1);
        EXIT;
      END LOOP;
      IF v_code IS NOT NULL THEN
        FOR k IN v_first .. v_line - 1 LOOP
          v_account := v_line_accounts[k];
          v_balances[v_account] := v_balances[v_account] - v_line_amounts[k];
          v_versions[v_account] := v_versions[v_account] - 1;
        END LOOP;
      END IF;
    END IF;

    IF v_code IS NULL THEN
      v_accepted := v_accepted + 1;
      v_id_taken[v_same_id[i]] := true;
      IF v_reverses[i] IS NOT NULL THEN
        v_reversal_taken[v_same_reversal[i]] := true;
      END IF;
    ELSE
      v_codes[i] := v_code;
      v_details[i] := v_detail;
      v_days[i] := NULL;
    END IF;
  END LOOP;

  -- What is written.
  INSERT INTO ledger.journal (tenant_id, id, entity_id, document_type, document_id, document_number, document_on, effective_on,
                              description, reverses_id, actor_id, recorded_at)
  SELECT p_tenant, j.id, j.entity_id, j.document_type, j.document_id, j.document_number, j.document_on, j.effective_on,
         j.description, j.reverses_id, j.actor_id, v_now
  FROM unnest(v_ids, v_entities, v_document_types, v_document_ids, v_document_numbers, v_document_days, v_days, v_descriptions, v_reverses, v_actors)
       AS j (id, entity_id, document_type, document_id, document_number, document_on, effective_on, description, reverses_id, actor_id)
  WHERE j.effective_on IS NOT NULL
  ORDER BY j.id
  ON CONFLICT DO NOTHING;
  GET DIAGNOSTICS v_count = ROW_COUNT;
  IF v_count < v_accepted THEN
    -- Another transaction recorded one of these ids meanwhile, on other accounts: the next try sees it.
    RAISE EXCEPTION 'a journal was recorded twice at once' USING ERRCODE = 'serialization_failure';
  END IF;

  INSERT INTO ledger.entry (tenant_id, account_id, account_version, journal_id, line, amount, previous_balance, running_balance, effective_on, recorded_at,
                            transaction_currency, transaction_amount, fx_rate)
  SELECT p_tenant, l.account_id, l.version, d.id, l.position - min(l.position) OVER (PARTITION BY l.journal) + 1, l.amount, l.balance,
         l.balance + l.amount, d.effective_on, v_now, l.currency, l.foreign_amount, l.rate
  FROM unnest(v_line_journals, v_line_account_ids, v_line_versions, v_line_amounts, v_line_balances,
              v_line_currencies, v_line_foreign_amounts, v_line_rates)
       WITH ORDINALITY AS l (journal, account_id, version, amount, balance, currency, foreign_amount, rate, position)
  JOIN unnest(v_ids, v_days) WITH ORDINALITY AS d (id, effective_on, position) ON d.position = l.journal
  WHERE d.effective_on IS NOT NULL;

  UPDATE ledger.account a SET balance = n.balance, balance_version = n.version
  FROM unnest(v_account_ids, v_balances, v_versions) AS n (id, balance, version)
  WHERE a.tenant_id = p_tenant AND a.id = n.id AND a.balance_version <> n.version;

  INSERT INTO ledger.daily_total AS t (tenant_id, account_id, effective_on, debit, credit)
  SELECT p_tenant, l.account_id, d.effective_on, sum(greatest(l.amount, 0)), sum(greatest(-l.amount, 0))
  FROM unnest(v_line_journals, v_line_account_ids, v_line_amounts) AS l (journal, account_id, amount)
  JOIN unnest(v_days) WITH ORDINALITY AS d (effective_on, position) ON d.position = l.journal
  WHERE d.effective_on IS NOT NULL
  GROUP BY l.account_id, d.effective_on
  ORDER BY l.account_id, d.effective_on
  ON CONFLICT ON CONSTRAINT daily_total_pkey DO UPDATE SET debit = t.debit + excluded.debit, credit = t.credit + excluded.credit, updated_at = v_now;

  RETURN QUERY SELECT r.effective_on, r.code, r.detail FROM unnest(v_days, v_codes, v_details) AS r (effective_on, code, detail);
END
$function$;
COMMENT ON FUNCTION ledger.record(uuid,jsonb) IS 'The only writer of journals, entries and balances.';
GRANT EXECUTE ON FUNCTION ledger.record(uuid,jsonb) TO comptoir_app;

CREATE OR REPLACE FUNCTION ledger.shut_gate(p_tenant uuid, p_entity uuid)
 RETURNS void
 LANGUAGE sql
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
  SELECT pg_advisory_xact_lock(hashtext(p_tenant::text), hashtext(p_entity::text))
$function$;
COMMENT ON FUNCTION ledger.shut_gate(uuid,uuid) IS 'Waits for those who hold a book open, and lets nobody else in before the end of the transaction.';
