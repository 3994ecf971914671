-- Up Migration

COMMENT ON COLUMN settings.value.value IS 'personal';
COMMENT ON COLUMN settings.platform_value.value IS 'personal';

-- Down Migration

COMMENT ON COLUMN settings.value.value IS NULL;
COMMENT ON COLUMN settings.platform_value.value IS NULL;
