COMMENT ON COLUMN aoer_model.risk_median IS 'Median reading of the 26 weeks before learning; risk is that of the next reading falling 5 below it';
COMMENT ON COLUMN aoer_model.risk_cdf IS 'P(standardised residual < z) at 49 points of z from -6 to 6';

COMMENT ON TABLE aoer_panels IS 'Frozen sets of prompts that answer engines are asked for a tenant; trends only within one version';
COMMENT ON COLUMN aoer_panels.number IS 'Version of the tenant''s panel, from 1';
COMMENT ON COLUMN aoer_panels.hash IS 'SHA-256 over the prompts, checked before every run';
COMMENT ON COLUMN aoer_panels.prompts IS 'Array of {text, intent, monthly_volume}; text is sent as it is';

COMMENT ON TABLE aoer_probe_runs IS 'One row a panel, engine and run. A failed engine has no share: mentioned is NULL, never 0';
COMMENT ON COLUMN aoer_probe_runs.mentioned IS 'Answers that name the tenant; NULL where no answer came';
COMMENT ON COLUMN aoer_probe_runs.cost IS 'In the currency that the engine''s prices are configured in; NULL where no price is';

COMMENT ON TABLE aoer_probe_answers IS 'One row a prompt and engine of a run: what answered, and what was found in the answer';
COMMENT ON COLUMN aoer_probe_answers.model IS 'Model that answered, as the engine told it';
COMMENT ON COLUMN aoer_probe_answers.answer_hash IS 'SHA-256 of the raw answer; NULL where none came, then error says why';
COMMENT ON COLUMN aoer_probe_answers.mentions IS 'Brand to number of mentions in the answer, the tenant first';
COMMENT ON COLUMN aoer_probe_answers.position IS 'Where the tenant is first named: top, mid, bottom of the answer, none';
