-- Drill-down lists and details. Lists take: patterns of words, fields (jsonb), limit, offset, tenant or NULL; they look at the most
-- urgent rows and those that ended last, twenty thousand at most, and `total` counts the matches among those. Details find a row by its id alone, tenant
-- by tenant, so that the primary key serves.

-- name: list_jobs
-- The hot table, and the last thousand of the archive. What waits for a person comes first, then what is waiting or running.
WITH base AS (
  (SELECT q.tenant_id, q.id, t.name AS tenant, q.kind, q.priority::text AS priority, q.status::text AS status, q.retry_count,
          q.max_retries, q.crash_count, q.scheduled_at, q.started_at, q.completed_at, q.error_message, q.created_at, q.version,
          q.status IN ('queued', 'running') AS live, q.status IN ('failed', 'quarantined') AS failed
     FROM aoer_queue q JOIN tenants t ON t.id = q.tenant_id
    WHERE $5::uuid IS NULL OR q.tenant_id = $5
    ORDER BY failed DESC, live DESC, q.created_at DESC LIMIT 20000)
   UNION ALL
  (SELECT q.tenant_id, q.id, t.name, q.kind, q.priority::text, q.status::text, q.retry_count, q.max_retries, q.crash_count,
          q.scheduled_at, q.started_at, q.completed_at, q.error_message, q.created_at, 0, false, false
     FROM aoer_queue_archive q JOIN tenants t ON t.id = q.tenant_id
    WHERE $5::uuid IS NULL OR q.tenant_id = $5
    ORDER BY q.completed_at DESC LIMIT 1000)
)
SELECT b.*, count(*) OVER () AS total
  FROM base b
 WHERE ($2::jsonb = '{}' OR row_has_fields(to_jsonb(b), $2::jsonb))
   AND lower(concat_ws(' ', b.id, b.tenant, b.kind, b.priority, b.status, b.error_message)) LIKE ALL ($1::text[])
 ORDER BY b.failed DESC, b.live DESC, coalesce(b.completed_at, b.created_at) DESC, b.id
 LIMIT $3 OFFSET $4;

-- name: list_failures
WITH base AS (
  SELECT f.tenant_id, f.id, t.name AS tenant, f.job_id, f.job_name AS job, f.error_text AS error, f.retry_count, f.created_at
    FROM aoer_failures f JOIN tenants t ON t.id = f.tenant_id
   WHERE $5::uuid IS NULL OR f.tenant_id = $5
   ORDER BY f.created_at DESC
   LIMIT CASE WHEN $2::jsonb = '{}' AND cardinality($1::text[]) = 0 THEN 2000 ELSE 20000 END
)
SELECT b.*, count(*) OVER () AS total
  FROM base b
 WHERE ($2::jsonb = '{}' OR row_has_fields(to_jsonb(b), $2::jsonb))
   AND lower(concat_ws(' ', b.id, b.tenant, b.job, b.error)) LIKE ALL ($1::text[])
 ORDER BY b.created_at DESC, b.id
 LIMIT $3 OFFSET $4;

