-- A fingerprint of everything that the rating of a tenant depends on: its own row, the day in its zone, the chosen rating, the
-- champion's parameters, and the signals of the window by their number and times of writing (the newest one where the window
-- is empty). Two equal fingerprints mean that computing again would give the same.
CREATE OR REPLACE FUNCTION aoer_inputs(p_tenants uuid[]) RETURNS TABLE (tenant_id uuid, inputs bigint)
LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT w.id, hashtextextended(concat_ws('/', w.today, w.version, m.id, m.version, current_setting('aoer.rating', true), x.n, x.written,
           CASE WHEN x.n = 0 THEN (SELECT s.date || ' ' || date_part('epoch', s.updated_at) FROM aiv_raw_signals s
                                    WHERE s.tenant_id = w.id AND s.date <= w.today ORDER BY s.date DESC LIMIT 1) END), 0)
    FROM (SELECT t.id, t.version, (now() AT TIME ZONE t.time_zone)::date AS today FROM tenants t WHERE t.id = ANY (p_tenants)) w
    LEFT JOIN aoer_model m ON m.tenant_id = w.id AND m.role = 'champion'
   CROSS JOIN LATERAL (
     SELECT count(*) AS n, sum(date_part('epoch', s.updated_at)) AS written
       FROM aiv_raw_signals s WHERE s.tenant_id = w.id AND s.date BETWEEN w.today - 30 AND w.today) x
$$;
