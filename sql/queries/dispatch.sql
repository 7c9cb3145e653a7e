-- Auto-dispatch: what waits, who could take it, and the one transaction that writes a round's decisions.

-- name: tenants_waiting
-- Tenants with an order to give away, longest neglected first by the promise.
SELECT t.id, t.name, EXTRACT(hour FROM now() AT TIME ZONE t.time_zone)::int AS hour
  FROM tenants t
 WHERE t.active AND EXISTS (SELECT FROM orders o WHERE o.tenant_id = t.id AND o.status = 'pending')
 ORDER BY t.id;

-- name: waiting_orders
-- The most urgent first, so that a bounded round serves the right ones of fifty thousand. Minutes count from now.
SELECT o.id, o.version, o.reference, o.service_type, o.priority, o.pickup_lat, o.pickup_lon, o.dropoff_lat, o.dropoff_lon,
       o.batch_id, o.required_skills, coalesce(o.weight_kg, 0) AS weight_kg, o.metadata->>'vehicle_type' AS vehicle_type,
       greatest(0, EXTRACT(epoch FROM o.ready_at - now()) / 60)::float8 AS ready,
       (EXTRACT(epoch FROM o.promised_at - now()) / 60)::float8 AS promise,
       (EXTRACT(epoch FROM now() - o.created_at) / 60)::float8 AS waited,
       (EXTRACT(epoch FROM o.eta_at - now()) / 60)::float8 AS expected, s.metadata->'score_weights' AS score_weights
  FROM orders o
  LEFT JOIN service_levels s ON s.tenant_id = o.tenant_id AND s.name = o.service_type
 WHERE o.tenant_id = $1 AND o.status = 'pending' AND (o.ready_at IS NULL OR o.ready_at <= now() + $3::interval)
 ORDER BY o.promised_at, o.id
 LIMIT $2;

-- name: fleet
-- Drivers on duty. Old positions come along, so that the engine can say why nobody was eligible.
SELECT d.id, d.version, d.name, d.vehicle_type, d.capacity_orders, d.capacity_kg, d.skills, d.status, d.lat, d.lon,
       (EXTRACT(epoch FROM now() - d.position_at) / 60)::float8 AS position_age,
       (EXTRACT(epoch FROM d.shift_start - now()) / 60)::float8 AS shift_in,
       (EXTRACT(epoch FROM d.shift_end - now()) / 60)::float8 AS shift_left
  FROM drivers d
 WHERE d.tenant_id = $1 AND d.status IN ('available', 'busy')
   AND (d.shift_end IS NULL OR d.shift_end > now()) AND (d.shift_start IS NULL OR d.shift_start <= now() + $2::interval)
 ORDER BY d.id
 LIMIT 5000;

-- name: active_stops
-- What drivers still have to do, in the order they do it.
SELECT o.driver_id, o.id, o.status, o.version, o.pickup_lat, o.pickup_lon, o.dropoff_lat, o.dropoff_lon,
       coalesce(o.weight_kg, 0) AS weight_kg, o.reference, o.priority, o.metadata->'route' AS places,
       greatest(0, EXTRACT(epoch FROM o.ready_at - now()) / 60)::float8 AS ready,
       (EXTRACT(epoch FROM o.promised_at - now()) / 60)::float8 AS promise
  FROM orders o
 WHERE o.tenant_id = $1 AND o.driver_id IS NOT NULL AND o.status IN ('assigned', 'picked_up', 'out_for_delivery')
 ORDER BY o.driver_id, o.route_sequence, o.assigned_at, o.id
 LIMIT 50000;

-- name: recent_load
-- Orders given to each driver lately, for fairness.
SELECT a.driver_id, count(*) AS given
  FROM assignment_logs a
 WHERE a.tenant_id = $1 AND a.assigned_at > now() - interval '4 hours'
 GROUP BY a.driver_id;

-- name: lock_pending
-- Orders before drivers, each in key order, as every other writer does. What another dispatcher holds is left to it.
SELECT o.id, o.version
  FROM orders o
 WHERE o.tenant_id = $1 AND o.id = ANY ($2::uuid[]) AND o.status = 'pending'
 ORDER BY o.id
   FOR UPDATE OF o SKIP LOCKED;

-- name: lock_told
-- Orders told before whose trip another order joins: they must still be with their driver, and not picked up.
SELECT o.id, o.driver_id
  FROM orders o
 WHERE o.tenant_id = $1 AND o.id = ANY ($2::uuid[]) AND o.status = 'assigned'
 ORDER BY o.id
   FOR UPDATE OF o SKIP LOCKED;

