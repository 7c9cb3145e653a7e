-- name: session
-- An import is one long statement or waits for its input: the limits meant for short statements do not apply to it.
SELECT set_config('statement_timeout', '0', false), set_config('idle_in_transaction_session_timeout', '0', false),
       set_config('work_mem', '128MB', false), set_config('temp_buffers', '64MB', false)

-- name: tenants_stage
CREATE TEMP TABLE import_stage (
  line bigint NOT NULL, name text NOT NULL, slug text, domains text, brand_terms text, time_zone text, revenue_unit text,
  active boolean)

-- name: signals_stage
-- Made by the owner, and import_tenants with it: see the migration for why.
SELECT import_stage('signals')

-- name: queries_stage
SELECT import_stage('queries')

-- name: drivers_stage
CREATE TEMP TABLE import_stage (
  line bigint NOT NULL, reference text NOT NULL, name text NOT NULL, phone text, vehicle_type text, capacity_orders integer,
  capacity_kg double precision, skills text, status text, lat double precision, lon double precision, position_at timestamptz,
  shift_start timestamptz, shift_end timestamptz, rating double precision, completed_deliveries integer,
  on_time_rate double precision)

-- name: orders_stage
CREATE TEMP TABLE import_stage (
  line bigint NOT NULL, reference text NOT NULL, service_type text, priority text, status text, ready_at timestamptz,
  promised_at timestamptz, pickup_lat double precision, pickup_lon double precision, pickup_name text,
  dropoff_lat double precision, dropoff_lon double precision, dropoff_name text, driver_reference text,
  assigned_at timestamptz, picked_up_at timestamptz, delivered_at timestamptz, weight_kg double precision,
  value numeric(12,2), required_skills text, notes text)

-- name: may_import
SELECT has_table_privilege($1::text, 'INSERT') AND has_table_privilege($1::text, 'UPDATE')

-- name: map_tenants
-- Names of the file to tenants. An exact name wins over a slug, a slug over an id written out.
CREATE TEMP TABLE import_tenants (given text PRIMARY KEY, tenant_id uuid, ambiguous boolean NOT NULL DEFAULT false,
  watched boolean NOT NULL DEFAULT false)

-- name: given_tenants
SELECT DISTINCT tenant FROM import_stage WHERE tenant IS NOT NULL ORDER BY 1

-- name: find_tenants
INSERT INTO import_tenants (given, tenant_id, ambiguous)
SELECT g.given, CASE WHEN cardinality(hits.ids) = 1 THEN hits.ids[1] END, coalesce(cardinality(hits.ids) > 1, false)
  FROM unnest($1::text[]) AS g (given)
  CROSS JOIN LATERAL (SELECT tenants_called(g.given, true, '{}') AS ids) hits

-- name: unknown_tenants
SELECT given FROM import_tenants WHERE tenant_id IS NULL AND NOT ambiguous ORDER BY 1

-- name: create_tenants
WITH made AS (
  SELECT r.given, r.id, r.created, r.ambiguous FROM register_tenants($1::text[], true) r
), mapped AS (
  UPDATE import_tenants m SET tenant_id = made.id, ambiguous = made.ambiguous FROM made WHERE m.given = made.given)
SELECT given FROM made WHERE created ORDER BY 1

-- name: watch_tenants
-- Asked once a tenant, where the table's own policy would break off the whole import at the first row. The policy still holds.
UPDATE import_tenants m SET watched = true
 WHERE m.tenant_id IS NOT NULL AND NOT (m.tenant_id = ANY (aoer_operable_tenants()))
   AND NOT pg_has_role(session_user, 'aoer_all_tenants', 'MEMBER')
RETURNING m.given

-- name: mapped_tenants
SELECT tenant_id FROM import_tenants WHERE tenant_id IS NOT NULL ORDER BY 1

-- name: reject_tenants
DELETE FROM import_stage s USING import_tenants m
 WHERE m.given = coalesce(s.tenant, $1::text) AND (m.tenant_id IS NULL OR m.watched)
RETURNING s.line, 'tenant' AS column_name, m.given AS value,
  CASE WHEN m.watched THEN 'this role may not write for the tenant'
       WHEN m.ambiguous THEN 'several tenants have this name; use the slug'
       ELSE 'no such tenant, and this role may not create one' END AS reason

