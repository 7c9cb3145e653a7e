-- name: session
-- Who we are and what we talk to; read once per connect.
SELECT session_user::text AS role,
       current_setting('server_version_num')::int AS server_version,
       current_database()::text AS database,
       pg_backend_pid() AS pid

-- name: set_actor
-- Transaction local, so that a pooled connection never carries one person's name into another's write.
SELECT set_config('aoer.actor_os_user', $1, true),
       set_config('aoer.origin', $2, true),
       set_config('aoer.reason', $3, true),
       set_config('aoer.request_id', $4, true)

-- name: set_role
-- Transaction local too: the pool's RESET ALL does not undo a SET ROLE.
SELECT set_config('role', $1, true)

-- name: notify
SELECT pg_notify($1, $2)

-- name: listening
-- A connection that lost its LISTEN (a reset by someone else, a pooler) looks healthy otherwise.
SELECT pg_backend_pid() AS pid, array(SELECT pg_listening_channels()) AS channels
