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

INSERT INTO ledger.currency (code, number, name, minor_unit) VALUES
  ('AED', '784', 'UAE Dirham', 2),
  ('AFN', '971', 'Afghani', 2),
  ('ALL', '008', 'Lek', 2),
  ('AMD', '051', 'Armenian Dram', 2),
  ('AOA', '973', 'Kwanza', 2),
  ('ARS', '032', 'Argentine Peso', 2),
  ('AUD', '036', 'Australian Dollar', 2),
  ('AWG', '533', 'Aruban Florin', 2),
  ('AZN', '944', 'Azerbaijan Manat', 2),
  ('BAM', '977', 'Convertible Mark', 2),
  ('BBD', '052', 'Barbados Dollar', 2),
  ('BDT', '050', 'Taka', 2),
  ('BGN', '975', 'Bulgarian Lev', 2),
  ('BHD', '048', 'Bahraini Dinar', 3),
  ('BIF', '108', 'Burundi Franc', 0),
  ('BMD', '060', 'Bermudian Dollar', 2),
  ('BND', '096', 'Brunei Dollar', 2),
  ('BOB', '068', 'Boliviano', 2),
  ('BOV', '984', 'Mvdol', 2),
  ('BRL', '986', 'Brazilian Real', 2),
  ('BSD', '044', 'Bahamian Dollar', 2),
  ('BTN', '064', 'Ngultrum', 2),
  ('BWP', '072', 'Pula', 2),
  ('BYN', '933', 'Belarusian Ruble', 2),
  ('BZD', '084', 'Belize Dollar', 2),
  ('CAD', '124', 'Canadian Dollar', 2),
  ('CDF', '976', 'Congolese Franc', 2),
  ('CHE', '947', 'WIR Euro', 2),
  ('CHF', '756', 'Swiss Franc', 2),
  ('CHW', '948', 'WIR Franc', 2),
  ('CLF', '990', 'Unidad de Fomento', 4),
  ('CLP', '152', 'Chilean Peso', 0),
  ('CNY', '156', 'Yuan Renminbi', 2),
  ('COP', '170', 'Colombian Peso', 2),
  ('COU', '970', 'Unidad de Valor Real', 2),
  ('CRC', '188', 'Costa Rican Colon', 2),
  ('CUC', '931', 'Peso Convertible', 2),
  ('CUP', '192', 'Cuban Peso', 2),
  ('CVE', '132', 'Cabo Verde Escudo', 2),
  ('CZK', '203', 'Czech Koruna', 2),
  ('DJF', '262', 'Djibouti Franc', 0),
  ('DKK', '208', 'Danish Krone', 2),
  ('DOP', '214', 'Dominican Peso', 2),
  ('DZD', '012', 'Algerian Dinar', 2),
  ('EGP', '818', 'Egyptian Pound', 2),
  ('ERN', '232', 'Nakfa', 2),
  ('ETB', '230', 'Ethiopian Birr', 2),
  ('EUR', '978', 'Euro', 2),
  ('FJD', '242', 'Fiji Dollar', 2),
  ('FKP', '238', 'Falkland Islands Pound', 2),
  ('GBP', '826', 'Pound Sterling', 2),
  ('GEL', '981', 'Lari', 2),
  ('GHS', '936', 'Ghana Cedi', 2),
  ('GIP', '292', 'Gibraltar Pound', 2),
  ('GMD', '270', 'Dalasi', 2),
  ('GNF', '324', 'Guinean Franc', 0),
  ('GTQ', '320', 'Quetzal', 2),
  ('GYD', '328', 'Guyana Dollar', 2),
  ('HKD', '344', 'Hong Kong Dollar', 2),
  ('HNL', '340', 'Lempira', 2),
  ('HTG', '332', 'Gourde', 2),
  ('HUF', '348', 'Forint', 2),
  ('IDR', '360', 'Rupiah', 2),
  ('ILS', '376', 'New Israeli Sheqel', 2),
  ('INR', '356', 'Indian Rupee', 2),
  ('IQD', '368', 'Iraqi Dinar', 3),
  ('IRR', '364', 'Iranian Rial', 2),
  ('ISK', '352', 'Iceland Krona', 0),
  ('JMD', '388', 'Jamaican Dollar', 2),
  ('JOD', '400', 'Jordanian Dinar', 3),
  ('JPY', '392', 'Yen', 0),
  ('KES', '404', 'Kenyan Shilling', 2),
  ('KGS', '417', 'Som', 2),
  ('KHR', '116', 'Riel', 2),
  ('KMF', '174', 'Comorian Franc', 0),
  ('KPW', '408', 'North Korean Won', 2),
  ('KRW', '410', 'Won', 0),
  ('KWD', '414', 'Kuwaiti Dinar', 3),
  ('KYD', '136', 'Cayman Islands Dollar', 2),
  ('KZT', '398', 'Tenge', 2),
  ('LAK', '418', 'Lao Kip', 2),
  ('LBP', '422', 'Lebanese Pound', 2),
  ('LKR', '144', 'Sri Lanka Rupee', 2),
  ('LRD', '430', 'Liberian Dollar', 2),
  ('LSL', '426', 'Loti', 2),
  ('LYD', '434', 'Libyan Dinar', 3),
  ('MAD', '504', 'Moroccan Dirham', 2),
  ('MDL', '498', 'Moldovan Leu', 2),
  ('MGA', '969', 'Malagasy Ariary', 2),
  ('MKD', '807', 'Denar', 2),
  ('MMK', '104', 'Kyat', 2),
  ('MNT', '496', 'Tugrik', 2),
  ('MOP', '446', 'Pataca', 2),
  ('MRU', '929', 'Ouguiya', 2),
  ('MUR', '480', 'Mauritius Rupee', 2),
  ('MVR', '462', 'Rufiyaa', 2),
  ('MWK', '454', 'Malawi Kwacha', 2),
  ('MXN', '484', 'Mexican Peso', 2),
  ('MXV', '979', 'Mexican Unidad de Inversion (UDI)', 2),
  ('MYR', '458', 'Malaysian Ringgit', 2),
  ('MZN', '943', 'Mozambique Metical', 2),
  ('NAD', '516', 'Namibia Dollar', 2),
  ('NGN', '566', 'Naira', 2),
  ('NIO', '558', 'Cordoba Oro', 2),
  ('NOK', '578', 'Norwegian Krone', 2),
  ('NPR', '524', 'Nepalese Rupee', 2),
  ('NZD', '554', 'New Zealand Dollar', 2),
  ('OMR', '512', 'Rial Omani', 3),
  ('PAB', '590', 'Balboa', 2),
  ('PEN', '604', 'Sol', 2),
  ('PGK', '598', 'Kina', 2),
  ('PHP', '608', 'Philippine Peso', 2),
  ('PKR', '586', 'Pakistan Rupee', 2),
  ('PLN', '985', 'Zloty', 2),
  ('PYG', '600', 'Guarani', 0),
  ('QAR', '634', 'Qatari Rial', 2),
  ('RON', '946', 'Romanian Leu', 2),
  ('RSD', '941', 'Serbian Dinar', 2),
  ('RUB', '643', 'Russian Ruble', 2),
  ('RWF', '646', 'Rwanda Franc', 0),
  ('SAR', '682', 'Saudi Riyal', 2),
  ('SBD', '090', 'Solomon Islands Dollar', 2),
  ('SCR', '690', 'Seychelles Rupee', 2),
  ('SDG', '938', 'Sudanese Pound', 2),
  ('SEK', '752', 'Swedish Krona', 2),
  ('SGD', '702', 'Singapore Dollar', 2),
  ('SHP', '654', 'Saint Helena Pound', 2),
  ('SLE', '925', 'Leone', 2),
  ('SOS', '706', 'Somali Shilling', 2),
  ('SRD', '968', 'Surinam Dollar', 2),
  ('SSP', '728', 'South Sudanese Pound', 2),
  ('STN', '930', 'Dobra', 2),
  ('SVC', '222', 'El Salvador Colon', 2),
  ('SYP', '760', 'Syrian Pound', 2),
  ('SZL', '748', 'Lilangeni', 2),
  ('THB', '764', 'Baht', 2),
  ('TJS', '972', 'Somoni', 2),
  ('TMT', '934', 'Turkmenistan New Manat', 2),
  ('TND', '788', 'Tunisian Dinar', 3),
  ('TOP', '776', 'Pa’anga', 2),
  ('TRY', '949', 'Turkish Lira', 2),
  ('TTD', '780', 'Trinidad and Tobago Dollar', 2),
  ('TWD', '901', 'New Taiwan Dollar', 2),
  ('TZS', '834', 'Tanzanian Shilling', 2),
  ('UAH', '980', 'Hryvnia', 2),
  ('UGX', '800', 'Uganda Shilling', 0),
  ('USD', '840', 'US Dollar', 2),
  ('USN', '997', 'US Dollar (Next day)', 2),
  ('UYI', '940', 'Uruguay Peso en Unidades Indexadas (UI)', 0),
  ('UYU', '858', 'Peso Uruguayo', 2),
  ('UYW', '927', 'Unidad Previsional', 4),
  ('UZS', '860', 'Uzbekistan Sum', 2),
  ('VED', '926', 'Bolívar Soberano', 2),
  ('VES', '928', 'Bolívar Soberano', 2),
  ('VND', '704', 'Dong', 0),
  ('VUV', '548', 'Vatu', 0),
  ('WST', '882', 'Tala', 2),
  ('XAD', '396', 'Arab Accounting Dinar', 2),
  ('XAF', '950', 'CFA Franc BEAC', 0),
  ('XCD', '951', 'East Caribbean Dollar', 2),
  ('XCG', '532', 'Caribbean Guilder', 2),
  ('XOF', '952', 'CFA Franc BCEAO', 0),
  ('XPF', '953', 'CFP Franc', 0),
  ('YER', '886', 'Yemeni Rial', 2),
  ('ZAR', '710', 'Rand', 2),
  ('ZMW', '967', 'Zambian Kwacha', 2),
  ('ZWG', '924', 'Zimbabwe Gold', 2);

ALTER TABLE tenants.entity ADD CONSTRAINT entity_currency_fkey FOREIGN KEY (currency) REFERENCES ledger.currency (code) NOT VALID;
-- Under forced row-level security the owner, who has no tenant here, would validate no row at all.
ALTER TABLE tenants.entity NO FORCE ROW LEVEL SECURITY;
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
