-- The classic rating, one row a known tenant. Over the 30 days up to `p_as_of` (NULL: today in the tenant's zone):
-- (0.40 aeo + 0.35 geo + 0.25 ugc) * (1 - min(volatility / 20, 0.30)), means by column over the readings that exist,
-- volatility = sample standard deviation of aeo (0 with one reading). A column without any reading leaves the score
-- NULL with the reason; nothing missing is ever taken for zero. Risk: 1 no data, .8 under 5 readings, .6 newest older
-- than 7 days, .4 volatility over 15, else .2. The contributions add up to the score before rounding.
CREATE OR REPLACE FUNCTION aoer_classic(p_tenants uuid[], p_as_of date DEFAULT NULL)
RETURNS TABLE (tenant_id uuid, aoer_score numeric, visibility_risk numeric, status text, reason text, interval_low numeric,
               interval_high numeric, level numeric, contributions jsonb, metrics jsonb, model_version text)
LANGUAGE sql STABLE PARALLEL SAFE AS $$
  WITH wanted AS (
    SELECT t.id, coalesce(p_as_of, (now() AT TIME ZONE t.time_zone)::date) AS today
      FROM tenants t WHERE t.id = ANY (p_tenants)
  ), seen AS (
    SELECT w.id, w.today, x.*,
           least(coalesce(x.volatility, 0) / 20, 0.30) AS damping,
           array_to_string(ARRAY[CASE WHEN x.aeo IS NULL THEN 'aeo' END, CASE WHEN x.geo IS NULL THEN 'geo' END,
                                 CASE WHEN x.ugc IS NULL THEN 'ugc' END], ', ') AS missing
      FROM wanted w CROSS JOIN LATERAL (
        SELECT avg(s.aeo) AS aeo, avg(s.geo) AS geo, avg(s.ugc) AS ugc, stddev_samp(s.aeo) AS volatility,
               count(*) AS points, max(s.date) AS newest
          FROM aiv_raw_signals s
         WHERE s.tenant_id = w.id AND s.date BETWEEN w.today - 30 AND w.today
           AND (s.aeo IS NOT NULL OR s.geo IS NOT NULL OR s.ugc IS NOT NULL)) x
  ), scored AS (
    SELECT e.*, (0.40 * e.aeo + 0.35 * e.geo + 0.25 * e.ugc) * (1 - e.damping) AS score FROM seen e
  )
  SELECT c.id, round(c.score::numeric, 2),  -- in 0..100 by itself: signals are, and the weights add up to 1
         CASE WHEN c.score IS NULL THEN 1.0 WHEN c.points < 5 THEN 0.8 WHEN c.newest < c.today - 7 THEN 0.6
              WHEN c.volatility > 15 THEN 0.4 ELSE 0.2 END,
         CASE WHEN c.score IS NULL THEN 'no_data' WHEN c.newest < c.today - 7 THEN 'stale' ELSE 'uncalibrated' END,
         CASE WHEN c.points = 0 THEN 'no aeo, geo or ugc reading in the last 30 days'
              WHEN c.score IS NULL THEN 'no ' || c.missing || ' reading in the last 30 days'
              WHEN c.newest < c.today - 7 THEN 'newest reading is ' || (c.today - c.newest) || ' days old' END,
         NULL::numeric, NULL::numeric, NULL::numeric,
         CASE WHEN c.score IS NULL THEN '{}'::jsonb ELSE jsonb_build_object(
           'aeo', 0.40 * c.aeo, 'geo', 0.35 * c.geo, 'ugc', 0.25 * c.ugc,
           'volatility', c.score - (0.40 * c.aeo + 0.35 * c.geo + 0.25 * c.ugc)) END,
         jsonb_build_object('rating', 'classic', 'window_days', 30, 'as_of', c.today, 'points', c.points, 'newest', c.newest,
           'mean_aeo', c.aeo, 'mean_geo', c.geo, 'mean_ugc', c.ugc, 'volatility', c.volatility, 'damping', c.damping),
         'classic-1'
    FROM scored c
$$;
