-- One row a process that works, heartbeating for all of its jobs at once: no write per job and beat.
CREATE TABLE IF NOT EXISTS queue_workers (
  worker_id    uuid        PRIMARY KEY,
  role         text        NOT NULL DEFAULT 'worker' CHECK (role IN ('worker', 'scheduler')),
  host         text        NOT NULL DEFAULT '',
  pid          integer     NOT NULL DEFAULT 0,
  application  text        NOT NULL DEFAULT '',
  state        text        NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'draining', 'stopped')),
  kinds        text[]      NOT NULL DEFAULT '{}',
  started_at   timestamptz NOT NULL DEFAULT now(),
  heartbeat_at timestamptz NOT NULL DEFAULT now(),
  completed    bigint      NOT NULL DEFAULT 0,
  failed       bigint      NOT NULL DEFAULT 0,
  metadata     jsonb       NOT NULL DEFAULT '{}',
  created_at   timestamptz NOT NULL DEFAULT now(),
  updated_at   timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 50, autovacuum_vacuum_threshold = 50, autovacuum_vacuum_cost_delay = 0);

CREATE TABLE IF NOT EXISTS queue_controls (
  scope       text        NOT NULL CHECK (scope IN ('all', 'lane', 'tenant', 'kind')),
  key         text        NOT NULL DEFAULT '',
  paused      boolean     NOT NULL DEFAULT false,
  max_running smallint    CHECK (max_running BETWEEN 1 AND 1000),
  reason      text        NOT NULL DEFAULT '',
  metadata    jsonb       NOT NULL DEFAULT '{}',
  version     integer     NOT NULL DEFAULT 1,
  created_at  timestamptz NOT NULL DEFAULT now(),
  updated_at  timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (scope, key)
);

-- Counters by minute, lane, kind and worker: workers never wait for each other's row.
CREATE TABLE IF NOT EXISTS queue_metrics (
  minute      timestamptz    NOT NULL,
  priority    queue_priority NOT NULL,
  kind        text           NOT NULL,
  worker_id   uuid           NOT NULL,
  completed   bigint         NOT NULL DEFAULT 0,
  failed      bigint         NOT NULL DEFAULT 0,
  cancelled   bigint         NOT NULL DEFAULT 0,
  lost        bigint         NOT NULL DEFAULT 0,
  wait_ms     double precision NOT NULL DEFAULT 0,
  run_ms      double precision NOT NULL DEFAULT 0,
  max_wait_ms double precision NOT NULL DEFAULT 0,
  max_run_ms  double precision NOT NULL DEFAULT 0,
  PRIMARY KEY (minute, priority, kind, worker_id)
) WITH (fillfactor = 70, autovacuum_vacuum_cost_delay = 0);
