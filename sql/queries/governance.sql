-- name: role_exists
SELECT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = $1)

-- name: create_login
CREATE ROLE {role} LOGIN

-- name: grant_group
GRANT {group} TO {role}

-- name: revoke_group
REVOKE {group} FROM {role}

-- name: groups_of
SELECT r.rolname::text FROM pg_catalog.pg_auth_members m
  JOIN pg_catalog.pg_roles r ON r.oid = m.roleid JOIN pg_catalog.pg_roles o ON o.oid = m.member
 WHERE o.rolname = $1 AND r.rolname LIKE 'aoer\_%' ORDER BY 1

-- name: operators
-- One row a membership, and one for each role that works for all tenants.
SELECT m.member::text AS operator, t.name AS tenant, t.slug, m.access, m.granted_by::text AS granted_by, m.created_at AS since
  FROM tenant_members m JOIN tenants t ON t.id = m.tenant_id
 WHERE ($1::text IS NULL OR m.member = $1)
UNION ALL
SELECT o.rolname::text, '(all tenants)', NULL,
       CASE WHEN pg_has_role(o.oid, 'aoer_admin', 'MEMBER') THEN 'admin'
            WHEN pg_has_role(o.oid, 'aoer_operator', 'MEMBER') THEN 'operator' ELSE 'viewer' END, NULL, NULL
  FROM pg_catalog.pg_roles o
 WHERE o.rolcanlogin AND NOT o.rolsuper AND pg_has_role(o.oid, 'aoer_all_tenants', 'MEMBER') AND ($1::text IS NULL OR o.rolname = $1)
 ORDER BY 1, 2

-- name: put_member
INSERT INTO tenant_members AS m (tenant_id, member, access) VALUES ($1, $2, $3)
ON CONFLICT (tenant_id, member) DO UPDATE SET access = excluded.access WHERE m.access <> excluded.access

-- name: drop_member
DELETE FROM tenant_members WHERE tenant_id = $1 AND member = $2

-- name: drop_all_members
DELETE FROM tenant_members WHERE member = $1

-- name: highest_access
SELECT access FROM tenant_members WHERE member = $1 ORDER BY array_position(ARRAY['admin', 'operator', 'viewer'], access) LIMIT 1

-- name: lock_tenant
SELECT to_jsonb(t) AS row FROM tenants t WHERE id = $1 FOR UPDATE

-- name: register_tenants
SELECT given, id, created, ambiguous FROM register_tenants(ARRAY[$1], true)

-- name: edit_tenant
-- A NULL leaves the column as it is. $9 is the version that was read.
UPDATE tenants SET name = coalesce($2, name), slug = coalesce($3, slug), domains = coalesce($4, domains),
       brand_terms = coalesce($5, brand_terms), time_zone = coalesce($6, time_zone), revenue_unit = coalesce($7, revenue_unit),
       active = coalesce($8, active)
 WHERE id = $1 AND version = $9
RETURNING id, name, slug, domains, brand_terms, time_zone, revenue_unit, active, version

-- name: audit_write
SELECT audit_write($1, $2, $3, $4, $5, $6, $7)

-- name: audit_list
-- Newest first. Every filter is optional; $8 continues below the last row of the page before.
SELECT a.at, a.db_role::text AS role, a.os_user, t.name AS tenant, a.action, a.object_type, a.object_id, a.before, a.after,
       a.reason, a.origin, a.outcome, host(a.client_addr) AS client, a.application, a.request_id, a.id
  FROM audit_logs a LEFT JOIN tenants t ON t.id = a.tenant_id
 WHERE ($1::uuid IS NULL OR a.tenant_id = $1)
   AND ($2::text IS NULL OR a.action = $2 OR a.action LIKE $2 || '.%')
   AND ($3::text IS NULL OR a.db_role = $3 OR a.os_user = $3)
   AND ($4::text IS NULL OR a.object_id = $4 OR a.object_type = $4)
   AND ($5::timestamptz IS NULL OR a.at >= $5)
   AND ($6::timestamptz IS NULL OR a.at < $6)
   AND ($7::text IS NULL OR a.outcome = $7)
   AND ($8::timestamptz IS NULL OR (a.at, a.id) < ($8, $9::uuid))
 ORDER BY a.at DESC, a.id DESC
 LIMIT $10

