-- Up Migration

-- How often a receipt was printed: whatever comes after the first print says that it is a copy. Only sales.record_print writes
-- here.

CREATE TABLE sales.print (
  tenant_id uuid NOT NULL,
  sale_id uuid NOT NULL,
  number integer NOT NULL,
  format text NOT NULL,
  locale text NOT NULL,
  actor_id uuid,
  recorded_at timestamptz NOT NULL,
  CONSTRAINT print_pkey PRIMARY KEY (tenant_id, sale_id, number),
  CONSTRAINT print_sale_id_fkey FOREIGN KEY (tenant_id, sale_id) REFERENCES sales.sale (tenant_id, id),
  CONSTRAINT print_format_known CHECK (format IN ('html', 'escpos'))
);
COMMENT ON TABLE sales.print IS 'class: tenant, append-only. A print of a receipt, numbered from 1; all but the first are copies.';

CREATE VIEW sales.read_status WITH (security_invoker = true) AS
  SELECT s.tenant_id, s.id, CASE
    WHEN s.kind = 'refund' OR NOT EXISTS (SELECT FROM sales.sale r WHERE r.tenant_id = s.tenant_id AND r.original_id = s.id) THEN 'completed'
    WHEN EXISTS (
      SELECT FROM sales.line l
      WHERE l.tenant_id = s.tenant_id AND l.sale_id = s.id AND l.of_line IS NULL AND l.quantity > (
        SELECT coalesce(-sum(b.quantity), 0) FROM sales.sale r
        JOIN sales.line b ON b.tenant_id = r.tenant_id AND b.sale_id = r.id AND b.of_line = l.line
        WHERE r.tenant_id = s.tenant_id AND r.original_id = s.id)) THEN 'partly_refunded'
    ELSE 'refunded' END AS status
  FROM sales.sale s;
COMMENT ON VIEW sales.read_status IS
  'Published: how much of what a receipt sold came back; what was given back stays completed.';

CALL platform.isolate('sales.print');
CALL platform.append_only('sales.print');
GRANT SELECT ON sales.print, sales.read_status TO comptoir_app, comptoir_read;

-- Down Migration

DROP VIEW sales.read_status;
DROP TABLE sales.print;
