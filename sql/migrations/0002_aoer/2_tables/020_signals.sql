-- BETWEEN refuses NaN too: Postgres sorts it above every number. A missing signal is NULL and never zero.
CREATE TABLE IF NOT EXISTS aiv_raw_signals (
  tenant_id    uuid             NOT NULL,
  id           uuid             NOT NULL DEFAULT gen_random_uuid(),
  date         date             NOT NULL CHECK (isfinite(date)),
  seo          double precision CHECK (seo BETWEEN 0 AND 100),
  aeo          double precision CHECK (aeo BETWEEN 0 AND 100),
  geo          double precision CHECK (geo BETWEEN 0 AND 100),
  ugc          double precision CHECK (ugc BETWEEN 0 AND 100),
  geolocal     double precision CHECK (geolocal BETWEEN 0 AND 100),
  observed_aiv double precision CHECK (observed_aiv BETWEEN 0 AND 100),
  observed_rar double precision CHECK (observed_rar >= 0 AND observed_rar < 'infinity'),
  sample_size  integer          CHECK (sample_size >= 1),
  source       text             CHECK (char_length(source) <= 200),
  metadata     jsonb            NOT NULL DEFAULT '{}',
  created_at   timestamptz      NOT NULL DEFAULT now(),
  updated_at   timestamptz      NOT NULL DEFAULT now(),
  CONSTRAINT aiv_raw_signals_pkey PRIMARY KEY (tenant_id, date)
);
