-- Sealing reads what transactions at or above the last horizon wrote.
CREATE INDEX IF NOT EXISTS audit_logs_xid_idx ON audit_logs (xid);
