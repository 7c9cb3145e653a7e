-- Operator verbs. Every write runs in one short transaction that locks the rows by key, in key order, looks at their version
-- and state again, writes, and adds its audit rows.

-- name: access
-- What this session may do, as Postgres itself says: membership in the group roles (a superuser has all of them). Naming a
-- role that does not exist would be an error, so the roles are looked up.
SELECT CASE WHEN bool_or(r.rolname = 'aoer_admin') THEN 'admin' WHEN bool_or(r.rolname = 'aoer_operator') THEN 'operator'
            ELSE 'viewer' END AS access,
       coalesce(bool_or(r.rolname = 'aoer_all_tenants'), false) AS everywhere,
       current_user::text AS role,
       current_setting('transaction_read_only') = 'on' AS read_only
  FROM pg_roles r
 WHERE r.rolname IN ('aoer_admin', 'aoer_operator', 'aoer_all_tenants') AND pg_has_role(r.oid, 'USAGE');

-- name: memberships
SELECT m.tenant_id, m.access FROM tenant_members m WHERE m.member = session_user;

-- name: limit_lock_wait
-- A row that somebody else is changing is reported after a moment, not waited for.
SELECT set_config('lock_timeout', $1, true);

-- name: audit
SELECT audit_write($1::uuid, $2, $3, $4, $5::jsonb, $6::jsonb, $7);

-- name: audit_many
-- One statement for a chunk of rows: a round trip each would cost more than the writing.
SELECT count(audit_write(e.tenant_id, $1, $2, e.object_id, e.before::jsonb, e.after::jsonb, 'done'))
  FROM unnest($3::uuid[], $4::text[], $5::text[], $6::text[]) AS e (tenant_id, object_id, before, after);

-- name: clock
SELECT clock_timestamp();

-- For each kind of row: `lock` takes the locks in key order, `read_` and the table's name then sees what is committed (also
-- after the verb), `free` is for dry runs: rows that exist and are not in it are held by somebody else.

-- name: lock
SELECT r.tenant_id, r.id
  FROM unnest($1::uuid[], $2::uuid[]) AS wanted (tenant_id, id)
  JOIN {rows} r ON r.tenant_id = wanted.tenant_id AND r.id = wanted.id
 ORDER BY r.tenant_id, r.id
   FOR UPDATE OF r;

-- name: free
SELECT r.tenant_id, r.id
  FROM unnest($1::uuid[], $2::uuid[]) AS wanted (tenant_id, id)
  JOIN {rows} r ON r.tenant_id = wanted.tenant_id AND r.id = wanted.id
   FOR UPDATE OF r SKIP LOCKED;

-- name: read_dispatch_alerts
SELECT a.tenant_id, a.id, a.version, a.status, a.assignee, a.acknowledged_by, a.acknowledged_at,
       a.metadata->>'ack_until' AS ack_until, a.snoozed_until, a.resolved_at, a.resolved_by, a.resolution,
       a.message AS label,
       EXISTS (SELECT FROM dispatch_alerts twin
                WHERE twin.tenant_id = a.tenant_id AND twin.fingerprint = a.fingerprint AND twin.status <> 'resolved'
                  AND twin.id <> a.id) AS twin
  FROM unnest($1::uuid[], $2::uuid[]) AS wanted (tenant_id, id)
  JOIN dispatch_alerts a ON a.tenant_id = wanted.tenant_id AND a.id = wanted.id;

-- name: read_audit_alerts
-- Alerts about the record have the columns of the others that people change; each window has one, so none has a twin.
SELECT a.tenant_id, a.id, a.version, a.status, a.assignee, a.acknowledged_by, a.acknowledged_at,
       a.metadata->>'ack_until' AS ack_until, a.snoozed_until, a.resolved_at, a.resolved_by, a.resolution,
       a.message AS label, false AS twin
  FROM unnest($1::uuid[], $2::uuid[]) AS wanted (tenant_id, id)
  JOIN audit_alerts a ON a.tenant_id = wanted.tenant_id AND a.id = wanted.id;

-- name: write_alert
UPDATE {rows}
   SET status = $3, assignee = $4, acknowledged_by = $5, acknowledged_at = $6,
       metadata = CASE WHEN $7::text IS NULL THEN metadata - 'ack_until'
                       ELSE metadata || jsonb_build_object('ack_until', $7::text) END,
       snoozed_until = $8, resolved_at = $9, resolved_by = $10, resolution = $11
 WHERE tenant_id = $1 AND id = $2;

