-- Worlds: generated or recorded days that live in a database, with drivers who do what the engines tell them.

-- name: tenant
SELECT r.id FROM register_tenants(ARRAY[$1::text]) AS r WHERE NOT r.ambiguous;

-- name: level
INSERT INTO service_levels (tenant_id, name, sla_minutes, warn_minutes, high_minutes, critical_minutes)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (tenant_id, name) DO UPDATE SET sla_minutes = excluded.sla_minutes;

-- name: add_drivers
INSERT INTO drivers (tenant_id, reference, name, vehicle_type, capacity_orders, status, lat, lon, position_at)
SELECT $1, w.reference, w.name, w.vehicle, w.capacity, 'available', w.lat, w.lon, now()
  FROM unnest($2::text[], $3::text[], $4::text[], $5::int[], $6::float8[], $7::float8[])
    AS w (reference, name, vehicle, capacity, lat, lon)
ON CONFLICT (tenant_id, reference) DO UPDATE
   SET lat = excluded.lat, lon = excluded.lon, position_at = now(), status = 'available'
RETURNING id, reference;

-- name: add_orders
WITH made AS (
  INSERT INTO orders (tenant_id, reference, service_type, priority, pickup_lat, pickup_lon, pickup_name, dropoff_lat, dropoff_lon,
                      dropoff_name, ready_at, promised_at, weight_kg, value, last_event_at, metadata)
  SELECT $1, w.reference, w.service, w.priority, w.plat, w.plon, w.pname, w.dlat, w.dlon, w.dname,
         now() + make_interval(secs => w.ready * 60), now() + make_interval(secs => w.promise * 60), w.kg, w.value, now(),
         jsonb_build_object('world', $15::text)
    FROM unnest($2::text[], $3::text[], $4::text[], $5::float8[], $6::float8[], $7::text[], $8::float8[], $9::float8[],
                $10::text[], $11::float8[], $12::float8[], $13::float8[], $14::float8[])
      AS w (reference, service, priority, plat, plon, pname, dlat, dlon, dname, ready, promise, kg, value)
  ON CONFLICT (tenant_id, reference) DO NOTHING
  RETURNING id
)
INSERT INTO order_events (tenant_id, order_id, event_type, to_status, actor)
SELECT $1, m.id, 'created', 'pending', $15 FROM made m;

-- name: drivers
SELECT d.id, d.name, coalesce(d.vehicle_type, '') AS vehicle_type, d.capacity_orders, d.lat, d.lon, d.status,
       0::float8 AS position_age
  FROM drivers d WHERE d.tenant_id = $1 ORDER BY d.id;

-- name: stops
SELECT o.driver_id, o.id, o.version, o.status, o.reference, o.pickup_lat, o.pickup_lon, o.dropoff_lat, o.dropoff_lon,
       greatest(0, EXTRACT(epoch FROM o.ready_at - now()) / 60)::float8 AS ready,
       (EXTRACT(epoch FROM o.promised_at - now()) / 60)::float8 AS promise, o.metadata->'route' AS places
  FROM orders o
 WHERE o.tenant_id = $1 AND o.driver_id IS NOT NULL AND o.status IN ('assigned', 'picked_up', 'out_for_delivery')
 ORDER BY o.driver_id, o.route_sequence, o.assigned_at, o.id;

-- name: move
UPDATE drivers d
   SET lat = w.lat, lon = w.lon, position_at = CASE WHEN w.told THEN now() ELSE d.position_at END,
       status = CASE WHEN d.status IN ('available', 'busy') THEN w.status ELSE d.status END
  FROM (SELECT u.* FROM unnest($2::uuid[], $3::float8[], $4::float8[], $5::text[], $6::bool[]) AS u (id, lat, lon, status, told)
          JOIN drivers x ON x.tenant_id = $1 AND x.id = u.id ORDER BY u.id FOR NO KEY UPDATE OF x SKIP LOCKED) w
 WHERE d.tenant_id = $1 AND d.id = w.id;

-- name: progress
-- What drivers did at their stops. An order that changed hands meanwhile is not theirs any more.
WITH done AS (
  UPDATE orders o
     SET status = w.status, last_event_at = now(),
         picked_up_at = CASE WHEN w.status = 'out_for_delivery' THEN now() ELSE o.picked_up_at END,
         delivered_at = CASE WHEN w.status = 'delivered' THEN now() ELSE o.delivered_at END
    FROM unnest($2::uuid[], $3::uuid[], $4::text[], $5::text[]) AS w (id, driver_id, status, before)
   WHERE o.tenant_id = $1 AND o.id = w.id AND o.driver_id = w.driver_id AND o.status IN ('assigned', 'picked_up', 'out_for_delivery')
  RETURNING o.id, o.driver_id, o.status, w.before, o.promised_at < now() AS late
), told AS (
  INSERT INTO order_events (tenant_id, order_id, event_type, from_status, to_status, driver_id, actor)
  SELECT $1, d.id, CASE d.status WHEN 'out_for_delivery' THEN 'picked_up' ELSE d.status END, d.before, d.status, d.driver_id, 'driver'
    FROM done d
), counted AS (
  UPDATE drivers d SET completed_deliveries = d.completed_deliveries + n.delivered
    FROM (SELECT x.driver_id, count(*) AS delivered FROM done x WHERE x.status = 'delivered' GROUP BY x.driver_id) n
   WHERE d.tenant_id = $1 AND d.id = n.driver_id
)
SELECT d.id, d.status, d.late FROM done d;

-- name: add_incident
INSERT INTO traffic_incidents (tenant_id, latitude, longitude, affected_radius_meters, severity, incident_type, description, reported_by)
VALUES ($1, $2, $3, $4, $5::traffic_severity, $6, $7, 'demo')
RETURNING id;

-- name: end_incidents
UPDATE traffic_incidents i SET active = false, resolved_at = now(), resolved_by = 'demo'
 WHERE i.tenant_id = $1 AND i.active AND i.reported_by = 'demo' AND i.reported_at < now() - $2::interval
RETURNING i.id;

-- name: start_engines
UPDATE engine_control SET desired_state = 'running', changed_by = session_user, changed_at = now(), reason = $1
 WHERE desired_state <> 'running';

-- name: pace
INSERT INTO travel_factors (tenant_id, vehicle_type, hour, factor, trips)
SELECT $1, v, -1, $2, 0 FROM unnest($3::text[]) AS v
ON CONFLICT (tenant_id, vehicle_type, hour) DO UPDATE SET factor = excluded.factor;

-- name: outcome
SELECT count(*) FILTER (WHERE o.status = 'pending') AS waiting,
       count(*) FILTER (WHERE o.status IN ('assigned', 'picked_up', 'out_for_delivery')) AS under_way,
       count(*) FILTER (WHERE o.status = 'delivered') AS delivered,
       count(*) FILTER (WHERE o.status = 'delivered' AND o.delivered_at > o.promised_at) AS late,
       count(*) FILTER (WHERE o.status IN ('failed', 'cancelled')) AS lost
  FROM orders o WHERE o.tenant_id = $1 AND o.metadata->>'world' = $2;
