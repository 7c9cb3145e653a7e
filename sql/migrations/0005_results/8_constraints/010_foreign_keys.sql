DO $$
DECLARE
  owned text;
BEGIN
  CALL add_constraint('results_sessions', 'results_sessions_tenant_fkey', 'FOREIGN KEY (tenant_id) REFERENCES tenants (id)');
  CALL add_constraint('results_sessions', 'results_sessions_parent_fkey',
                      'FOREIGN KEY (tenant_id, parent_id) REFERENCES results_sessions (tenant_id, id)');
  CALL add_constraint('content_items', 'content_items_duplicate_fkey',
                      'FOREIGN KEY (tenant_id, duplicate_of) REFERENCES content_items (tenant_id, id)');
  -- Clearing a session clears what was made of it.
  FOREACH owned IN ARRAY ARRAY['results_generation_status', 'content_items', 'layer_scores', 'computed_factors', 'segment_scores',
                               'pattern_matches', 'monte_carlo_scenarios', 'consumer_personas', 'segment_rich_content'] LOOP
    CALL add_constraint(owned::regclass, (owned || '_session_fkey')::name,
      'FOREIGN KEY (tenant_id, session_id) REFERENCES results_sessions (tenant_id, id) ON DELETE CASCADE');
  END LOOP;
END
$$;