-- name: join_trip
-- What joining changes for the orders of the trip that were told before.
UPDATE orders o
   SET route_sequence = w.place, eta_at = now() + make_interval(secs => w.delivery * 60),
       metadata = o.metadata || jsonb_build_object('route', jsonb_build_array(w.pickup_stop, w.dropoff_stop))
  FROM unnest($2::uuid[], $3::int[], $4::int[], $5::int[], $6::float8[]) AS w (order_id, place, pickup_stop, dropoff_stop, delivery)
 WHERE o.tenant_id = $1 AND o.id = w.order_id AND o.status = 'assigned';

-- name: lock_crew
-- A statement of its own, so that the loads read after it are those that other dispatchers committed before.
SELECT d.id, d.status, d.capacity_orders, d.capacity_kg
  FROM drivers d
 WHERE d.tenant_id = $1 AND d.id = ANY ($2::uuid[])
 ORDER BY d.id
   FOR NO KEY UPDATE OF d;

-- name: crew_load
-- Others may have left anything in the metadata, which must not fail the round.
SELECT o.driver_id, count(*) AS active, coalesce(sum(o.weight_kg), 0)::float8 AS carried_kg,
       coalesce(max(o.route_sequence), -1) AS last_place,
       max(CASE WHEN jsonb_typeof(o.metadata->'route'->1) = 'number'
                THEN least((o.metadata->'route'->1)::numeric, 1000000)::int ELSE 2999 END) AS last_stop
  FROM orders o
 WHERE o.tenant_id = $1 AND o.driver_id = ANY ($2::uuid[]) AND o.status IN ('assigned', 'picked_up', 'out_for_delivery')
 GROUP BY o.driver_id;

-- name: give
-- Orders, their events and the decision log in one statement. A version that moved on is skipped.
WITH wanted AS (
  SELECT * FROM unnest($2::uuid[], $3::int[], $4::uuid[], $5::text[], $6::float8[], $7::float8[], $8::float8[], $9::float8[],
                       $10::float8[], $11::text[], $12::int[], $13::float8[], $14::int[], $15::int[], $16::int[])
    AS w (order_id, version, driver_id, kind, total, distance, time, load, priority, reason, alternatives, delivery, place,
          pickup_stop, dropoff_stop)
), moved AS (
  UPDATE orders o
     SET status = 'assigned', driver_id = w.driver_id, assigned_at = now(), last_event_at = now(),
         eta_at = now() + make_interval(secs => w.delivery * 60), route_sequence = w.place,
         metadata = o.metadata || jsonb_build_object('predicted_minutes', round(w.delivery::numeric, 1),
                                                     'route', jsonb_build_array(w.pickup_stop, w.dropoff_stop))
    FROM wanted w
   WHERE o.tenant_id = $1 AND o.id = w.order_id AND o.version = w.version AND o.status = 'pending'
  RETURNING o.id
), logged AS (
  INSERT INTO assignment_logs (tenant_id, order_id, driver_id, assignment_type, assignment_method, total_score, distance_score,
                               time_score, load_score, priority_score, assignment_reason, alternative_drivers, metadata)
  SELECT $1, w.order_id, w.driver_id, w.kind::assignment_type, $18, w.total, w.distance, w.time, w.load, w.priority, w.reason,
         w.alternatives, jsonb_build_object('round', $17::uuid)
    FROM wanted w JOIN moved m ON m.id = w.order_id
), told AS (
  INSERT INTO order_events (tenant_id, order_id, event_type, from_status, to_status, driver_id, actor, reason)
  SELECT $1, w.order_id, 'assigned', 'pending', 'assigned', w.driver_id, 'auto_dispatch', w.reason
    FROM wanted w JOIN moved m ON m.id = w.order_id
)
SELECT m.id FROM moved m;

-- name: expect
-- When orders that wait for a driver in mind will arrive; NULL where nobody can take them. What another has, it keeps.
WITH free AS (
  SELECT o.id, w.minutes
    FROM unnest($2::uuid[], $3::int[], $4::float8[]) AS w (order_id, version, minutes)
    JOIN orders o ON o.tenant_id = $1 AND o.id = w.order_id AND o.version = w.version AND o.status = 'pending'
   ORDER BY o.id
     FOR UPDATE OF o SKIP LOCKED
)
UPDATE orders o
   SET eta_at = now() + make_interval(secs => f.minutes * 60)
  FROM free f
 WHERE o.tenant_id = $1 AND o.id = f.id
RETURNING o.id;

