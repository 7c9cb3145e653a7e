-- The rating in force, one row a known tenant of `p_tenants`, with the fingerprint of what it was computed from. Reads only;
-- aoer_serve() stores what this returns. Where the summary is younger than `p_cache`, its fingerprint still holds and nobody
-- asked for a fresh one (`p_forced[i]` for `p_tenants[i]`), the row is what the summary says, without parts: `cached`.
-- The calibrated statement comes with a later version, together with the columns that it reads.
CREATE OR REPLACE FUNCTION aoer_assess(p_tenants uuid[], p_forced boolean[], p_cache interval)
RETURNS TABLE (tenant_id uuid, aoer_score numeric, visibility_risk numeric, status text, reason text, interval_low numeric,
               interval_high numeric, level numeric, contributions jsonb, metrics jsonb, model_version text, inputs bigint,
               known boolean, cached boolean, changed boolean)
LANGUAGE sql STABLE PARALLEL SAFE AS $$
  WITH seen AS MATERIALIZED (
    SELECT i.*, o.tenant_id IS NOT NULL AS known, o.aoer_score, o.visibility_risk, o.status, o.reason, o.interval_low,
           o.interval_high, o.model_version,
           coalesce(p_cache > '0' AND o.inputs = i.inputs AND o.last_updated BETWEEN now() - p_cache AND clock_timestamp()
                    AND NOT EXISTS (SELECT FROM unnest(p_tenants, p_forced) AS u (tenant, forced)
                                     WHERE u.tenant = i.tenant_id AND u.forced), false) AS cached
      FROM aoer_inputs(p_tenants) i LEFT JOIN aoer_summary o ON o.tenant_id = i.tenant_id
  ), fresh AS (
    SELECT c.* FROM seen s CROSS JOIN LATERAL
           aoer_classic_of(s.tenant_id, s.today, s.aeo, s.geo, s.ugc, s.volatility, s.points, s.newest) c
     WHERE s.rating = 'classic' AND NOT s.cached
    UNION ALL
    SELECT c.* FROM (SELECT array_agg(s.tenant_id) AS ids FROM seen s WHERE s.rating = 'calibrated' AND NOT s.cached HAVING count(*) > 0) learnt
           CROSS JOIN LATERAL aoer_calibrated(learnt.ids, NULL) c
  )
  SELECT f.*, s.inputs, s.known, false,
         (s.aoer_score, s.visibility_risk, s.status, s.reason, s.interval_low, s.interval_high, s.model_version)
         IS DISTINCT FROM (f.aoer_score::numeric(5,2), f.visibility_risk::numeric(3,2), f.status, f.reason,
                           f.interval_low::numeric(5,2), f.interval_high::numeric(5,2), f.model_version)
    FROM fresh f JOIN seen s ON s.tenant_id = f.tenant_id
   UNION ALL
  SELECT s.tenant_id, s.aoer_score, s.visibility_risk, s.status, s.reason, s.interval_low, s.interval_high, NULL, NULL, NULL,
         s.model_version, s.inputs, true, true, false
    FROM seen s WHERE s.cached
$$;

-- The same computed for everybody, without what only storing needs.
CREATE OR REPLACE FUNCTION aoer_compute(p_tenants uuid[])
RETURNS TABLE (tenant_id uuid, aoer_score numeric, visibility_risk numeric, status text, reason text, interval_low numeric,
               interval_high numeric, level numeric, contributions jsonb, metrics jsonb, model_version text)
LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT a.tenant_id, a.aoer_score, a.visibility_risk, a.status, a.reason, a.interval_low, a.interval_high, a.level,
         a.contributions, a.metrics, a.model_version
    FROM aoer_assess(p_tenants, NULL, '0') a
$$;
