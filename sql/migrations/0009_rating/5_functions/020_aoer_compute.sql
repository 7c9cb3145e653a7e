-- Which rating a tenant gets: its own setting, else the session's (aoer.rating, sent by the console from its settings), else
-- auto: calibrated wherever readings of visibility were learnt, classic everywhere else.
CREATE OR REPLACE FUNCTION aoer_rating_of(p_settings jsonb, p_learnt boolean) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT CASE coalesce(p_settings ->> 'rating', nullif(current_setting('aoer.rating', true), ''), 'auto')
           WHEN 'classic' THEN 'classic' WHEN 'calibrated' THEN 'calibrated'
           ELSE CASE WHEN p_learnt THEN 'calibrated' ELSE 'classic' END END
$$;

-- The rating in force, one row a known tenant of `p_tenants`. Reads only; aoer_recompute() stores what this returns.
-- Which rating is chosen first, so that each statement gets plain arrays: it is then a part of this plan, and rows are not
-- collected once more on their way (a third of the time).
CREATE OR REPLACE FUNCTION aoer_compute(p_tenants uuid[])
RETURNS TABLE (tenant_id uuid, aoer_score numeric, visibility_risk numeric, status text, reason text, interval_low numeric,
               interval_high numeric, level numeric, contributions jsonb, metrics jsonb, model_version text)
LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
#variable_conflict use_column
DECLARE
  learnt uuid[];
  plain  uuid[];
BEGIN
  SELECT array_agg(c.id) FILTER (WHERE c.rating = 'calibrated'), array_agg(c.id) FILTER (WHERE c.rating = 'classic') INTO learnt, plain
    FROM (SELECT t.id, aoer_rating_of(t.settings, m.tenant_id IS NOT NULL) AS rating
            FROM tenants t
            LEFT JOIN aoer_model m ON m.tenant_id = t.id AND m.role = 'champion' AND m.level IS NOT NULL
           WHERE t.id = ANY (p_tenants)) c;
  IF learnt IS NOT NULL THEN
    RETURN QUERY SELECT * FROM aoer_calibrated(learnt, NULL);
  END IF;
  IF plain IS NOT NULL THEN
    RETURN QUERY SELECT * FROM aoer_classic(plain, NULL);
  END IF;
END
$$;
