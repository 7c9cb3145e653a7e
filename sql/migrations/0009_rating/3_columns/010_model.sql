-- What the statement of the calibrated rating reads beside weights and level.
ALTER TABLE aoer_model ADD COLUMN IF NOT EXISTS risk_median double precision;
ALTER TABLE aoer_model ADD COLUMN IF NOT EXISTS risk_cdf double precision[];
