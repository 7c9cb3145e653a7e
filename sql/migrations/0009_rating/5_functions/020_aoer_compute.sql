-- Which rating a tenant gets: its own setting, else the session's (aoer.rating, sent by the console from its settings), else
-- auto: calibrated wherever readings of visibility were learnt, classic everywhere else.
CREATE OR REPLACE FUNCTION aoer_rating_of(p_settings jsonb, p_learnt boolean) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT CASE coalesce(p_settings ->> 'rating', nullif(current_setting('aoer.rating', true), ''), 'auto')
           WHEN 'classic' THEN 'classic' WHEN 'calibrated' THEN 'calibrated'
           ELSE CASE WHEN p_learnt THEN 'calibrated' ELSE 'classic' END END
$$;

-- The rating in force, one row a known tenant of `p_tenants`. Reads only; aoer_recompute() stores what this returns.
CREATE OR REPLACE FUNCTION aoer_compute(p_tenants uuid[])
RETURNS TABLE (tenant_id uuid, aoer_score numeric, visibility_risk numeric, status text, reason text, interval_low numeric,
               interval_high numeric, level numeric, contributions jsonb, metrics jsonb, model_version text)
LANGUAGE sql STABLE PARALLEL SAFE AS $$
  WITH chosen AS MATERIALIZED (
    SELECT t.id, aoer_rating_of(t.settings, m.tenant_id IS NOT NULL) AS rating
      FROM tenants t
      LEFT JOIN aoer_model m ON m.tenant_id = t.id AND m.role = 'champion' AND m.level IS NOT NULL
     WHERE t.id = ANY (p_tenants)
  )
  SELECT * FROM aoer_calibrated((SELECT array_agg(c.id) FROM chosen c WHERE c.rating = 'calibrated'), NULL)
  UNION ALL
  SELECT * FROM aoer_classic((SELECT array_agg(c.id) FROM chosen c WHERE c.rating = 'classic'), NULL)
$$;
