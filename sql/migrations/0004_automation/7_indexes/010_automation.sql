-- Open rows are few and asked for all the time: partial indexes with literal predicates keep those reads small, and they
-- work under row level security although enum comparisons may not be pushed below a policy.
CREATE INDEX IF NOT EXISTS orders_open_idx ON orders (tenant_id, promised_at, id)
  WHERE status IN ('pending', 'assigned', 'picked_up', 'out_for_delivery');
CREATE INDEX IF NOT EXISTS orders_pending_idx ON orders (tenant_id, ready_at, id) WHERE status = 'pending';
CREATE INDEX IF NOT EXISTS orders_driver_idx ON orders (tenant_id, driver_id)
  WHERE status IN ('assigned', 'picked_up', 'out_for_delivery');
CREATE INDEX IF NOT EXISTS orders_batch_idx ON orders (tenant_id, batch_id) WHERE batch_id IS NOT NULL;
CREATE INDEX IF NOT EXISTS order_events_order_idx ON order_events (tenant_id, order_id, at);
CREATE INDEX IF NOT EXISTS drivers_available_idx ON drivers (tenant_id, id) WHERE status = 'available';
CREATE INDEX IF NOT EXISTS order_batches_open_idx ON order_batches (tenant_id, created_at) WHERE status IN ('pending', 'processing');
CREATE INDEX IF NOT EXISTS order_batches_created_idx ON order_batches (tenant_id, created_at);
CREATE INDEX IF NOT EXISTS assignment_logs_assigned_idx ON assignment_logs (tenant_id, assigned_at);
CREATE INDEX IF NOT EXISTS assignment_logs_order_idx ON assignment_logs (tenant_id, order_id, assigned_at);
CREATE INDEX IF NOT EXISTS route_optimizations_optimized_idx ON route_optimizations (tenant_id, optimized_at);
CREATE INDEX IF NOT EXISTS traffic_incidents_active_idx ON traffic_incidents (tenant_id, reported_at) WHERE active;
CREATE INDEX IF NOT EXISTS escalation_logs_escalated_idx ON escalation_logs (tenant_id, escalated_at);
CREATE INDEX IF NOT EXISTS escalation_logs_open_idx ON escalation_logs (tenant_id, escalated_at) WHERE status <> 'resolved';
CREATE INDEX IF NOT EXISTS escalation_logs_order_idx ON escalation_logs (tenant_id, order_id, escalation_type, escalated_at);
CREATE INDEX IF NOT EXISTS dispatch_alerts_active_idx ON dispatch_alerts (tenant_id, created_at) WHERE status <> 'resolved';
CREATE INDEX IF NOT EXISTS dispatch_alerts_order_idx ON dispatch_alerts (tenant_id, order_id) WHERE order_id IS NOT NULL;
CREATE UNIQUE INDEX IF NOT EXISTS dispatch_alerts_fingerprint_key ON dispatch_alerts (tenant_id, fingerprint) WHERE status <> 'resolved';
