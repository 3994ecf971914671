-- Up Migration

-- What files of imports say of people is marked where it is kept. Names of files may name people.

COMMENT ON COLUMN imports.import.name IS 'personal';
COMMENT ON COLUMN imports.import.looks IS 'personal';
COMMENT ON COLUMN imports.template.name IS 'personal';
COMMENT ON COLUMN imports.error.original_value IS 'personal';
COMMENT ON COLUMN imports.error.suggested_value IS 'personal';
COMMENT ON COLUMN imports.former.old_values IS 'personal';

-- Down Migration

COMMENT ON COLUMN imports.former.old_values IS NULL;
COMMENT ON COLUMN imports.error.suggested_value IS NULL;
COMMENT ON COLUMN imports.error.original_value IS NULL;
COMMENT ON COLUMN imports.template.name IS NULL;
COMMENT ON COLUMN imports.import.looks IS NULL;
COMMENT ON COLUMN imports.import.name IS NULL;
