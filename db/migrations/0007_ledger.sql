-- Up Migration

-- Double entry. An amount is signed: a debit is above zero, a credit below, so a journal balances when its amounts sum
-- to zero in each currency, and the balance of an account is its debits less its credits. Written by ledger.record
-- alone (db/functions/ledger.sql); requests open accounts and set their limits, but never touch a balance.

CREATE SCHEMA ledger;
GRANT USAGE ON SCHEMA ledger TO comptoir_app, comptoir_jobs, comptoir_read;

CREATE TABLE ledger.currency (
  code text NOT NULL,
  number text NOT NULL,
  name text NOT NULL,
  minor_unit smallint NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT currency_pkey PRIMARY KEY (code),
  CONSTRAINT currency_code_is_iso_4217 CHECK (code ~ '^[A-Z]{3}$'),
  CONSTRAINT currency_minor_unit_fits_amounts CHECK (minor_unit BETWEEN 0 AND 4)
);
COMMENT ON TABLE ledger.currency IS 'class: shared. ISO 4217, without what nothing is paid in; minor_unit is the number of decimals of an amount.';
GRANT SELECT ON ledger.currency TO comptoir_app, comptoir_read;

-- Under forced row-level security the owner, who has no tenant here, would read and validate no row at all.
ALTER TABLE tenants.entity NO FORCE ROW LEVEL SECURITY;
-- What legal entities are kept in already; db/reference fills in the rest.
INSERT INTO ledger.currency (code, number, name, minor_unit) SELECT DISTINCT currency, '', currency, 2 FROM tenants.entity;
ALTER TABLE tenants.entity ADD CONSTRAINT entity_currency_fkey FOREIGN KEY (currency) REFERENCES ledger.currency (code) NOT VALID;
ALTER TABLE tenants.entity VALIDATE CONSTRAINT entity_currency_fkey;
ALTER TABLE tenants.entity FORCE ROW LEVEL SECURITY;
CREATE INDEX entity_currency ON tenants.entity (currency);

CREATE TABLE ledger.book (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  chart text NOT NULL,
  closed_through date,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT book_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT book_id_fkey FOREIGN KEY (tenant_id, id) REFERENCES tenants.entity (tenant_id, id),
  CONSTRAINT book_closed_through_ends_a_month CHECK (closed_through = (date_trunc('month', closed_through::timestamp) + interval '1 month -1 day')::date)
);
COMMENT ON TABLE ledger.book IS
  'class: tenant. The books of a legal entity, under its id. Days up to closed_through take no entries; the row is locked against closing while entries are recorded.';
CALL platform.isolate('ledger.book');
GRANT SELECT, INSERT (tenant_id, id, chart) ON ledger.book TO comptoir_app;
GRANT SELECT ON ledger.book TO comptoir_read;

CREATE TABLE ledger.period_change (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  entity_id uuid NOT NULL,
  action text NOT NULL,
  previous_closed_through date,
  closed_through date,
  reason text,
  actor_id uuid,
  recorded_at timestamptz NOT NULL,
  CONSTRAINT period_change_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT period_change_entity_id_fkey FOREIGN KEY (tenant_id, entity_id) REFERENCES ledger.book (tenant_id, id),
  CONSTRAINT period_change_action_known CHECK (action IN ('close', 'reopen')),
  CONSTRAINT period_change_reopening_has_a_reason CHECK (action = 'close' OR reason IS NOT NULL)
);
COMMENT ON TABLE ledger.period_change IS 'class: tenant, append-only. Who closed or reopened which months of a book, when and why.';
CREATE INDEX period_change_entity_id ON ledger.period_change (tenant_id, entity_id, id);
CALL platform.isolate('ledger.period_change');
CALL platform.append_only('ledger.period_change');
GRANT SELECT ON ledger.period_change TO comptoir_app, comptoir_read;

CREATE TABLE ledger.account (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  entity_id uuid NOT NULL,
  code text NOT NULL,
  name text NOT NULL,
  type text NOT NULL,
  purpose text,
  currency text NOT NULL,
  floor numeric(19, 4),
  ceiling numeric(19, 4),
  closed_at timestamptz,
  balance numeric(19, 4) NOT NULL DEFAULT 0,
  balance_version bigint NOT NULL DEFAULT 0,
  version integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT account_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT account_code_key UNIQUE (tenant_id, entity_id, code),
  CONSTRAINT account_purpose_key UNIQUE (tenant_id, entity_id, purpose, currency),
  CONSTRAINT account_entity_id_fkey FOREIGN KEY (tenant_id, entity_id) REFERENCES ledger.book (tenant_id, id),
  CONSTRAINT account_currency_fkey FOREIGN KEY (currency) REFERENCES ledger.currency (code),
  CONSTRAINT account_type_known CHECK (type IN ('asset', 'liability', 'equity', 'income', 'expense')),
  CONSTRAINT account_floor_below_ceiling CHECK (floor <= ceiling),
  CONSTRAINT account_closed_is_empty CHECK (closed_at IS NULL OR balance = 0)
) WITH (fillfactor = 70);
COMMENT ON TABLE ledger.account IS
  'class: tenant. balance is debits less credits and balance_version the number of entries so far; floor and ceiling bound the balance. The free space keeps a change of balance out of the indexes.';
