GRANT SELECT ON results_sessions, results_generation_status, content_items, layer_scores, computed_factors, segment_scores,
  pattern_matches, monte_carlo_scenarios, consumer_personas, segment_rich_content TO aoer_viewer, aoer_worker;
-- Operators start, cancel, rerun and clear generations; workers write what a generation finds.
GRANT INSERT, UPDATE, DELETE ON results_sessions, results_generation_status, content_items, layer_scores, computed_factors,
  segment_scores, pattern_matches, monte_carlo_scenarios, consumer_personas, segment_rich_content TO aoer_operator, aoer_worker;
