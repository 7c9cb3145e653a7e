-- Engines as people see them: desired state, last runs, daily numbers.

-- name: should_run
SELECT coalesce((SELECT e.desired_state = 'running' FROM engine_control e WHERE e.engine = $1), false);

-- name: config
SELECT e.config FROM engine_control e WHERE e.engine = $1;

-- name: status
SELECT e.engine, e.desired_state, e.changed_by, e.changed_at, e.reason, c.cycle, c.state, c.schedule, c.last_run_at,
       c.last_seconds, c.last_outcome, c.next_run_at, c.message, c.runs, c.failures, r.stats
  FROM engine_control e
  LEFT JOIN cycle_state c ON c.cycle = e.engine OR (e.engine = 'routing' AND c.cycle = 'traffic')
  LEFT JOIN LATERAL (SELECT r.stats FROM cycle_runs r WHERE r.cycle = c.cycle AND r.outcome <> 'running'
                      ORDER BY r.tick DESC LIMIT 1) r ON true
 WHERE $1::text IS NULL OR e.engine = $1
 ORDER BY e.engine, c.cycle;

-- name: stats_auto_dispatch
SELECT t.name AS tenant, s.date, s.total_assignments, s.auto_assigned, s.force_assigned, s.manual_assignments,
       round(s.avg_total_score, 1) AS avg_total_score, round(s.avg_distance_score, 1) AS avg_distance_score,
       round(s.avg_time_score, 1) AS avg_time_score, round(s.avg_load_score, 1) AS avg_load_score,
       round(s.avg_priority_score, 1) AS avg_priority_score, s.min_score, s.max_score
  FROM auto_dispatch_stats s JOIN tenants t ON t.id = s.tenant_id
 ORDER BY s.date DESC, t.name LIMIT $1;

-- name: stats_routing
SELECT t.name AS tenant, s.date, s.total_optimizations, s.total_distance_saved_km, s.total_time_saved_minutes,
       s.avg_distance_saved_km, s.avg_time_saved_minutes, s.total_stops_reordered, s.avg_improvement_percentage,
       s.completed_optimizations, s.failed_optimizations
  FROM route_optimization_stats s JOIN tenants t ON t.id = s.tenant_id
 ORDER BY s.date DESC, t.name LIMIT $1;

-- name: stats_batching
SELECT t.name AS tenant, s.date, s.total_batches, s.total_orders_batched, s.avg_orders_per_batch, s.min_orders_per_batch,
       s.max_orders_per_batch, s.total_distance_km, s.avg_distance_per_batch, s.total_value, s.avg_success_rate,
       s.completed_batches, s.failed_batches
  FROM batch_performance_stats s JOIN tenants t ON t.id = s.tenant_id
 ORDER BY s.date DESC, t.name LIMIT $1;

-- name: stats_escalation
SELECT t.name AS tenant, s.date, s.total, s.sla_risk, s.stuck_order, s.unresponsive_driver, s.failed_delivery, s.critical,
       s.high, s.resolved, s.open, s.avg_delay_minutes
  FROM escalation_stats s JOIN tenants t ON t.id = s.tenant_id
 ORDER BY s.date DESC, t.name LIMIT $1;

-- name: dashboard
SELECT t.name AS tenant,
       count(*) FILTER (WHERE o.status = 'pending') AS waiting,
       count(*) FILTER (WHERE o.status = 'assigned') AS assigned,
       count(*) FILTER (WHERE o.status IN ('picked_up', 'out_for_delivery')) AS under_way,
       count(*) FILTER (WHERE o.promised_at < now()) AS late,
       count(*) FILTER (WHERE o.promised_at >= now() AND o.eta_at > o.promised_at) AS will_be_late
  FROM orders o JOIN tenants t ON t.id = o.tenant_id
 WHERE o.status IN ('pending', 'assigned', 'picked_up', 'out_for_delivery')
 GROUP BY t.name
 ORDER BY t.name;

-- name: no_time_limit
SELECT set_config('statement_timeout', '0', true);

-- name: fold_daily
SELECT added, counted FROM fold_daily_statistics();