CREATE INDEX account_currency ON ledger.account (currency);
CALL platform.isolate('ledger.account');
GRANT SELECT,
  INSERT (tenant_id, id, entity_id, code, name, type, purpose, currency, floor, ceiling),
  UPDATE (name, floor, ceiling, closed_at, version, updated_at)
  ON ledger.account TO comptoir_app;
GRANT SELECT ON ledger.account TO comptoir_read;

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
  recorded_at timestamptz NOT NULL,
  CONSTRAINT journal_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT journal_entity_id_fkey FOREIGN KEY (tenant_id, entity_id) REFERENCES ledger.book (tenant_id, id),
  CONSTRAINT journal_reverses_id_fkey FOREIGN KEY (tenant_id, reverses_id) REFERENCES ledger.journal (tenant_id, id),
  CONSTRAINT journal_reverses_another CHECK (reverses_id <> id)
);
COMMENT ON TABLE ledger.journal IS
  'class: tenant, append-only. One balanced set of entries and the document it stands for. effective_on is the day it counts, document_on the day of the document.';
CREATE UNIQUE INDEX journal_reverses_id_key ON ledger.journal (tenant_id, reverses_id) WHERE reverses_id IS NOT NULL;
CREATE INDEX journal_effective_on ON ledger.journal (tenant_id, entity_id, effective_on, id);
CREATE INDEX journal_document_id ON ledger.journal (tenant_id, document_id);
CALL platform.isolate('ledger.journal');
CALL platform.append_only('ledger.journal');
GRANT SELECT ON ledger.journal TO comptoir_app, comptoir_read;

CREATE TABLE ledger.entry (
  tenant_id uuid NOT NULL,
  account_id uuid NOT NULL,
  account_version bigint NOT NULL,
  journal_id uuid NOT NULL,
  line smallint NOT NULL,
  amount numeric(19, 4) NOT NULL,
  previous_balance numeric(19, 4) NOT NULL,
  running_balance numeric(19, 4) NOT NULL,
  effective_on date NOT NULL,
  recorded_at timestamptz NOT NULL,
  CONSTRAINT entry_pkey PRIMARY KEY (tenant_id, account_id, account_version, recorded_at),
  CONSTRAINT entry_amount_not_zero CHECK (amount <> 0),
  CONSTRAINT entry_balance_runs CHECK (running_balance = previous_balance + amount)
) PARTITION BY RANGE (recorded_at);
COMMENT ON TABLE ledger.entry IS
  'class: tenant, append-only. One line of a journal. account_version counts the entries of its account in the order they were recorded; balances run in that order. No foreign keys: docs/decisions/0015.';
CREATE INDEX entry_journal_id ON ledger.entry (tenant_id, journal_id);
CREATE INDEX entry_effective_on ON ledger.entry (tenant_id, account_id, effective_on, account_version);
CALL platform.isolate('ledger.entry');
CALL platform.append_only('ledger.entry');
GRANT SELECT ON ledger.entry TO comptoir_app, comptoir_read;

CREATE TABLE ledger.daily_total (
  tenant_id uuid NOT NULL,
  account_id uuid NOT NULL,
  effective_on date NOT NULL,
  debit numeric(24, 4) NOT NULL,
  credit numeric(24, 4) NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT daily_total_pkey PRIMARY KEY (tenant_id, account_id, effective_on),
  CONSTRAINT daily_total_account_id_fkey FOREIGN KEY (tenant_id, account_id) REFERENCES ledger.account (tenant_id, id)
) WITH (fillfactor = 70);
COMMENT ON TABLE ledger.daily_total IS
  'class: tenant. Debits and credits of an account by effective day, both above zero: what balances as of a day are summed from.';
CALL platform.isolate('ledger.daily_total');
GRANT SELECT ON ledger.daily_total TO comptoir_app, comptoir_read;

-- Down Migration

ALTER TABLE tenants.entity DROP CONSTRAINT entity_currency_fkey;
DROP INDEX tenants.entity_currency;
DROP SCHEMA ledger CASCADE;
