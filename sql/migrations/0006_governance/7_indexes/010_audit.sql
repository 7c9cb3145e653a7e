-- Sealing reads what transactions at or above the last horizon wrote.
CREATE INDEX IF NOT EXISTS audit_logs_xid_idx ON audit_logs (xid);
-- Few rows are events that alerts and log-ins are about; looking for them must not read the others.
CREATE INDEX IF NOT EXISTS audit_logs_events_idx ON audit_logs (action, at)
  WHERE action IN ('auth.failed', 'access.denied', 'security.threat_detected', 'system.error');
CREATE INDEX IF NOT EXISTS audit_logs_logins_idx ON audit_logs (at) WHERE action IN ('auth.login', 'auth.failed');
CREATE INDEX IF NOT EXISTS audit_aggregates_hour_idx ON audit_aggregates (hour);
CREATE INDEX IF NOT EXISTS audit_alerts_active_idx ON audit_alerts (tenant_id, created_at) WHERE status <> 'resolved';
