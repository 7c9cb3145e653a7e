GRANT SELECT ON drivers, service_levels, orders, order_events, order_batches, assignment_logs, route_optimizations,
  traffic_incidents, escalation_logs, dispatch_alerts, engine_control,
  auto_dispatch_stats, route_optimization_stats, batch_performance_stats, escalation_stats TO aoer_viewer, aoer_worker;

-- Operators and engines act on the same rows; nobody deletes one, events and logs are only ever added.
GRANT INSERT, UPDATE ON drivers, service_levels, orders, order_batches, route_optimizations, traffic_incidents, escalation_logs,
  dispatch_alerts TO aoer_operator, aoer_worker;
GRANT INSERT ON order_events, assignment_logs TO aoer_operator, aoer_worker;
GRANT UPDATE ON engine_control TO aoer_operator;
GRANT DELETE ON service_levels TO aoer_admin;