-- name: reject_other_tenants
-- With --tenant, rows of another tenant do not belong into this import.
DELETE FROM import_stage s WHERE s.tenant <> $1::text
RETURNING s.line, 'tenant' AS column_name, s.tenant AS value, format('the import is for %s only', $1::text) AS reason

-- name: signals_future
DELETE FROM import_stage s WHERE s.date > (now() AT TIME ZONE 'UTC')::date + $1::integer
RETURNING s.line, 'date' AS column_name, s.date::text AS value, 'in the future' AS reason

-- name: signals_duplicates
DELETE FROM import_stage s USING (
  SELECT i.line, first_value(i.line) OVER w AS first
    FROM import_stage i JOIN import_tenants m ON m.given = coalesce(i.tenant, $1::text)
  WINDOW w AS (PARTITION BY m.tenant_id, i.date ORDER BY i.line)) d
 WHERE s.line = d.line AND d.line <> d.first
RETURNING s.line, 'date' AS column_name, s.date::text AS value, format('same tenant and date as line %s', d.first) AS reason

-- name: signals_insert
SELECT import_signals($1)

-- name: signals_update
-- Columns that the file does not have keep what they are; a row in which nothing differs is not touched.
UPDATE aiv_raw_signals a
   SET seo = n.seo, aeo = n.aeo, geo = n.geo, ugc = n.ugc, geolocal = n.geolocal, observed_aiv = n.observed_aiv,
       observed_rar = n.observed_rar, sample_size = n.sample_size, source = n.source
  FROM (
    SELECT o.tenant_id, o.date,
           CASE WHEN 'seo' = ANY ($2::text[]) THEN s.seo ELSE o.seo END AS seo,
           CASE WHEN 'aeo' = ANY ($2) THEN s.aeo ELSE o.aeo END AS aeo,
           CASE WHEN 'geo' = ANY ($2) THEN s.geo ELSE o.geo END AS geo,
           CASE WHEN 'ugc' = ANY ($2) THEN s.ugc ELSE o.ugc END AS ugc,
           CASE WHEN 'geolocal' = ANY ($2) THEN s.geolocal ELSE o.geolocal END AS geolocal,
           CASE WHEN 'observed_aiv' = ANY ($2) THEN s.observed_aiv ELSE o.observed_aiv END AS observed_aiv,
           CASE WHEN 'observed_rar' = ANY ($2) THEN s.observed_rar ELSE o.observed_rar END AS observed_rar,
           CASE WHEN 'sample_size' = ANY ($2) THEN s.sample_size ELSE o.sample_size END AS sample_size,
           CASE WHEN 'source' = ANY ($2) THEN s.source ELSE o.source END AS source
      FROM import_stage s
      JOIN import_tenants m ON m.given = coalesce(s.tenant, $1::text)
      JOIN aiv_raw_signals o ON o.tenant_id = m.tenant_id AND o.date = s.date) n
 WHERE a.tenant_id = n.tenant_id AND a.date = n.date
   AND (a.seo, a.aeo, a.geo, a.ugc, a.geolocal, a.observed_aiv, a.observed_rar, a.sample_size, a.source)
       IS DISTINCT FROM (n.seo, n.aeo, n.geo, n.ugc, n.geolocal, n.observed_aiv, n.observed_rar, n.sample_size, n.source)

-- name: queries_partitions
-- One call for each quarter of the file, so that two dates a century apart do not make all the quarters between them.
SELECT coalesce(sum(ensure_partitions('aoer_queries', q.quarter, q.quarter)), 0)::integer
  FROM (SELECT DISTINCT date_trunc('quarter', week_start)::date AS quarter FROM import_stage) q

-- name: queries_duplicates
DELETE FROM import_stage s USING (
  SELECT i.line, first_value(i.line) OVER w AS first
    FROM import_stage i JOIN import_tenants m ON m.given = coalesce(i.tenant, $1::text)
  WINDOW w AS (PARTITION BY m.tenant_id, i.query, i.week_start ORDER BY i.line)) d
 WHERE s.line = d.line AND d.line <> d.first
RETURNING s.line, 'query' AS column_name, s.query AS value, format('same tenant, query and week as line %s', d.first) AS reason

