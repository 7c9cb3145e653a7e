-- Escalation: deliveries in danger, drivers who do not respond, orders that stand still, failed ones nobody looks after.

-- name: tenants_open
SELECT t.id, EXTRACT(hour FROM now() AT TIME ZONE t.time_zone)::int AS hour
  FROM tenants t
 WHERE t.active AND (EXISTS (SELECT FROM orders o WHERE o.tenant_id = t.id AND o.status IN ('pending', 'assigned', 'picked_up', 'out_for_delivery'))
     OR EXISTS (SELECT FROM escalation_logs e WHERE e.tenant_id = t.id AND e.status <> 'resolved')
     OR EXISTS (SELECT FROM orders o WHERE o.tenant_id = t.id AND o.status = 'failed' AND o.last_event_at > now() - interval '2 hours'))
 ORDER BY t.id;

-- name: open_orders
-- Nearest promise first; orders whose promise is far off and that moved lately are no trouble yet.
SELECT o.id, o.version, o.reference, o.status, o.driver_id, d.name AS driver, o.service_type, o.priority,
       o.pickup_lat, o.pickup_lon, o.dropoff_lat, o.dropoff_lon, coalesce(o.weight_kg, 0) AS weight_kg,
       o.required_skills, o.metadata->>'vehicle_type' AS vehicle_type,
       (EXTRACT(epoch FROM o.promised_at - now()) / 60)::float8 AS left,
       (EXTRACT(epoch FROM o.eta_at - now()) / 60)::float8 AS ahead,
       (EXTRACT(epoch FROM now() - coalesce(o.last_event_at, o.created_at)) / 60)::float8 AS silent,
       (EXTRACT(epoch FROM o.ready_at - now()) / 60)::float8 AS ready,
       s.warn_minutes, s.high_minutes, s.critical_minutes, s.sla_minutes
  FROM orders o
  LEFT JOIN drivers d ON d.tenant_id = o.tenant_id AND d.id = o.driver_id
  LEFT JOIN service_levels s ON s.tenant_id = o.tenant_id AND s.name = o.service_type
 WHERE o.tenant_id = $1 AND o.status IN ('pending', 'assigned', 'picked_up', 'out_for_delivery')
 ORDER BY o.promised_at, o.id
 LIMIT $2;

-- name: silent_drivers
SELECT d.id, d.name, (EXTRACT(epoch FROM now() - d.position_at) / 60)::float8 AS silent,
       array_agg(o.id ORDER BY o.id) AS orders, array_agg(o.status ORDER BY o.id) AS statuses
  FROM drivers d
  JOIN orders o ON o.tenant_id = d.tenant_id AND o.driver_id = d.id AND o.status IN ('assigned', 'picked_up', 'out_for_delivery')
 WHERE d.tenant_id = $1 AND d.status IN ('busy', 'available') AND (d.position_at IS NULL OR d.position_at <= now() - $2::interval)
 GROUP BY d.id, d.name, d.position_at
 ORDER BY d.id;

-- name: failed_orders
-- Failed in the last two hours, half an hour ago or more, and nothing happened since.
SELECT o.id, o.reference, o.driver_id, (EXTRACT(epoch FROM now() - o.last_event_at) / 60)::float8 AS silent,
       (EXTRACT(epoch FROM o.promised_at - now()) / 60)::float8 AS left
  FROM orders o
 WHERE o.tenant_id = $1 AND o.status = 'failed' AND o.last_event_at > now() - interval '2 hours'
   AND o.last_event_at <= now() - interval '30 minutes'
 ORDER BY o.last_event_at, o.id
 LIMIT 500;

-- name: open_escalations
SELECT e.id, e.order_id, e.driver_id, e.escalation_type::text AS kind, e.severity::text AS severity,
       (EXTRACT(epoch FROM now() - e.updated_at) / 60)::float8 AS seen
  FROM escalation_logs e
 WHERE e.tenant_id = $1 AND e.status <> 'resolved'
 LIMIT 5000;

-- name: recent_escalations
-- Resolved ones count as well: the same trouble is not escalated twice within ten minutes.
SELECT coalesce(e.order_id, e.driver_id) AS subject, e.escalation_type::text AS kind, max(e.escalated_at) AS at
  FROM escalation_logs e
 WHERE e.tenant_id = $1 AND e.escalated_at > now() - $2::interval
 GROUP BY 1, 2;

-- name: open_escalation
INSERT INTO escalation_logs (tenant_id, order_id, driver_id, escalation_type, severity, reason, description, escalated_to,
                             sla_target_minutes, minutes_to_breach, current_delay_minutes, metadata)
SELECT $1, w.order_id, w.driver_id, w.kind::escalation_type, w.severity::severity_level, w.reason, w.description, w.target,
       w.sla, w.breach, w.delay, jsonb_build_object('probability', w.probability)
  FROM unnest($2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::float8[], $10::float8[],
              $11::float8[], $12::float8[])
    AS w (order_id, driver_id, kind, severity, reason, description, target, sla, breach, delay, probability)
