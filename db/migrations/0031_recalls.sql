-- Up Migration

-- Recalls of batches: what is taken back, why, who says so, and how it ended. Where the goods came from and went to is
-- read from the movements of stock.

CREATE SCHEMA recalls;
GRANT USAGE ON SCHEMA recalls TO comptoir_app, comptoir_read;

CREATE TABLE recalls.recall (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  number bigint NOT NULL,
  severity text NOT NULL,
  reason text NOT NULL,
  authority_reference text,
  supplier_id uuid,
  opened_by uuid,
  opened_at timestamptz NOT NULL,
  outcome text,
  result text,
  closed_by uuid,
  closed_at timestamptz,
  version integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT recall_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT recall_number_key UNIQUE (tenant_id, number),
  CONSTRAINT recall_supplier_id_fkey FOREIGN KEY (tenant_id, supplier_id) REFERENCES parties.party (tenant_id, id),
  CONSTRAINT recall_severity_known CHECK (severity IN ('class_1', 'class_2', 'class_3', 'withdrawal')),
  CONSTRAINT recall_outcome_known CHECK (outcome IN ('released', 'kept_blocked')),
  CONSTRAINT recall_closed_with_result CHECK ((closed_at IS NULL) = (outcome IS NULL) AND (closed_at IS NULL) = (result IS NULL))
);
COMMENT ON TABLE recalls.recall IS
  'class: tenant. Goods taken back because of what may be wrong with them. Class 1 may cause serious harm or death, class 2 passing harm, class 3 hardly any; a withdrawal is for another reason.';
CREATE INDEX recall_supplier_id ON recalls.recall (tenant_id, supplier_id);

CREATE TABLE recalls.recall_batch (
  tenant_id uuid NOT NULL,
  recall_id uuid NOT NULL,
  batch_id uuid NOT NULL,
  was_blocked boolean NOT NULL,
  version integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT recall_batch_pkey PRIMARY KEY (tenant_id, recall_id, batch_id),
  CONSTRAINT recall_batch_recall_id_fkey FOREIGN KEY (tenant_id, recall_id) REFERENCES recalls.recall (tenant_id, id),
  CONSTRAINT recall_batch_batch_id_fkey FOREIGN KEY (tenant_id, batch_id) REFERENCES inventory.batch (tenant_id, id)
);
COMMENT ON TABLE recalls.recall_batch IS
  'class: tenant. A batch that a recall is about; was_blocked when something other than a recall had blocked it before, or another recall ended with it blocked meanwhile, and it stays so when the recall ends.';
CREATE INDEX recall_batch_batch_id ON recalls.recall_batch (tenant_id, batch_id);

CALL platform.isolate('recalls.recall');
CALL platform.isolate('recalls.recall_batch');

GRANT SELECT, INSERT ON recalls.recall, recalls.recall_batch TO comptoir_app;
GRANT UPDATE (outcome, result, closed_by, closed_at, version, updated_at) ON recalls.recall TO comptoir_app;
GRANT UPDATE (was_blocked, version, updated_at) ON recalls.recall_batch TO comptoir_app;
GRANT SELECT ON ALL TABLES IN SCHEMA recalls TO comptoir_read;

CREATE INDEX batch_number ON inventory.batch (tenant_id, number COLLATE "C");
-- What was typed in small letters at one branch and in capitals at another is one lot to whoever recalls it.
ALTER TABLE inventory.batch ADD COLUMN number_in_capitals text COLLATE "C" NOT NULL GENERATED ALWAYS AS (upper(number)) STORED;
CREATE INDEX batch_number_in_capitals ON inventory.batch (tenant_id, number_in_capitals);

-- A movement of a batch with the document that it is of; published for tracing.
CREATE VIEW inventory.read_batch_movement WITH (security_invoker = true) AS
SELECT m.tenant_id, m.batch_id, m.recorded_at, m.posting_id, m.line, m.branch_id, m.variant_id, m.quantity, m.effective_on,
       p.kind, p.document_type, p.document_id, p.document_number, p.party_id
FROM inventory.movement m JOIN inventory.posting p ON p.tenant_id = m.tenant_id AND p.id = m.posting_id
WHERE m.batch_id IS NOT NULL;
COMMENT ON VIEW inventory.read_batch_movement IS 'Published for recalls: what moved of a batch, and the document it moved for.';
GRANT SELECT ON inventory.read_batch_movement TO comptoir_app, comptoir_read;

-- Down Migration

DROP VIEW inventory.read_batch_movement;
DROP INDEX inventory.batch_number, inventory.batch_number_in_capitals;
ALTER TABLE inventory.batch DROP COLUMN number_in_capitals;
DROP SCHEMA recalls CASCADE;
