CREATE TABLE IF NOT EXISTS cycle_state (
  cycle         text        PRIMARY KEY,
  title         text        NOT NULL DEFAULT '',
  schedule      text        NOT NULL DEFAULT '',
  desired       text        NOT NULL DEFAULT 'enabled' CHECK (desired IN ('enabled', 'paused')),
  state         text        NOT NULL DEFAULT 'idle' CHECK (state IN ('idle', 'running', 'stuck')),
  last_tick     timestamptz,
  last_run_at   timestamptz,
  last_seconds  double precision,
  last_outcome  text,
  next_run_at   timestamptz,
  message       text,
  runs          bigint      NOT NULL DEFAULT 0,
  failures      bigint      NOT NULL DEFAULT 0,
  skipped       bigint      NOT NULL DEFAULT 0,
  total_seconds double precision NOT NULL DEFAULT 0,
  metadata      jsonb       NOT NULL DEFAULT '{}',
  version       integer     NOT NULL DEFAULT 1,
  created_at    timestamptz NOT NULL DEFAULT now(),
  updated_at    timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 50, autovacuum_vacuum_threshold = 50, autovacuum_vacuum_cost_delay = 0);

-- The key is the lock: whoever inserts the tick runs it, in the whole fleet.
CREATE TABLE IF NOT EXISTS cycle_runs (
  cycle       text        NOT NULL,
  tick        timestamptz NOT NULL,
  worker_id   uuid        NOT NULL,
  outcome     text        NOT NULL DEFAULT 'running' CHECK (outcome IN ('running', 'done', 'failed', 'skipped', 'timeout', 'abandoned')),
  started_at  timestamptz NOT NULL DEFAULT now(),
  finished_at timestamptz,
  stats       jsonb       NOT NULL DEFAULT '{}',
  error       text,
  PRIMARY KEY (cycle, tick)
);

CREATE TABLE IF NOT EXISTS scheduler_leases (
  name       text        PRIMARY KEY,
  holder     uuid        NOT NULL,
  term       bigint      NOT NULL,
  expires_at timestamptz NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 50);
