-- Lists show what is open and, after it, what ended last. An ended row does not change any more, so these cost one insertion.
CREATE INDEX IF NOT EXISTS orders_ended_idx ON orders (last_event_at DESC) WHERE status IN ('delivered', 'failed', 'cancelled');
CREATE INDEX IF NOT EXISTS dispatch_alerts_resolved_idx ON dispatch_alerts (resolved_at DESC) WHERE status = 'resolved';
CREATE INDEX IF NOT EXISTS escalation_logs_resolved_idx ON escalation_logs (resolved_at DESC) WHERE status = 'resolved';
CREATE INDEX IF NOT EXISTS traffic_incidents_resolved_idx ON traffic_incidents (resolved_at DESC) WHERE NOT active;
