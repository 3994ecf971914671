-- Written by npm run generate from the catalogue of a migrated database, to be read and compared: it need not restore.
-- By table, with everything that belongs to it. Owners are named where they differ from the schema's,
-- grants except the owner's own; partitions are left out, since they come and go with the date.

-- Default privileges on functions made by comptoir_owner: comptoir_owner EXECUTE.
CREATE EXTENSION btree_gist SCHEMA public;