-- name: note_alert
-- The newest fifty notes stay with the alert; the audit trail has them all.
UPDATE {rows}
   SET metadata = jsonb_set(metadata, '{notes}', (
         SELECT coalesce(jsonb_agg(kept.note ORDER BY kept.place), '[]')
           FROM (SELECT n.note, n.place
                   FROM jsonb_array_elements(coalesce(metadata->'notes', '[]') || jsonb_build_array($3::jsonb))
                        WITH ORDINALITY AS n (note, place)
                  ORDER BY n.place DESC LIMIT 50) AS kept))
 WHERE tenant_id = $1 AND id = $2;

-- name: lapse_alerts
-- Acknowledgements and snoozes whose time is over become open again; skips what somebody holds.
WITH lapsed AS MATERIALIZED (
  SELECT a.tenant_id, a.id, a.status, a.acknowledged_by
    FROM {rows} a
   WHERE a.status <> 'resolved'
     AND ((a.status = 'snoozed' AND a.snoozed_until <= now())
          OR (a.status = 'acknowledged' AND (a.metadata->>'ack_until')::timestamptz <= now()))
   ORDER BY a.tenant_id, a.id
   LIMIT 500
     FOR UPDATE SKIP LOCKED
), opened AS (
  UPDATE {rows} a
     SET status = 'open', snoozed_until = NULL, acknowledged_by = NULL, acknowledged_at = NULL,
         metadata = a.metadata - 'ack_until'
    FROM lapsed l
   WHERE a.tenant_id = l.tenant_id AND a.id = l.id
  RETURNING a.tenant_id, a.id, l.status AS was, l.acknowledged_by AS who
)
SELECT o.tenant_id, o.id, o.was,
       audit_write(o.tenant_id, 'alert.lapse', $1, o.id::text, jsonb_build_object('status', o.was, 'acknowledged_by', o.who),
                   jsonb_build_object('status', 'open')) AS entry
  FROM opened o;

-- name: read_traffic_incidents
SELECT t.tenant_id, t.id, t.version, CASE WHEN t.active THEN 'open' ELSE 'resolved' END AS status,
       t.resolved_at, t.resolved_by, t.metadata->>'resolution' AS resolution, t.description AS label
  FROM unnest($1::uuid[], $2::uuid[]) AS wanted (tenant_id, id)
  JOIN traffic_incidents t ON t.tenant_id = wanted.tenant_id AND t.id = wanted.id;

-- name: read_escalation_logs
SELECT e.tenant_id, e.id, e.version, e.status, e.resolved_at, e.resolved_by, e.resolution, e.reason AS label
  FROM unnest($1::uuid[], $2::uuid[]) AS wanted (tenant_id, id)
  JOIN escalation_logs e ON e.tenant_id = wanted.tenant_id AND e.id = wanted.id;

-- name: write_traffic
UPDATE traffic_incidents
   SET active = $3 <> 'resolved', resolved_at = $4, resolved_by = $5,
       metadata = CASE WHEN $6::text IS NULL THEN metadata - 'resolution'
                       ELSE metadata || jsonb_build_object('resolution', $6::text) END
 WHERE tenant_id = $1 AND id = $2;

-- name: report_traffic
INSERT INTO traffic_incidents (tenant_id, latitude, longitude, incident_type, severity, affected_radius_meters, description,
                               reported_by)
SELECT t.id, $2, $3, $4, $5::text::traffic_severity, $6, $7, $8 FROM tenants t WHERE t.id = $1
RETURNING id, version;

-- name: write_escalation
UPDATE escalation_logs SET status = $3, resolved_at = $4, resolved_by = $5, resolution = $6
 WHERE tenant_id = $1 AND id = $2;

-- name: read_orders
SELECT o.tenant_id, o.id, o.version, o.status, o.priority, o.driver_id, d.name AS driver, o.weight_kg, o.reference AS label
  FROM unnest($1::uuid[], $2::uuid[]) AS wanted (tenant_id, id)
  JOIN orders o ON o.tenant_id = wanted.tenant_id AND o.id = wanted.id
  LEFT JOIN drivers d ON d.tenant_id = o.tenant_id AND d.id = o.driver_id;

-- name: lock_driver
-- Locked after the orders, always in that order: two dispatchers cannot both give the last place away.
SELECT d.id, d.name, d.status, d.capacity_orders, d.capacity_kg, d.position_at
  FROM drivers d
 WHERE d.tenant_id = $1 AND d.id = $2
   FOR UPDATE OF d;

