-- Smart batching: waiting orders, batches and their members.

-- name: tenants_with_orders
SELECT t.id, EXTRACT(hour FROM now() AT TIME ZONE t.time_zone)::int AS hour
  FROM tenants t
 WHERE t.active AND EXISTS (SELECT FROM orders o WHERE o.tenant_id = t.id AND o.status = 'pending')
 ORDER BY t.id;

-- name: loose_orders
SELECT o.id, o.version, o.reference, o.service_type, o.pickup_lat, o.pickup_lon, o.dropoff_lat, o.dropoff_lon,
       greatest(0, EXTRACT(epoch FROM o.ready_at - now()) / 60)::float8 AS ready,
       (EXTRACT(epoch FROM o.promised_at - now()) / 60)::float8 AS promise,
       coalesce(o.weight_kg, 0) AS weight_kg, coalesce(o.value, 0)::float8 AS value
  FROM orders o
 WHERE o.tenant_id = $1 AND o.status = 'pending' AND o.batch_id IS NULL
   AND (o.ready_at IS NULL OR o.ready_at <= now() + interval '60 minutes')
 ORDER BY o.promised_at, o.id
 LIMIT $2;

-- name: level_rules
SELECT s.name, s.sla_minutes, s.batch_rules FROM service_levels s WHERE s.tenant_id = $1;

-- name: lock_members
SELECT o.id, o.version FROM orders o
 WHERE o.tenant_id = $1 AND o.id = ANY ($2::uuid[]) AND o.status = 'pending' AND o.batch_id IS NULL
 ORDER BY o.id
   FOR UPDATE OF o SKIP LOCKED;

-- name: new_batch
INSERT INTO order_batches (tenant_id, batch_number, order_ids, order_count, total_distance_km, estimated_delivery_time_minutes,
                           total_weight_kg, total_value, delivery_zone, service_type, metadata)
VALUES ($1, 'B' || to_char(clock_timestamp(), 'YYMMDD') || '-' || upper(left(gen_random_uuid()::text, 6)),
        $2, $3, $4, $5, $6, $7, $8, $9, jsonb_build_object('saved_minutes', $10::float8))
RETURNING id, batch_number;

-- name: join_batch
WITH joined AS (
  UPDATE orders o SET batch_id = $2, route_sequence = w.place - 1
    FROM unnest($3::uuid[]) WITH ORDINALITY AS w (order_id, place)
   WHERE o.tenant_id = $1 AND o.id = w.order_id
  RETURNING o.id
)
INSERT INTO order_events (tenant_id, order_id, event_type, from_status, to_status, actor, reason)
SELECT $1, j.id, 'batched', 'pending', 'pending', 'batching', $4 FROM joined j;

-- name: lock_batch
-- By way of the tenants, so that each is one look into an index that begins with its tenant.
SELECT b.id, b.tenant_id, b.status::text AS status, b.version, b.batch_number, b.order_ids
  FROM tenants t
  JOIN order_batches b ON b.tenant_id = t.id AND (b.id = $2::uuid OR b.batch_number = $1)
   FOR UPDATE OF b;

-- name: batch_orders
SELECT o.id, o.status, o.reference, o.driver_id, o.dropoff_name, o.promised_at, o.eta_at, o.route_sequence
  FROM orders o
 WHERE o.tenant_id = $1 AND o.batch_id = $2
 ORDER BY o.route_sequence, o.id;

-- name: leave_batch
-- Only orders nobody has taken yet; goods on their way stay together.
WITH gone AS (
  UPDATE orders o SET batch_id = NULL, route_sequence = CASE WHEN o.status = 'pending' THEN NULL ELSE o.route_sequence END
   WHERE o.tenant_id = $1 AND o.id = ANY ($2::uuid[]) AND o.batch_id = $3
  RETURNING o.id, o.status
)
INSERT INTO order_events (tenant_id, order_id, event_type, from_status, to_status, actor, reason)
SELECT $1, g.id, 'unbatched', g.status, g.status, $4, $5 FROM gone g;

-- name: shrink_batch
UPDATE order_batches b
   SET order_ids = $3, order_count = cardinality($3::uuid[]), status = CASE WHEN cardinality($3::uuid[]) = 0 THEN 'cancelled' ELSE b.status END
 WHERE b.tenant_id = $1 AND b.id = $2
RETURNING b.version, b.status::text AS status;

-- name: finish_batches
-- Batches follow their orders: all delivered or failed ends them.
UPDATE order_batches b
   SET status = CASE WHEN s.delivered > 0 THEN 'completed'::batch_status ELSE 'failed'::batch_status END,
       completed_at = now(), stops_completed = s.delivered, delivery_success_rate = s.delivered::float8 / s.members
  FROM (SELECT o.tenant_id, o.batch_id, count(*) AS members, count(*) FILTER (WHERE o.status = 'delivered') AS delivered,
               bool_and(o.status IN ('delivered', 'failed', 'cancelled')) AS over
          FROM orders o WHERE o.tenant_id = $1 AND o.batch_id IN (
                 SELECT p.id FROM order_batches p WHERE p.tenant_id = $1 AND p.status = 'processing')
         GROUP BY o.tenant_id, o.batch_id) s
 WHERE b.tenant_id = $1 AND b.id = s.batch_id AND s.over AND b.status = 'processing'
RETURNING b.id;

-- name: batches
SELECT b.batch_number AS batch, b.status::text AS status, b.service_type, b.order_count AS orders, b.total_distance_km AS km,
       b.estimated_delivery_time_minutes AS minutes, d.name AS driver, b.stops_completed AS delivered, b.created_at, b.id
  FROM order_batches b
  LEFT JOIN drivers d ON d.tenant_id = b.tenant_id AND d.id = b.driver_id
 WHERE $1::text IS NULL OR b.status::text = $1
 ORDER BY b.created_at DESC
 LIMIT $2;
