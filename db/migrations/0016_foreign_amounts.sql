-- Up Migration

-- An entry that was made in another currency than its account's keeps what it was there, and the rate: one unit of
-- transaction_currency was worth fx_rate of the account's.

ALTER TABLE ledger.entry
  ADD COLUMN transaction_currency text,
  ADD COLUMN transaction_amount numeric(19, 4),
  ADD COLUMN fx_rate numeric(36, 18);
ALTER TABLE ledger.entry ADD CONSTRAINT entry_foreign_amount_complete
  CHECK (num_nulls(transaction_currency, transaction_amount, fx_rate) IN (0, 3)) NOT VALID;
ALTER TABLE ledger.entry ADD CONSTRAINT entry_foreign_amount_same_side
  CHECK (transaction_amount IS NULL OR (sign(transaction_amount) = sign(amount) AND fx_rate > 0)) NOT VALID;
ALTER TABLE ledger.entry VALIDATE CONSTRAINT entry_foreign_amount_complete;
ALTER TABLE ledger.entry VALIDATE CONSTRAINT entry_foreign_amount_same_side;

-- Down Migration

ALTER TABLE ledger.entry
  DROP CONSTRAINT entry_foreign_amount_same_side,
  DROP CONSTRAINT entry_foreign_amount_complete,
  DROP COLUMN fx_rate,
  DROP COLUMN transaction_amount,
  DROP COLUMN transaction_currency;
