import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { databaseTypes } from '../tools/schema/types.ts'
import { schemaDump } from '../tools/schema.ts'
import { createTestDatabase, type TestDatabase, withClient } from './harness/postgres.ts'

const roles = 'shop_owner, shop_app, shop_jobs'

let database: TestDatabase
let url: string

beforeAll(async () => {
  database = await createTestDatabase(inject('postgresPort'), { migrated: false })
  url = database.superuserUrl
  for (const role of roles.split(', ')) await run(`CREATE ROLE ${role}`)
  await run(SCHEMA)
})

afterAll(async () => {
  await database.drop()
  const elsewhere = new URL('/postgres', url).href
  await withClient(elsewhere, (client) => client.query(`DROP ROLE ${roles}`))
})

test('a dump reads by schema and table, with everything that belongs to a table below it', async () => {
  expect(await schemaDump(url)).toBe(DUMP)
})

test('a dump is the same whenever the schema is: partitions and data do not show', async () => {
  const before = await schemaDump(url)
  await run(
    `CREATE TABLE shop.movement_2026_02 PARTITION OF shop.movement FOR VALUES FROM ('2026-02-01') TO ('2026-03-01');
     INSERT INTO shop.price VALUES (gen_random_uuid(), gen_random_uuid(), '[2026-01-01,2026-02-01)')`,
  )
  expect(await schemaDump(url)).toBe(before)
})

test('a change that only a grant shows is in the dump', async () => {
  const before = await schemaDump(url)
  await run('GRANT DELETE ON shop.product TO shop_app')
  const after = await schemaDump(url)
  await run('REVOKE DELETE ON shop.product FROM shop_app')
  expect(before).not.toContain('GRANT DELETE')
  expect(after).toContain('GRANT DELETE, SELECT ON TABLE shop.product TO shop_app;')
})

test('types keep amounts and big numbers as text, days as text and moments as Date', async () => {
  const types = await databaseTypes(url)
  expect(types).toContain(`
export interface ShopProduct {
  /**
   * personal
   */
  code: Generated<string>;
  created_at: Generated<Date>;
  gross: Generated<string | null>;
  id: string;
  kind: ShopKind;
  number: Generated<string>;
  parent_id: string | null;
  price: Generated<string>;
  sold_on: string | null;
  tenant_id: string;
}
`)
  expect(types).toContain('"shop.product": ShopProduct;')
  expect(types).not.toMatch(/movement_2026|graphile_worker/)
})

async function run(statement: string): Promise<void> {
  await withClient(url, (client) => client.query(statement))
}

