-- Which tables are partitioned, by what period, and how far ahead. Retention acts on these rows too.
CREATE TABLE IF NOT EXISTS partition_policies (
  parent     name        PRIMARY KEY,
  period     text        NOT NULL CHECK (period IN ('month', 'quarter')),
  ahead      integer     NOT NULL DEFAULT 4 CHECK (ahead BETWEEN 1 AND 48),
  retention  interval    CHECK (retention > interval '0'),
  metadata   jsonb       NOT NULL DEFAULT '{}',
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now()
);