-- name: list_alerts
-- Those of the engines, and those about the audit record, which have no order and may have no tenant.
WITH base AS (
  SELECT a.tenant_id, a.id, 'dispatch' AS kind, t.name AS tenant, a.alert_type::text AS type, a.severity::text AS severity, a.status, a.message,
         a.order_id, o.reference AS "order", a.occurrences, a.assignee, a.acknowledged_by, a.snoozed_until, a.resolved_at,
         a.resolved_by, a.created_at, a.version, a.severity AS weight
    FROM ((SELECT * FROM dispatch_alerts w
            WHERE w.status <> 'resolved' AND ($5::uuid IS NULL OR w.tenant_id = $5)
            ORDER BY w.severity DESC, w.created_at DESC LIMIT 18000)
           UNION ALL
          (SELECT * FROM dispatch_alerts w
            WHERE w.status = 'resolved' AND ($5::uuid IS NULL OR w.tenant_id = $5)
            ORDER BY w.resolved_at DESC LIMIT 2000)) AS a
    JOIN tenants t ON t.id = a.tenant_id
    LEFT JOIN orders o ON o.tenant_id = a.tenant_id AND o.id = a.order_id
   UNION ALL
  SELECT a.tenant_id, a.id, 'audit', coalesce(t.name, '(installation)'), upper(replace(a.event_type, '.', '_')),
         audit_alert_level(a.severity)::text, a.status, a.message, NULL, NULL, a.events, a.assignee, a.acknowledged_by,
         a.snoozed_until, a.resolved_at, a.resolved_by, a.created_at, a.version, audit_alert_level(a.severity)
    FROM (SELECT * FROM audit_alerts w WHERE $5::uuid IS NULL OR w.tenant_id = $5
           ORDER BY w.status = 'resolved', w.created_at DESC LIMIT 1000) AS a
    LEFT JOIN tenants t ON t.id = a.tenant_id
)
SELECT b.*, count(*) OVER () AS total
  FROM base b
 WHERE ($2::jsonb = '{}' OR row_has_fields(to_jsonb(b), $2::jsonb))
   AND lower(concat_ws(' ', b.id, b.tenant, b.type, b.severity, b.status, b.message, b."order", b.assignee)) LIKE ALL ($1::text[])
 ORDER BY b.status = 'resolved', b.weight DESC, b.created_at DESC, b.id
 LIMIT $3 OFFSET $4;

-- name: list_incidents
WITH base AS (
  SELECT i.tenant_id, i.id, t.name AS tenant, 'traffic' AS kind, i.incident_type AS type, i.severity::text AS severity,
         CASE WHEN i.active THEN 'open' ELSE 'resolved' END AS status, i.description,
         cardinality(i.affected_orders) AS affected_orders, i.reported_at, i.resolved_at, i.resolved_by, i.version,
         array_position(enum_range(NULL::traffic_severity), i.severity) AS weight
    FROM ((SELECT * FROM traffic_incidents w
            WHERE w.active AND ($5::uuid IS NULL OR w.tenant_id = $5) ORDER BY w.severity DESC, w.reported_at DESC LIMIT 8000)
           UNION ALL
          (SELECT * FROM traffic_incidents w
            WHERE NOT w.active AND ($5::uuid IS NULL OR w.tenant_id = $5) ORDER BY w.resolved_at DESC LIMIT 1000)) AS i
    JOIN tenants t ON t.id = i.tenant_id
   UNION ALL
  SELECT e.tenant_id, e.id, t.name, 'escalation', e.escalation_type::text, e.severity::text, e.status,
         coalesce(nullif(e.reason, ''), e.description, ''), (e.order_id IS NOT NULL)::integer, e.escalated_at, e.resolved_at,
         e.resolved_by, e.version, array_position(enum_range(NULL::severity_level), e.severity)
    FROM ((SELECT * FROM escalation_logs w
            WHERE w.status <> 'resolved' AND ($5::uuid IS NULL OR w.tenant_id = $5)
            ORDER BY w.severity DESC, w.escalated_at DESC LIMIT 8000)
           UNION ALL
          (SELECT * FROM escalation_logs w
            WHERE w.status = 'resolved' AND ($5::uuid IS NULL OR w.tenant_id = $5)
            ORDER BY w.resolved_at DESC LIMIT 1000)) AS e
    JOIN tenants t ON t.id = e.tenant_id
)
SELECT b.*, count(*) OVER () AS total
  FROM base b
 WHERE ($2::jsonb = '{}' OR row_has_fields(to_jsonb(b), $2::jsonb))
   AND lower(concat_ws(' ', b.id, b.tenant, b.kind, b.type, b.severity, b.status, b.description)) LIKE ALL ($1::text[])
 ORDER BY b.status = 'resolved', b.weight DESC, b.reported_at DESC, b.id
 LIMIT $3 OFFSET $4;

