-- What panes show. Each section is one bounded statement: the worst or newest N rows, and beside them the number of all.

-- name: probe
-- Changes exactly when some transaction that wrote something has ended (in any database of the server); touches no table.
SELECT pg_current_snapshot()::text AS seen, clock_timestamp() AS now;

-- name: limit_statement
SELECT set_config('statement_timeout', $1, false);

-- name: tiles
SELECT d.tenant_id, d.tenant_name, d.aoer_score::float8 AS score, d.grade, d.visibility_risk::float8 AS risk, d.risk_band,
       d.status, d.reason, d.interval_low::float8 AS low, d.interval_high::float8 AS high,
       CASE WHEN d.version > 0 THEN d.last_updated END AS last_updated, d.version, count(*) OVER () AS total
  FROM v_aoer_dashboard d
 WHERE d.active
 ORDER BY d.visibility_risk DESC NULLS LAST, d.aoer_score NULLS LAST, d.tenant_name, d.tenant_id
 LIMIT $1;

-- name: histories
-- For the tenants whose rating changed: the last 35 days in at most $2 steps of equal length, the last value of each, and the
-- value of about a week ago. Two hundred recomputes a tenant at most, whatever somebody did to the recompute key.
SELECT t.id AS tenant_id, line.slots, line.scores, week.score AS week_ago
  FROM unnest($1::uuid[]) AS t (id)
 CROSS JOIN LATERAL (
   SELECT array_agg(kept.slot ORDER BY kept.slot) AS slots, array_agg(kept.score ORDER BY kept.slot) AS scores
     FROM (SELECT DISTINCT ON (cut.slot) cut.slot, cut.score
             FROM (SELECT h.as_of, h.score::float8 AS score,
                          CASE WHEN max(h.as_of) OVER () > min(h.as_of) OVER ()
                               THEN least(width_bucket(extract(epoch FROM h.as_of), extract(epoch FROM min(h.as_of) OVER ()),
                                                       extract(epoch FROM max(h.as_of) OVER ()), $2), $2)
                               ELSE 1 END AS slot
                     FROM (SELECT past.as_of, past.score FROM aoer_history past
                            WHERE past.tenant_id = t.id AND past.as_of > now() - interval '35 days'
                            ORDER BY past.as_of DESC LIMIT 200) AS h) AS cut
            ORDER BY cut.slot, cut.as_of DESC) AS kept) AS line
  LEFT JOIN LATERAL (
   SELECT past.score::float8 AS score FROM aoer_history past
    WHERE past.tenant_id = t.id AND past.score IS NOT NULL
      AND past.as_of <= now() - interval '7 days' AND past.as_of > now() - interval '14 days'
    ORDER BY past.as_of DESC LIMIT 1) AS week ON true;

-- name: alerts
-- What waits for somebody: a snooze or an acknowledgement whose time is over counts as open before maintenance says so. Narrow
-- rows are counted and sorted, only the worst are joined to their words. Alerts about the audit record stand among the others.
WITH active AS MATERIALIZED (
  SELECT w.*, count(*) OVER () AS total
    FROM (SELECT a.tenant_id, a.id, false AS about_record, a.severity, a.created_at,
                 CASE WHEN a.status = 'snoozed' THEN 'open'
                      WHEN a.status = 'acknowledged' AND (a.metadata->>'ack_until')::timestamptz <= now() THEN 'open'
                      ELSE a.status END AS status
            FROM dispatch_alerts a
           WHERE a.status <> 'resolved' AND NOT (a.status = 'snoozed' AND a.snoozed_until > now())
           UNION ALL
          SELECT a.tenant_id, a.id, true, audit_alert_level(a.severity), a.created_at,
                 CASE WHEN a.status = 'snoozed' THEN 'open'
                      WHEN a.status = 'acknowledged' AND (a.metadata->>'ack_until')::timestamptz <= now() THEN 'open'
                      ELSE a.status END
            FROM audit_alerts a
           WHERE a.status <> 'resolved' AND NOT (a.status = 'snoozed' AND a.snoozed_until > now())) AS w
   ORDER BY w.severity DESC, w.status = 'open' DESC, w.created_at DESC, w.id
   LIMIT $1
)
SELECT w.tenant_id, w.id, CASE WHEN w.about_record THEN 'audit' ELSE 'dispatch' END AS kind,
       coalesce(t.name, '(installation)') AS tenant, coalesce(a.alert_type::text, upper(replace(r.event_type, '.', '_'))) AS type,
       w.severity::text AS severity, w.status, coalesce(a.message, r.message) AS message, o.reference AS "order", a.order_id,
       coalesce(a.occurrences, r.events) AS occurrences,
       coalesce(a.assignee, r.assignee, CASE WHEN w.status = 'acknowledged' THEN coalesce(a.acknowledged_by, r.acknowledged_by) END)
         AS assignee,
       CASE WHEN w.status = 'snoozed' THEN coalesce(a.snoozed_until, r.snoozed_until) END AS snoozed_until, w.created_at,
       coalesce(a.version, r.version) AS version, w.total
  FROM active w
  LEFT JOIN dispatch_alerts a ON NOT w.about_record AND a.tenant_id = w.tenant_id AND a.id = w.id
  LEFT JOIN audit_alerts r ON w.about_record AND r.tenant_id = w.tenant_id AND r.id = w.id
  LEFT JOIN tenants t ON t.id = w.tenant_id
  LEFT JOIN orders o ON o.tenant_id = a.tenant_id AND o.id = a.order_id
 ORDER BY w.severity DESC, w.status = 'open' DESC, w.created_at DESC, w.id;

