CALL add_daily_rollup('assignment_logs', 'auto_dispatch_daily', 'assigned_at', '0', 'total_score', ARRAY[
  'total', '1',
  'auto', '(x.assignment_type = ''AUTO_ASSIGNED'')::int', 'forced', '(x.assignment_type = ''FORCE_ASSIGNED'')::int',
  'manual', '(x.assignment_type = ''MANUAL'')::int',
  'score', 'x.total_score', 'score_n', 'num_nonnulls(x.total_score)',
  'distance', 'x.distance_score', 'distance_n', 'num_nonnulls(x.distance_score)',
  'time', 'x.time_score', 'time_n', 'num_nonnulls(x.time_score)',
  'load', 'x.load_score', 'load_n', 'num_nonnulls(x.load_score)',
  'priority', 'x.priority_score', 'priority_n', 'num_nonnulls(x.priority_score)']);

CALL add_daily_rollup('route_optimizations', 'route_optimization_daily', 'optimized_at', '0', NULL, ARRAY[
  'total', '1', 'completed', '(x.status = ''completed'')::int', 'failed', '(x.status = ''failed'')::int',
  'distance', 'x.distance_saved_km::numeric', 'distance_n', 'num_nonnulls(x.distance_saved_km)',
  'minutes', 'x.time_saved_minutes::numeric', 'minutes_n', 'num_nonnulls(x.time_saved_minutes)',
  'reordered', 'x.stops_reordered', 'reordered_n', 'num_nonnulls(x.stops_reordered)',
  'gain', 'x.improvement_percentage::numeric', 'gain_n', 'num_nonnulls(x.improvement_percentage)']);

CALL add_daily_rollup('order_batches', 'batch_performance_daily', 'created_at', 'x.order_count', NULL, ARRAY[
  'total', '1', 'completed', '(x.status = ''completed'')::int', 'failed', '(x.status = ''failed'')::int',
  'distance', 'x.total_distance_km::numeric', 'distance_n', 'num_nonnulls(x.total_distance_km)',
  'value', 'x.total_value', 'value_n', 'num_nonnulls(x.total_value)',
  'success', 'x.delivery_success_rate::numeric', 'success_n', 'num_nonnulls(x.delivery_success_rate)']);

CALL add_daily_rollup('escalation_logs', 'escalation_daily', 'escalated_at', '0', NULL, ARRAY[
  'total', '1', 'sla_risk', '(x.escalation_type = ''SLA_RISK'')::int', 'stuck_order', '(x.escalation_type = ''STUCK_ORDER'')::int',
  'unresponsive_driver', '(x.escalation_type = ''UNRESPONSIVE_DRIVER'')::int',
  'failed_delivery', '(x.escalation_type = ''FAILED_DELIVERY'')::int',
  'critical', '(x.severity = ''critical'')::int', 'high', '(x.severity = ''high'')::int',
  'resolved', '(x.status = ''resolved'')::int', 'open', '(x.status = ''open'')::int',
  'delay', 'x.current_delay_minutes::numeric', 'delay_n', 'num_nonnulls(x.current_delay_minutes)']);

CREATE OR REPLACE TRIGGER daily_zone AFTER UPDATE OF time_zone ON tenants FOR EACH ROW
  WHEN (OLD.time_zone IS DISTINCT FROM NEW.time_zone) EXECUTE FUNCTION daily_zone_changed();