-- name: list_orders
WITH base AS (
  SELECT o.tenant_id, o.id, t.name AS tenant, o.reference, o.status, o.priority, o.service_type, o.promised_at, o.ready_at,
         o.eta_at, o.driver_id, d.name AS driver, o.delivered_at, o.last_event_at, o.pickup_name, o.dropoff_name, o.weight_kg, o.created_at, o.version,
         o.status IN ('pending', 'assigned', 'picked_up', 'out_for_delivery') AS open
    FROM ((SELECT * FROM orders w
            WHERE w.status IN ('pending', 'assigned', 'picked_up', 'out_for_delivery')
              AND ($5::uuid IS NULL OR w.tenant_id = $5)
            ORDER BY w.promised_at LIMIT 18000)
           UNION ALL
          (SELECT * FROM orders w
            WHERE w.status IN ('delivered', 'failed', 'cancelled') AND ($5::uuid IS NULL OR w.tenant_id = $5)
            ORDER BY w.last_event_at DESC LIMIT 2000)) AS o
    JOIN tenants t ON t.id = o.tenant_id
    LEFT JOIN drivers d ON d.tenant_id = o.tenant_id AND d.id = o.driver_id
)
SELECT b.*, count(*) OVER () AS total
  FROM base b
 WHERE ($2::jsonb = '{}' OR row_has_fields(to_jsonb(b), $2::jsonb))
   AND lower(concat_ws(' ', b.id, b.tenant, b.reference, b.status, b.priority, b.service_type, b.driver, b.pickup_name, b.dropoff_name)) LIKE ALL ($1::text[])
 ORDER BY b.open DESC, CASE WHEN b.open THEN b.promised_at END, b.last_event_at DESC NULLS LAST, b.id
 LIMIT $3 OFFSET $4;

-- name: list_drivers
WITH base AS (
  SELECT d.tenant_id, d.id, t.name AS tenant, d.reference, d.name, d.status, d.vehicle_type, coalesce(load.active, 0) AS active,
         d.capacity_orders AS capacity, d.position_at, d.shift_end, d.on_time_rate, d.completed_deliveries, d.version
    FROM drivers d
    JOIN tenants t ON t.id = d.tenant_id
    LEFT JOIN (SELECT o.tenant_id, o.driver_id, count(*) AS active FROM orders o
                WHERE o.status IN ('assigned', 'picked_up', 'out_for_delivery') GROUP BY o.tenant_id, o.driver_id) AS load
           ON load.tenant_id = d.tenant_id AND load.driver_id = d.id
   WHERE $5::uuid IS NULL OR d.tenant_id = $5
   ORDER BY d.name, d.id LIMIT 20000
)
SELECT b.*, count(*) OVER () AS total
  FROM base b
 WHERE ($2::jsonb = '{}' OR row_has_fields(to_jsonb(b), $2::jsonb))
   AND lower(concat_ws(' ', b.id, b.tenant, b.reference, b.name, b.status, b.vehicle_type)) LIKE ALL ($1::text[])
 ORDER BY b.status = 'offline', b.name, b.id
 LIMIT $3 OFFSET $4;

-- name: list_tenants
WITH base AS (
  SELECT d.tenant_id AS id, d.tenant_id, d.tenant_name AS name, d.slug, d.active, d.aoer_score::float8 AS score, d.grade,
         d.visibility_risk::float8 AS risk, d.risk_band, d.status, d.reason, d.interval_low::float8 AS low,
         d.interval_high::float8 AS high, d.last_updated, d.version
    FROM v_aoer_dashboard d
   WHERE $5::uuid IS NULL OR d.tenant_id = $5
   ORDER BY d.visibility_risk DESC NULLS LAST, d.tenant_name LIMIT 20000
)
SELECT b.*, count(*) OVER () AS total
  FROM base b
 WHERE ($2::jsonb = '{}' OR row_has_fields(to_jsonb(b), $2::jsonb))
   AND lower(concat_ws(' ', b.id, b.name, b.slug, b.status, b.grade, b.risk_band)) LIKE ALL ($1::text[])
 ORDER BY b.active DESC, b.risk DESC NULLS LAST, b.score NULLS LAST, b.name, b.id
 LIMIT $3 OFFSET $4;

