-- Up Migration

-- How money is taken in and given back: the tenders of a tenant, what was paid with them, and what a provider of payments said.
-- Only payments.record writes payments, and only payments.ask and payments.record_outcomes write authorizations.

-- Coins below this are gone: what is paid in cash is rounded to it.
ALTER TABLE reference.currency
  ADD COLUMN cash_step numeric(19, 4),
  ADD COLUMN cash_step_source text,
  ADD CONSTRAINT currency_cash_step_positive CHECK (cash_step > 0),
  ADD CONSTRAINT currency_cash_step_has_source CHECK ((cash_step IS NULL) = (cash_step_source IS NULL));

CREATE SCHEMA payments;
GRANT USAGE ON SCHEMA payments TO comptoir_app, comptoir_read;

CREATE TABLE payments.tender (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  code text NOT NULL,
  name text NOT NULL,
  kind text NOT NULL,
  provider text,
  needs_reference boolean NOT NULL DEFAULT false,
  opens_drawer boolean NOT NULL DEFAULT false,
  is_active boolean NOT NULL DEFAULT true,
  version integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT tender_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT tender_code_key UNIQUE (tenant_id, code),
  CONSTRAINT tender_code_is_a_word CHECK (code ~ '^[a-z][a-z0-9_]{0,39}$'),
  CONSTRAINT tender_kind_known CHECK (kind IN ('cash', 'card', 'mobile_wallet', 'bank_transfer', 'other')),
  CONSTRAINT tender_cash_without_provider CHECK (kind <> 'cash' OR provider IS NULL)
);
COMMENT ON TABLE payments.tender IS
  'class: tenant. What customers pay with. Its kind and provider stay, for what was paid is booked by them; one that is not active takes no more.';

CREATE TABLE payments."authorization" (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  kind text NOT NULL,
  tender_id uuid NOT NULL,
  branch_id uuid NOT NULL,
  provider text NOT NULL,
  amount numeric(19, 4) NOT NULL,
  currency text NOT NULL,
  refunds_id uuid,
  origin_id uuid,
  status text NOT NULL DEFAULT 'asked',
  provider_reference text,
  reason text,
  actor_id uuid,
  asked_by uuid NOT NULL,
  version integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT authorization_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT authorization_tender_id_fkey FOREIGN KEY (tenant_id, tender_id) REFERENCES payments.tender (tenant_id, id),
  CONSTRAINT authorization_branch_id_fkey FOREIGN KEY (tenant_id, branch_id) REFERENCES tenants.branch (tenant_id, id),
  CONSTRAINT authorization_currency_fkey FOREIGN KEY (currency) REFERENCES reference.currency (code),
  CONSTRAINT authorization_refunds_id_fkey FOREIGN KEY (tenant_id, refunds_id) REFERENCES payments."authorization" (tenant_id, id),
  CONSTRAINT authorization_kind_known CHECK (kind IN ('charge', 'refund')),
  CONSTRAINT authorization_refunds_a_charge CHECK ((kind = 'refund') = (refunds_id IS NOT NULL) AND (kind = 'refund') = (origin_id IS NOT NULL)),
  CONSTRAINT authorization_amount_positive CHECK (amount > 0),
  CONSTRAINT authorization_status_known CHECK (status IN ('asked', 'unknown', 'approved', 'declined', 'reversing', 'reversed'))
);
COMMENT ON TABLE payments."authorization" IS
  'class: tenant. What a provider of payments is asked for, committed before it is asked; status, provider_reference and reason are what the rows of payments.authorization_event come to. A refund is of a charge, for the sale that it paid: origin_id, as of the payments. asked_by is the credential, a key or a person: only it may ask again with the same id.';
CREATE INDEX authorization_tender_id ON payments."authorization" (tenant_id, tender_id);
CREATE INDEX authorization_branch_id ON payments."authorization" (tenant_id, branch_id, created_at, id);
CREATE INDEX authorization_currency ON payments."authorization" (currency);
CREATE INDEX authorization_refunds_id ON payments."authorization" (tenant_id, refunds_id);

