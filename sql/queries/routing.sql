-- Route optimiser: drivers with stops left, what lies in their way, and the order they should make their stops in.

-- name: tenants_driving
SELECT t.id, EXTRACT(hour FROM now() AT TIME ZONE t.time_zone)::int AS hour
  FROM tenants t
 WHERE t.active AND EXISTS (SELECT FROM orders o WHERE o.tenant_id = t.id AND o.driver_id IS NOT NULL
                               AND o.status IN ('assigned', 'picked_up', 'out_for_delivery'))
 ORDER BY t.id;

-- name: drivers_with_stops
-- Those whose route was looked at longest ago first, so that a bounded round reaches everybody.
SELECT d.id, d.name, coalesce(d.vehicle_type, '') AS vehicle_type, d.capacity_orders, d.lat, d.lon,
       (EXTRACT(epoch FROM now() - d.position_at) / 60)::float8 AS position_age, w.stops
  FROM drivers d
  JOIN (SELECT o.driver_id, count(*) AS stops FROM orders o
         WHERE o.tenant_id = $1 AND o.driver_id IS NOT NULL AND o.status IN ('assigned', 'picked_up', 'out_for_delivery')
           AND ($3::uuid[] IS NULL OR o.driver_id = ANY ($3))
         GROUP BY o.driver_id) w ON w.driver_id = d.id
 WHERE d.tenant_id = $1 AND d.status <> 'offline'
 ORDER BY (SELECT max(r.optimized_at) FROM route_optimizations r WHERE r.tenant_id = d.tenant_id AND r.driver_id = d.id) NULLS FIRST,
          d.id
 LIMIT $2;

-- name: stops
SELECT o.driver_id, o.id, o.version, o.status, o.reference, o.pickup_lat, o.pickup_lon, o.dropoff_lat, o.dropoff_lon,
       greatest(0, EXTRACT(epoch FROM o.ready_at - now()) / 60)::float8 AS ready,
       (EXTRACT(epoch FROM o.promised_at - now()) / 60)::float8 AS promise, o.metadata->'route' AS places
  FROM orders o
 WHERE o.tenant_id = $1 AND o.driver_id = ANY ($2::uuid[]) AND o.status IN ('assigned', 'picked_up', 'out_for_delivery')
 ORDER BY o.driver_id, o.route_sequence, o.assigned_at, o.id;

-- name: incidents
SELECT i.id, i.latitude, i.longitude, i.affected_radius_meters, i.severity::text AS severity, i.incident_type,
       i.affected_orders
  FROM traffic_incidents i
 WHERE i.tenant_id = $1 AND i.active
 ORDER BY i.id
 LIMIT 1000;

-- name: lock_stops
SELECT o.id, o.version, o.status, o.driver_id
  FROM orders o
 WHERE o.tenant_id = $1 AND o.id = ANY ($2::uuid[])
 ORDER BY o.id
   FOR UPDATE OF o SKIP LOCKED;

-- name: write_places
-- `route` keeps the place of pickup and drop-off in the driver's route: route_sequence alone cannot tell them apart.
UPDATE orders o
   SET route_sequence = w.place, eta_at = now() + make_interval(secs => w.eta * 60),
       metadata = o.metadata || jsonb_build_object('route', jsonb_build_array(w.pickup_place, w.dropoff_place))
  FROM unnest($2::uuid[], $3::int[], $4::float8[], $5::int[], $6::int[]) AS w (order_id, place, eta, pickup_place, dropoff_place)
 WHERE o.tenant_id = $1 AND o.id = w.order_id AND o.status IN ('assigned', 'picked_up', 'out_for_delivery');

-- name: write_etas
-- Only predictions that moved by a minute or more, so that rows nobody needs to look at keep their version.
UPDATE orders o
   SET eta_at = now() + make_interval(secs => w.eta * 60)
  FROM unnest($2::uuid[], $3::float8[]) AS w (order_id, eta)
 WHERE o.tenant_id = $1 AND o.id = w.order_id AND o.status IN ('assigned', 'picked_up', 'out_for_delivery')
   AND (o.eta_at IS NULL OR abs(EXTRACT(epoch FROM o.eta_at - now()) - w.eta * 60) > 60)
   AND o.id IN (SELECT f.id FROM orders f WHERE f.tenant_id = $1 AND f.id = ANY ($2::uuid[]) ORDER BY f.id FOR NO KEY UPDATE SKIP LOCKED);

-- name: log
INSERT INTO route_optimizations (tenant_id, driver_id, order_ids, stop_count, distance_saved_km, time_saved_minutes,
  stops_reordered, improvement_percentage, original_sequence, optimized_sequence, original_distance, optimized_distance,
  original_time_minutes, optimized_time_minutes, algorithm_used, optimization_notes, status, executed_at, metadata)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17::text,
        CASE WHEN $17::text = 'executed' THEN now() END, $18)
RETURNING id, route_id;

-- name: mark_incident
UPDATE traffic_incidents i
   SET affected_orders = $3, affected_routes = (SELECT coalesce(array_agg(DISTINCT r), '{}') FROM unnest(i.affected_routes || $4::uuid[]) AS r)
 WHERE i.tenant_id = $1 AND i.id = $2 AND (i.affected_orders IS DISTINCT FROM $3 OR NOT i.affected_routes @> $4::uuid[]);

-- name: history
SELECT r.optimized_at, d.name AS driver, r.stop_count AS stops, r.stops_reordered AS moved, r.original_time_minutes AS before,
       r.optimized_time_minutes AS after, r.improvement_percentage AS gain, r.algorithm_used AS method, r.status,
       r.optimization_notes AS notes
  FROM route_optimizations r
  JOIN drivers d ON d.tenant_id = r.tenant_id AND d.id = r.driver_id
 WHERE $1::uuid IS NULL OR r.driver_id = $1
 ORDER BY r.optimized_at DESC
 LIMIT $2;

-- name: hour
SELECT EXTRACT(hour FROM now() AT TIME ZONE t.time_zone)::int FROM tenants t WHERE t.id = $1;
