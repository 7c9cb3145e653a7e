CREATE INDEX IF NOT EXISTS results_sessions_topic_idx ON results_sessions (tenant_id, topic, session_version DESC);
CREATE INDEX IF NOT EXISTS results_generation_status_live_idx ON results_generation_status (tenant_id, created_at)
  WHERE status IN ('pending', 'processing');
CREATE INDEX IF NOT EXISTS results_generation_status_recent_idx ON results_generation_status (tenant_id, updated_at DESC);
-- One version for each set of inputs: generating again from unchanged inputs finds what is there.
CREATE UNIQUE INDEX IF NOT EXISTS results_sessions_inputs_key ON results_sessions (tenant_id, topic, input_hash, catalogue_version)
  WHERE input_hash IS NOT NULL;