RETURNING id;

-- name: raise_escalation
UPDATE escalation_logs e
   SET severity = w.severity::severity_level, reason = w.reason, minutes_to_breach = w.breach, current_delay_minutes = w.delay
  FROM unnest($2::uuid[], $3::text[], $4::text[], $5::float8[], $6::float8[]) AS w (id, severity, reason, breach, delay)
 WHERE e.tenant_id = $1 AND e.id = w.id AND e.status <> 'resolved';

-- name: resolve_escalations
UPDATE escalation_logs e
   SET status = 'resolved', resolved_at = now(), resolved_by = 'escalation', resolution = $3
 WHERE e.tenant_id = $1 AND e.id = ANY ($2::uuid[]) AND e.status <> 'resolved'
RETURNING e.id;

-- name: free_orders
-- Orders of a silent driver that nobody has picked up go back to be dispatched; goods on board stay with the driver.
WITH back AS (
  UPDATE orders o
     SET status = 'pending', driver_id = NULL, assigned_at = NULL, route_sequence = NULL, eta_at = NULL, last_event_at = now(),
         metadata = o.metadata - 'route'
   WHERE o.tenant_id = $1 AND o.id = ANY ($2::uuid[]) AND o.driver_id = $3 AND o.status = 'assigned'
  RETURNING o.id
)
INSERT INTO order_events (tenant_id, order_id, event_type, from_status, to_status, driver_id, actor, reason)
SELECT $1, b.id, 'unassigned', 'assigned', 'pending', $3, 'escalation', $4 FROM back b
RETURNING order_id;

-- name: lock_orders
SELECT o.id, o.version, o.status, o.driver_id FROM orders o
 WHERE o.tenant_id = $1 AND o.id = ANY ($2::uuid[]) ORDER BY o.id FOR UPDATE OF o SKIP LOCKED;

-- name: mark_offline
UPDATE drivers d SET status = 'offline'
 WHERE d.tenant_id = $1 AND d.id = $2 AND d.status IN ('busy', 'available')
   AND (d.position_at IS NULL OR d.position_at <= now() - $3::interval)
RETURNING d.id;

-- name: prioritise
UPDATE orders o SET priority = 'urgent'
 WHERE o.tenant_id = $1 AND o.id = ANY ($2::uuid[]) AND o.status = 'pending' AND o.priority <> 'urgent'
RETURNING o.id;

-- name: move_order
WITH moved AS (
  UPDATE orders o
     SET driver_id = $4, assigned_at = now(), last_event_at = now(), route_sequence = $6,
         eta_at = now() + make_interval(secs => $5::float8 * 60), metadata = o.metadata - 'route'
   WHERE o.tenant_id = $1 AND o.id = $2 AND o.version = $3 AND o.status = 'assigned'
  RETURNING o.id
), told AS (
  INSERT INTO order_events (tenant_id, order_id, event_type, from_status, to_status, driver_id, actor, reason)
  SELECT $1, m.id, 'reassigned', 'assigned', 'assigned', $4, 'escalation', $7 FROM moved m
), logged AS (
  INSERT INTO assignment_logs (tenant_id, order_id, driver_id, assignment_type, assignment_method, assignment_reason,
                               alternative_drivers, total_score, metadata)
  SELECT $1, m.id, $4, 'AUTO_ASSIGNED', 'escalation', $7, $8, $9, jsonb_build_object('from_driver', $10::uuid) FROM moved m
)
SELECT m.id FROM moved m;

-- name: finished_predictions
-- What was predicted at assignment against what happened: the error model learns from it.
SELECT (o.metadata->>'predicted_minutes')::float8 AS predicted,
       (EXTRACT(epoch FROM o.delivered_at - o.assigned_at) / 60)::float8 AS taken
  FROM orders o
 WHERE o.tenant_id = $1 AND o.status = 'delivered' AND o.delivered_at > now() - interval '14 days'
   AND o.assigned_at IS NOT NULL AND o.metadata ? 'predicted_minutes'
 ORDER BY o.delivered_at DESC
 LIMIT 2000;

-- name: list
SELECT e.escalated_at, e.escalation_type::text AS type, e.severity::text AS severity, e.status, o.reference AS order, d.name AS driver,
       e.minutes_to_breach, e.current_delay_minutes, e.reason, e.resolution, e.id
  FROM escalation_logs e
  LEFT JOIN orders o ON o.tenant_id = e.tenant_id AND o.id = e.order_id
  LEFT JOIN drivers d ON d.tenant_id = e.tenant_id AND d.id = e.driver_id
 WHERE ($1::text IS NULL OR e.escalation_type::text = upper($1)) AND ($2::text IS NULL OR e.severity::text = $2)
   AND ($3::text IS NULL OR e.status = $3)
 ORDER BY e.escalated_at DESC, e.id
 LIMIT $4 OFFSET $5;