-- name: queries_insert
SELECT import_queries($1)

-- name: queries_update
-- An empty intent says nothing: what was stated or classified before stays.
UPDATE aoer_queries q
   SET intent = n.intent, intent_source = n.intent_source, intent_confidence = n.intent_confidence,
       monthly_volume = n.monthly_volume, serp_position = n.serp_position, ai_present = n.ai_present,
       ai_position = n.ai_position, has_our_citation = n.has_our_citation, ai_tokens = n.ai_tokens, engine = n.engine,
       observed_at = n.observed_at
  FROM (
    SELECT o.tenant_id, o.query, o.week_start,
           coalesce(s.intent, o.intent) AS intent,
           CASE WHEN s.intent IS NOT NULL THEN 'stated' ELSE o.intent_source END AS intent_source,
           CASE WHEN s.intent IS NOT NULL THEN NULL ELSE o.intent_confidence END AS intent_confidence,
           CASE WHEN 'monthly_volume' = ANY ($2::text[]) THEN s.monthly_volume ELSE o.monthly_volume END AS monthly_volume,
           CASE WHEN 'serp_position' = ANY ($2) THEN s.serp_position ELSE o.serp_position END AS serp_position,
           CASE WHEN 'ai_present' = ANY ($2) THEN s.ai_present ELSE o.ai_present END AS ai_present,
           CASE WHEN 'ai_position' = ANY ($2) THEN s.ai_position ELSE o.ai_position END AS ai_position,
           CASE WHEN 'has_our_citation' = ANY ($2) THEN s.has_our_citation ELSE o.has_our_citation END AS has_our_citation,
           CASE WHEN 'ai_tokens' = ANY ($2) THEN s.ai_tokens ELSE o.ai_tokens END AS ai_tokens,
           CASE WHEN 'engine' = ANY ($2) THEN s.engine ELSE o.engine END AS engine,
           CASE WHEN 'observed_at' = ANY ($2) THEN s.observed_at ELSE o.observed_at END AS observed_at
      FROM import_stage s
      JOIN import_tenants m ON m.given = coalesce(s.tenant, $1::text)
      JOIN aoer_queries o ON o.tenant_id = m.tenant_id AND o.query = s.query AND o.week_start = s.week_start) n
 WHERE q.tenant_id = n.tenant_id AND q.query = n.query AND q.week_start = n.week_start
   AND (q.intent, q.intent_source, q.monthly_volume, q.serp_position, q.ai_present, q.ai_position, q.has_our_citation,
        q.ai_tokens, q.engine, q.observed_at)
       IS DISTINCT FROM (n.intent, n.intent_source, n.monthly_volume, n.serp_position, n.ai_present, n.ai_position,
        n.has_our_citation, n.ai_tokens, n.engine, n.observed_at)

-- name: tenants_slug_form
DELETE FROM import_stage s WHERE s.slug <> lower(s.slug) OR s.slug ~ '[[:space:]]'
RETURNING s.line, 'slug' AS column_name, s.slug AS value, 'has capitals or blanks' AS reason

-- name: tenants_resolve
-- A slug decides; without one the name does, and a new tenant gets a slug made from its name.
CREATE TEMP TABLE import_resolved AS
SELECT s.line, coalesce(by_slug.id, by_name.ids[1]) AS tenant_id, false AS created,
       coalesce(cardinality(by_name.ids), 0) AS hits, coalesce(s.slug, slugify(s.name)) AS key
  FROM import_stage s
  LEFT JOIN tenants by_slug ON by_slug.slug = s.slug
  LEFT JOIN LATERAL (SELECT array_agg(t.id) AS ids FROM tenants t WHERE s.slug IS NULL AND t.name = s.name) by_name ON true

-- name: tenants_ambiguous
DELETE FROM import_stage s USING import_resolved r
 WHERE s.line = r.line AND (r.hits > 1 OR r.tenant_id IS NULL AND EXISTS (SELECT FROM tenants t WHERE t.slug = r.key))
RETURNING s.line, 'name' AS column_name, s.name AS value,
  CASE WHEN r.hits > 1 THEN 'several tenants have this name; give the slug'
       ELSE format('the slug %s made from it belongs to another tenant; give a slug', r.key) END AS reason