-- name: incidents
-- The two kinds have severities of their own; their ranks are compared.
WITH traffic AS MATERIALIZED (
  SELECT i.tenant_id, i.id, i.severity, i.reported_at, count(*) OVER () AS total
    FROM traffic_incidents i WHERE i.active
   ORDER BY i.severity DESC, i.reported_at DESC, i.id LIMIT $1
), escalations AS MATERIALIZED (
  SELECT e.tenant_id, e.id, e.severity, e.escalated_at, e.status, count(*) OVER () AS total
    FROM escalation_logs e WHERE e.status <> 'resolved'
   ORDER BY e.severity DESC, e.status = 'open' DESC, e.escalated_at DESC, e.id LIMIT $1
), active AS (
  SELECT i.tenant_id, i.id, 'traffic' AS kind, i.incident_type AS type, i.severity::text AS severity, 'open' AS status,
         i.description, cardinality(i.affected_orders) AS affected_orders, i.reported_at, i.version,
         array_position(enum_range(NULL::traffic_severity), i.severity) AS weight
    FROM traffic w JOIN traffic_incidents i ON i.tenant_id = w.tenant_id AND i.id = w.id
   UNION ALL
  SELECT e.tenant_id, e.id, 'escalation', e.escalation_type::text, e.severity::text, e.status,
         coalesce(nullif(e.reason, ''), e.description, ''), (e.order_id IS NOT NULL)::integer, e.escalated_at, e.version,
         array_position(enum_range(NULL::severity_level), e.severity)
    FROM escalations w JOIN escalation_logs e ON e.tenant_id = w.tenant_id AND e.id = w.id
)
SELECT a.tenant_id, a.id, t.name AS tenant, a.kind, a.type, a.severity, a.status, a.description, a.affected_orders,
       a.reported_at, a.version,
       coalesce((SELECT max(w.total) FROM traffic w), 0) + coalesce((SELECT max(w.total) FROM escalations w), 0) AS total
  FROM active a JOIN tenants t ON t.id = a.tenant_id
 ORDER BY a.weight DESC, a.status = 'open' DESC, a.reported_at DESC, a.id
 LIMIT $1;

-- name: generation
-- What runs first, then what ended last.
SELECT s.tenant_id, s.id, t.name AS tenant, s.topic, coalesce(g.status, 'not started') AS status, g.current_stage AS stage,
       coalesce(g.progress_percentage, 0)::float8 AS percent, coalesce(g.completed_segments, 0) AS segments_done,
       coalesce(g.total_segments, 5) AS segments_total, g.error_message AS error, g.started_at, s.version,
       count(*) OVER () AS total
  FROM results_sessions s
  JOIN tenants t ON t.id = s.tenant_id
  LEFT JOIN results_generation_status g ON g.tenant_id = s.tenant_id AND g.session_id = s.id
 ORDER BY g.status IN ('processing', 'pending') DESC NULLS LAST, coalesce(g.updated_at, s.created_at) DESC, s.id
 LIMIT $1;

-- name: queue_lanes
SELECT l.lane::text AS lane, l.queued, l.running, l.failed, l.quarantined, l.oldest_seconds FROM queue_lanes() l ORDER BY l.lane;

-- name: queue_pulse
-- Completed a minute over the last one to two minutes; who works; whether everything is held back.
SELECT (SELECT sum(m.completed)::float8 / extract(epoch FROM clock_timestamp() - date_trunc('minute', now() - interval '1 minute')) * 60
          FROM queue_metrics m WHERE m.minute >= date_trunc('minute', now() - interval '1 minute')) AS per_minute,
       (SELECT count(*) FROM queue_workers w
         WHERE w.role = 'worker' AND w.state <> 'stopped' AND w.heartbeat_at > now() - interval '1 minute') AS workers,
       EXISTS (SELECT FROM queue_controls c WHERE c.scope = 'all' AND c.paused) AS paused;

-- name: engines
-- Engines first, then the scheduler's own cycles. The words are those of engines: running and stopped.
SELECT coalesce(e.engine, c.cycle) AS key, coalesce(nullif(c.title, ''), initcap(replace(coalesce(e.engine, c.cycle), '_', ' '))) AS title,
       coalesce(e.desired_state, CASE c.desired WHEN 'enabled' THEN 'running' ELSE 'stopped' END) AS desired,
       coalesce(c.state, 'idle') AS state, c.last_run_at, c.last_seconds, c.next_run_at, c.last_outcome,
       coalesce(c.message, CASE WHEN e.desired_state = 'stopped' THEN e.reason END) AS message,
       c.next_run_at < now() - interval '60 seconds' AS late, e.engine IS NOT NULL AS is_engine
  FROM engine_control e
  FULL JOIN cycle_state c ON c.cycle = e.engine
 ORDER BY e.engine IS NULL, coalesce(e.engine, c.cycle)
 LIMIT $1;

-- name: header
SELECT current_database()::text AS database, current_user::text AS role,
       current_setting('transaction_read_only') = 'on' AS read_only;

-- name: fleet
-- Who holds the maintenance lease, and how many schedulers live.
SELECT (SELECT coalesce(nullif(w.host, '') || ':' || w.pid, left(l.holder::text, 8))
          FROM scheduler_leases l LEFT JOIN queue_workers w ON w.worker_id = l.holder
         WHERE l.expires_at > now() ORDER BY l.name LIMIT 1) AS leader,
       (SELECT count(*) FROM queue_workers w
         WHERE w.role = 'scheduler' AND w.state <> 'stopped' AND w.heartbeat_at > now() - interval '1 minute') AS schedulers;

-- name: has_demo
SELECT EXISTS (SELECT FROM tenants t WHERE t.metadata ? 'demo' OR t.settings ? 'demo') AS demo;
