-- Written by npm run generate from the catalogue of a migrated database, to be read and compared: it need not restore.
-- By table, with everything that belongs to it. Owners are named where they differ from the schema's,
-- grants except the owner's own; partitions are left out, since they come and go with the date.

CREATE SCHEMA recalls AUTHORIZATION comptoir_owner;
GRANT USAGE ON SCHEMA recalls TO comptoir_app;
GRANT USAGE ON SCHEMA recalls TO comptoir_read;

CREATE TABLE recalls.recall (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  number bigint NOT NULL,
  severity text NOT NULL,
  reason text NOT NULL,
  authority_reference text,
  supplier_id uuid,
  opened_by uuid,
  opened_at timestamp with time zone NOT NULL,
  outcome text,
  result text,
  closed_by uuid,
  closed_at timestamp with time zone,
  version integer DEFAULT 1 NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT recall_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT recall_number_key UNIQUE (tenant_id, number),
  CONSTRAINT recall_closed_with_result CHECK ((closed_at IS NULL) = (outcome IS NULL) AND (closed_at IS NULL) = (result IS NULL)),
  CONSTRAINT recall_outcome_known CHECK (outcome = ANY (ARRAY['released'::text, 'kept_blocked'::text])),
  CONSTRAINT recall_severity_known CHECK (severity = ANY (ARRAY['class_1'::text, 'class_2'::text, 'class_3'::text, 'withdrawal'::text])),
  CONSTRAINT recall_supplier_id_fkey FOREIGN KEY (tenant_id, supplier_id) REFERENCES parties.party(tenant_id, id)
);
COMMENT ON TABLE recalls.recall IS 'class: tenant. Goods taken back because of what may be wrong with them. Class 1 may cause serious harm or death, class 2 passing harm, class 3 hardly any; a withdrawal is for another reason.';
CREATE INDEX recall_supplier_id ON recalls.recall USING btree (tenant_id, supplier_id);
ALTER TABLE recalls.recall ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON recalls.recall FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
GRANT INSERT, SELECT ON TABLE recalls.recall TO comptoir_app;
GRANT SELECT ON TABLE recalls.recall TO comptoir_read;
GRANT UPDATE (outcome, result, closed_by, closed_at, version, updated_at) ON TABLE recalls.recall TO comptoir_app;

CREATE TABLE recalls.recall_batch (
  tenant_id uuid NOT NULL,
  recall_id uuid NOT NULL,
  batch_id uuid NOT NULL,
  was_blocked boolean NOT NULL,
  version integer DEFAULT 1 NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT recall_batch_pkey PRIMARY KEY (tenant_id, recall_id, batch_id),
  CONSTRAINT recall_batch_batch_id_fkey FOREIGN KEY (tenant_id, batch_id) REFERENCES inventory.batch(tenant_id, id),
  CONSTRAINT recall_batch_recall_id_fkey FOREIGN KEY (tenant_id, recall_id) REFERENCES recalls.recall(tenant_id, id)
);
COMMENT ON TABLE recalls.recall_batch IS 'class: tenant. A batch that a recall is about; was_blocked when something other than a recall had blocked it before, or another recall ended with it blocked meanwhile, and it stays so when the recall ends.';
CREATE INDEX recall_batch_batch_id ON recalls.recall_batch USING btree (tenant_id, batch_id);
ALTER TABLE recalls.recall_batch ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON recalls.recall_batch FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
GRANT INSERT, SELECT ON TABLE recalls.recall_batch TO comptoir_app;
GRANT SELECT ON TABLE recalls.recall_batch TO comptoir_read;
GRANT UPDATE (was_blocked, version, updated_at) ON TABLE recalls.recall_batch TO comptoir_app;
