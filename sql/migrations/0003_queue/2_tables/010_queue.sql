-- The hot table holds live jobs and those finished a moment ago; autovacuum keeps up with rows that change three times a life.
CREATE TABLE IF NOT EXISTS aoer_queue (
  tenant_id        uuid           NOT NULL,
  id               uuid           NOT NULL DEFAULT gen_random_uuid(),
  kind             text           NOT NULL DEFAULT 'recompute',
  priority         queue_priority NOT NULL DEFAULT 'medium',
  status           queue_status   NOT NULL DEFAULT 'queued',
  turn             integer        NOT NULL DEFAULT 0,
  slot             smallint,
  epoch            bigint         NOT NULL DEFAULT 1,
  cancel_requested boolean        NOT NULL DEFAULT false,
  dedupe_key       text           DEFAULT '',
  retry_count      integer        NOT NULL DEFAULT 0,
  max_retries      integer        NOT NULL DEFAULT 3,
  crash_count      integer        NOT NULL DEFAULT 0,
  lease_id         bigint,
  worker_id        uuid,
  scheduled_at     timestamptz    NOT NULL DEFAULT now(),
  promoted_at      timestamptz,
  started_at       timestamptz,
  deadline_at      timestamptz,
  completed_at     timestamptz,
  error_message    text,
  payload          jsonb          NOT NULL DEFAULT '{}',
  metadata         jsonb          NOT NULL DEFAULT '{}',
  version          integer        NOT NULL DEFAULT 1,
  created_at       timestamptz    NOT NULL DEFAULT now(),
  updated_at       timestamptz    NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant_id, id)
) WITH (
  autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 2000, autovacuum_vacuum_cost_delay = 0,
  autovacuum_vacuum_insert_scale_factor = 0.1, autovacuum_analyze_scale_factor = 0.02, autovacuum_analyze_threshold = 2000
);

-- Finished jobs, month by month; a month is dropped whole.
CREATE TABLE IF NOT EXISTS aoer_queue_archive (
  tenant_id        uuid           NOT NULL,
  id               uuid           NOT NULL,
  kind             text           NOT NULL,
  priority         queue_priority NOT NULL,
  status           queue_status   NOT NULL,
  dedupe_key       text,
  retry_count      integer        NOT NULL,
  max_retries      integer        NOT NULL,
  crash_count      integer        NOT NULL,
  lease_id         bigint,
  worker_id        uuid,
  scheduled_at     timestamptz    NOT NULL,
  started_at       timestamptz,
  completed_at     timestamptz    NOT NULL,
  error_message    text,
  payload          jsonb          NOT NULL DEFAULT '{}',
  metadata         jsonb          NOT NULL DEFAULT '{}',
  created_at       timestamptz    NOT NULL,
  updated_at       timestamptz    NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant_id, id, completed_at)
) PARTITION BY RANGE (completed_at);
