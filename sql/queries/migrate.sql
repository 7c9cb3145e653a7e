-- name: read_ledger
SELECT version, stage, file, checksum, status, started_at, duration_ms, applied_by, error, program_version
FROM public.schema_migrations
ORDER BY version, stage, file

-- name: try_lock
-- Polled instead of waited for: a waiting lock would hold a snapshot and stop the other side's index builds.
SELECT pg_try_advisory_lock($1)

-- name: unlock
SELECT pg_advisory_unlock($1)

-- name: create_owner
-- Roles belong to the whole server, so migrations of two databases may create them in the same instant.
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'aoer_owner') THEN
        CREATE ROLE aoer_owner NOLOGIN;
    END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN
    NULL;
END
$$

-- name: owner_state
-- Since 16 membership alone does not allow SET ROLE.
SELECT current_user::text AS me,
       current_database()::text AS database,
       EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'aoer_owner') AS owner_exists,
       coalesce((SELECT m.rolsuper OR pg_has_role(m.oid, o.oid,
                     CASE WHEN current_setting('server_version_num')::int >= 160000 THEN 'SET' ELSE 'MEMBER' END)
                 FROM pg_catalog.pg_roles o, pg_catalog.pg_roles m
                 WHERE o.rolname = 'aoer_owner' AND m.rolname = current_user), false) AS may_be_owner,
       coalesce((SELECT has_schema_privilege(o.oid, 'public', 'CREATE')
                 FROM pg_catalog.pg_roles o WHERE o.rolname = 'aoer_owner'), false) AS owner_may_create

-- name: become_owner_member
GRANT aoer_owner TO CURRENT_USER

-- name: let_owner_create
GRANT USAGE, CREATE ON SCHEMA public TO aoer_owner

-- name: set_owner_role
SELECT set_config('role', 'aoer_owner', true)

-- name: begin_file
-- No time limit for a migration, but a short one for locks: what waits for a lock makes everybody behind it wait too.
-- A lost commit of a migration takes its record with it, so nobody needs to wait for the disk.
SELECT set_config('statement_timeout', '0', true),
       set_config('idle_in_transaction_session_timeout', '0', true),
       set_config('lock_timeout', $1, true),
       set_config('check_function_bodies', 'off', true),
       set_config('client_min_messages', 'warning', true),
       set_config('search_path', 'public', true),
       set_config('synchronous_commit', 'off', true)

-- name: create_ledger
CREATE TABLE IF NOT EXISTS public.schema_migrations (
    version text NOT NULL,
    stage text NOT NULL,
    file text NOT NULL,
    checksum text NOT NULL,
    status text NOT NULL CHECK (status IN ('running', 'applied', 'failed')),
    started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    duration_ms bigint,
    applied_by text NOT NULL,
    error text,
    program_version text NOT NULL,
    PRIMARY KEY (version, stage, file)
);
COMMENT ON TABLE public.schema_migrations IS 'Which migration files were applied, when, by whom and with what content.';
COMMENT ON COLUMN public.schema_migrations.checksum IS 'SHA-256 of the file with line ends as \n.';
COMMENT ON COLUMN public.schema_migrations.status IS 'running without a runner holding the lock means: interrupted.';
GRANT SELECT ON public.schema_migrations TO PUBLIC;

CREATE TABLE IF NOT EXISTS public.schema_catalogue (
    kind text NOT NULL,
    identity text NOT NULL,
    definition text NOT NULL,
    PRIMARY KEY (kind, identity)
);
COMMENT ON TABLE public.schema_catalogue IS
    'Every object as the migrations left it: what db validate compares with where it may not make a scratch database.';
GRANT SELECT ON public.schema_catalogue TO PUBLIC;

-- name: mark_running
-- session_user is a superuser on the embedded server, so the account of the operating system is told as well.
INSERT INTO public.schema_migrations AS m (version, stage, file, checksum, status, program_version, applied_by)
VALUES ($1, $2, $3, $4, 'running', $5, session_user || '/' || $6::text)
ON CONFLICT (version, stage, file) DO UPDATE
SET checksum = excluded.checksum, status = 'running', started_at = clock_timestamp(), duration_ms = NULL,
    applied_by = excluded.applied_by, error = NULL, program_version = excluded.program_version
WHERE m.status <> 'applied'

-- name: mark_applied
UPDATE public.schema_migrations
SET status = 'applied', duration_ms = $4, error = NULL
WHERE version = $1 AND stage = $2 AND file = $3

-- name: mark_failed
UPDATE public.schema_migrations
SET status = 'failed', duration_ms = $4, error = $5
WHERE version = $1 AND stage = $2 AND file = $3

-- name: settle
-- A commit that waits for the disk, so that all the quick ones before it are on it too.
SELECT set_config('synchronous_commit', 'on', true), txid_current()
