-- The classic rating of one tenant from the means over its 30 days up to `p_today`:
-- (0.40 aeo + 0.35 geo + 0.25 ugc) * (1 - min(volatility / 20, 0.30)), means by column over the readings that exist,
-- volatility = sample standard deviation of aeo (0 with one reading). A column without any reading leaves the score
-- NULL with the reason; nothing missing is ever taken for zero. Risk: 1 no data, .8 under 5 readings, .6 newest older
-- than 7 days, .4 volatility over 15, else .2. The contributions add up to the score before rounding.
CREATE OR REPLACE FUNCTION aoer_classic_of(
  p_tenant uuid, p_today date, p_aeo double precision, p_geo double precision, p_ugc double precision,
  p_volatility double precision, p_points bigint, p_newest date
) RETURNS TABLE (tenant_id uuid, aoer_score numeric, visibility_risk numeric, status text, reason text, interval_low numeric,
                 interval_high numeric, level numeric, contributions jsonb, metrics jsonb, model_version text)
LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT p_tenant, round(c.score::numeric, 2),  -- in 0..100 by itself: signals are, and the weights add up to 1
         CASE WHEN c.score IS NULL THEN 1.0 WHEN p_points < 5 THEN 0.8 WHEN p_newest < p_today - 7 THEN 0.6
              WHEN p_volatility > 15 THEN 0.4 ELSE 0.2 END,
         CASE WHEN c.score IS NULL THEN 'no_data' WHEN p_newest < p_today - 7 THEN 'stale' ELSE 'uncalibrated' END,
         CASE WHEN p_points = 0 THEN 'no aeo, geo or ugc reading in the last 30 days'
              WHEN c.score IS NULL THEN 'no ' || concat_ws(', ', CASE WHEN p_aeo IS NULL THEN 'aeo' END,
                CASE WHEN p_geo IS NULL THEN 'geo' END, CASE WHEN p_ugc IS NULL THEN 'ugc' END) || ' reading in the last 30 days'
              WHEN p_newest < p_today - 7 THEN 'newest reading is ' || (p_today - p_newest) || ' days old' END,
         NULL::numeric, NULL::numeric, NULL::numeric,
         CASE WHEN c.score IS NULL THEN '{}'::jsonb ELSE jsonb_build_object(
           'aeo', 0.40 * p_aeo, 'geo', 0.35 * p_geo, 'ugc', 0.25 * p_ugc, 'volatility', c.score - c.plain) END,
         jsonb_build_object('rating', 'classic', 'window_days', 30, 'as_of', p_today, 'points', p_points, 'newest', p_newest,
           'mean_aeo', p_aeo, 'mean_geo', p_geo, 'mean_ugc', p_ugc, 'volatility', p_volatility, 'damping', c.damping),
         'classic-1'
    FROM (SELECT b.*, b.plain * (1 - b.damping) AS score
            FROM (SELECT 0.40 * p_aeo + 0.35 * p_geo + 0.25 * p_ugc AS plain,
                         least(coalesce(p_volatility, 0) / 20, 0.30) AS damping) b) c
$$;

-- The classic rating of known tenants, as of `p_as_of` (NULL: today in the tenant's zone).
CREATE OR REPLACE FUNCTION aoer_classic(p_tenants uuid[], p_as_of date DEFAULT NULL)
RETURNS TABLE (tenant_id uuid, aoer_score numeric, visibility_risk numeric, status text, reason text, interval_low numeric,
               interval_high numeric, level numeric, contributions jsonb, metrics jsonb, model_version text)
LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT c.*
    FROM (SELECT t.id, coalesce(p_as_of, (now() AT TIME ZONE t.time_zone)::date) AS today FROM tenants t WHERE t.id = ANY (p_tenants)) w
   CROSS JOIN LATERAL aoer_window(w.id, w.today) x
   CROSS JOIN LATERAL aoer_classic_of(w.id, w.today, x.aeo, x.geo, x.ugc, x.volatility, x.points, x.newest) c
$$;
