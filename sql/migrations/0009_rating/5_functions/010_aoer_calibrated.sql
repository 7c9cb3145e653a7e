-- The calibrated rating of known tenants from stored parameters (aoer_model, role champion), as of `p_as_of` (NULL: today in
-- the tenant's zone). The same formula as console.aoer.rating.parameters.rate, to the last digits:
--   rating   = clip(level + sum of weight x (signal - reference)), a missing signal contributing nothing
--   scale    = residual_scale x sqrt(1 + whole weeks without a reading); interval = rating -+ radius x scale
--   risk     = P(next reading < 26-week median - 5), interpolated in 49 points of the residuals' distribution on -6..6
-- Without a model (no outcome was ever learnt) the prior weights over the signals that are there, without interval or risk.
-- Signals are those of the newest row. The parts in `contributions` add up to the score.
CREATE OR REPLACE FUNCTION aoer_calibrated(p_tenants uuid[], p_as_of date DEFAULT NULL)
RETURNS TABLE (tenant_id uuid, aoer_score numeric, visibility_risk numeric, status text, reason text, interval_low numeric,
               interval_high numeric, level numeric, contributions jsonb, metrics jsonb, model_version text)
LANGUAGE sql STABLE PARALLEL SAFE AS $$
  WITH wanted AS MATERIALIZED (
    SELECT t.id, coalesce(p_as_of, (now() AT TIME ZONE t.time_zone)::date) AS today
      FROM tenants t WHERE t.id = ANY (p_tenants)
  ), seen AS MATERIALIZED (
    SELECT w.id, w.today, s.*, m.model_version, m.trained_to, m.outcomes, m.residual_scale, m.interval_radius, m.risk_median,
           m.risk_cdf, m.weights, m.signal_means, m.trained_to IS NOT NULL AS known,
           CASE WHEN m.trained_to IS NOT NULL THEN m.level WHEN num_nonnulls(s.seo, s.aeo, s.geo, s.ugc, s.geolocal) > 0 THEN 0 END AS base,
           CASE WHEN m.trained_to IS NOT NULL THEN greatest((w.today - m.trained_to) / 7 - 1, 0) END AS weeks
      FROM wanted w
      LEFT JOIN aoer_model m ON m.tenant_id = w.id AND m.role = 'champion' AND m.level IS NOT NULL
      LEFT JOIN LATERAL (
        SELECT x.date, x.seo, x.aeo, x.geo, x.ugc, x.geolocal
          FROM aiv_raw_signals x WHERE x.tenant_id = w.id AND x.date <= w.today
         ORDER BY x.date DESC LIMIT 1) s ON true
  ), prior AS (
    SELECT e.*, CASE WHEN NOT e.known THEN nullif(
             CASE WHEN e.seo IS NULL THEN 0 ELSE 0.25 END + CASE WHEN e.aeo IS NULL THEN 0 ELSE 0.30 END
             + CASE WHEN e.geo IS NULL THEN 0 ELSE 0.20 END + CASE WHEN e.ugc IS NULL THEN 0 ELSE 0.15 END
             + CASE WHEN e.geolocal IS NULL THEN 0 ELSE 0.10 END, 0)::double precision END AS mass
      FROM seen e
  ), parts AS MATERIALIZED (
    SELECT p.*,
           coalesce(CASE WHEN p.known THEN p.weights[1] * (p.seo - p.signal_means[1]) ELSE 0.25::double precision / p.mass * p.seo END, 0) AS c1,
           coalesce(CASE WHEN p.known THEN p.weights[2] * (p.aeo - p.signal_means[2]) ELSE 0.30::double precision / p.mass * p.aeo END, 0) AS c2,
           coalesce(CASE WHEN p.known THEN p.weights[3] * (p.geo - p.signal_means[3]) ELSE 0.20::double precision / p.mass * p.geo END, 0) AS c3,
           coalesce(CASE WHEN p.known THEN p.weights[4] * (p.ugc - p.signal_means[4]) ELSE 0.15::double precision / p.mass * p.ugc END, 0) AS c4,
           coalesce(CASE WHEN p.known THEN p.weights[5] * (p.geolocal - p.signal_means[5])
                         ELSE 0.10::double precision / p.mass * p.geolocal END, 0) AS c5
      FROM prior p
  ), scored AS (
    SELECT p.*, p.base + (p.c1 + p.c2 + p.c3 + p.c4 + p.c5) AS whole,
           -- least() and greatest() pass over NULL: without the CASE nothing known would become 0.
           CASE WHEN p.base IS NOT NULL THEN least(greatest(p.base + (p.c1 + p.c2 + p.c3 + p.c4 + p.c5), 0), 100) END AS score,
           CASE WHEN p.known THEN p.residual_scale * sqrt(1 + p.weeks) END AS scale
      FROM parts p
  ), placed AS MATERIALIZED (
    SELECT s.*, CASE WHEN s.known THEN least(greatest(((s.risk_median - 5 - s.score) / nullif(s.scale, 0) + 6) / 0.25, 0), 48) END AS place
      FROM scored s
  ), risked AS MATERIALIZED (
    SELECT p.*, CASE WHEN p.score IS NULL THEN '{}'::jsonb ELSE jsonb_build_object('level', p.base, 'seo', p.c1, 'aeo', p.c2,
             'geo', p.c3, 'ugc', p.c4, 'geolocal', p.c5, 'limit', p.score - p.whole) END AS parts,
           CASE WHEN p.known THEN least(floor(p.place), 47)::integer END AS below FROM placed p
  )
  SELECT r.id, r.score::numeric,
         (r.risk_cdf[r.below + 1] * (1 - (r.place - r.below)) + r.risk_cdf[r.below + 2] * (r.place - r.below))::numeric,
         CASE WHEN r.score IS NULL THEN 'no_data'
              WHEN CASE WHEN r.known THEN r.weeks >= 8 ELSE (r.today - r.date) / 7 - 1 >= 8 END THEN 'stale'
              WHEN r.known THEN 'calibrated' ELSE 'uncalibrated' END,
         CASE WHEN r.score IS NULL AND r.date IS NULL THEN 'no signals yet'
              WHEN r.score IS NULL THEN 'the newest row (' || r.date || ') holds no signal and no reading was ever learnt'
              WHEN r.known AND r.weeks >= 8 THEN 'no reading for ' || r.weeks || ' weeks'
              WHEN NOT r.known AND (r.today - r.date) / 7 - 1 >= 8 THEN 'newest signals are ' || (r.today - r.date) || ' days old'
              WHEN NOT r.known THEN 'no reading of visibility yet: declared weights only, no interval' END,
         CASE WHEN r.known THEN greatest(r.score - r.interval_radius * r.scale, 0)::numeric END,
         CASE WHEN r.known THEN least(r.score + r.interval_radius * r.scale, 100)::numeric END,
         r.base::numeric,
         r.parts,
         jsonb_build_object('rating', 'calibrated', 'as_of', r.today, 'signals_of', r.date, 'last_reading', r.trained_to,
           'readings', r.outcomes, 'weeks_without_reading', r.weeks, 'scale', r.scale, 'median_26_weeks', r.risk_median,
           'contributions', r.parts),
         coalesce(r.model_version, 'prior-1')
    FROM risked r
$$;
