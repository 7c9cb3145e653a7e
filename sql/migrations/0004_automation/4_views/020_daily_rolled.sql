-- Daily statistics from the rollups (2_tables/060_daily.sql); a tenant that is to be counted anew is read from its logs.
-- OFFSET 0 keeps the planner from turning that into a join of whole logs with the few tenants, none as a rule, that are marked.
CREATE OR REPLACE VIEW auto_dispatch_stats WITH (security_invoker = true) AS
SELECT d.tenant_id, d.day AS date, sum(d.total)::bigint AS total_assignments, sum(d.auto)::bigint AS auto_assigned,
       sum(d.forced)::bigint AS force_assigned, sum(d.manual)::bigint AS manual_assignments,
       sum(d.score) / nullif(sum(d.score_n), 0) AS avg_total_score,
       sum(d.distance) / nullif(sum(d.distance_n), 0) AS avg_distance_score,
       sum(d.time) / nullif(sum(d.time_n), 0) AS avg_time_score, sum(d.load) / nullif(sum(d.load_n), 0) AS avg_load_score,
       sum(d.priority) / nullif(sum(d.priority_n), 0) AS avg_priority_score, min(d.lowest) AS min_score, max(d.highest) AS max_score
  FROM auto_dispatch_daily d
 WHERE NOT EXISTS (SELECT FROM daily_stale s WHERE s.tenant_id = d.tenant_id AND s.rollup = 'auto_dispatch_daily')
 GROUP BY d.tenant_id, d.day HAVING sum(d.total) > 0
UNION ALL
SELECT p.* FROM (SELECT DISTINCT tenant_id FROM daily_stale WHERE rollup = 'auto_dispatch_daily') s
 CROSS JOIN LATERAL (SELECT * FROM auto_dispatch_stats_plain v WHERE v.tenant_id = s.tenant_id OFFSET 0) p;

CREATE OR REPLACE VIEW route_optimization_stats WITH (security_invoker = true) AS
SELECT d.tenant_id, d.day AS date, sum(d.total)::bigint AS total_optimizations,
       CASE WHEN sum(d.distance_n) > 0 THEN sum(d.distance)::float8 END AS total_distance_saved_km,
       CASE WHEN sum(d.minutes_n) > 0 THEN sum(d.minutes)::float8 END AS total_time_saved_minutes,
       sum(d.distance)::float8 / nullif(sum(d.distance_n), 0)::float8 AS avg_distance_saved_km,
       sum(d.minutes)::float8 / nullif(sum(d.minutes_n), 0)::float8 AS avg_time_saved_minutes,
       CASE WHEN sum(d.reordered_n) > 0 THEN sum(d.reordered)::bigint END AS total_stops_reordered,
       sum(d.gain)::float8 / nullif(sum(d.gain_n), 0)::float8 AS avg_improvement_percentage,
       sum(d.completed)::bigint AS completed_optimizations, sum(d.failed)::bigint AS failed_optimizations
  FROM route_optimization_daily d
 WHERE NOT EXISTS (SELECT FROM daily_stale s WHERE s.tenant_id = d.tenant_id AND s.rollup = 'route_optimization_daily')
 GROUP BY d.tenant_id, d.day HAVING sum(d.total) > 0
UNION ALL
SELECT p.* FROM (SELECT DISTINCT tenant_id FROM daily_stale WHERE rollup = 'route_optimization_daily') s
 CROSS JOIN LATERAL (SELECT * FROM route_optimization_stats_plain v WHERE v.tenant_id = s.tenant_id OFFSET 0) p;

CREATE OR REPLACE VIEW batch_performance_stats WITH (security_invoker = true) AS
SELECT d.tenant_id, d.day AS date, sum(d.total)::bigint AS total_batches, sum(d.total * d.part)::bigint AS total_orders_batched,
       sum(d.total * d.part) / sum(d.total) AS avg_orders_per_batch,
       min(d.part) FILTER (WHERE d.total > 0) AS min_orders_per_batch, max(d.part) FILTER (WHERE d.total > 0) AS max_orders_per_batch,
       CASE WHEN sum(d.distance_n) > 0 THEN sum(d.distance)::float8 END AS total_distance_km,
       sum(d.distance)::float8 / nullif(sum(d.distance_n), 0)::float8 AS avg_distance_per_batch,
       CASE WHEN sum(d.value_n) > 0 THEN sum(d.value) END AS total_value,
       sum(d.success)::float8 / nullif(sum(d.success_n), 0)::float8 AS avg_success_rate,
       sum(d.completed)::bigint AS completed_batches, sum(d.failed)::bigint AS failed_batches
  FROM (SELECT r.tenant_id, r.day, r.part, sum(r.total) AS total, sum(r.completed) AS completed, sum(r.failed) AS failed,
               sum(r.distance) AS distance, sum(r.distance_n) AS distance_n, sum(r.value) AS value, sum(r.value_n) AS value_n,
               sum(r.success) AS success, sum(r.success_n) AS success_n
          FROM batch_performance_daily r
         WHERE NOT EXISTS (SELECT FROM daily_stale s WHERE s.tenant_id = r.tenant_id AND s.rollup = 'batch_performance_daily')
         GROUP BY r.tenant_id, r.day, r.part) d
 GROUP BY d.tenant_id, d.day HAVING sum(d.total) > 0
UNION ALL
SELECT p.* FROM (SELECT DISTINCT tenant_id FROM daily_stale WHERE rollup = 'batch_performance_daily') s
 CROSS JOIN LATERAL (SELECT * FROM batch_performance_stats_plain v WHERE v.tenant_id = s.tenant_id OFFSET 0) p;

CREATE OR REPLACE VIEW escalation_stats WITH (security_invoker = true) AS
SELECT d.tenant_id, d.day AS date, sum(d.total)::bigint AS total, sum(d.sla_risk)::bigint AS sla_risk,
       sum(d.stuck_order)::bigint AS stuck_order, sum(d.unresponsive_driver)::bigint AS unresponsive_driver,
       sum(d.failed_delivery)::bigint AS failed_delivery, sum(d.critical)::bigint AS critical, sum(d.high)::bigint AS high,
       sum(d.resolved)::bigint AS resolved, sum(d.open)::bigint AS open,
       sum(d.delay)::float8 / nullif(sum(d.delay_n), 0)::float8 AS avg_delay_minutes
  FROM escalation_daily d
 WHERE NOT EXISTS (SELECT FROM daily_stale s WHERE s.tenant_id = d.tenant_id AND s.rollup = 'escalation_daily')
 GROUP BY d.tenant_id, d.day HAVING sum(d.total) > 0
UNION ALL
SELECT p.* FROM (SELECT DISTINCT tenant_id FROM daily_stale WHERE rollup = 'escalation_daily') s
 CROSS JOIN LATERAL (SELECT * FROM escalation_stats_plain v WHERE v.tenant_id = s.tenant_id OFFSET 0) p;
