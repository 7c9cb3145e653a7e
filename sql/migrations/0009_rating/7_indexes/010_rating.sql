-- Predictions that still wait for their outcome: few, and looked for at every learning.
CREATE INDEX IF NOT EXISTS aoer_predictions_open_idx ON aoer_predictions (tenant_id, date) WHERE outcome IS NULL;
CREATE INDEX IF NOT EXISTS aoer_queries_review_idx ON aoer_queries (tenant_id, week_start) WHERE intent_source = 'review';
CREATE INDEX IF NOT EXISTS aoer_probe_answers_run_idx ON aoer_probe_answers (tenant_id, run_id);
