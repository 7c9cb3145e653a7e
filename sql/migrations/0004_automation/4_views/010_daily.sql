-- Daily statistics by tenant, counted from the logs themselves: what 020_daily_rolled.sql tells faster, and what it falls back
-- to. A day is a day of the tenant's time zone. The caller's own rights apply. Fractions are summed as numeric, so that the
-- order of the rows makes no difference.
CREATE OR REPLACE VIEW auto_dispatch_stats_plain WITH (security_invoker = true) AS
SELECT a.tenant_id, (a.assigned_at AT TIME ZONE t.time_zone)::date AS date,
       count(*) AS total_assignments,
       count(*) FILTER (WHERE a.assignment_type = 'AUTO_ASSIGNED') AS auto_assigned,
       count(*) FILTER (WHERE a.assignment_type = 'FORCE_ASSIGNED') AS force_assigned,
       count(*) FILTER (WHERE a.assignment_type = 'MANUAL') AS manual_assignments,
       avg(a.total_score) AS avg_total_score, avg(a.distance_score) AS avg_distance_score, avg(a.time_score) AS avg_time_score,
       avg(a.load_score) AS avg_load_score, avg(a.priority_score) AS avg_priority_score,
       min(a.total_score) AS min_score, max(a.total_score) AS max_score
FROM assignment_logs a JOIN tenants t ON t.id = a.tenant_id
GROUP BY 1, 2;

CREATE OR REPLACE VIEW route_optimization_stats_plain WITH (security_invoker = true) AS
SELECT r.tenant_id, (r.optimized_at AT TIME ZONE t.time_zone)::date AS date,
       count(*) AS total_optimizations,
       sum(r.distance_saved_km::numeric)::float8 AS total_distance_saved_km, sum(r.time_saved_minutes::numeric)::float8 AS total_time_saved_minutes,
       sum(r.distance_saved_km::numeric)::float8 / nullif(count(r.distance_saved_km), 0) AS avg_distance_saved_km, sum(r.time_saved_minutes::numeric)::float8 / nullif(count(r.time_saved_minutes), 0) AS avg_time_saved_minutes,
       sum(r.stops_reordered) AS total_stops_reordered, sum(r.improvement_percentage::numeric)::float8 / nullif(count(r.improvement_percentage), 0) AS avg_improvement_percentage,
       count(*) FILTER (WHERE r.status = 'completed') AS completed_optimizations,
       count(*) FILTER (WHERE r.status = 'failed') AS failed_optimizations
FROM route_optimizations r JOIN tenants t ON t.id = r.tenant_id
GROUP BY 1, 2;

CREATE OR REPLACE VIEW batch_performance_stats_plain WITH (security_invoker = true) AS
SELECT b.tenant_id, (b.created_at AT TIME ZONE t.time_zone)::date AS date,
       count(*) AS total_batches, sum(b.order_count) AS total_orders_batched,
       avg(b.order_count) AS avg_orders_per_batch, min(b.order_count) AS min_orders_per_batch, max(b.order_count) AS max_orders_per_batch,
       sum(b.total_distance_km::numeric)::float8 AS total_distance_km, sum(b.total_distance_km::numeric)::float8 / nullif(count(b.total_distance_km), 0) AS avg_distance_per_batch,
       sum(b.total_value) AS total_value, sum(b.delivery_success_rate::numeric)::float8 / nullif(count(b.delivery_success_rate), 0) AS avg_success_rate,
       count(*) FILTER (WHERE b.status = 'completed') AS completed_batches,
       count(*) FILTER (WHERE b.status = 'failed') AS failed_batches
FROM order_batches b JOIN tenants t ON t.id = b.tenant_id
GROUP BY 1, 2;

CREATE OR REPLACE VIEW escalation_stats_plain WITH (security_invoker = true) AS
SELECT e.tenant_id, (e.escalated_at AT TIME ZONE t.time_zone)::date AS date,
       count(*) AS total,
       count(*) FILTER (WHERE e.escalation_type = 'SLA_RISK') AS sla_risk,
       count(*) FILTER (WHERE e.escalation_type = 'STUCK_ORDER') AS stuck_order,
       count(*) FILTER (WHERE e.escalation_type = 'UNRESPONSIVE_DRIVER') AS unresponsive_driver,
       count(*) FILTER (WHERE e.escalation_type = 'FAILED_DELIVERY') AS failed_delivery,
       count(*) FILTER (WHERE e.severity = 'critical') AS critical,
       count(*) FILTER (WHERE e.severity = 'high') AS high,
       count(*) FILTER (WHERE e.status = 'resolved') AS resolved,
       count(*) FILTER (WHERE e.status = 'open') AS open,
       sum(e.current_delay_minutes::numeric)::float8 / nullif(count(e.current_delay_minutes), 0) AS avg_delay_minutes
FROM escalation_logs e JOIN tenants t ON t.id = e.tenant_id
GROUP BY 1, 2;
