-- The writing transaction's number tells which rows may be sealed: all transactions below the snapshot's horizon are over, so
-- no row can still appear among them. An id or a clock cannot tell that.
ALTER TABLE audit_logs ADD COLUMN IF NOT EXISTS xid xid8 NOT NULL DEFAULT pg_current_xact_id();
ALTER TABLE audit_logs ADD COLUMN IF NOT EXISTS digest bytea;
