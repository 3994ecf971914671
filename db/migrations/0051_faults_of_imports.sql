-- Up Migration

-- Why a run of an import came to no end, by a code, and how long the transaction of it took that took longest: nobody waited
-- longer for what a batch had locked.

ALTER TABLE imports.import
  ADD COLUMN fault_code text,
  ADD COLUMN longest_hold_ms integer;
UPDATE imports.import SET fault_code = 'internal' WHERE fault IS NOT NULL;
ALTER TABLE imports.import ADD CONSTRAINT import_fault_has_a_code CHECK ((fault IS NULL) = (fault_code IS NULL));

-- Down Migration

ALTER TABLE imports.import
  DROP CONSTRAINT import_fault_has_a_code,
  DROP COLUMN longest_hold_ms,
  DROP COLUMN fault_code;
