-- Up Migration

-- Stock that is being counted does not move: a document freezes what a branch has of a variant until a time.
ALTER TABLE inventory.cost ADD COLUMN frozen_by uuid, ADD COLUMN frozen_until timestamptz;
ALTER TABLE inventory.cost ADD CONSTRAINT cost_frozen_until_a_time CHECK ((frozen_by IS NULL) = (frozen_until IS NULL));
CREATE INDEX cost_frozen_by ON inventory.cost (tenant_id, frozen_by) WHERE frozen_by IS NOT NULL;
COMMENT ON TABLE inventory.cost IS
  'class: tenant. What a branch has of a variant in all batches and what that is worth in the currency of its legal entity; last_cost is what is sold below zero is valued at. Until frozen_until nothing of it moves but what the document frozen_by posts, and what has left already.';

CREATE VIEW inventory.read_place WITH (security_invoker = true) AS
  SELECT l.tenant_id, l.branch_id, l.variant_id, l.batch_id, l.place, b.number AS batch_number, b.expires_on, l.on_hand, l.reserved,
         l.version, c.last_cost
  FROM inventory.level l
  LEFT JOIN inventory.batch b ON b.tenant_id = l.tenant_id AND b.id = l.batch_id
  LEFT JOIN inventory.cost c ON c.tenant_id = l.tenant_id AND c.branch_id = l.branch_id AND c.variant_id = l.variant_id;
COMMENT ON VIEW inventory.read_place IS
  'Published for counts: what lies in a branch of a variant in one batch, or in none, how many movements made it so, and what one is worth.';
GRANT SELECT ON inventory.read_place TO comptoir_app, comptoir_read;

-- Down Migration

DROP VIEW inventory.read_place;
COMMENT ON TABLE inventory.cost IS
  'class: tenant. What a branch has of a variant in all batches and what that is worth in the currency of its legal entity; last_cost is what is sold below zero is valued at.';
DROP INDEX inventory.cost_frozen_by;
ALTER TABLE inventory.cost DROP COLUMN frozen_by, DROP COLUMN frozen_until;