-- name: list_sessions
WITH base AS (
  SELECT s.tenant_id, s.id, t.name AS tenant, s.topic, coalesce(g.status, 'not started') AS status, g.current_stage AS stage,
         coalesce(g.progress_percentage, 0)::float8 AS percent, coalesce(g.completed_segments, 0) AS segments_done,
         coalesce(g.total_segments, 5) AS segments_total, g.error_message AS error, g.started_at, g.completed_at, s.created_at,
         s.version
    FROM results_sessions s
    JOIN tenants t ON t.id = s.tenant_id
    LEFT JOIN results_generation_status g ON g.tenant_id = s.tenant_id AND g.session_id = s.id
   WHERE $5::uuid IS NULL OR s.tenant_id = $5
   ORDER BY s.created_at DESC LIMIT 20000
)
SELECT b.*, count(*) OVER () AS total
  FROM base b
 WHERE ($2::jsonb = '{}' OR row_has_fields(to_jsonb(b), $2::jsonb))
   AND lower(concat_ws(' ', b.id, b.tenant, b.topic, b.status, b.stage, b.error)) LIKE ALL ($1::text[])
 ORDER BY b.created_at DESC, b.id
 LIMIT $3 OFFSET $4;

-- name: list_audit
-- What a change was made to is named for the page that is shown, after it has been cut.
WITH base AS (
  SELECT a.tenant_id, a.id, a.at, t.name AS tenant, a.db_role::text AS db_role, a.os_user, a.origin, a.action, a.object_type,
         a.object_id, a.outcome, a.reason, a.before, a.after, a.application, a.request_id
    FROM audit_logs a LEFT JOIN tenants t ON t.id = a.tenant_id
   WHERE $5::uuid IS NULL OR a.tenant_id = $5
   ORDER BY a.at DESC
   LIMIT CASE WHEN $2::jsonb = '{}' AND cardinality($1::text[]) = 0 THEN 2000 ELSE 20000 END
), page AS (
  SELECT b.*, CASE WHEN b.object_id ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' THEN b.object_id::uuid END AS object_uuid,
         count(*) OVER () AS total
    FROM base b
   WHERE ($2::jsonb = '{}' OR row_has_fields(to_jsonb(b), $2::jsonb))
     AND lower(concat_ws(' ', b.id, b.tenant, b.db_role, b.os_user, b.origin, b.action, b.object_type, b.object_id, b.outcome, b.reason, b.application)) LIKE ALL ($1::text[])
   ORDER BY b.at DESC, b.id
   LIMIT $3 OFFSET $4
)
SELECT p.tenant_id, p.id, p.at, p.tenant, p.db_role, p.os_user, p.origin, p.action, p.object_type,
       coalesce(o.reference, d.name, w.message, i.description, CASE WHEN p.object_uuid IS NULL THEN p.object_id END, '') AS object,
       p.object_id, p.outcome, p.reason, p.before, p.after, p.application, p.request_id, p.total
  FROM page p
  LEFT JOIN orders o ON p.object_type IN ('order', 'orders') AND o.tenant_id = p.tenant_id AND o.id = p.object_uuid
  LEFT JOIN drivers d ON p.object_type IN ('driver', 'drivers') AND d.tenant_id = p.tenant_id AND d.id = p.object_uuid
  LEFT JOIN dispatch_alerts w
         ON p.object_type IN ('alert', 'dispatch_alerts') AND w.tenant_id = p.tenant_id AND w.id = p.object_uuid
  LEFT JOIN traffic_incidents i
         ON p.object_type IN ('incident', 'traffic_incidents') AND i.tenant_id = p.tenant_id AND i.id = p.object_uuid
 ORDER BY p.at DESC, p.id;