const SCHEMA = `
  CREATE SCHEMA graphile_worker;
  CREATE TABLE graphile_worker.job (id int);
  CREATE SCHEMA shop AUTHORIZATION shop_owner;
  COMMENT ON SCHEMA shop IS 'What is sold.';
  GRANT USAGE ON SCHEMA shop TO shop_app;
  GRANT CREATE ON SCHEMA shop TO shop_jobs WITH GRANT OPTION;
  CREATE EXTENSION btree_gist SCHEMA shop;
  SET ROLE shop_owner;
  ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
  ALTER DEFAULT PRIVILEGES IN SCHEMA shop GRANT SELECT ON TABLES TO shop_app;

  CREATE TYPE shop.kind AS ENUM ('good', 'a service''s');
  CREATE TYPE shop.line AS (product_id uuid, quantity numeric(18,6));
  CREATE DOMAIN shop.percentage AS numeric(5,2) DEFAULT 0 CONSTRAINT percentage_range CHECK (VALUE BETWEEN 0 AND 100);
  COMMENT ON DOMAIN shop.percentage IS 'Of the price.';
  CREATE SEQUENCE shop.number START 10;

  CREATE TABLE shop.product (
    tenant_id uuid NOT NULL,
    id uuid DEFAULT '00000000-0000-0000-0000-000000000000' NOT NULL,
    "number" bigint GENERATED ALWAYS AS IDENTITY,
    dropped text,
    code text COLLATE "C" DEFAULT 'it''s' NOT NULL,
    kind shop.kind NOT NULL,
    price numeric(18,6) DEFAULT 0 NOT NULL,
    gross numeric GENERATED ALWAYS AS (price * 1.2) STORED,
    sold_on date,
    parent_id uuid,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT product_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT product_price_not_negative CHECK (price >= 0),
    CONSTRAINT product_code_key UNIQUE (tenant_id, code),
    CONSTRAINT product_parent_fkey FOREIGN KEY (tenant_id, parent_id) REFERENCES shop.product (tenant_id, id)
  ) WITH (fillfactor = 80);
  ALTER TABLE shop.product ALTER id DROP DEFAULT, DROP COLUMN dropped;
  COMMENT ON TABLE shop.product IS 'class: tenant. A thing with a price.';
  COMMENT ON COLUMN shop.product.code IS 'personal';
  COMMENT ON CONSTRAINT product_code_key ON shop.product IS 'As printed.';
  CREATE INDEX product_parent ON shop.product (tenant_id, parent_id) WHERE parent_id IS NOT NULL;
  COMMENT ON INDEX shop.product_parent IS 'For the tree.';
  CREATE STATISTICS shop.product_kinds ON tenant_id, kind FROM shop.product;
  ALTER TABLE shop.product ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
  CREATE POLICY by_tenant ON shop.product AS RESTRICTIVE FOR UPDATE TO shop_app, shop_jobs
    USING (tenant_id = current_setting('app.tenant_id')::uuid) WITH CHECK (price > 0);
  GRANT UPDATE (price, code), REFERENCES (id) ON shop.product TO shop_app;
  REVOKE TRUNCATE ON shop.product FROM shop_owner;

  CREATE TABLE shop.movement (tenant_id uuid NOT NULL, at timestamptz NOT NULL, PRIMARY KEY (tenant_id, at)) PARTITION BY RANGE (at);
  CREATE TABLE shop.movement_2026_01 PARTITION OF shop.movement FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
  CREATE INDEX ON shop.movement (at);
  CREATE TABLE shop.price (
    tenant_id uuid NOT NULL, id uuid NOT NULL, valid daterange NOT NULL,
    CONSTRAINT price_pkey PRIMARY KEY (tenant_id, id, valid WITHOUT OVERLAPS)
  );
  RESET ROLE;
  ALTER TABLE shop.price OWNER TO shop_jobs;
  SET ROLE shop_owner;

  CREATE FUNCTION shop.refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'append-only';
END
$$;
  COMMENT ON FUNCTION shop.refuse() IS 'Guards.';
  CREATE FUNCTION shop.count_all(p_tenant uuid, p_kind shop.kind = 'good') RETURNS bigint LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp
    RETURN (SELECT count(*) FROM shop.product p WHERE p.tenant_id = p_tenant AND p.kind = p_kind);
  GRANT EXECUTE ON FUNCTION shop.count_all TO shop_app;
  CREATE PROCEDURE shop.nothing() LANGUAGE sql AS 'SELECT 1';
  GRANT EXECUTE ON PROCEDURE shop.nothing TO PUBLIC;
  CREATE AGGREGATE shop.total (numeric) (SFUNC = numeric_add, STYPE = numeric);
  CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON shop.movement FOR EACH ROW EXECUTE FUNCTION shop.refuse();
  CREATE VIEW shop.read_product WITH (security_invoker = true) AS SELECT tenant_id, id, price FROM shop.product;
  COMMENT ON VIEW shop.read_product IS 'For others.';
  COMMENT ON COLUMN shop.read_product.price IS 'Before tax.';
`

