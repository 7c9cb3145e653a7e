-- One row: the signals of a tenant over the 30 days up to `p_today`. `points` and `newest` are those of readings of aeo, geo or
-- ugc; `signals` and `written` (the sum of their times of writing) change with anything that is written into the window.
CREATE OR REPLACE FUNCTION aoer_window(p_tenant uuid, p_today date)
RETURNS TABLE (aeo double precision, geo double precision, ugc double precision, volatility double precision, points bigint,
               newest date, signals bigint, written double precision)
LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT avg(s.aeo), avg(s.geo), avg(s.ugc), stddev_samp(s.aeo),
         count(*) FILTER (WHERE s.aeo IS NOT NULL OR s.geo IS NOT NULL OR s.ugc IS NOT NULL),
         max(s.date) FILTER (WHERE s.aeo IS NOT NULL OR s.geo IS NOT NULL OR s.ugc IS NOT NULL),
         count(*), sum(date_part('epoch', s.updated_at))
    FROM aiv_raw_signals s WHERE s.tenant_id = p_tenant AND s.date BETWEEN p_today - 30 AND p_today
$$;

-- Which rating a tenant gets: its own setting, else the session's (aoer.rating, sent by the console from its settings), else
-- auto: calibrated wherever readings of visibility were learnt, classic everywhere else.
CREATE OR REPLACE FUNCTION aoer_rating_of(p_settings jsonb, p_learnt boolean) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT CASE coalesce(p_settings ->> 'rating', nullif(current_setting('aoer.rating', true), ''), 'auto')
           WHEN 'classic' THEN 'classic' WHEN 'calibrated' THEN 'calibrated'
           ELSE CASE WHEN p_learnt THEN 'calibrated' ELSE 'classic' END END
$$;

-- What the rating of each known tenant of `p_tenants` depends on, read once: which rating it is, the day in its zone, the means
-- of its window, and a fingerprint of everything: its own row, that day, the session's choice of a rating, the champion's
-- parameters, and the signals of the window (the newest one where the window is empty). Two equal fingerprints mean that
-- computing again would give the same.
CREATE OR REPLACE FUNCTION aoer_inputs(p_tenants uuid[])
RETURNS TABLE (tenant_id uuid, rating text, today date, aeo double precision, geo double precision, ugc double precision,
               volatility double precision, points bigint, newest date, inputs bigint)
LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT w.id, aoer_rating_of(w.settings, m.level IS NOT NULL), w.today, x.aeo, x.geo, x.ugc, x.volatility, x.points, x.newest,
         hashtextextended(concat_ws('/', w.today, w.version, m.id, m.version, current_setting('aoer.rating', true), x.signals, x.written,
           CASE WHEN x.signals = 0 THEN (SELECT s.date || ' ' || date_part('epoch', s.updated_at) FROM aiv_raw_signals s
                                       WHERE s.tenant_id = w.id AND s.date <= w.today ORDER BY s.date DESC LIMIT 1) END), 0)
    FROM (SELECT t.id, t.version, t.settings, (now() AT TIME ZONE t.time_zone)::date AS today
            FROM tenants t WHERE t.id = ANY (p_tenants) OFFSET 0) w  -- or the day would be worked out wherever it is used
    LEFT JOIN aoer_model m ON m.tenant_id = w.id AND m.role = 'champion'
   CROSS JOIN LATERAL aoer_window(w.id, w.today) x
$$;
