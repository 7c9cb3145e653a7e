CREATE TABLE IF NOT EXISTS rate_limit_rules (
  name           text        PRIMARY KEY CHECK (name ~ '^[a-z0-9][a-z0-9_.:-]{0,99}$'),
  scope          text        NOT NULL CHECK (scope IN ('global', 'user', 'ip', 'session', 'api_key', 'resource', 'action', 'tenant')),
  strategy       text        NOT NULL DEFAULT 'token_bucket'
                             CHECK (strategy IN ('token_bucket', 'sliding_window', 'fixed_window', 'leaky_bucket')),
  action         text,
  limit_count    integer     NOT NULL CHECK (limit_count > 0),
  window_seconds integer     NOT NULL CHECK (window_seconds BETWEEN 1 AND 31536000),
  burst          integer     NOT NULL DEFAULT 0 CHECK (burst >= 0),
  priority       integer     NOT NULL DEFAULT 100,
  enabled        boolean     NOT NULL DEFAULT true,
  metadata       jsonb       NOT NULL DEFAULT '{}',
  version        integer     NOT NULL DEFAULT 1,
  created_at     timestamptz NOT NULL DEFAULT now(),
  updated_at     timestamptz NOT NULL DEFAULT now()
);

-- Unlogged: after a crash of the server every bucket starts full, which is the harmless direction. The low fillfactor keeps
-- the new version of a hot bucket on its page, so that it is pruned without vacuum.
CREATE UNLOGGED TABLE IF NOT EXISTS rate_limit_buckets (
  rule       text             NOT NULL,
  key        text             NOT NULL,
  level      double precision NOT NULL,
  previous   double precision NOT NULL DEFAULT 0,
  since      timestamptz      NOT NULL,
  touched_at timestamptz      NOT NULL,
  PRIMARY KEY (rule, key)
) WITH (fillfactor = 30, autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_threshold = 200);

CREATE TABLE IF NOT EXISTS rate_limit_violations (
  rule     text        NOT NULL,
  key      text        NOT NULL,
  hour     timestamptz NOT NULL,
  count    bigint      NOT NULL DEFAULT 1,
  first_at timestamptz NOT NULL,
  last_at  timestamptz NOT NULL,
  metadata jsonb       NOT NULL DEFAULT '{}',
  PRIMARY KEY (rule, key, hour)
);
