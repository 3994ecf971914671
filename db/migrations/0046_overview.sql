-- Up Migration

-- What the first page of a shop is computed from, published by those it belongs to, and what finds it.

CREATE VIEW sales.read_sale WITH (security_invoker = true) AS
  SELECT s.tenant_id, s.id, s.branch_id, s.kind, s.currency, s.total, s.made_at FROM sales.sale s;
COMMENT ON VIEW sales.read_sale IS 'Published: what was sold and given back where and when, with tax.';

CREATE VIEW cash.read_unsettled WITH (security_invoker = true) AS
  SELECT s.tenant_id, s.id, s.number, s.branch_id, s.register_id, s.status, s.reconciliation, s.late_of, s.opened_by, s.opened_at
  FROM cash.session s WHERE s.status <> 'closed';
COMMENT ON VIEW cash.read_unsettled IS 'Published: sessions that are open, or not reconciled yet.';
CREATE INDEX session_unsettled ON cash.session (tenant_id, branch_id, opened_at, id) WHERE status <> 'closed';

CREATE VIEW replenishment.read_open_alert WITH (security_invoker = true) AS
  SELECT a.tenant_id, a.branch_id, a.kind, a.acknowledged_at FROM replenishment.alert a WHERE a.closed_at IS NULL;
COMMENT ON VIEW replenishment.read_open_alert IS 'Published: what about stock somebody should look at.';

CREATE VIEW sync.read_unsettled WITH (security_invoker = true) AS
  SELECT e.tenant_id, e.branch_id, e.id, 'exception' AS what FROM sync.exception e
  WHERE NOT EXISTS (SELECT FROM sync.resolution o WHERE o.tenant_id = e.tenant_id AND o.exception_id = e.id)
  UNION ALL
  SELECT s.tenant_id, s.branch_id, s.id, 'set_aside' AS what FROM sync.slip s
  WHERE s.fault IS NOT NULL AND NOT EXISTS (SELECT FROM sync.resolution o WHERE o.tenant_id = s.tenant_id AND o.slip_id = s.id);
COMMENT ON VIEW sync.read_unsettled IS 'Published: exceptions and slips set aside that nobody has settled.';

CREATE VIEW tickets.read_waiting WITH (security_invoker = true) AS
  SELECT t.tenant_id, t.branch_id, t.created_at FROM tickets.ticket t WHERE t.state = 'open';
COMMENT ON VIEW tickets.read_waiting IS 'Published: tickets that are parked and not taken up.';

-- A sale leaves is_stocked as it is until the last piece, so that its update needs no new entry in any index.
ALTER TABLE inventory.level ADD COLUMN is_stocked boolean NOT NULL GENERATED ALWAYS AS (on_hand > 0) STORED;
CREATE INDEX level_stocked_batch ON inventory.level (tenant_id, branch_id, batch_id) WHERE is_stocked AND batch_id IS NOT NULL;

-- OFFSET keeps the batches of today's stock from being looked for among all that ever expired.
CREATE VIEW inventory.read_stocked_batch WITH (security_invoker = true) AS
  SELECT l.tenant_id, l.branch_id, l.variant_id, l.batch_id, l.on_hand, b.expires_on
  FROM inventory.level l CROSS JOIN LATERAL (
    SELECT b.expires_on FROM inventory.batch b WHERE b.tenant_id = l.tenant_id AND b.id = l.batch_id OFFSET 0) b
  WHERE l.is_stocked AND l.batch_id IS NOT NULL;
COMMENT ON VIEW inventory.read_stocked_batch IS 'Published: batches of which there is something in a branch.';

GRANT SELECT ON sales.read_sale, cash.read_unsettled, replenishment.read_open_alert, sync.read_unsettled, tickets.read_waiting,
  inventory.read_stocked_batch
  TO comptoir_app, comptoir_read;

-- Down Migration

DROP VIEW inventory.read_stocked_batch, tickets.read_waiting, sync.read_unsettled, replenishment.read_open_alert,
  cash.read_unsettled, sales.read_sale;
DROP INDEX inventory.level_stocked_batch;
ALTER TABLE inventory.level DROP COLUMN is_stocked;
DROP INDEX cash.session_unsettled;
