-- Up Migration

-- An account may be kept for a holder, such as the stock of one branch: it serves the purpose of the account above it for that
-- holder alone. What the product posts for the holder ties to it, so it takes no journals of people.

ALTER TABLE ledger.account ADD COLUMN holder_type text, ADD COLUMN holder_id uuid;
ALTER TABLE ledger.account ADD CONSTRAINT account_holder_complete
  CHECK (num_nulls(holder_type, holder_id) IN (0, 2) AND (holder_id IS NULL OR purpose IS NOT NULL)) NOT VALID;
ALTER TABLE ledger.account ADD CONSTRAINT account_holder_type_known CHECK (holder_type IN ('branch')) NOT VALID;
ALTER TABLE ledger.account VALIDATE CONSTRAINT account_holder_complete;
ALTER TABLE ledger.account VALIDATE CONSTRAINT account_holder_type_known;
ALTER TABLE ledger.account DROP CONSTRAINT account_purpose_key;
CREATE UNIQUE INDEX account_purpose_key ON ledger.account (tenant_id, entity_id, purpose, currency) WHERE holder_id IS NULL;
CREATE UNIQUE INDEX account_holder_key ON ledger.account (tenant_id, entity_id, purpose, currency, holder_type, holder_id)
  WHERE holder_id IS NOT NULL;
GRANT INSERT (holder_type, holder_id) ON ledger.account TO comptoir_app;

-- Down Migration

DROP INDEX ledger.account_holder_key;
DROP INDEX ledger.account_purpose_key;
ALTER TABLE ledger.account ADD CONSTRAINT account_purpose_key UNIQUE (tenant_id, entity_id, purpose, currency);
ALTER TABLE ledger.account
  DROP CONSTRAINT account_holder_type_known,
  DROP CONSTRAINT account_holder_complete,
  DROP COLUMN holder_id,
  DROP COLUMN holder_type;
