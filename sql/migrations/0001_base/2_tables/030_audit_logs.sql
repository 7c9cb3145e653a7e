-- No primary key: tenant_id is NULL for acts on the whole installation, and (tenant_id, at, id) is unique either way.
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
  CONSTRAINT audit_logs_key UNIQUE (tenant_id, at, id)
) PARTITION BY RANGE (at);
