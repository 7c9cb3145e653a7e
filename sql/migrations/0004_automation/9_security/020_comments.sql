COMMENT ON TYPE assignment_type IS 'How an order came to its driver';
COMMENT ON TYPE escalation_type IS 'What kind of trouble an escalation is about';
COMMENT ON TYPE alert_type IS 'What kind of trouble a dispatch alert is about';
COMMENT ON TYPE severity_level IS 'Severity of alerts and escalations, ascending';
COMMENT ON TYPE traffic_severity IS 'Severity of a traffic incident, ascending';
COMMENT ON TYPE batch_status IS 'Life of a batch of orders';

COMMENT ON TABLE drivers IS 'Who delivers: capacity, shift, position, state';
COMMENT ON COLUMN drivers.reference IS 'The tenant''s own name for the driver, unique in the tenant; the key of imports';
COMMENT ON COLUMN drivers.capacity_orders IS 'Orders the driver may carry at once';
COMMENT ON COLUMN drivers.skills IS 'What the driver may carry, matched against orders.required_skills';
COMMENT ON COLUMN drivers.position_at IS 'When lat and lon were true; a stale position makes the driver ineligible';
COMMENT ON COLUMN drivers.rating IS '0..5';
COMMENT ON COLUMN drivers.on_time_rate IS 'Share delivered by the promise, 0..1';

COMMENT ON TABLE service_levels IS 'What a service type promises, when it is at risk, and how it may be batched';
COMMENT ON COLUMN service_levels.name IS 'Matches orders.service_type';
COMMENT ON COLUMN service_levels.sla_minutes IS 'Promise after ready_at';
COMMENT ON COLUMN service_levels.warn_minutes IS 'Under so many minutes to the promise the risk is medium; then high_minutes, critical_minutes';
COMMENT ON COLUMN service_levels.batch_rules IS 'Overrides of the batching rules: max_orders, radius_km, spread_minutes';

COMMENT ON TABLE orders IS 'Deliveries and where they stand';
COMMENT ON COLUMN orders.reference IS 'The tenant''s own order number, unique in the tenant; the key of imports';
COMMENT ON COLUMN orders.ready_at IS 'When the goods can be picked up';
COMMENT ON COLUMN orders.promised_at IS 'Latest promised delivery; NULL where none was given';
COMMENT ON COLUMN orders.route_sequence IS 'Place in the driver''s current route, from 0';
COMMENT ON COLUMN orders.eta_at IS 'Predicted delivery at the last routing; of an order that waits, as its dispatcher last planned it';
COMMENT ON COLUMN orders.last_event_at IS 'Time of the newest order event: silence makes an order stuck';
COMMENT ON COLUMN orders.version IS 'Counts updates; a writer that read an older one must read again';

COMMENT ON TABLE order_events IS 'What happened to each order, in order; append-only';
COMMENT ON COLUMN order_events.at IS 'When it happened, which for imported rows is before it was recorded';
COMMENT ON TABLE order_batches IS 'Orders that one driver delivers together';
COMMENT ON COLUMN order_batches.delivery_success_rate IS 'Delivered orders by orders of the batch, 0..1';

COMMENT ON TABLE assignment_logs IS 'Every assignment with the scores that decided it, 0..100';
COMMENT ON COLUMN assignment_logs.alternative_drivers IS 'Other drivers that were eligible';
COMMENT ON TABLE route_optimizations IS 'Every attempt to improve a driver''s route, kept or not; distances in km';
COMMENT ON COLUMN route_optimizations.original_sequence IS 'Places of the stops before, as positions in the optimised order';
COMMENT ON COLUMN route_optimizations.status IS 'pending, executed (the driver follows it), completed, failed, or rejected (gain too small)';

COMMENT ON TABLE traffic_incidents IS 'Where traffic is slow or closed, within a radius';
COMMENT ON COLUMN traffic_incidents.affected_routes IS 'route_id of the optimisations it forced';
COMMENT ON TABLE escalation_logs IS 'Deliveries in danger, with the numbers that said so';
COMMENT ON COLUMN escalation_logs.minutes_to_breach IS 'Minutes left to the promise; negative once broken';
COMMENT ON COLUMN escalation_logs.current_delay_minutes IS 'Predicted arrival minus promise';
COMMENT ON TABLE dispatch_alerts IS 'What a dispatcher must look at; one open alert for each fingerprint';
COMMENT ON COLUMN dispatch_alerts.resolved IS 'Follows status';
COMMENT ON COLUMN dispatch_alerts.fingerprint IS 'Names the trouble; unique in the tenant while not resolved';
COMMENT ON COLUMN dispatch_alerts.occurrences IS 'How often the trouble was seen while the alert was not resolved';

COMMENT ON TABLE engine_control IS 'Desired state of each engine for the whole fleet';
COMMENT ON COLUMN engine_control.config IS 'Overrides of the engine''s settings';

COMMENT ON VIEW auto_dispatch_stats IS 'Assignments by day of the tenant''s zone';
COMMENT ON VIEW route_optimization_stats IS 'Route optimisations by day of the tenant''s zone';
COMMENT ON VIEW batch_performance_stats IS 'Batches by day of the tenant''s zone';
COMMENT ON VIEW escalation_stats IS 'Escalations by day of the tenant''s zone';

COMMENT ON TABLE auto_dispatch_daily IS 'Sums of assignment_logs by tenant and day: add all rows of a day up';
COMMENT ON TABLE route_optimization_daily IS 'Sums of route_optimizations by tenant and day: add all rows of a day up';
COMMENT ON TABLE batch_performance_daily IS 'Sums of order_batches by tenant, day and orders per batch (part): add all rows up';
COMMENT ON TABLE escalation_daily IS 'Sums of escalation_logs by tenant and day: add all rows of a day up';
COMMENT ON TABLE daily_stale IS 'Tenants whose daily sums are to be counted anew; until then their statistics read the logs';
COMMENT ON VIEW auto_dispatch_stats_plain IS 'Daily assignments counted from the log: what auto_dispatch_stats must equal';
COMMENT ON VIEW route_optimization_stats_plain IS 'Daily route changes counted from the log: what route_optimization_stats must equal';
COMMENT ON VIEW batch_performance_stats_plain IS 'Daily batches counted from their table: what batch_performance_stats must equal';
COMMENT ON VIEW escalation_stats_plain IS 'Daily escalations counted from the log: what escalation_stats must equal';