-- name: tenants_duplicates
DELETE FROM import_stage s USING (
  SELECT r.line, first_value(r.line) OVER w AS first FROM import_resolved r JOIN import_stage i ON i.line = r.line
  WINDOW w AS (PARTITION BY coalesce(r.tenant_id::text, r.key) ORDER BY r.line)) d
 WHERE s.line = d.line AND d.line <> d.first
RETURNING s.line, 'name' AS column_name, s.name AS value, format('same tenant as line %s', d.first) AS reason

-- name: tenants_insert
WITH wanted AS (
  SELECT array_agg(s.name ORDER BY s.line) AS names, array_agg(r.key ORDER BY s.line) AS slugs
    FROM import_stage s JOIN import_resolved r ON r.line = s.line WHERE r.tenant_id IS NULL
), made AS MATERIALIZED (
  SELECT c.made_slug, c.made_id FROM wanted w, create_tenants(w.names, w.slugs) c
)
UPDATE import_resolved r SET tenant_id = m.made_id, created = true
  FROM made m, import_stage s WHERE r.tenant_id IS NULL AND r.key = m.made_slug AND s.line = r.line
RETURNING s.name, true AS created

-- name: tenants_taken
DELETE FROM import_stage s USING import_resolved r WHERE s.line = r.line AND r.tenant_id IS NULL
RETURNING s.line, 'slug' AS column_name, r.key AS value, 'taken by another tenant; give another slug' AS reason

-- name: tenants_update
WITH told AS (
  SELECT o.id, r.created, s.name,
         CASE WHEN 'domains' = ANY ($1::text[]) THEN coalesce(string_to_array(s.domains, '|'), '{}') ELSE o.domains END AS domains,
         CASE WHEN 'brand_terms' = ANY ($1) THEN coalesce(string_to_array(s.brand_terms, '|'), '{}') ELSE o.brand_terms END AS brand_terms,
         coalesce(s.time_zone, o.time_zone) AS time_zone,
         CASE WHEN 'revenue_unit' = ANY ($1) THEN s.revenue_unit ELSE o.revenue_unit END AS revenue_unit,
         coalesce(s.active, o.active) AS active
    FROM import_stage s JOIN import_resolved r ON r.line = s.line JOIN tenants o ON o.id = r.tenant_id
), changed AS (
  UPDATE tenants t
     SET name = n.name, domains = n.domains, brand_terms = n.brand_terms, time_zone = n.time_zone,
         revenue_unit = n.revenue_unit, active = n.active
    FROM told n
   WHERE t.id = n.id
     AND (t.name, t.domains, t.brand_terms, t.time_zone, t.revenue_unit, t.active)
         IS DISTINCT FROM (n.name, n.domains, n.brand_terms, n.time_zone, n.revenue_unit, n.active)
  RETURNING n.created)
SELECT count(*) FILTER (WHERE NOT created) FROM changed

-- name: drivers_duplicates
DELETE FROM import_stage s USING (
  SELECT line, first_value(line) OVER (PARTITION BY reference ORDER BY line) AS first FROM import_stage) d
 WHERE s.line = d.line AND d.line <> d.first
RETURNING s.line, 'reference' AS column_name, s.reference AS value, format('same driver as line %s', d.first) AS reason

-- name: drivers_insert
INSERT INTO drivers (tenant_id, reference, name, phone, vehicle_type, capacity_orders, capacity_kg, skills, status, lat, lon,
                     position_at, shift_start, shift_end, rating, completed_deliveries, on_time_rate)
SELECT m.tenant_id, s.reference, s.name, s.phone, s.vehicle_type, coalesce(s.capacity_orders, 5), s.capacity_kg,
       coalesce(string_to_array(s.skills, '|'), '{}'), coalesce(s.status, 'offline'), s.lat, s.lon, s.position_at,
       s.shift_start, s.shift_end, s.rating, coalesce(s.completed_deliveries, 0), s.on_time_rate
  FROM import_stage s JOIN import_tenants m ON m.given = $1::text
 WHERE NOT EXISTS (SELECT FROM drivers d WHERE d.tenant_id = m.tenant_id AND d.reference = s.reference)

