-- No primary key: tenant_id is NULL for acts on the whole installation, and (tenant_id, at, id) is unique either way.
-- The writing transaction's number tells which rows may be sealed: all transactions below the snapshot's horizon are over, so
-- no row can still appear among them. An id or a clock cannot tell that. Nobody has the right to insert: rows are made by
-- audit_entry() in functions with the owner's rights, and one that is not has no true digest, which verification tells.
CREATE TABLE IF NOT EXISTS audit_logs (
  tenant_id   uuid,
  id          uuid        NOT NULL DEFAULT gen_random_uuid(),
  at          timestamptz NOT NULL DEFAULT now(),
  db_role     name        NOT NULL DEFAULT session_user,
  os_user     text,
  client_addr inet,
  application text,
  origin      text        NOT NULL DEFAULT 'sql',
  action      text        NOT NULL,
  object_type text        NOT NULL,
  object_id   text,
  before      jsonb,
  after       jsonb,
  reason      text,
  request_id  text,
  outcome     text        NOT NULL DEFAULT 'done',
  xid         xid8        NOT NULL DEFAULT pg_current_xact_id(),
  digest      bytea,
  CONSTRAINT audit_logs_key UNIQUE (tenant_id, at, id)
) PARTITION BY RANGE (at);
