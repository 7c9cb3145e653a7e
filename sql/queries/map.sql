-- What the map of the terminal shows.

-- name: places
-- One bounded statement: drivers, orders that are not over, traffic incidents in force; of each kind the $2 that matter most, and
-- beside them the number of all. $1 are LIKE patterns that the tenant's name must match. `leg` is the place of an order's pickup and
-- drop-off in its driver's route.
WITH chosen AS MATERIALIZED (
  SELECT t.id, t.name FROM tenants t WHERE lower(t.name) LIKE ALL ($1::text[])
), driving AS (
  SELECT d.*, count(*) OVER () AS total
    FROM drivers d WHERE d.tenant_id IN (SELECT c.id FROM chosen c)
   ORDER BY d.status = 'offline', d.name, d.id LIMIT $2
), open AS (
  SELECT o.*, count(*) OVER () AS total
    FROM orders o
   WHERE o.status IN ('pending', 'assigned', 'picked_up', 'out_for_delivery') AND o.tenant_id IN (SELECT c.id FROM chosen c)
   ORDER BY o.status <> 'pending', o.promised_at, o.id LIMIT $2
), jams AS (
  SELECT i.*, count(*) OVER () AS total
    FROM traffic_incidents i WHERE i.active AND i.tenant_id IN (SELECT c.id FROM chosen c)
   ORDER BY i.severity DESC, i.reported_at DESC, i.id LIMIT $2
)
SELECT 'driver' AS kind, d.tenant_id, d.id, d.version, c.name AS tenant, d.name AS label, d.status, d.vehicle_type AS what,
       d.lat, d.lon, NULL::float8 AS to_lat, NULL::float8 AS to_lon, NULL AS place, NULL AS to_place, d.position_at AS at,
       NULL::timestamptz AS due_at, NULL::timestamptz AS eta_at, NULL::uuid AS driver_id, d.capacity_orders AS amount,
       NULL::jsonb AS leg, d.total
  FROM driving d JOIN chosen c ON c.id = d.tenant_id
 UNION ALL
SELECT 'order', o.tenant_id, o.id, o.version, c.name, o.reference, o.status, o.priority, o.pickup_lat, o.pickup_lon, o.dropoff_lat,
       o.dropoff_lon, o.pickup_name, o.dropoff_name, o.ready_at, o.promised_at, o.eta_at, o.driver_id, o.route_sequence,
       o.metadata->'route', o.total
  FROM open o JOIN chosen c ON c.id = o.tenant_id
 UNION ALL
SELECT 'incident', i.tenant_id, i.id, i.version, c.name, i.description, i.severity::text, i.incident_type, i.latitude, i.longitude,
       NULL, NULL, NULL, NULL, i.reported_at, NULL, NULL, NULL, i.affected_radius_meters, NULL, i.total
  FROM jams i JOIN chosen c ON c.id = i.tenant_id;
