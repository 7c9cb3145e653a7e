-- The rating in force, one row a known tenant of `p_tenants`. Reads only; aoer_recompute() stores what this returns.
CREATE OR REPLACE FUNCTION aoer_compute(p_tenants uuid[])
RETURNS TABLE (tenant_id uuid, aoer_score numeric, visibility_risk numeric, status text, reason text, interval_low numeric,
               interval_high numeric, level numeric, contributions jsonb, metrics jsonb, model_version text)
LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT * FROM aoer_classic(p_tenants, NULL)
$$;
