-- name: database_exists
SELECT EXISTS (SELECT FROM pg_catalog.pg_database WHERE datname = $1)

-- name: create_database
CREATE DATABASE {database}

-- name: role_exists
SELECT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = $1)

-- name: create_login
CREATE ROLE {role} LOGIN

-- name: missing_memberships
-- Granting what is granted already would rewrite the row, and fail when another console does the same.
SELECT r.rolname::text AS role
FROM pg_catalog.pg_roles r, pg_catalog.pg_roles m
WHERE r.rolname = ANY ($2::text[]) AND m.rolname = $1
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_auth_members a WHERE a.roleid = r.oid AND a.member = m.oid)
ORDER BY r.rolname

-- name: join_role
GRANT {role} TO {member}
