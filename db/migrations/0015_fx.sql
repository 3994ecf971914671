-- Up Migration

-- What one currency is worth in another. Only what somebody quoted is stored; inverses and crosses are computed. One base
-- is worth rate units of quote. Written by the functions of db/functions/fx.sql alone: a correction is one more revision.

CREATE SCHEMA fx;
GRANT USAGE ON SCHEMA fx TO comptoir_app, comptoir_read;

CREATE TABLE fx.public_rate (
  source text NOT NULL,
  base text NOT NULL,
  quote text NOT NULL,
  quoted_on date NOT NULL,
  revision integer NOT NULL,
  rate numeric(24, 12) NOT NULL,
  recorded_at timestamptz NOT NULL,
  CONSTRAINT public_rate_pkey PRIMARY KEY (source, base, quote, quoted_on, revision),
  CONSTRAINT public_rate_above_zero CHECK (rate > 0),
  CONSTRAINT public_rate_of_two_currencies CHECK (base <> quote)
);
COMMENT ON TABLE fx.public_rate IS
  'class: shared, append-only. Rates that a public source quoted for a day; the highest revision holds. Its writer knows the currencies: two foreign keys would cost two indexes on a quarter of a million rows.';
CALL platform.append_only('fx.public_rate');
GRANT SELECT ON fx.public_rate TO comptoir_app, comptoir_read;

CREATE TABLE fx.rate (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  base text NOT NULL,
  quote text NOT NULL,
  quoted_on date NOT NULL,
  revision integer NOT NULL,
  rate numeric(24, 12) NOT NULL,
  source text NOT NULL,
  actor_id uuid,
  recorded_at timestamptz NOT NULL,
  CONSTRAINT rate_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT rate_revision_key UNIQUE (tenant_id, base, quote, quoted_on, revision),
  CONSTRAINT rate_base_fkey FOREIGN KEY (base) REFERENCES reference.currency (code),
  CONSTRAINT rate_quote_fkey FOREIGN KEY (quote) REFERENCES reference.currency (code),
  CONSTRAINT rate_above_zero CHECK (rate > 0),
  CONSTRAINT rate_of_two_currencies CHECK (base <> quote)
);
COMMENT ON TABLE fx.rate IS
  'class: tenant, append-only. Rates that somebody of the tenant entered for a day, and where they had them from; the highest revision of a pair, whichever way round, holds.';
-- A pair is one pair whichever way round it was quoted: its revisions are counted together.
CREATE UNIQUE INDEX rate_pair_key ON fx.rate (tenant_id, least(base, quote), greatest(base, quote), quoted_on, revision);
CREATE INDEX rate_base ON fx.rate (base);
CREATE INDEX rate_quote ON fx.rate (quote);
CALL platform.isolate('fx.rate');
CALL platform.append_only('fx.rate');
GRANT SELECT ON fx.rate TO comptoir_app, comptoir_read;

-- Down Migration

DROP SCHEMA fx CASCADE;
