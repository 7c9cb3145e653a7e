-- Updated at every recompute: room on the page keeps those updates off the index.
CREATE TABLE IF NOT EXISTS aoer_summary (
  tenant_id       uuid         NOT NULL,
  id              uuid         NOT NULL DEFAULT gen_random_uuid(),
  aoer_score      numeric(5,2) CHECK (aoer_score BETWEEN 0 AND 100),
  visibility_risk numeric(3,2) CHECK (visibility_risk BETWEEN 0 AND 1),
  status          text         NOT NULL DEFAULT 'no_data' CHECK (status IN ('calibrated', 'uncalibrated', 'stale', 'no_data')),
  reason          text,
  interval_low    numeric(5,2) CHECK (interval_low BETWEEN 0 AND 100),
  interval_high   numeric(5,2) CHECK (interval_high BETWEEN 0 AND 100),
  level           numeric(8,4),
  model_version   text,
  metrics         jsonb        NOT NULL DEFAULT '{}',
  inputs          bigint,
  last_updated    timestamptz  NOT NULL DEFAULT now(),
  metadata        jsonb        NOT NULL DEFAULT '{}',
  version         integer      NOT NULL DEFAULT 1,
  created_at      timestamptz  NOT NULL DEFAULT now(),
  updated_at      timestamptz  NOT NULL DEFAULT now(),
  CONSTRAINT aoer_summary_pkey PRIMARY KEY (tenant_id),
  CONSTRAINT aoer_summary_score_or_reason CHECK (aoer_score IS NOT NULL OR reason IS NOT NULL),
  CONSTRAINT aoer_summary_no_data_no_score CHECK (status <> 'no_data' OR aoer_score IS NULL),
  CONSTRAINT aoer_summary_interval CHECK (interval_low <= interval_high)
) WITH (fillfactor = 70);

CREATE TABLE IF NOT EXISTS aoer_history (
  tenant_id       uuid         NOT NULL,
  id              uuid         NOT NULL DEFAULT gen_random_uuid(),
  as_of           timestamptz  NOT NULL DEFAULT now(),
  score           numeric(5,2),
  risk            numeric(3,2),
  status          text         NOT NULL CHECK (status IN ('calibrated', 'uncalibrated', 'stale', 'no_data')),
  reason          text,
  interval_low    numeric(5,2),
  interval_high   numeric(5,2),
  level           numeric(8,4),
  contributions   jsonb        NOT NULL DEFAULT '{}',
  model_version   text,
  metadata        jsonb        NOT NULL DEFAULT '{}',
  created_at      timestamptz  NOT NULL DEFAULT now(),
  CONSTRAINT aoer_history_pkey PRIMARY KEY (tenant_id, as_of, id)
) PARTITION BY RANGE (as_of);
