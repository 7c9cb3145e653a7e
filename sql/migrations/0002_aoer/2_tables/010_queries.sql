-- What people asked an answer engine in one week, and what it answered. One row a tenant, query and week.
-- The natural key is the primary key, so that duplicates are refused in every partition by the index that serves reads.
CREATE TABLE IF NOT EXISTS aoer_queries (
  tenant_id         uuid        NOT NULL,
  id                uuid        NOT NULL DEFAULT gen_random_uuid(),
  query             text        NOT NULL CHECK (char_length(query) BETWEEN 1 AND 500),
  week_start        date        NOT NULL,
  intent            text        CHECK (intent IN ('informational', 'commercial', 'navigational', 'other')),
  intent_source     text        CHECK (intent_source IN ('stated', 'classified', 'review')),
  intent_confidence real        CHECK (intent_confidence BETWEEN 0 AND 1),
  monthly_volume    integer     CHECK (monthly_volume >= 0),
  serp_position     integer     CHECK (serp_position >= 1),
  ai_present        boolean,
  ai_position       text        CHECK (ai_position IN ('top', 'mid', 'bottom', 'none')),
  has_our_citation  boolean,
  ai_tokens         integer     CHECK (ai_tokens >= 0),
  engine            text        CHECK (char_length(engine) <= 100),
  observed_at       timestamptz,
  metadata          jsonb       NOT NULL DEFAULT '{}',
  created_at        timestamptz NOT NULL DEFAULT now(),
  updated_at        timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT aoer_queries_pkey PRIMARY KEY (tenant_id, query, week_start)
) PARTITION BY RANGE (week_start);
