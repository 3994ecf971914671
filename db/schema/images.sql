-- Written by npm run generate from the catalogue of a migrated database, to be read and compared: it need not restore.
-- By table, with everything that belongs to it. Owners are named where they differ from the schema's,
-- grants except the owner's own; partitions are left out, since they come and go with the date.

CREATE SCHEMA images AUTHORIZATION comptoir_owner;
GRANT USAGE ON SCHEMA images TO comptoir_app;
GRANT USAGE ON SCHEMA images TO comptoir_read;

CREATE TABLE images.file (
  tenant_id uuid NOT NULL,
  sha256 text NOT NULL,
  type text NOT NULL,
  bytes integer NOT NULL,
  width integer NOT NULL,
  height integer NOT NULL,
  purged_at timestamp with time zone,
  version integer DEFAULT 1 NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT file_pkey PRIMARY KEY (tenant_id, sha256),
  CONSTRAINT file_has_a_size CHECK (bytes > 0 AND width > 0 AND height > 0),
  CONSTRAINT file_sha256_in_hexadecimal CHECK (sha256 ~ '^[0-9a-f]{64}$'::text),
  CONSTRAINT file_type_known CHECK (type = ANY (ARRAY['image/png'::text, 'image/jpeg'::text, 'image/webp'::text]))
);
COMMENT ON TABLE images.file IS 'class: tenant. A picture by what is in it, kept once however often it is used, as a file of that name. Purged: the file is gone, nobody used it any more.';
ALTER TABLE images.file ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON images.file FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
GRANT INSERT, SELECT ON TABLE images.file TO comptoir_app;
GRANT SELECT ON TABLE images.file TO comptoir_read;
GRANT UPDATE (purged_at, version, updated_at) ON TABLE images.file TO comptoir_app;

CREATE TABLE images.image (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  product_id uuid NOT NULL,
  variant_id uuid,
  sha256 text NOT NULL,
  alt_texts jsonb DEFAULT '[]'::jsonb NOT NULL,
  "position" integer NOT NULL,
  is_primary boolean NOT NULL,
  version integer DEFAULT 1 NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  deleted_at timestamp with time zone,
  CONSTRAINT image_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT image_alt_texts_are_a_list CHECK (jsonb_typeof(alt_texts) = 'array'::text),
  CONSTRAINT image_position_not_negative CHECK ("position" >= 0),
  CONSTRAINT image_product_id_fkey FOREIGN KEY (tenant_id, product_id) REFERENCES catalog.product(tenant_id, id),
  CONSTRAINT image_sha256_fkey FOREIGN KEY (tenant_id, sha256) REFERENCES images.file(tenant_id, sha256),
  CONSTRAINT image_variant_id_fkey FOREIGN KEY (tenant_id, variant_id) REFERENCES catalog.variant(tenant_id, id)
);
COMMENT ON TABLE images.image IS 'class: tenant. A picture of a product, or of one variant of it, in the order of position; the primary one stands for it where there is room for one.';
CREATE UNIQUE INDEX image_primary_key ON images.image USING btree (tenant_id, product_id, variant_id) NULLS NOT DISTINCT WHERE is_primary AND deleted_at IS NULL;
CREATE INDEX image_product_id ON images.image USING btree (tenant_id, product_id);
CREATE INDEX image_sha256 ON images.image USING btree (tenant_id, sha256);
CREATE INDEX image_variant_id ON images.image USING btree (tenant_id, variant_id);
ALTER TABLE images.image ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON images.image FOR ALL TO PUBLIC
  USING (tenant_id = platform.current_tenant())
  WITH CHECK (tenant_id = platform.current_tenant());
GRANT INSERT, SELECT ON TABLE images.image TO comptoir_app;
GRANT SELECT ON TABLE images.image TO comptoir_read;
GRANT UPDATE (alt_texts, "position", is_primary, version, updated_at, deleted_at) ON TABLE images.image TO comptoir_app;
