-- A result that rests on nothing is NULL with a reason; no column here has a default value that could pass for a finding.
CREATE TABLE IF NOT EXISTS layer_scores (
  tenant_id       uuid             NOT NULL,
  id              uuid             NOT NULL DEFAULT gen_random_uuid(),
  session_id      uuid             NOT NULL,
  session_version integer          NOT NULL DEFAULT 1,
  layer           text             NOT NULL,
  score           double precision CHECK (score BETWEEN 0 AND 1),
  confidence      double precision CHECK (confidence BETWEEN 0 AND 1),
  method          text             NOT NULL,
  reason          text,
  evidence        jsonb            NOT NULL DEFAULT '[]',
  metadata        jsonb            NOT NULL DEFAULT '{}',
  created_at      timestamptz      NOT NULL DEFAULT now(),
  updated_at      timestamptz      NOT NULL DEFAULT now(),
  CONSTRAINT layer_scores_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT layer_scores_layer_key UNIQUE (tenant_id, session_id, session_version, layer),
  CONSTRAINT layer_scores_score_or_reason CHECK (score IS NOT NULL OR reason IS NOT NULL)
);

CREATE TABLE IF NOT EXISTS computed_factors (
  tenant_id            uuid             NOT NULL,
  id                   uuid             NOT NULL DEFAULT gen_random_uuid(),
  session_id           uuid             NOT NULL,
  session_version      integer          NOT NULL DEFAULT 1,
  factor_id            text             NOT NULL,
  segment              text             NOT NULL CHECK (segment IN ('consumer', 'market', 'product', 'brand', 'experience')),
  factor_value         double precision CHECK (factor_value BETWEEN 0 AND 1),
  confidence           double precision CHECK (confidence BETWEEN 0 AND 1),
  coverage             double precision CHECK (coverage BETWEEN 0 AND 1),
  variance             double precision CHECK (variance >= 0),
  reason               text,
  formula_applied      text,
  calculation_metadata jsonb            NOT NULL DEFAULT '{}',
  metadata             jsonb            NOT NULL DEFAULT '{}',
  created_at           timestamptz      NOT NULL DEFAULT now(),
  updated_at           timestamptz      NOT NULL DEFAULT now(),
  CONSTRAINT computed_factors_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT computed_factors_factor_key UNIQUE (tenant_id, session_id, session_version, factor_id),
  CONSTRAINT computed_factors_value_or_reason CHECK (factor_value IS NOT NULL OR reason IS NOT NULL)
);

CREATE TABLE IF NOT EXISTS segment_scores (
  tenant_id       uuid             NOT NULL,
  id              uuid             NOT NULL DEFAULT gen_random_uuid(),
  session_id      uuid             NOT NULL,
  session_version integer          NOT NULL DEFAULT 1,
  segment         text             NOT NULL CHECK (segment IN ('consumer', 'market', 'product', 'brand', 'experience')),
  score           double precision CHECK (score BETWEEN 0 AND 1),
  confidence      double precision CHECK (confidence BETWEEN 0 AND 1),
  coverage        double precision CHECK (coverage BETWEEN 0 AND 1),
  reason          text,
  details         jsonb            NOT NULL DEFAULT '{}',
  metadata        jsonb            NOT NULL DEFAULT '{}',
  created_at      timestamptz      NOT NULL DEFAULT now(),
  updated_at      timestamptz      NOT NULL DEFAULT now(),
  CONSTRAINT segment_scores_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT segment_scores_segment_key UNIQUE (tenant_id, session_id, session_version, segment),
  CONSTRAINT segment_scores_score_or_reason CHECK (score IS NOT NULL OR reason IS NOT NULL)
);