-- name: audit_seal
SELECT rows_sealed, blocks, findings FROM audit_seal()

-- name: audit_heads
SELECT h.tenant_id, t.name AS tenant, h.seq, h.hash, h.sealed_at FROM audit_heads() h LEFT JOIN tenants t ON t.id = h.tenant_id
 ORDER BY t.name NULLS FIRST

-- name: audit_verify
SELECT v.tenant_id, t.name AS tenant, v.seq, v.row_id, v.finding FROM audit_verify($1) v LEFT JOIN tenants t ON t.id = v.tenant_id
 ORDER BY t.name NULLS FIRST, v.seq NULLS LAST, v.finding

-- name: limits
SELECT r.name, r.scope, r.strategy, r.action, r.limit_count, r.window_seconds, r.burst, r.priority, r.enabled
  FROM rate_limit_rules r ORDER BY r.priority, r.name

-- name: violated_keys
SELECT rule, count(DISTINCT key) AS violated_keys FROM rate_limit_violations WHERE hour > now() - interval '1 day' GROUP BY rule

-- name: put_limit
INSERT INTO rate_limit_rules AS r (name, scope, strategy, action, limit_count, window_seconds, burst, priority, enabled)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
ON CONFLICT (name) DO UPDATE SET scope = excluded.scope, strategy = excluded.strategy, action = excluded.action,
       limit_count = excluded.limit_count, window_seconds = excluded.window_seconds, burst = excluded.burst,
       priority = excluded.priority, enabled = excluded.enabled
RETURNING to_jsonb(r) AS row

-- name: limit
SELECT to_jsonb(r) AS row FROM rate_limit_rules r WHERE name = $1 FOR UPDATE

-- name: violations
SELECT rule, key, sum(count)::bigint AS refused, min(first_at) AS first_at, max(last_at) AS last_at
  FROM rate_limit_violations WHERE hour > now() - make_interval(hours => $1)
 GROUP BY rule, key ORDER BY refused DESC LIMIT $2

-- name: check_limit
SELECT allowed, remaining, retry_after, rule FROM check_rate_limit($1, $2, $3, $4)

-- name: prune_violations
DELETE FROM rate_limit_violations WHERE hour < now() - $1::interval

-- name: prune_buckets
-- A bucket untouched for a day is full again under every sensible rule; a year-long window keeps its row.
DELETE FROM rate_limit_buckets b
 WHERE b.touched_at < now() - interval '1 day'
   AND b.touched_at < now() - 2 * (SELECT make_interval(secs => max(r.window_seconds)) FROM rate_limit_rules r)

-- name: partitions
SELECT parent::text, partition::text, starts, ends, rows_estimated, bytes, retention FROM v_partitions
 WHERE ($1::text IS NULL OR parent = $1) ORDER BY parent, starts

-- name: partitions_ahead
-- How many partitions lie after the present one; fewer than two is an alarm.
SELECT p.parent::text, p.period, p.ahead AS wanted, p.retention,
       (SELECT count(*) FROM v_partitions v WHERE v.parent = p.parent AND v.starts > now()) AS ahead,
       (SELECT count(*) FROM v_partitions v WHERE v.parent = p.parent) AS partitions
  FROM partition_policies p ORDER BY p.parent

-- name: missing_partitions
-- What the next maintenance would make.
SELECT p.parent::text, partition_name(p.parent, p.period, d::date)::text AS partition
  FROM partition_policies p
  CROSS JOIN LATERAL generate_series(date_trunc(p.period, now() AT TIME ZONE 'UTC'),
    (now() AT TIME ZONE 'UTC') + p.ahead * CASE p.period WHEN 'quarter' THEN interval '3 months' ELSE interval '1 month' END,
    CASE p.period WHEN 'quarter' THEN interval '3 months' ELSE interval '1 month' END) AS d
 WHERE to_regclass(format('public.%I', partition_name(p.parent, p.period, d::date))) IS NULL
 ORDER BY 1, 2

-- name: retention_plan
SELECT parent::text, partition::text, starts, ends, state FROM retention_plan()

-- name: retention_prepare
SELECT retention_prepare($1)

-- name: retention_remove
SELECT retention_remove($1)

-- name: become_owner
SET ROLE aoer_owner

-- name: limit_lock_wait
SELECT set_config('lock_timeout', $1, false)