-- name: history_of
-- What happened to one row, oldest first; the newest two hundred entries.
SELECT h.*
  FROM (SELECT a.id, a.at, a.db_role::text AS db_role, a.os_user, a.origin, a.action, a.outcome, a.reason, a.before, a.after
          FROM audit_logs a
         WHERE (a.tenant_id = $1::uuid OR a.tenant_id IS NULL AND $1 = '00000000-0000-0000-0000-000000000000')
           AND a.object_type = $2 AND a.object_id = $3
         ORDER BY a.at DESC, a.id LIMIT 200) AS h
 ORDER BY h.at, h.id;

-- name: tenant
SELECT d.tenant_id AS id, d.tenant_id, d.tenant_name AS name, d.slug, d.active, d.aoer_score::float8 AS score, d.grade,
       d.visibility_risk::float8 AS risk, d.risk_band, d.status, d.reason, d.interval_low::float8 AS low,
       d.interval_high::float8 AS high, d.level::float8 AS level, d.model_version, d.metrics, d.last_updated, d.version,
       t.time_zone, t.revenue_unit, t.domains, t.brand_terms, t.created_at
  FROM v_aoer_dashboard d JOIN tenants t ON t.id = d.tenant_id
 WHERE d.tenant_id = $1::uuid;

-- name: tenant_history
SELECT h.as_of, h.score::float8 AS score, h.interval_low::float8 AS low, h.interval_high::float8 AS high, h.risk::float8 AS risk
  FROM (SELECT * FROM aoer_history p WHERE p.tenant_id = $1::uuid ORDER BY p.as_of DESC LIMIT 400) AS h
 ORDER BY h.as_of;

-- name: tenant_parts
SELECT h.level::float8 AS level, h.contributions
  FROM aoer_history h WHERE h.tenant_id = $1::uuid ORDER BY h.as_of DESC LIMIT 1;

-- name: tenant_queries
SELECT q.id, q.tenant_id, q.query, q.week_start, q.intent, q.monthly_volume, q.serp_position, q.ai_present, q.ai_position,
       q.has_our_citation, q.engine
  FROM aoer_queries q WHERE q.tenant_id = $1::uuid
 ORDER BY q.week_start DESC, q.monthly_volume DESC NULLS LAST, q.query LIMIT 200;

-- name: tenant_signals
SELECT s.id, s.tenant_id, s.date, s.seo, s.aeo, s.geo, s.ugc, s.geolocal, s.observed_aiv, s.observed_rar, s.sample_size, s.source
  FROM aiv_raw_signals s WHERE s.tenant_id = $1::uuid ORDER BY s.date DESC LIMIT 60;

-- name: alert
SELECT a.tenant_id, a.id, 'dispatch' AS kind, t.name AS tenant, a.alert_type::text AS type, a.severity::text AS severity, a.status, a.message,
       a.description, a.order_id, a.occurrences, a.last_seen_at, a.assignee, a.acknowledged_by, a.acknowledged_at,
       a.metadata->>'ack_until' AS ack_until, a.snoozed_until, a.resolved_at, a.resolved_by, a.resolution, a.fingerprint,
       a.metadata->'notes' AS notes, a.created_at, a.updated_at, a.version,
       coalesce(a.metadata->>'runbook', t.settings->'runbooks'->>(a.alert_type::text)) AS runbook
  FROM tenants t JOIN dispatch_alerts a ON a.tenant_id = t.id AND a.id = $1::uuid
 UNION ALL