-- name: batch_under_way
UPDATE order_batches b
   SET driver_id = w.driver_id, status = 'processing', dispatched_at = now()
  FROM unnest($2::uuid[], $3::uuid[]) AS w (batch_id, driver_id)
 WHERE b.tenant_id = $1 AND b.id = w.batch_id AND b.status = 'pending';

-- name: audit
SELECT audit_write($1::uuid, $2, $3, $4, $5::jsonb, $6::jsonb, $7);

-- name: round_orders
-- Orders of a round that nobody has touched since: those an undo may take back.
SELECT o.id, o.version
  FROM assignment_logs a
  JOIN orders o ON o.tenant_id = a.tenant_id AND o.id = a.order_id AND o.driver_id = a.driver_id AND o.status = 'assigned'
 WHERE a.tenant_id = $1 AND a.metadata->>'round' = $2 AND a.assigned_at > now() - interval '1 day'
 ORDER BY o.id
   FOR UPDATE OF o SKIP LOCKED;

-- name: take_back
WITH back AS (
  UPDATE orders o
     SET status = 'pending', driver_id = NULL, assigned_at = NULL, route_sequence = NULL, eta_at = NULL, last_event_at = now(),
         metadata = o.metadata - 'route'
   WHERE o.tenant_id = $1 AND o.id = ANY ($2::uuid[]) AND o.status = 'assigned'
  RETURNING o.id
), told AS (
  INSERT INTO order_events (tenant_id, order_id, event_type, from_status, to_status, actor, reason)
  SELECT $1, b.id, 'unassigned', 'assigned', 'pending', $3, $4 FROM back b
)
SELECT b.id FROM back b;

-- name: find_order
-- By reference ($1) or, where that is one, by id ($2); by way of the tenants, whose id every index begins with.
SELECT o.tenant_id, o.id, o.version, o.status, o.driver_id, o.reference
  FROM tenants t
  JOIN orders o ON o.tenant_id = t.id AND (o.id = $2::uuid OR o.reference = $1)
 WHERE $3::text IS NULL OR t.name = $3 OR t.id = $4::uuid
 ORDER BY o.created_at DESC
 LIMIT 2;

-- name: find_driver
SELECT d.tenant_id, d.id, d.name, d.reference
  FROM drivers d
 WHERE (d.id = $2::uuid OR d.reference = $1 OR d.name = $1) AND ($3::uuid IS NULL OR d.tenant_id = $3)
 ORDER BY d.created_at DESC
 LIMIT 2;

-- name: one_order
SELECT o.id, o.version, o.reference, o.service_type, o.priority, o.status, o.pickup_lat, o.pickup_lon, o.dropoff_lat,
       o.dropoff_lon, NULL::uuid AS batch_id, o.required_skills, coalesce(o.weight_kg, 0) AS weight_kg,
       o.metadata->>'vehicle_type' AS vehicle_type,
       greatest(0, EXTRACT(epoch FROM o.ready_at - now()) / 60)::float8 AS ready,
       (EXTRACT(epoch FROM o.promised_at - now()) / 60)::float8 AS promise,
       (EXTRACT(epoch FROM now() - o.created_at) / 60)::float8 AS waited,
       s.metadata->'score_weights' AS score_weights
  FROM orders o
  LEFT JOIN service_levels s ON s.tenant_id = o.tenant_id AND s.name = o.service_type
 WHERE o.tenant_id = $1 AND o.id = $2;

-- name: decisions
SELECT a.assigned_at, o.reference AS order, d.name AS driver, a.assignment_type AS type, a.assignment_method AS method,
       a.total_score AS total, a.distance_score AS distance, a.time_score AS time, a.load_score AS load,
       a.priority_score AS priority, a.alternative_drivers AS alternatives, a.assignment_reason AS reason,
       a.metadata->>'round' AS round
  FROM assignment_logs a
  JOIN orders o ON o.tenant_id = a.tenant_id AND o.id = a.order_id
  JOIN drivers d ON d.tenant_id = a.tenant_id AND d.id = a.driver_id
 ORDER BY a.assigned_at DESC, a.id
 LIMIT $1;

-- name: decisions_of_order
-- The same for one order, by reference ($2) or id ($3): from the order to its decisions, not through all of them.
SELECT a.assigned_at, o.reference AS order, d.name AS driver, a.assignment_type AS type, a.assignment_method AS method,
       a.total_score AS total, a.distance_score AS distance, a.time_score AS time, a.load_score AS load,
       a.priority_score AS priority, a.alternative_drivers AS alternatives, a.assignment_reason AS reason,
       a.metadata->>'round' AS round
  FROM tenants t
  JOIN orders o ON o.tenant_id = t.id AND (o.id = $3::uuid OR o.reference = $2)
  JOIN assignment_logs a ON a.tenant_id = o.tenant_id AND a.order_id = o.id
  JOIN drivers d ON d.tenant_id = a.tenant_id AND d.id = a.driver_id
 ORDER BY a.assigned_at DESC, a.id
 LIMIT $1;

