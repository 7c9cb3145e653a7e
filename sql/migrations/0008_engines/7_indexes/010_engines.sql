CREATE UNIQUE INDEX IF NOT EXISTS dispatch_offers_open_key ON dispatch_offers (tenant_id, order_id) WHERE status = 'offered';
CREATE INDEX IF NOT EXISTS dispatch_offers_order_idx ON dispatch_offers (tenant_id, order_id, offered_at);
CREATE INDEX IF NOT EXISTS webhook_deliveries_pending_idx ON webhook_deliveries (next_try_at) WHERE status = 'pending';
CREATE INDEX IF NOT EXISTS escalation_logs_driver_idx ON escalation_logs (tenant_id, driver_id, escalation_type, escalated_at);
CREATE INDEX IF NOT EXISTS orders_delivered_idx ON orders (tenant_id, delivered_at) WHERE status = 'delivered';
CREATE INDEX IF NOT EXISTS orders_failed_idx ON orders (tenant_id, last_event_at) WHERE status = 'failed';
CREATE INDEX IF NOT EXISTS route_optimizations_driver_idx ON route_optimizations (tenant_id, driver_id, optimized_at);