SELECT a.tenant_id, a.id, 'audit', coalesce(t.name, '(installation)'), upper(replace(a.event_type, '.', '_')),
       audit_alert_level(a.severity)::text, a.status, a.message,
       format('rule %s, window %s to %s UTC', a.rule, to_char(a.window_start AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS'),
              to_char(a.window_end AT TIME ZONE 'UTC', 'HH24:MI:SS')),
       NULL, a.events, a.last_seen_at, a.assignee, a.acknowledged_by, a.acknowledged_at, a.metadata->>'ack_until',
       a.snoozed_until, a.resolved_at, a.resolved_by, a.resolution, a.rule, a.metadata->'notes', a.created_at, a.updated_at,
       a.version, coalesce(a.metadata->>'runbook', t.settings->'runbooks'->>(upper(replace(a.event_type, '.', '_'))))
  FROM audit_alerts a LEFT JOIN tenants t ON t.id = a.tenant_id WHERE a.id = $1::uuid;

-- name: alerts_of_order
SELECT a.tenant_id, a.id, a.alert_type::text AS type, a.severity::text AS severity, a.status, a.message, a.created_at, a.version
  FROM dispatch_alerts a WHERE a.tenant_id = $1::uuid AND a.order_id = $2::uuid
 ORDER BY a.created_at DESC LIMIT 50;

-- name: incident
SELECT i.tenant_id, i.id, t.name AS tenant, 'traffic' AS kind, i.incident_type AS type, i.severity::text AS severity,
       CASE WHEN i.active THEN 'open' ELSE 'resolved' END AS status, i.description, i.latitude, i.longitude,
       i.affected_radius_meters, i.affected_orders AS order_ids, i.reported_at, i.reported_by, i.resolved_at, i.resolved_by,
       i.metadata->>'resolution' AS resolution, i.version
  FROM tenants t JOIN traffic_incidents i ON i.tenant_id = t.id AND i.id = $1::uuid;

-- name: escalation
SELECT e.tenant_id, e.id, t.name AS tenant, 'escalation' AS kind, e.escalation_type::text AS type, e.severity::text AS severity,
       e.status, e.reason, e.description, e.escalated_to, e.driver_id, e.sla_target_minutes, e.minutes_to_breach,
       e.current_delay_minutes, CASE WHEN e.order_id IS NULL THEN '{}' ELSE ARRAY[e.order_id] END AS order_ids,
       e.escalated_at AS reported_at, e.resolved_at, e.resolved_by, e.resolution, e.version
  FROM tenants t JOIN escalation_logs e ON e.tenant_id = t.id AND e.id = $1::uuid;

-- name: orders_by_id
SELECT o.tenant_id, o.id, o.reference, o.status, o.priority, o.service_type, o.promised_at, o.eta_at, o.driver_id,
       d.name AS driver, o.version
  FROM orders o LEFT JOIN drivers d ON d.tenant_id = o.tenant_id AND d.id = o.driver_id
 WHERE o.tenant_id = $1::uuid AND o.id = ANY ($2::uuid[])
 ORDER BY o.promised_at, o.id LIMIT 200;

-- name: order
SELECT o.tenant_id, o.id, t.name AS tenant, o.reference, o.status, o.priority, o.service_type, o.pickup_name, o.pickup_lat,
       o.pickup_lon, o.dropoff_name, o.dropoff_lat, o.dropoff_lon, o.ready_at, o.promised_at, o.eta_at, o.driver_id,
       d.name AS driver, o.batch_id, o.weight_kg, o.value, o.notes, o.required_skills, o.assigned_at, o.picked_up_at,
       o.delivered_at, o.last_event_at, o.created_at, o.version
  FROM tenants t
  JOIN orders o ON o.tenant_id = t.id AND o.id = $1::uuid
  LEFT JOIN drivers d ON d.tenant_id = o.tenant_id AND d.id = o.driver_id;

-- name: order_events
SELECT h.*
  FROM (SELECT e.id, e.tenant_id, e.at, e.event_type, e.from_status, e.to_status, d.name AS driver, e.actor, e.reason
          FROM order_events e LEFT JOIN drivers d ON d.tenant_id = e.tenant_id AND d.id = e.driver_id
         WHERE e.tenant_id = $1::uuid AND e.order_id = $2::uuid
         ORDER BY e.at DESC, e.id LIMIT 200) AS h
 ORDER BY h.at, h.id;

-- name: order_assignments
SELECT h.*
  FROM (SELECT l.id, l.tenant_id, l.assigned_at, d.name AS driver, l.assignment_type::text AS type, l.assignment_method AS method,
               l.total_score, l.distance_score, l.time_score, l.load_score, l.priority_score, l.assignment_reason AS reason,
               l.alternative_drivers
          FROM assignment_logs l LEFT JOIN drivers d ON d.tenant_id = l.tenant_id AND d.id = l.driver_id
         WHERE l.tenant_id = $1::uuid AND l.order_id = $2::uuid
         ORDER BY l.assigned_at DESC, l.id LIMIT 50) AS h
 ORDER BY h.assigned_at, h.id;

-- name: driver
SELECT d.tenant_id, d.id, t.name AS tenant, d.reference, d.name, d.phone, d.vehicle_type, d.capacity_orders AS capacity,
       d.capacity_kg, d.skills, d.status, d.lat, d.lon, d.position_at, d.shift_start, d.shift_end, d.rating,
       d.completed_deliveries, d.on_time_rate, d.created_at, d.version
  FROM tenants t JOIN drivers d ON d.tenant_id = t.id AND d.id = $1::uuid;

-- name: driver_orders
SELECT o.tenant_id, o.id, o.reference, o.status, o.priority, o.promised_at, o.eta_at, o.route_sequence, o.dropoff_name, o.version
  FROM orders o
 WHERE o.tenant_id = $1::uuid AND o.driver_id = $2::uuid AND o.status IN ('assigned', 'picked_up', 'out_for_delivery')
 ORDER BY o.route_sequence NULLS LAST, o.promised_at, o.id LIMIT 200;

-- name: driver_routes
SELECT r.id, r.tenant_id, r.optimized_at, r.status, r.stop_count, r.stops_reordered, r.original_distance, r.optimized_distance,
       r.distance_saved_km, r.time_saved_minutes, r.improvement_percentage, r.original_sequence, r.optimized_sequence,
       r.algorithm_used, r.optimization_notes
  FROM route_optimizations r WHERE r.tenant_id = $1::uuid AND r.driver_id = $2::uuid
 ORDER BY r.optimized_at DESC LIMIT 20;

-- name: session
SELECT s.tenant_id, s.id, t.name AS tenant, s.topic, s.session_version, s.missing, coalesce(g.status, 'not started') AS status,
       g.current_stage AS stage, coalesce(g.progress_percentage, 0)::float8 AS percent,
       coalesce(g.completed_segments, 0) AS segments_done, coalesce(g.total_segments, 5) AS segments_total, g.failed_segments,
       g.stages_done, g.error_message AS error, g.started_at, g.completed_at, s.created_at, s.version
  FROM tenants t
  JOIN results_sessions s ON s.tenant_id = t.id AND s.id = $1::uuid
  LEFT JOIN results_generation_status g ON g.tenant_id = s.tenant_id AND g.session_id = s.id;

-- name: session_segments
SELECT s.id, s.tenant_id, s.segment, s.score, s.confidence, s.coverage, s.reason
  FROM segment_scores s
 WHERE s.tenant_id = $1::uuid AND s.session_id = $2::uuid
   AND s.session_version = (SELECT max(v.session_version) FROM segment_scores v WHERE v.tenant_id = $1::uuid AND v.session_id = $2::uuid)
 ORDER BY s.segment;

-- name: candidates
SELECT d.tenant_id, d.id, d.name, d.reference, d.status, d.vehicle_type, coalesce(load.active, 0) AS active,
       d.capacity_orders AS capacity, coalesce(load.kg, 0) AS carried_kg, d.capacity_kg, d.lat, d.lon, d.position_at,
       d.on_time_rate, o.weight_kg, o.pickup_lat, o.pickup_lon, o.driver_id = d.id AS has_it, now() AS now, d.version
  FROM tenants t
  JOIN orders o ON o.tenant_id = t.id AND o.id = $1::uuid
  JOIN drivers d ON d.tenant_id = o.tenant_id
  LEFT JOIN (SELECT a.tenant_id, a.driver_id, count(*) AS active, sum(a.weight_kg) AS kg FROM orders a
              WHERE a.status IN ('assigned', 'picked_up', 'out_for_delivery') GROUP BY a.tenant_id, a.driver_id) AS load
         ON load.tenant_id = d.tenant_id AND load.driver_id = d.id
 LIMIT 5000;
