-- Up Migration

-- A stored answer holds what the caller was told, names and addresses of people included. What can be forgotten has a second
-- version beside it, without anything personal, which takes its place when somebody is anonymised.

ALTER TABLE platform.idempotency_key ADD COLUMN impersonal_answer json;
COMMENT ON COLUMN platform.idempotency_key.answer IS 'personal';
COMMENT ON TABLE platform.idempotency_key IS
  'class: tenant. Answers of committed commands, kept 30 days. The id is derived from actor, operation and key, so that one index both finds a row and keeps it unique. impersonal_answer is the answer without what is personal in it, where there is such.';
CREATE INDEX idempotency_key_personal ON platform.idempotency_key (tenant_id) WHERE impersonal_answer IS NOT NULL;

-- Down Migration

DROP FUNCTION IF EXISTS platform.forget_answers(uuid, uuid);
DROP INDEX platform.idempotency_key_personal;
COMMENT ON TABLE platform.idempotency_key IS
  'class: tenant. Answers of committed commands, kept 30 days. The id is derived from actor, operation and key, so that one index both finds a row and keeps it unique.';
COMMENT ON COLUMN platform.idempotency_key.answer IS NULL;
ALTER TABLE platform.idempotency_key DROP COLUMN impersonal_answer;
