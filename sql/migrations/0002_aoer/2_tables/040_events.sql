CREATE TABLE IF NOT EXISTS metrics_events (
  tenant_id  uuid        NOT NULL,
  id         uuid        NOT NULL DEFAULT gen_random_uuid(),
  event_type text        NOT NULL,
  event_data jsonb       NOT NULL DEFAULT '{}',
  metadata   jsonb       NOT NULL DEFAULT '{}',
  created_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT metrics_events_pkey PRIMARY KEY (tenant_id, created_at, id)
) PARTITION BY RANGE (created_at);

CREATE TABLE IF NOT EXISTS aoer_failures (
  tenant_id   uuid        NOT NULL,
  id          uuid        NOT NULL DEFAULT gen_random_uuid(),
  job_id      uuid,
  job_name    text        NOT NULL,
  error_text  text        NOT NULL,
  payload     jsonb       NOT NULL DEFAULT '{}',
  retry_count integer     NOT NULL DEFAULT 0 CHECK (retry_count >= 0),
  metadata    jsonb       NOT NULL DEFAULT '{}',
  created_at  timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT aoer_failures_pkey PRIMARY KEY (tenant_id, id)
);
