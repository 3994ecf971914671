-- Up Migration

-- What rules of severity FAIL hold of what left the stock, for whoever measures demand by what left it. Keys are of documents, or of
-- documents and lines; where the key is *, all rows of the dataset are held, which is asked once and not for each line.
CREATE VIEW quality.read_held_demand WITH (security_invoker = true) AS
  SELECT l.tenant_id, l.sale_id AS document_id, l.line, s.branch_id, l.variant_id, l.quantity, s.effective_on
  FROM quality.read_held h
  JOIN sales.line l ON l.tenant_id = h.tenant_id AND l.sale_id = nullif(split_part(h.key, ':', 1), '*')::uuid
    AND (h.dataset = 'sales' OR l.line = nullif(split_part(h.key, ':', 2), '')::integer)
  JOIN sales.sale s ON s.tenant_id = l.tenant_id AND s.id = l.sale_id
  WHERE h.dataset IN ('sales', 'sales_lines') AND h.key <> '*' AND l.quantity > 0
  UNION
  SELECT l.tenant_id, l.sale_id, l.line, s.branch_id, l.variant_id, l.quantity, s.effective_on
  FROM sales.line l JOIN sales.sale s ON s.tenant_id = l.tenant_id AND s.id = l.sale_id
  WHERE l.quantity > 0 AND EXISTS (
    SELECT FROM quality.read_held h WHERE h.tenant_id = platform.current_tenant() AND h.dataset IN ('sales', 'sales_lines') AND h.key = '*')
  UNION
  SELECT l.tenant_id, l.document_id, l.line, d.branch_id, l.variant_id, l.quantity, d.effective_on
  FROM quality.read_held h
  JOIN history.line l ON l.tenant_id = h.tenant_id AND l.document_id = nullif(split_part(h.key, ':', 1), '*')::uuid
    AND (h.dataset = 'earlier_documents' OR l.line = nullif(split_part(h.key, ':', 2), '')::integer)
  JOIN history.document d ON d.tenant_id = l.tenant_id AND d.id = l.document_id
  WHERE h.dataset IN ('earlier_documents', 'earlier_lines') AND h.key <> '*' AND l.role = 'sold' AND d.is_stock_moved
    AND NOT EXISTS (SELECT FROM history.reversal r WHERE r.tenant_id = d.tenant_id AND r.document_id = d.id)
  UNION
  SELECT l.tenant_id, l.document_id, l.line, d.branch_id, l.variant_id, l.quantity, d.effective_on
  FROM history.line l JOIN history.document d ON d.tenant_id = l.tenant_id AND d.id = l.document_id
  WHERE l.role = 'sold' AND d.is_stock_moved
    AND NOT EXISTS (SELECT FROM history.reversal r WHERE r.tenant_id = d.tenant_id AND r.document_id = d.id)
    AND EXISTS (
      SELECT FROM quality.read_held h
      WHERE h.tenant_id = platform.current_tenant() AND h.dataset IN ('earlier_documents', 'earlier_lines') AND h.key = '*');
COMMENT ON VIEW quality.read_held_demand IS 'Published for replenishment: what left the stock as sold, a line each, that rules of severity FAIL hold.';
GRANT SELECT ON quality.read_held_demand TO comptoir_app, comptoir_read;

-- Down Migration

DROP VIEW quality.read_held_demand;
