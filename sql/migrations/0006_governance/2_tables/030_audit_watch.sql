-- What happened, counted by hour. tenant_id is the nil uuid for acts on the whole installation. `users` keeps who they were,
-- a thousand at most, because a number of distinct users cannot be added to without it.
CREATE TABLE IF NOT EXISTS audit_aggregates (
  tenant_id    uuid        NOT NULL,
  hour         timestamptz NOT NULL,
  event_type   text        NOT NULL,
  severity     text        NOT NULL CHECK (severity IN ('info', 'warning', 'error', 'critical')),
  count        bigint      NOT NULL CHECK (count > 0),
  users        text[]      NOT NULL,
  unique_users integer     NOT NULL GENERATED ALWAYS AS (cardinality(users)) STORED,
  first_at     timestamptz NOT NULL,
  last_at      timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, hour, event_type, severity)
);

-- How far counting has come: every transaction below the horizon is counted, once.
CREATE TABLE IF NOT EXISTS audit_aggregate_horizon (
  single  boolean PRIMARY KEY DEFAULT true CHECK (single),
  horizon xid8    NOT NULL
);

-- `threshold` events of one type and one tenant within `window_seconds` raise one alert. The index on the record knows these
-- event types only (audit_logs_events_idx).
CREATE TABLE IF NOT EXISTS audit_alert_rules (
  name           text        PRIMARY KEY,
  event_type     text        NOT NULL CHECK (event_type IN ('auth.failed', 'access.denied', 'security.threat_detected', 'system.error')),
  threshold      integer     NOT NULL CHECK (threshold BETWEEN 1 AND 1000),
  window_seconds integer     NOT NULL CHECK (window_seconds BETWEEN 1 AND 86400),
  severity       text        NOT NULL CHECK (severity IN ('warning', 'error', 'critical')),
  title          text        NOT NULL,
  enabled        boolean     NOT NULL DEFAULT true,
  metadata       jsonb       NOT NULL DEFAULT '{}',
  created_at     timestamptz NOT NULL DEFAULT now(),
  updated_at     timestamptz NOT NULL DEFAULT now()
);

-- The columns that people change are those of dispatch_alerts: both have one life. An alert covers its window: more events
-- within it only count. tenant_id is the nil uuid for the whole installation.
CREATE TABLE IF NOT EXISTS audit_alerts (
  tenant_id       uuid        NOT NULL,
  id              uuid        NOT NULL DEFAULT gen_random_uuid(),
  rule            text        NOT NULL,
  event_type      text        NOT NULL,
  severity        text        NOT NULL CHECK (severity IN ('warning', 'error', 'critical')),
  message         text        NOT NULL,
  window_start    timestamptz NOT NULL,
  window_end      timestamptz NOT NULL CHECK (window_end > window_start),
  events          integer     NOT NULL CHECK (events >= 1),
  last_seen_at    timestamptz NOT NULL,
  status          text        NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'acknowledged', 'snoozed', 'resolved')),
  acknowledged_by text,
  acknowledged_at timestamptz,
  snoozed_until   timestamptz,
  assignee        text,
  resolved_at     timestamptz,
  resolved_by     text,
  resolution      text,
  metadata        jsonb       NOT NULL DEFAULT '{}',
  version         integer     NOT NULL DEFAULT 1,
  created_at      timestamptz NOT NULL DEFAULT now(),
  updated_at      timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant_id, id),
  CONSTRAINT audit_alerts_window_key UNIQUE (tenant_id, rule, window_start),
  CONSTRAINT audit_alerts_resolved CHECK ((status = 'resolved') = (resolved_at IS NOT NULL)),
  CONSTRAINT audit_alerts_snoozed CHECK (status <> 'snoozed' OR snoozed_until IS NOT NULL)
);