-- name: drivers_update
-- A position older than the one known is history: it does not move the driver back.
UPDATE drivers d
   SET name = n.name, phone = n.phone, vehicle_type = n.vehicle_type, capacity_orders = n.capacity_orders,
       capacity_kg = n.capacity_kg, skills = n.skills, status = n.status, lat = n.lat, lon = n.lon,
       position_at = n.position_at, shift_start = n.shift_start, shift_end = n.shift_end, rating = n.rating,
       completed_deliveries = n.completed_deliveries, on_time_rate = n.on_time_rate
  FROM (
    SELECT o.tenant_id, o.id, s.name,
           CASE WHEN 'phone' = ANY ($2::text[]) THEN s.phone ELSE o.phone END AS phone,
           CASE WHEN 'vehicle_type' = ANY ($2) THEN s.vehicle_type ELSE o.vehicle_type END AS vehicle_type,
           coalesce(s.capacity_orders, o.capacity_orders) AS capacity_orders,
           CASE WHEN 'capacity_kg' = ANY ($2) THEN s.capacity_kg ELSE o.capacity_kg END AS capacity_kg,
           CASE WHEN 'skills' = ANY ($2) THEN coalesce(string_to_array(s.skills, '|'), '{}') ELSE o.skills END AS skills,
           coalesce(s.status, o.status) AS status,
           CASE WHEN p.newer THEN s.lat ELSE o.lat END AS lat, CASE WHEN p.newer THEN s.lon ELSE o.lon END AS lon,
           CASE WHEN p.newer THEN s.position_at ELSE o.position_at END AS position_at,
           CASE WHEN 'shift_start' = ANY ($2) THEN s.shift_start ELSE o.shift_start END AS shift_start,
           CASE WHEN 'shift_end' = ANY ($2) THEN s.shift_end ELSE o.shift_end END AS shift_end,
           CASE WHEN 'rating' = ANY ($2) THEN s.rating ELSE o.rating END AS rating,
           coalesce(s.completed_deliveries, o.completed_deliveries) AS completed_deliveries,
           CASE WHEN 'on_time_rate' = ANY ($2) THEN s.on_time_rate ELSE o.on_time_rate END AS on_time_rate
      FROM import_stage s
      JOIN import_tenants m ON m.given = $1::text
      JOIN drivers o ON o.tenant_id = m.tenant_id AND o.reference = s.reference
      CROSS JOIN LATERAL (SELECT s.lat IS NOT NULL AND (o.position_at IS NULL OR s.position_at >= o.position_at) AS newer) p) n
 WHERE d.tenant_id = n.tenant_id AND d.id = n.id
   AND (d.name, d.phone, d.vehicle_type, d.capacity_orders, d.capacity_kg, d.skills, d.status, d.lat, d.lon, d.position_at,
        d.shift_start, d.shift_end, d.rating, d.completed_deliveries, d.on_time_rate)
       IS DISTINCT FROM (n.name, n.phone, n.vehicle_type, n.capacity_orders, n.capacity_kg, n.skills, n.status, n.lat, n.lon,
        n.position_at, n.shift_start, n.shift_end, n.rating, n.completed_deliveries, n.on_time_rate)

-- name: orders_driver
DELETE FROM import_stage s USING import_tenants m
 WHERE m.given = $1::text AND s.driver_reference IS NOT NULL
   AND NOT EXISTS (SELECT FROM drivers d WHERE d.tenant_id = m.tenant_id AND d.reference = s.driver_reference)
RETURNING s.line, 'driver_reference' AS column_name, s.driver_reference AS value,
  'no such driver of this tenant; import the drivers first' AS reason

-- name: orders_duplicates
DELETE FROM import_stage s USING (
  SELECT line, first_value(line) OVER (PARTITION BY reference ORDER BY line) AS first FROM import_stage) d
 WHERE s.line = d.line AND d.line <> d.first
RETURNING s.line, 'reference' AS column_name, s.reference AS value, format('same order as line %s', d.first) AS reason

-- name: orders_insert
INSERT INTO orders (tenant_id, reference, service_type, priority, status, ready_at, promised_at, pickup_lat, pickup_lon,
                    pickup_name, dropoff_lat, dropoff_lon, dropoff_name, driver_id, assigned_at, picked_up_at, delivered_at,
                    last_event_at, weight_kg, value, required_skills, notes)