const DUMP = `-- Written by npm run generate from the catalogue of a migrated database, to be read and compared: it need not restore.
-- By table, with everything that belongs to it. Owners are named where they differ from the schema's,
-- grants except the owner's own; partitions are left out, since they come and go with the date.

-- Default privileges on functions made by shop_owner: shop_owner EXECUTE.
CREATE EXTENSION btree_gist SCHEMA shop;

CREATE SCHEMA shop AUTHORIZATION shop_owner;
COMMENT ON SCHEMA shop IS 'What is sold.';
-- Default privileges on tables made by shop_owner: shop_app SELECT.
GRANT USAGE ON SCHEMA shop TO shop_app;
GRANT CREATE ON SCHEMA shop TO shop_jobs WITH GRANT OPTION;

CREATE TYPE shop.kind AS ENUM ('good', 'a service''s');

CREATE TYPE shop.line AS (
  product_id uuid,
  quantity numeric(18,6)
);

CREATE DOMAIN shop.percentage AS numeric(5,2) DEFAULT 0 CONSTRAINT percentage_range CHECK (VALUE >= 0::numeric AND VALUE <= 100::numeric);
COMMENT ON DOMAIN shop.percentage IS 'Of the price.';

CREATE SEQUENCE shop.number AS bigint INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 10 CACHE 1;

CREATE TABLE shop.movement (
  tenant_id uuid NOT NULL,
  at timestamp with time zone NOT NULL,
  CONSTRAINT movement_pkey PRIMARY KEY (tenant_id, at)
) PARTITION BY RANGE (at);
CREATE INDEX movement_at_idx ON ONLY shop.movement USING btree (at);
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON shop.movement FOR EACH ROW EXECUTE FUNCTION shop.refuse();
GRANT SELECT ON TABLE shop.movement TO shop_app;

CREATE TABLE shop.price (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  valid daterange NOT NULL,
  CONSTRAINT price_pkey PRIMARY KEY (tenant_id, id, valid WITHOUT OVERLAPS)
);
ALTER TABLE shop.price OWNER TO shop_jobs;
GRANT SELECT ON TABLE shop.price TO shop_app;

CREATE TABLE shop.product (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  number bigint GENERATED ALWAYS AS IDENTITY NOT NULL,
  code text COLLATE "C" DEFAULT 'it''s'::text NOT NULL,
  kind shop.kind NOT NULL,
  price numeric(18,6) DEFAULT 0 NOT NULL,
  gross numeric GENERATED ALWAYS AS (price * 1.2) STORED,
  sold_on date,
  parent_id uuid,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT product_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT product_code_key UNIQUE (tenant_id, code),
  CONSTRAINT product_price_not_negative CHECK (price >= 0::numeric),
  CONSTRAINT product_parent_fkey FOREIGN KEY (tenant_id, parent_id) REFERENCES shop.product(tenant_id, id)
) WITH (fillfactor=80);
COMMENT ON TABLE shop.product IS 'class: tenant. A thing with a price.';
COMMENT ON COLUMN shop.product.code IS 'personal';
COMMENT ON CONSTRAINT product_code_key ON shop.product IS 'As printed.';
CREATE INDEX product_parent ON shop.product USING btree (tenant_id, parent_id) WHERE parent_id IS NOT NULL;
COMMENT ON INDEX shop.product_parent IS 'For the tree.';
CREATE STATISTICS shop.product_kinds ON tenant_id, kind FROM shop.product;
ALTER TABLE shop.product ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY by_tenant ON shop.product AS RESTRICTIVE FOR UPDATE TO shop_app, shop_jobs
  USING (tenant_id = current_setting('app.tenant_id'::text)::uuid)
  WITH CHECK (price > 0::numeric);
GRANT SELECT ON TABLE shop.product TO shop_app;
REVOKE TRUNCATE ON TABLE shop.product FROM shop_owner;
GRANT REFERENCES (id), UPDATE (code, price) ON TABLE shop.product TO shop_app;

CREATE VIEW shop.read_product WITH (security_invoker=true) AS
 SELECT tenant_id,
    id,
    price
   FROM shop.product;
COMMENT ON VIEW shop.read_product IS 'For others.';
COMMENT ON COLUMN shop.read_product.price IS 'Before tax.';
GRANT SELECT ON TABLE shop.read_product TO shop_app;

CREATE OR REPLACE FUNCTION shop.count_all(p_tenant uuid, p_kind shop.kind DEFAULT 'good'::shop.kind)
 RETURNS bigint
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
RETURN (SELECT count(*) AS count FROM shop.product p WHERE ((p.tenant_id = count_all.p_tenant) AND (p.kind = count_all.p_kind)));
GRANT EXECUTE ON FUNCTION shop.count_all(uuid,shop.kind) TO shop_app;

CREATE OR REPLACE PROCEDURE shop.nothing()
 LANGUAGE sql
AS $procedure$SELECT 1$procedure$;
GRANT EXECUTE ON PROCEDURE shop.nothing() TO PUBLIC;

CREATE OR REPLACE FUNCTION shop.refuse()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
  RAISE EXCEPTION 'append-only';
END
$function$;
COMMENT ON FUNCTION shop.refuse() IS 'Guards.';

-- Also here: aggregate shop.total(numeric).
`