CREATE TABLE payments.authorization_event (
  tenant_id uuid NOT NULL,
  authorization_id uuid NOT NULL,
  number integer NOT NULL,
  outcome text NOT NULL,
  source text NOT NULL,
  provider_reference text,
  reason text,
  actor_id uuid,
  recorded_at timestamptz NOT NULL,
  CONSTRAINT authorization_event_pkey PRIMARY KEY (tenant_id, authorization_id, number),
  CONSTRAINT authorization_event_authorization_id_fkey
    FOREIGN KEY (tenant_id, authorization_id) REFERENCES payments."authorization" (tenant_id, id),
  CONSTRAINT authorization_event_outcome_known
    CHECK (outcome IN ('asked', 'unknown', 'approved', 'declined', 'reversing', 'reversed', 'contradicted')),
  CONSTRAINT authorization_event_source_known CHECK (source IN ('request', 'answer', 'lookup', 'callback'))
);
COMMENT ON TABLE payments.authorization_event IS
  'class: tenant, append-only. What was asked of a provider and what it said, in order. What comes too late to count is contradicted, with what was said in reason.';

CREATE TABLE payments.payment (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  kind text NOT NULL,
  document_type text NOT NULL,
  document_id uuid NOT NULL,
  line integer NOT NULL,
  origin_id uuid NOT NULL,
  branch_id uuid NOT NULL,
  session_id uuid,
  tender_id uuid NOT NULL,
  tender_name text NOT NULL,
  amount numeric(19, 4) NOT NULL,
  currency text NOT NULL,
  reference text,
  authorization_id uuid,
  reverses_id uuid,
  is_late boolean NOT NULL,
  actor_id uuid,
  made_at timestamptz NOT NULL,
  recorded_at timestamptz NOT NULL,
  CONSTRAINT payment_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT payment_branch_id_fkey FOREIGN KEY (tenant_id, branch_id) REFERENCES tenants.branch (tenant_id, id),
  CONSTRAINT payment_tender_id_fkey FOREIGN KEY (tenant_id, tender_id) REFERENCES payments.tender (tenant_id, id),
  CONSTRAINT payment_currency_fkey FOREIGN KEY (currency) REFERENCES reference.currency (code),
  CONSTRAINT payment_authorization_id_fkey
    FOREIGN KEY (tenant_id, authorization_id) REFERENCES payments."authorization" (tenant_id, id),
  CONSTRAINT payment_reverses_id_fkey FOREIGN KEY (tenant_id, reverses_id) REFERENCES payments.payment (tenant_id, id),
  CONSTRAINT payment_kind_known CHECK (kind IN ('payment', 'change', 'refund', 'reversal')),
  CONSTRAINT payment_amount_has_its_sign CHECK (
    CASE kind WHEN 'payment' THEN amount > 0 WHEN 'reversal' THEN amount <> 0 ELSE amount < 0 END),
  CONSTRAINT payment_reversal_of_one CHECK ((kind = 'reversal') = (reverses_id IS NOT NULL))
);
COMMENT ON TABLE payments.payment IS
  'class: tenant, append-only. What came in, went back as change, was given back or taken back for a document, by tender, with the sign it has for the drawer. tender_name is what the tender was called then; origin_id is the sale that it all began with: what is left to give back of it is the sum of its rows.';
CREATE INDEX payment_document_id ON payments.payment (tenant_id, document_id);
CREATE INDEX payment_origin_id ON payments.payment (tenant_id, origin_id);
CREATE INDEX payment_session_id ON payments.payment (tenant_id, session_id);
CREATE INDEX payment_branch_id ON payments.payment (tenant_id, branch_id, recorded_at, id);
CREATE INDEX payment_recorded_at ON payments.payment (tenant_id, recorded_at, id);
CREATE INDEX payment_tender_id ON payments.payment (tenant_id, tender_id, recorded_at, id);
CREATE INDEX payment_currency ON payments.payment (currency);
CREATE UNIQUE INDEX payment_authorization_id ON payments.payment (tenant_id, authorization_id);
CREATE UNIQUE INDEX payment_reverses_id ON payments.payment (tenant_id, reverses_id);

CALL platform.isolate('payments.tender');
CALL platform.isolate('payments.authorization');
CALL platform.isolate('payments.authorization_event');
CALL platform.isolate('payments.payment');
CALL platform.append_only('payments.authorization_event');
CALL platform.append_only('payments.payment');

GRANT SELECT,
  INSERT (tenant_id, id, code, name, kind, provider, needs_reference, opens_drawer),
  UPDATE (name, needs_reference, opens_drawer, is_active, version, updated_at)
  ON payments.tender TO comptoir_app;
GRANT SELECT ON payments."authorization", payments.authorization_event, payments.payment TO comptoir_app;
GRANT SELECT ON ALL TABLES IN SCHEMA payments TO comptoir_read;

-- Down Migration

DROP SCHEMA payments CASCADE;
ALTER TABLE reference.currency
  DROP CONSTRAINT currency_cash_step_has_source,
  DROP CONSTRAINT currency_cash_step_positive,
  DROP COLUMN cash_step_source,
  DROP COLUMN cash_step;
