-- Written by npm run generate from the catalogue of a migrated database, to be read and compared: it need not restore.
-- By table, with everything that belongs to it. Owners are named where they differ from the schema's,
-- grants except the owner's own; partitions are left out, since they come and go with the date.

CREATE SCHEMA tickets AUTHORIZATION comptoir_owner;
GRANT USAGE ON SCHEMA tickets TO comptoir_app;
GRANT USAGE ON SCHEMA tickets TO comptoir_read;

CREATE TABLE tickets.step (
  tenant_id uuid NOT NULL,
  ticket_id uuid NOT NULL,
  number integer NOT NULL,
  action text NOT NULL,
  register_id uuid,
  reason text,
  total numeric(19,4),
  sale_id uuid,
  actor_id uuid,
  recorded_at timestamp with time zone NOT NULL,
  CONSTRAINT step_pkey PRIMARY KEY (tenant_id, ticket_id, number),
  CONSTRAINT step_action_known CHECK (action = ANY (ARRAY['park'::text, 'change'::text, 'take'::text, 'put_back'::text, 'sell'::text, 'discard'::text])),
  CONSTRAINT step_discard_has_a_reason CHECK (action <> 'discard'::text OR reason IS NOT NULL),
  CONSTRAINT step_sell_has_a_sale CHECK ((action = 'sell'::text) = (sale_id IS NOT NULL)),
  CONSTRAINT step_register_id_fkey FOREIGN KEY (tenant_id, register_id) REFERENCES registers.register(tenant_id, id),
  CONSTRAINT step_sale_id_fkey FOREIGN KEY (tenant_id, sale_id) REFERENCES sales.sale(tenant_id, id),
  CONSTRAINT step_ticket_id_fkey FOREIGN KEY (tenant_id, ticket_id) REFERENCES tickets.ticket(tenant_id, id)
);
COMMENT ON TABLE tickets.step IS 'class: tenant, append-only. Who parked, changed, took, put back, sold or discarded a ticket, when, at which register and why; total is what it came to then.';
CREATE INDEX step_register_id ON tickets.step USING btree (tenant_id, register_id);
CREATE INDEX step_sale_id ON tickets.step USING btree (tenant_id, sale_id);
ALTER TABLE tickets.step ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON tickets.step FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON tickets.step FOR EACH ROW EXECUTE FUNCTION platform.refuse_change();
GRANT SELECT ON TABLE tickets.step TO comptoir_app;
GRANT SELECT ON TABLE tickets.step TO comptoir_read;
REVOKE TRUNCATE ON TABLE tickets.step FROM comptoir_owner;

CREATE TABLE tickets.ticket (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  number bigint NOT NULL,
  branch_id uuid NOT NULL,
  label text,
  customer_id uuid,
  channel_id uuid,
  total numeric(19,4),
  names jsonb NOT NULL,
  lines jsonb NOT NULL,
  discount jsonb,
  discount_reason text,
  state text DEFAULT 'open'::text NOT NULL,
  version integer DEFAULT 1 NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT ticket_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT ticket_number_key UNIQUE (tenant_id, number),
  CONSTRAINT ticket_lines_are_a_list CHECK (jsonb_typeof(lines) = 'array'::text AND jsonb_typeof(names) = 'array'::text),
  CONSTRAINT ticket_state_known CHECK (state = ANY (ARRAY['open'::text, 'taken'::text, 'sold'::text, 'discarded'::text])),
  CONSTRAINT ticket_branch_id_fkey FOREIGN KEY (tenant_id, branch_id) REFERENCES tenants.branch(tenant_id, id),
  CONSTRAINT ticket_channel_id_fkey FOREIGN KEY (tenant_id, channel_id) REFERENCES channels.channel(tenant_id, id),
  CONSTRAINT ticket_customer_id_fkey FOREIGN KEY (tenant_id, customer_id) REFERENCES parties.party(tenant_id, id)
);
COMMENT ON TABLE tickets.ticket IS 'class: tenant. A basket that waits at a branch, with lines as a checkout takes them, what each is called in names, and the total that the till showed; state is what the last row of tickets.step made it.';
COMMENT ON COLUMN tickets.ticket.label IS 'personal';
COMMENT ON COLUMN tickets.ticket.lines IS 'personal';
CREATE INDEX ticket_branch_id ON tickets.ticket USING btree (tenant_id, branch_id, state, number);
CREATE INDEX ticket_channel_id ON tickets.ticket USING btree (tenant_id, channel_id);
CREATE INDEX ticket_customer_id ON tickets.ticket USING btree (tenant_id, customer_id);
ALTER TABLE tickets.ticket ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON tickets.ticket FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
GRANT SELECT ON TABLE tickets.ticket TO comptoir_app;
GRANT SELECT ON TABLE tickets.ticket TO comptoir_read;

CREATE VIEW tickets.read_waiting WITH (security_invoker=true) AS
 SELECT tenant_id,
    branch_id,
    created_at
   FROM tickets.ticket t
  WHERE state = 'open'::text;
COMMENT ON VIEW tickets.read_waiting IS 'Published: tickets that are parked and not taken up.';
GRANT SELECT ON TABLE tickets.read_waiting TO comptoir_app;
GRANT SELECT ON TABLE tickets.read_waiting TO comptoir_read;