-- name: driver_load
-- A statement of its own after the lock, so that it sees what the holder before us committed.
SELECT count(*) AS active, coalesce(sum(o.weight_kg), 0) AS carried_kg
  FROM orders o
 WHERE o.tenant_id = $1 AND o.driver_id = $2 AND o.status IN ('assigned', 'picked_up', 'out_for_delivery');

-- name: give_order
-- Its place in another driver's route and what that one would have needed say nothing about this one.
UPDATE orders
   SET status = 'assigned', driver_id = $3, assigned_at = now(), last_event_at = now(), route_sequence = NULL, eta_at = NULL,
       metadata = metadata - 'route'
 WHERE tenant_id = $1 AND id = $2;

-- name: take_order
UPDATE orders
   SET status = 'pending', driver_id = NULL, assigned_at = NULL, last_event_at = now(), route_sequence = NULL, eta_at = NULL,
       metadata = metadata - 'route'
 WHERE tenant_id = $1 AND id = $2;

-- name: cancel_order
UPDATE orders SET status = 'cancelled', last_event_at = now() WHERE tenant_id = $1 AND id = $2;

-- name: prioritise_order
UPDATE orders SET priority = $3 WHERE tenant_id = $1 AND id = $2;

-- name: order_event
INSERT INTO order_events (tenant_id, order_id, event_type, from_status, to_status, driver_id, actor, reason)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8);

-- name: assignment
-- The alternatives are the other drivers on duty, as the dispatcher had them to choose from.
INSERT INTO assignment_logs (tenant_id, order_id, driver_id, assignment_type, assignment_method, assignment_reason,
                             alternative_drivers)
VALUES ($1, $2, $3, 'MANUAL', 'operator', $4,
        (SELECT count(*) FROM drivers d WHERE d.tenant_id = $1 AND d.status = 'available' AND d.id <> $3));

-- name: read_drivers
SELECT d.tenant_id, d.id, d.version, d.status, d.name AS label
  FROM unnest($1::uuid[], $2::uuid[]) AS wanted (tenant_id, id)
  JOIN drivers d ON d.tenant_id = wanted.tenant_id AND d.id = wanted.id;

-- name: write_driver
UPDATE drivers SET status = $3 WHERE tenant_id = $1 AND id = $2;

-- name: read_jobs
SELECT q.id, q.status::text AS status FROM aoer_queue q WHERE q.id = ANY ($1::uuid[]);

-- name: recompute_tenants
-- One statement for all: what waits already is raised to the higher priority, never doubled.
SELECT e.tenant_id, e.id, e.created FROM queue_enqueue($1::uuid[], $2::queue_priority) AS e;

-- name: known_tenants
SELECT t.id, t.name, t.active, t.version FROM tenants t WHERE t.id = ANY ($1::uuid[]) ORDER BY t.id;

-- name: active_tenants
-- Those in which this session may queue something; row level security would refuse the whole statement for one other.
SELECT t.id, t.name
  FROM tenants t
 WHERE t.active
   AND (EXISTS (SELECT FROM pg_roles r WHERE r.rolname = 'aoer_all_tenants' AND pg_has_role(r.oid, 'USAGE'))
        OR t.id = ANY (aoer_operable_tenants()))
 ORDER BY t.id;

-- name: lock_engine
SELECT e.engine, e.desired_state AS desired, e.version FROM engine_control e WHERE e.engine = $1 FOR UPDATE;

-- name: write_engine
UPDATE engine_control
   SET desired_state = $2, changed_by = session_user, changed_at = now(), reason = nullif($3, '')
 WHERE engine = $1
RETURNING desired_state AS desired, version;

-- name: lock_cycle
SELECT c.cycle, c.desired, c.version FROM cycle_state c WHERE c.cycle = $1 FOR UPDATE;

-- name: write_cycle
-- The reason stays in the message until the next run writes its own.
UPDATE cycle_state SET desired = $2, message = coalesce(nullif($3, ''), message) WHERE cycle = $1 RETURNING desired, version;

-- name: find_sessions
SELECT s.tenant_id, s.id, s.version, s.topic AS label
  FROM unnest($1::uuid[], $2::uuid[]) AS wanted (tenant_id, id)
  JOIN results_sessions s ON s.tenant_id = wanted.tenant_id AND s.id = wanted.id;
