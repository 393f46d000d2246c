-- The role that may read the users and nothing else. prisma-read logs in as a member of it:
--
--     CREATE ROLE prisma_read LOGIN PASSWORD '…' IN ROLE huntaze_reader;
--
-- No migration, for a role is none of one database's history: it belongs to the whole server, Prisma runs migrations in
-- shadow databases beside it, too, and what a migration could not grant once it would never grant again. Run this as
-- the role that owns the tables, after the migrations; running it again changes nothing.

DO $$
BEGIN
    CREATE ROLE huntaze_reader NOLOGIN;
EXCEPTION
    WHEN duplicate_object OR unique_violation THEN NULL; -- there already, or made by another at this moment
END
$$;

GRANT USAGE ON SCHEMA public TO huntaze_reader;
GRANT SELECT ON ALL TABLES IN SCHEMA public TO huntaze_reader;

-- Tables of later migrations, if the same role makes them.
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO huntaze_reader;
