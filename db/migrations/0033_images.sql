-- Up Migration

-- Pictures of products. The pictures themselves are files under the data directory; here is what they are of.

CREATE SCHEMA images;
GRANT USAGE ON SCHEMA images TO comptoir_app, comptoir_read;

CREATE TABLE images.file (
  tenant_id uuid NOT NULL,
  sha256 text NOT NULL,
  type text NOT NULL,
  bytes integer NOT NULL,
  width integer NOT NULL,
  height integer NOT NULL,
  purged_at timestamptz,
  version integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT file_pkey PRIMARY KEY (tenant_id, sha256),
  CONSTRAINT file_sha256_in_hexadecimal CHECK (sha256 ~ '^[0-9a-f]{64}$'),
  CONSTRAINT file_type_known CHECK (type IN ('image/png', 'image/jpeg', 'image/webp')),
  CONSTRAINT file_has_a_size CHECK (bytes > 0 AND width > 0 AND height > 0)
);
COMMENT ON TABLE images.file IS
  'class: tenant. A picture by what is in it, kept once however often it is used, as a file of that name. Purged: the file is gone, nobody used it any more.';

CREATE TABLE images.image (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  product_id uuid NOT NULL,
  variant_id uuid,
  sha256 text NOT NULL,
  alt_texts jsonb NOT NULL DEFAULT '[]',
  position integer NOT NULL,
  is_primary boolean NOT NULL,
  version integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  deleted_at timestamptz,
  CONSTRAINT image_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT image_product_id_fkey FOREIGN KEY (tenant_id, product_id) REFERENCES catalog.product (tenant_id, id),
  CONSTRAINT image_variant_id_fkey FOREIGN KEY (tenant_id, variant_id) REFERENCES catalog.variant (tenant_id, id),
  CONSTRAINT image_sha256_fkey FOREIGN KEY (tenant_id, sha256) REFERENCES images.file (tenant_id, sha256),
  CONSTRAINT image_alt_texts_are_a_list CHECK (jsonb_typeof(alt_texts) = 'array'),
  CONSTRAINT image_position_not_negative CHECK (position >= 0)
);
COMMENT ON TABLE images.image IS
  'class: tenant. A picture of a product, or of one variant of it, in the order of position; the primary one stands for it where there is room for one.';
CREATE INDEX image_product_id ON images.image (tenant_id, product_id);
CREATE INDEX image_variant_id ON images.image (tenant_id, variant_id);
CREATE INDEX image_sha256 ON images.image (tenant_id, sha256);
CREATE UNIQUE INDEX image_primary_key
  ON images.image (tenant_id, product_id, variant_id) NULLS NOT DISTINCT WHERE is_primary AND deleted_at IS NULL;

CALL platform.isolate('images.file');
CALL platform.isolate('images.image');

GRANT SELECT, INSERT, UPDATE (purged_at, version, updated_at) ON images.file TO comptoir_app;
GRANT SELECT, INSERT, UPDATE (alt_texts, position, is_primary, version, updated_at, deleted_at) ON images.image TO comptoir_app;
GRANT SELECT ON images.file, images.image TO comptoir_read;

-- Down Migration

DROP SCHEMA images CASCADE;