-- name: detach
-- Waits for transactions that use the table, and blocks none: others go on reading and writing meanwhile. Not in a transaction.
ALTER TABLE {parent} DETACH PARTITION {partition} CONCURRENTLY

-- name: finalize
ALTER TABLE {parent} DETACH PARTITION {partition} FINALIZE

-- name: drop_detached
DROP TABLE {partition}

-- name: old_rows
-- Rows past their retention that are deleted one by one, not with a partition; counted up to a million.
SELECT w.what, w.keep, w.rows FROM (
  SELECT 'aiv_raw_signals' AS what, make_interval(days => $1) AS keep,
         (SELECT count(*) FROM (SELECT FROM aiv_raw_signals x WHERE x.date < (now() - make_interval(days => $1))::date LIMIT 1000000) c) AS rows
   UNION ALL
  SELECT 'aoer_failures', make_interval(days => $2),
         (SELECT count(*) FROM (SELECT FROM aoer_failures x WHERE x.created_at < now() - make_interval(days => $2) LIMIT 1000000) c)
   UNION ALL
  SELECT 'rate_limit_violations', $3::interval,
         (SELECT count(*) FROM (SELECT FROM rate_limit_violations x WHERE x.hour < now() - $3::interval LIMIT 1000000) c)
   UNION ALL
  SELECT 'audit_aggregates', $4::interval,
         (SELECT count(*) FROM (SELECT FROM audit_aggregates x WHERE x.hour < now() - $4::interval LIMIT 1000000) c)
   UNION ALL
  SELECT 'audit_alerts', $5::interval,
         (SELECT count(*) FROM (SELECT FROM audit_alerts x WHERE x.status = 'resolved' AND x.resolved_at < now() - $5::interval LIMIT 1000000) c)
) AS w ORDER BY w.what

-- name: set_retention
UPDATE partition_policies SET retention = $2::interval WHERE parent = $1 RETURNING parent::text, retention

-- name: recent_logins
SELECT db_role::text AS role, os_user, application, host(client_addr) AS client, origin, last_login, logins, last_failure, failures
  FROM v_recent_logins
 WHERE greatest(last_login, last_failure) > now() - make_interval(days => $1)
 ORDER BY greatest(last_login, last_failure) DESC LIMIT $2

-- name: audit_raise_alerts
SELECT raised, counted FROM audit_raise_alerts()

-- name: tell_of_audit_alerts
-- In the transaction that raised them: those are the alerts that bear its moment. The severity is put in the sinks' words.
INSERT INTO webhook_deliveries (tenant_id, event, dedupe_key, body)
SELECT o.tenant_id, 'alert.opened', 'audit:' || o.id,
       jsonb_build_object('id', o.id, 'alert_type', upper(replace(o.event_type, '.', '_')), 'severity', audit_alert_level(o.severity),
                          'message', o.message, 'fingerprint', 'audit:' || o.id)
  FROM audit_alerts o WHERE o.created_at = now()

-- name: audit_aggregate
SELECT rows_read, more FROM audit_aggregate($1)

-- name: audit_totals
-- The hourly counts. Acts on the whole installation are only there for roles that work for all tenants.
SELECT g.hour, coalesce(t.name, '(installation)') AS tenant, g.event_type, g.severity, g.count, g.unique_users
  FROM audit_aggregates g LEFT JOIN tenants t ON t.id = g.tenant_id
 WHERE g.hour >= date_trunc('hour', now() - make_interval(hours => $1))
   AND ($2::uuid IS NULL OR g.tenant_id = $2) AND ($3::text IS NULL OR g.severity = $3)
 ORDER BY g.hour DESC, g.count DESC, g.event_type, tenant LIMIT $4

-- name: audit_rules
SELECT name, event_type, threshold, window_seconds, severity, title, enabled FROM audit_alert_rules ORDER BY name

-- name: prune_aggregates
DELETE FROM audit_aggregates WHERE hour < now() - $1::interval

-- name: prune_audit_alerts
DELETE FROM audit_alerts WHERE status = 'resolved' AND resolved_at < now() - $1::interval

-- name: audit_login
SELECT audit_login($1, $2, $3)

-- name: read_write
-- The session may be read only by default because the command only reads; that somebody came is recorded all the same.
SET TRANSACTION READ WRITE

-- name: no_time_limit
SET LOCAL statement_timeout = 0
