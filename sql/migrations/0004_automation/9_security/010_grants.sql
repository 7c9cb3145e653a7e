GRANT SELECT ON drivers, service_levels, orders, order_events, order_batches, assignment_logs, route_optimizations,
  traffic_incidents, escalation_logs, dispatch_alerts, engine_control,
  auto_dispatch_stats, route_optimization_stats, batch_performance_stats, escalation_stats TO aoer_viewer, aoer_worker;

-- Operators and engines act on the same rows; nobody deletes one, events and logs are only ever added.
GRANT INSERT, UPDATE ON drivers, service_levels, orders, order_batches, route_optimizations, traffic_incidents, escalation_logs,
  dispatch_alerts TO aoer_operator, aoer_worker;
GRANT INSERT ON order_events, assignment_logs TO aoer_operator, aoer_worker;
GRANT UPDATE ON engine_control TO aoer_operator;
GRANT DELETE ON service_levels TO aoer_admin;

-- Kept by triggers with the owner's rights; nobody writes them by hand.
GRANT SELECT ON auto_dispatch_daily, route_optimization_daily, batch_performance_daily, escalation_daily, daily_stale,
  auto_dispatch_stats_plain, route_optimization_stats_plain, batch_performance_stats_plain, escalation_stats_plain
  TO aoer_viewer, aoer_worker;
REVOKE EXECUTE ON FUNCTION daily_zone_changed() FROM PUBLIC;
REVOKE EXECUTE ON FUNCTION fold_daily_statistics() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION fold_daily_statistics() TO aoer_admin, aoer_worker;
REVOKE EXECUTE ON PROCEDURE add_daily_rollup(regclass, name, name, text, name, text[]) FROM PUBLIC;