CREATE OR REPLACE FUNCTION tickets.forget_customer(p_tenant uuid, p_customer uuid)
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
BEGIN
  PERFORM platform.assert_tenant(p_tenant);
  UPDATE tickets.ticket t SET
    label = NULL,
    lines = (SELECT jsonb_agg(l.value - 'prescription' ORDER BY l.position) FROM jsonb_array_elements(t.lines) WITH ORDINALITY AS l (value, position)),
    version = t.version + 1,
    updated_at = transaction_timestamp()
  WHERE t.tenant_id = p_tenant AND t.customer_id = p_customer;
END
$function$;
COMMENT ON FUNCTION tickets.forget_customer(uuid,uuid) IS 'Empties what is personal of the tickets of a customer.';
GRANT EXECUTE ON FUNCTION tickets.forget_customer(uuid,uuid) TO comptoir_app;

CREATE OR REPLACE FUNCTION tickets.hold(p_tenant uuid, p_ticket uuid)
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
BEGIN
  PERFORM platform.assert_tenant(p_tenant);
  PERFORM FROM tickets.ticket t WHERE t.tenant_id = p_tenant AND t.id = p_ticket FOR NO KEY UPDATE;
END
$function$;
COMMENT ON FUNCTION tickets.hold(uuid,uuid) IS 'Holds a ticket: requests may lock no row that they may not change.';
GRANT EXECUTE ON FUNCTION tickets.hold(uuid,uuid) TO comptoir_app;

CREATE OR REPLACE FUNCTION tickets.record(p_tenant uuid, p_steps jsonb)
 RETURNS TABLE(code text)
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
DECLARE
  v_now CONSTANT timestamptz := transaction_timestamp();
  v_step record;
  v_content record;
  v_state text;
BEGIN
  PERFORM platform.assert_tenant(p_tenant);
  PERFORM FROM tickets.ticket t
  WHERE t.tenant_id = p_tenant AND t.id IN (SELECT (s.value ->> 'id')::uuid FROM jsonb_array_elements(p_steps) s)
  ORDER BY t.id FOR NO KEY UPDATE;

  FOR v_step IN
    SELECT s.* FROM ROWS FROM (jsonb_to_recordset(p_steps)
      AS (id uuid, action text, register_id uuid, reason text, sale_id uuid, actor_id uuid, content jsonb)) WITH ORDINALITY AS s
      (id, action, register_id, reason, sale_id, actor_id, content, position)
    ORDER BY s.position
  LOOP
    SELECT c.* INTO v_content FROM jsonb_to_record(v_step.content) AS c (
      number bigint, branch_id uuid, label text, customer_id uuid, channel_id uuid, total numeric(19, 4), names jsonb, lines jsonb,
      discount jsonb, discount_reason text);
    IF v_step.action = 'park' THEN
      INSERT INTO tickets.ticket (tenant_id, id, number, branch_id, label, customer_id, channel_id, total, names, lines, discount, discount_reason)
      VALUES (p_tenant, v_step.id, v_content.number, v_content.branch_id, v_content.label, v_content.customer_id, v_content.channel_id,
              v_content.total, v_content.names, v_content.lines, v_content.discount, v_content.discount_reason);
    ELSE
      SELECT t.state INTO v_state FROM tickets.ticket t WHERE t.tenant_id = p_tenant AND t.id = v_step.id;
      code := CASE
        WHEN v_state IS NULL THEN 'ticket_not_found'
        WHEN v_state = 'discarded' THEN 'ticket_discarded'
        WHEN v_state = 'sold' THEN 'ticket_sold'
        WHEN v_step.action = 'take' AND v_state = 'taken' THEN 'ticket_taken'
        WHEN v_step.action = 'put_back' AND v_state = 'open' THEN 'ticket_not_taken'
      END;
      IF code IS NOT NULL THEN
        RETURN NEXT;
        CONTINUE;
      END IF;
      UPDATE tickets.ticket t SET
        state = CASE v_step.action WHEN 'take' THEN 'taken' WHEN 'discard' THEN 'discarded' WHEN 'sell' THEN 'sold' ELSE 'open' END,
        label = CASE WHEN v_content.lines IS NULL THEN t.label ELSE v_content.label END,
        customer_id = CASE WHEN v_content.lines IS NULL THEN t.customer_id ELSE v_content.customer_id END,
        channel_id = CASE WHEN v_content.lines IS NULL THEN t.channel_id ELSE v_content.channel_id END,
        total = CASE WHEN v_content.lines IS NULL THEN t.total ELSE v_content.total END,
        names = coalesce(v_content.names, t.names),
        lines = coalesce(v_content.lines, t.lines),
        discount = CASE WHEN v_content.lines IS NULL THEN t.discount ELSE v_content.discount END,
        discount_reason = CASE WHEN v_content.lines IS NULL THEN t.discount_reason ELSE v_content.discount_reason END,
        version = t.version + 1,
        updated_at = v_now
      WHERE t.tenant_id = p_tenant AND t.id = v_step.id;
    END IF;
    INSERT INTO tickets.step (tenant_id, ticket_id, number, action, register_id, reason, total, sale_id, actor_id, recorded_at)
    SELECT p_tenant, t.id, t.version, v_step.action, v_step.register_id, v_step.reason, t.total, v_step.sale_id, v_step.actor_id, v_now
    FROM tickets.ticket t WHERE t.tenant_id = p_tenant AND t.id = v_step.id;
    code := NULL;
    RETURN NEXT;
  END LOOP;
END
$function$;
COMMENT ON FUNCTION tickets.record(uuid,jsonb) IS 'The only writer of tickets and what was done with them.';
GRANT EXECUTE ON FUNCTION tickets.record(uuid,jsonb) TO comptoir_app;
