-- name: database
-- What every role may see; start times of other roles' transactions stay hidden from those without pg_read_all_stats.
SELECT now() AS at, current_database()::text AS name, current_setting('server_version') AS version,
       session_user::text AS role, pg_is_in_recovery() AS in_recovery,
       pg_database_size(current_database()) AS size_bytes,
       extract(epoch FROM now() - pg_postmaster_start_time())::float8 AS uptime_seconds,
       current_setting('max_connections')::int AS max_connections,
       (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend') AS connections,
       (SELECT count(DISTINCT split_part(application_name, '/', 2)) FROM pg_stat_activity
         WHERE datname = current_database() AND application_name LIKE 'aoer-console/%' AND pid <> pg_backend_pid()) AS programs,
       (SELECT max(extract(epoch FROM now() - xact_start))::float8 FROM pg_stat_activity
         WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend') AS oldest_transaction_seconds

-- name: access
-- Membership in the group roles, widest first; none of them exists before the first migration.
SELECT r.rolname::text AS role
  FROM pg_roles r
 WHERE r.rolname = ANY ($1::text[]) AND pg_has_role(session_user, r.oid, 'MEMBER')
 ORDER BY array_position($1::text[], r.rolname::text)

-- name: lanes
-- Those in which anything waits, runs or has failed.
SELECT l.lane::text AS lane, l.queued, l.delayed, l.running, l.failed, l.quarantined, l.oldest_seconds
  FROM queue_lanes() l WHERE l.queued + l.running + l.failed + l.quarantined > 0 ORDER BY l.lane

-- name: pauses
SELECT c.scope, c.key, c.reason FROM queue_controls c WHERE c.paused ORDER BY c.scope, c.key

-- name: workers
-- Those heard of in the last day; a worker that is silent for $1 seconds is gone.
SELECT w.role, w.host, w.pid, w.state, w.completed, w.failed,
       extract(epoch FROM now() - w.heartbeat_at)::float8 AS silent_seconds,
       w.state <> 'stopped' AND w.heartbeat_at > now() - make_interval(secs => $1::float8) AS alive
  FROM queue_workers w
 WHERE w.state <> 'stopped' AND w.heartbeat_at > now() - interval '1 day'
 ORDER BY w.role, w.host, w.pid

-- name: engines
SELECT e.engine, e.desired_state AS desired, e.changed_by, e.changed_at, e.reason FROM engine_control e ORDER BY e.engine

-- name: cycles
-- A cycle is late when its next run is further back than $1 seconds.
SELECT c.cycle, c.desired, c.state, c.last_outcome AS outcome, c.last_run_at, c.last_seconds, c.next_run_at, c.message,
       c.desired = 'enabled' AND c.state <> 'running'
         AND coalesce(c.next_run_at < now() - make_interval(secs => $1::float8), false) AS late
  FROM cycle_state c
 ORDER BY c.cycle

-- name: leases
SELECT l.name, l.holder, l.term, l.expires_at > now() AS held,
       extract(epoch FROM l.expires_at - now())::float8 AS expires_in_seconds
  FROM scheduler_leases l
 ORDER BY l.name

-- name: alerts
-- Those of the engines and those about the audit record.
SELECT a.severity::text AS severity,
       count(*) FILTER (WHERE a.status = 'open') AS open,
       count(*) FILTER (WHERE a.status = 'acknowledged') AS acknowledged,
       count(*) FILTER (WHERE a.status = 'snoozed') AS snoozed,
       extract(epoch FROM now() - min(a.created_at) FILTER (WHERE a.status = 'open'))::float8 AS oldest_seconds
  FROM (SELECT d.severity, d.status, d.created_at FROM dispatch_alerts d WHERE d.status <> 'resolved'
         UNION ALL
        SELECT audit_alert_level(r.severity), r.status, r.created_at FROM audit_alerts r WHERE r.status <> 'resolved') AS a
 GROUP BY a.severity
 ORDER BY a.severity DESC

-- name: feed
-- The notification queue fills only when a listener sleeps inside a transaction; the newest rating tells how fresh panes are.
SELECT pg_notification_queue_usage() AS queue_usage,
       (SELECT count(*) FROM pg_stat_activity
         WHERE datname = current_database() AND application_name LIKE 'aoer-console/%/listen%') AS listeners

-- name: tenants
SELECT count(*) AS tenants FROM tenants

-- name: ratings
SELECT count(*) AS rated, count(s.aoer_score) AS scored,
       extract(epoch FROM now() - max(s.last_updated))::float8 AS newest_seconds
  FROM aoer_summary s
