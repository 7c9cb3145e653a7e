-- Reads by tenant and week range; the primary key has the query text in between.
CREATE INDEX IF NOT EXISTS aoer_queries_week_idx ON aoer_queries (tenant_id, week_start);
-- "every tenant with a signal in the last 7 days" and clean-up by age: signals arrive in date order, a BRIN is enough and
-- costs an import next to nothing.
CREATE INDEX IF NOT EXISTS aiv_raw_signals_date_idx ON aiv_raw_signals USING brin (date) WITH (autosummarize = on);
-- Events come in the order of their time and are read by range of it.
CREATE INDEX IF NOT EXISTS metrics_events_created_idx ON metrics_events USING brin (created_at) WITH (autosummarize = on);
CREATE INDEX IF NOT EXISTS aoer_failures_created_idx ON aoer_failures (created_at DESC);
CREATE INDEX IF NOT EXISTS aoer_failures_tenant_idx ON aoer_failures (tenant_id, created_at DESC);
CREATE UNIQUE INDEX IF NOT EXISTS aoer_model_champion_key ON aoer_model (tenant_id) WHERE role = 'champion';
