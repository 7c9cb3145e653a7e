COMMENT ON TABLE aoer_queries IS 'Queries watched in answer engines: one row a tenant, query and week. Partitioned by quarter of week_start.';
COMMENT ON COLUMN aoer_queries.week_start IS 'First day of the observed week; statistics group by ISO week (Monday)';
COMMENT ON COLUMN aoer_queries.intent IS 'informational, commercial, navigational or other; NULL until stated or classified';
COMMENT ON COLUMN aoer_queries.intent_source IS 'stated (never overwritten), classified, or review (the classifier abstained)';
COMMENT ON COLUMN aoer_queries.intent_confidence IS 'Calibrated probability of a classified intent, 0..1';
COMMENT ON COLUMN aoer_queries.monthly_volume IS 'Searches a month';
COMMENT ON COLUMN aoer_queries.serp_position IS 'Rank among the plain results, from 1; NULL when not ranked';
COMMENT ON COLUMN aoer_queries.ai_present IS 'Whether an AI answer was shown; NULL when that was not observed';
COMMENT ON COLUMN aoer_queries.ai_position IS 'Where the AI answer stood: top, mid, bottom, none';
COMMENT ON COLUMN aoer_queries.ai_tokens IS 'Length of the AI answer in tokens';
COMMENT ON COLUMN aoer_queries.engine IS 'Answer engine that was asked';

COMMENT ON TABLE aiv_raw_signals IS 'Visibility signals and outcomes of a tenant by day. Signals are 0..100; NULL means not measured and never zero.';
COMMENT ON COLUMN aiv_raw_signals.id IS 'Stable handle for other systems; the key is (tenant_id, date)';
COMMENT ON COLUMN aiv_raw_signals.seo IS 'Classic search signal, 0..100';
COMMENT ON COLUMN aiv_raw_signals.aeo IS 'Answer engine signal, 0..100';
COMMENT ON COLUMN aiv_raw_signals.geo IS 'Generative engine signal, 0..100';
COMMENT ON COLUMN aiv_raw_signals.ugc IS 'User generated content signal, 0..100';
COMMENT ON COLUMN aiv_raw_signals.geolocal IS 'Local presence signal, 0..100';
COMMENT ON COLUMN aiv_raw_signals.observed_aiv IS 'Observed visibility in AI answers, 0..100: the outcome a calibrated rating learns from';
COMMENT ON COLUMN aiv_raw_signals.observed_rar IS 'Observed revenue at risk, in the unit that tenants.revenue_unit declares';
COMMENT ON COLUMN aiv_raw_signals.sample_size IS 'Answers behind the reading';

COMMENT ON TABLE aoer_summary IS 'The rating in force of each tenant, replaced at every recompute';
COMMENT ON COLUMN aoer_summary.aoer_score IS '0..100; NULL with a reason where it cannot be computed';
COMMENT ON COLUMN aoer_summary.visibility_risk IS '0..1; high is bad';
COMMENT ON COLUMN aoer_summary.status IS 'calibrated, uncalibrated, stale or no_data';
COMMENT ON COLUMN aoer_summary.reason IS 'Why there is no score, or why it should be trusted less';
COMMENT ON COLUMN aoer_summary.level IS 'The tenant''s own level in a calibrated rating; NULL in the classic one';
COMMENT ON COLUMN aoer_summary.metrics IS 'Numbers the rating was computed from';
COMMENT ON COLUMN aoer_summary.inputs IS 'Fingerprint of what the rating was computed from; see aoer_inputs()';
COMMENT ON COLUMN aoer_summary.last_updated IS 'When the rating was last computed, changed or not';

COMMENT ON TABLE aoer_history IS 'One row a computed rating: trend lines and audits. Partitioned by month of as_of.';
COMMENT ON COLUMN aoer_history.contributions IS 'Parts that add up to the score before rounding';
COMMENT ON TABLE metrics_events IS 'What happened to ratings, for programs that follow them; one aoer_recompute row a run. Partitioned by month.';
COMMENT ON COLUMN metrics_events.event_data IS 'aoer_recompute: job_id, score, risk, status, changed, model_version; cached where the summary was served as it stood';
COMMENT ON TABLE aoer_failures IS 'One row a failed attempt of a job';
COMMENT ON COLUMN aoer_failures.retry_count IS 'Attempts made before this one failed';

COMMENT ON TABLE aoer_model IS 'Learnt parameters of the calibrated rating: one champion a tenant, challengers beside it. Arrays: seo, aeo, geo, ugc, geolocal.';
COMMENT ON COLUMN aoer_model.weights IS 'Weights in use for this tenant, none negative';
COMMENT ON COLUMN aoer_model.pooled_weights IS 'Weights learnt over all tenants that are pooled';
COMMENT ON COLUMN aoer_model.signal_means IS 'Decayed means of the signals, what a contribution is measured from';
COMMENT ON COLUMN aoer_model.residual_scale IS 'Typical error of this tenant''s predictions, points';
COMMENT ON COLUMN aoer_model.interval_alpha IS 'Adapted miss rate of the interval';
COMMENT ON COLUMN aoer_model.interval_radius IS 'Half width of the interval in residual scales';
COMMENT ON COLUMN aoer_model.outcomes IS 'Readings with an outcome the parameters rest on';
COMMENT ON COLUMN aoer_model.pooled IS 'False: this tenant opted out of pooling';
COMMENT ON COLUMN aoer_model.parameters IS 'Everything else the statement of the rating needs: expert weights and states';

COMMENT ON TABLE aoer_predictions IS 'Predictions stored before their outcome was known, of champion and challenger';
COMMENT ON COLUMN aoer_predictions.date IS 'Day of the reading that is predicted';
COMMENT ON COLUMN aoer_predictions.outcome IS 'observed_aiv of that day once it is in';

COMMENT ON VIEW v_aoer_dashboard IS 'One line a tenant: rating, grade, risk band, interval and why there is none';