SELECT m.tenant_id, s.reference, coalesce(s.service_type, 'standard'), coalesce(s.priority, 'medium'),
       coalesce(s.status, CASE WHEN s.delivered_at IS NOT NULL THEN 'delivered' WHEN d.id IS NOT NULL THEN 'assigned' ELSE 'pending' END),
       s.ready_at, s.promised_at, s.pickup_lat, s.pickup_lon, s.pickup_name, s.dropoff_lat, s.dropoff_lon, s.dropoff_name,
       d.id, s.assigned_at, s.picked_up_at, s.delivered_at,
       coalesce(greatest(s.assigned_at, s.picked_up_at, s.delivered_at), now()),
       s.weight_kg, s.value, coalesce(string_to_array(s.required_skills, '|'), '{}'), s.notes
  FROM import_stage s
  JOIN import_tenants m ON m.given = $1::text
  LEFT JOIN drivers d ON d.tenant_id = m.tenant_id AND d.reference = s.driver_reference
 WHERE NOT EXISTS (SELECT FROM orders o WHERE o.tenant_id = m.tenant_id AND o.reference = s.reference)

-- name: orders_update
-- A file may be older than the console's knowledge: where it states an earlier step of the delivery than the one stored,
-- status, driver and times of steps stay.
UPDATE orders t
   SET service_type = n.service_type, priority = n.priority, status = n.status, ready_at = n.ready_at,
       promised_at = n.promised_at, pickup_lat = n.pickup_lat, pickup_lon = n.pickup_lon, pickup_name = n.pickup_name,
       dropoff_lat = n.dropoff_lat, dropoff_lon = n.dropoff_lon, dropoff_name = n.dropoff_name, driver_id = n.driver_id,
       assigned_at = n.assigned_at, picked_up_at = n.picked_up_at, delivered_at = n.delivered_at,
       last_event_at = greatest(t.last_event_at, n.assigned_at, n.picked_up_at, n.delivered_at),
       weight_kg = n.weight_kg, value = n.value, required_skills = n.required_skills, notes = n.notes
  FROM (
    SELECT o.tenant_id, o.id, coalesce(s.service_type, o.service_type) AS service_type,
           coalesce(s.priority, o.priority) AS priority,
           CASE WHEN g.forward THEN g.stated ELSE o.status END AS status,
           CASE WHEN 'ready_at' = ANY ($2::text[]) THEN s.ready_at ELSE o.ready_at END AS ready_at,
           CASE WHEN 'promised_at' = ANY ($2) THEN s.promised_at ELSE o.promised_at END AS promised_at,
           CASE WHEN 'pickup_lat' = ANY ($2) THEN s.pickup_lat ELSE o.pickup_lat END AS pickup_lat,
           CASE WHEN 'pickup_lat' = ANY ($2) THEN s.pickup_lon ELSE o.pickup_lon END AS pickup_lon,
           CASE WHEN 'pickup_name' = ANY ($2) THEN s.pickup_name ELSE o.pickup_name END AS pickup_name,
           CASE WHEN 'dropoff_lat' = ANY ($2) THEN s.dropoff_lat ELSE o.dropoff_lat END AS dropoff_lat,
           CASE WHEN 'dropoff_lat' = ANY ($2) THEN s.dropoff_lon ELSE o.dropoff_lon END AS dropoff_lon,
           CASE WHEN 'dropoff_name' = ANY ($2) THEN s.dropoff_name ELSE o.dropoff_name END AS dropoff_name,
           CASE WHEN g.forward THEN coalesce(d.id, o.driver_id) ELSE o.driver_id END AS driver_id,
           CASE WHEN g.forward THEN coalesce(s.assigned_at, o.assigned_at) ELSE o.assigned_at END AS assigned_at,
           CASE WHEN g.forward THEN coalesce(s.picked_up_at, o.picked_up_at) ELSE o.picked_up_at END AS picked_up_at,
           CASE WHEN g.forward THEN coalesce(s.delivered_at, o.delivered_at) ELSE o.delivered_at END AS delivered_at,
           CASE WHEN 'weight_kg' = ANY ($2) THEN s.weight_kg ELSE o.weight_kg END AS weight_kg,
           CASE WHEN 'value' = ANY ($2) THEN s.value ELSE o.value END AS value,
           CASE WHEN 'required_skills' = ANY ($2) THEN coalesce(string_to_array(s.required_skills, '|'), '{}')
                ELSE o.required_skills END AS required_skills,
           CASE WHEN 'notes' = ANY ($2) THEN s.notes ELSE o.notes END AS notes
      FROM import_stage s
      JOIN import_tenants m ON m.given = $1::text
      JOIN orders o ON o.tenant_id = m.tenant_id AND o.reference = s.reference
      LEFT JOIN drivers d ON d.tenant_id = m.tenant_id AND d.reference = s.driver_reference
      CROSS JOIN LATERAL (
        SELECT coalesce(s.status, CASE WHEN s.delivered_at IS NOT NULL THEN 'delivered' WHEN d.id IS NOT NULL THEN 'assigned' END) AS stated) f
      CROSS JOIN LATERAL (
        SELECT f.stated, coalesce(
          array_position(ARRAY['pending', 'assigned', 'picked_up', 'out_for_delivery'], f.stated)
            >= array_position(ARRAY['pending', 'assigned', 'picked_up', 'out_for_delivery'], o.status)
          OR f.stated IN ('delivered', 'failed', 'cancelled') AND o.status NOT IN ('delivered', 'failed', 'cancelled')
          OR f.stated = o.status, false) AS forward) g) n
 WHERE t.tenant_id = n.tenant_id AND t.id = n.id
   AND (t.service_type, t.priority, t.status, t.ready_at, t.promised_at, t.pickup_lat, t.pickup_lon, t.pickup_name,
        t.dropoff_lat, t.dropoff_lon, t.dropoff_name, t.driver_id, t.assigned_at, t.picked_up_at, t.delivered_at,
        t.weight_kg, t.value, t.required_skills, t.notes)
       IS DISTINCT FROM (n.service_type, n.priority, n.status, n.ready_at, n.promised_at, n.pickup_lat, n.pickup_lon,
        n.pickup_name, n.dropoff_lat, n.dropoff_lon, n.dropoff_name, n.driver_id, n.assigned_at, n.picked_up_at,
        n.delivered_at, n.weight_kg, n.value, n.required_skills, n.notes)

