-- A prompt panel is frozen when it is made: its prompts never change, another set is another version. The hash is computed by
-- the program over the prompts as they are sent; a run is refused when prompts and hash no longer agree.
CREATE TABLE IF NOT EXISTS aoer_panels (
  tenant_id   uuid        NOT NULL,
  id          uuid        NOT NULL DEFAULT gen_random_uuid(),
  number      integer     NOT NULL CHECK (number >= 1),
  hash        text        NOT NULL CHECK (hash ~ '^[0-9a-f]{64}$'),
  prompts     jsonb       NOT NULL CHECK (jsonb_typeof(prompts) = 'array'),
  active      boolean     NOT NULL DEFAULT true,
  metadata    jsonb       NOT NULL DEFAULT '{}',
  created_at  timestamptz NOT NULL DEFAULT now(),
  updated_at  timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT aoer_panels_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT aoer_panels_number_key UNIQUE (tenant_id, number)
);

CREATE TABLE IF NOT EXISTS aoer_probe_runs (
  tenant_id     uuid        NOT NULL,
  id            uuid        NOT NULL DEFAULT gen_random_uuid(),
  panel_version integer     NOT NULL,
  panel_hash    text        NOT NULL,
  engine        text        NOT NULL CHECK (char_length(engine) BETWEEN 1 AND 100),
  week_start    date        NOT NULL,
  status        text        NOT NULL CHECK (status IN ('complete', 'partial', 'failed')),
  asked         integer     NOT NULL CHECK (asked >= 0),
  answered      integer     NOT NULL CHECK (answered BETWEEN 0 AND asked),
  mentioned     integer     CHECK (mentioned BETWEEN 0 AND answered),
  cost          numeric     CHECK (cost >= 0),
  error         text,
  started_at    timestamptz NOT NULL,
  finished_at   timestamptz NOT NULL,
  metadata      jsonb       NOT NULL DEFAULT '{}',
  created_at    timestamptz NOT NULL DEFAULT now(),
  updated_at    timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT aoer_probe_runs_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT aoer_probe_runs_null_not_zero CHECK (answered > 0 OR mentioned IS NULL)
);

CREATE TABLE IF NOT EXISTS aoer_probe_answers (
  tenant_id     uuid        NOT NULL,
  id            uuid        NOT NULL DEFAULT gen_random_uuid(),
  run_id        uuid        NOT NULL,
  prompt        text        NOT NULL,
  engine        text        NOT NULL,
  model         text,
  asked_at      timestamptz NOT NULL,
  answer_hash   text        CHECK (answer_hash ~ '^[0-9a-f]{64}$'),
  urls          text[]      NOT NULL DEFAULT '{}',
  mentions      jsonb       NOT NULL DEFAULT '{}',
  mentioned     boolean,
  position      text        CHECK (position IN ('top', 'mid', 'bottom', 'none')),
  cited         boolean,
  prompt_tokens integer     CHECK (prompt_tokens >= 0),
  answer_tokens integer     CHECK (answer_tokens >= 0),
  cost          numeric     CHECK (cost >= 0),
  attempts      integer     NOT NULL DEFAULT 1 CHECK (attempts >= 1),
  error         text,
  metadata      jsonb       NOT NULL DEFAULT '{}',
  created_at    timestamptz NOT NULL DEFAULT now(),
  updated_at    timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT aoer_probe_answers_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT aoer_probe_answers_answer_or_error CHECK ((answer_hash IS NULL) = (error IS NOT NULL)),
  CONSTRAINT aoer_probe_answers_failed_is_null CHECK (error IS NULL OR (mentioned IS NULL AND position IS NULL AND cited IS NULL))
);