-- name: offer_open
-- Orders with an offer under way: they wait for the answer, not for this round.
SELECT f.order_id FROM dispatch_offers f WHERE f.tenant_id = $1 AND f.status = 'offered' AND f.expires_at > now();

-- name: offer_history
SELECT f.order_id, f.driver_id, f.rank, f.status
  FROM dispatch_offers f
 WHERE f.tenant_id = $1 AND f.order_id = ANY ($2::uuid[]) AND f.offered_at > now() - interval '1 hour';

-- name: offer_expire
UPDATE dispatch_offers f
   SET status = 'expired', answered_at = now()
 WHERE f.tenant_id = $1 AND f.status = 'offered' AND f.expires_at <= now()
RETURNING f.order_id, f.driver_id;

-- name: offer_make
INSERT INTO dispatch_offers (tenant_id, order_id, driver_id, rank, score, expires_at, metadata)
SELECT $1, w.order_id, w.driver_id, w.rank, w.score, now() + make_interval(secs => $7), w.told::jsonb
  FROM unnest($2::uuid[], $3::uuid[], $4::int[], $5::float8[], $6::text[]) AS w (order_id, driver_id, rank, score, told)
ON CONFLICT (tenant_id, order_id) WHERE status = 'offered' DO NOTHING
RETURNING order_id, driver_id;

-- name: offer_answer
UPDATE dispatch_offers f
   SET status = $4, answered_at = now()
 WHERE f.tenant_id = $1 AND f.order_id = $2 AND f.driver_id = $3 AND f.status = 'offered' AND f.expires_at > now()
RETURNING f.id, f.rank, f.score::float8 AS score, f.metadata;

-- name: offers
SELECT f.offered_at, o.reference AS order, d.name AS driver, d.id AS driver_id, f.rank, f.status, f.score, f.expires_at
  FROM dispatch_offers f
  JOIN orders o ON o.tenant_id = f.tenant_id AND o.id = f.order_id
  JOIN drivers d ON d.tenant_id = f.tenant_id AND d.id = f.driver_id
 ORDER BY f.offered_at DESC
 LIMIT $1;

-- name: learned_factors
SELECT f.vehicle_type, f.hour, f.factor FROM travel_factors f WHERE f.tenant_id = $1;

-- name: finished_trips
-- Legs from pickup to drop-off, with the hour of the tenant's day they were driven in.
SELECT coalesce(d.vehicle_type, '') AS vehicle, EXTRACT(hour FROM o.picked_up_at AT TIME ZONE t.time_zone)::int AS hour,
       o.pickup_lat, o.pickup_lon, o.dropoff_lat, o.dropoff_lon,
       (EXTRACT(epoch FROM o.delivered_at - o.picked_up_at) / 60)::float8 AS taken
  FROM orders o
  JOIN tenants t ON t.id = o.tenant_id
  JOIN drivers d ON d.tenant_id = o.tenant_id AND d.id = o.driver_id
 WHERE o.tenant_id = $1 AND o.status = 'delivered' AND o.delivered_at > now() - interval '28 days'
   AND o.picked_up_at IS NOT NULL AND o.pickup_lat IS NOT NULL AND o.dropoff_lat IS NOT NULL
 ORDER BY o.delivered_at DESC
 LIMIT 20000;

-- name: keep_factors
INSERT INTO travel_factors (tenant_id, vehicle_type, hour, factor, trips)
SELECT $1, w.vehicle, w.hour, w.factor, $5
  FROM unnest($2::text[], $3::int[], $4::float8[]) AS w (vehicle, hour, factor)
ON CONFLICT (tenant_id, vehicle_type, hour) DO UPDATE SET factor = excluded.factor, trips = excluded.trips;

-- name: tenants_all
SELECT t.id FROM tenants t WHERE t.active ORDER BY t.id;

-- name: crew_names
SELECT d.id, d.name FROM drivers d WHERE d.tenant_id = $1 AND d.status IN ('available', 'busy');

-- name: round_tenant
SELECT a.tenant_id FROM assignment_logs a
 WHERE a.metadata->>'round' = $1 AND a.assigned_at > now() - interval '1 day' LIMIT 1;