-- name: orders_events
-- What the file says happened, each step once at its own time; that an order came by import is an event of now.
INSERT INTO order_events (tenant_id, order_id, event_type, to_status, driver_id, at, actor, reason)
SELECT o.tenant_id, o.id, e.event_type, e.to_status, o.driver_id, e.at, session_user, $2::text
  FROM import_stage s
  JOIN import_tenants m ON m.given = $1::text
  JOIN orders o ON o.tenant_id = m.tenant_id AND o.reference = s.reference
  CROSS JOIN LATERAL (VALUES ('assigned', 'assigned', o.assigned_at), ('picked_up', 'picked_up', o.picked_up_at),
                             ('delivered', 'delivered', o.delivered_at), ('imported', o.status, now())) e (event_type, to_status, at)
 WHERE e.at IS NOT NULL
   AND NOT EXISTS (SELECT FROM order_events x
                    WHERE x.tenant_id = o.tenant_id AND x.order_id = o.id AND x.event_type = e.event_type
                      AND (x.at = e.at OR e.event_type = 'imported'))

-- name: audit
SELECT audit_write($1::uuid, 'import', $2, $3, NULL, $4::jsonb, $5)

-- name: audit_each
-- Members of a tenant see the record of their tenant only, so each one that the file was for gets a row. What the file held for
-- others is not their business: the totals are in the row of the whole import.
SELECT count(audit_write(m.tenant_id, 'import', $1::text, $2::text, NULL, jsonb_build_object('file', $2::text), $3::text))
  FROM (SELECT DISTINCT t.tenant_id FROM import_tenants t WHERE t.tenant_id IS NOT NULL AND NOT t.watched) m

-- name: queue_available
SELECT to_regproc('queue_tenant_recompute') IS NOT NULL

-- name: enqueue
SELECT count(queue_tenant_recompute(m.tenant_id, 'medium')) FROM import_tenants m WHERE m.tenant_id IS NOT NULL
