-- Raises one alert for each rule, tenant and window in which the record holds enough events, and counts what came to windows
-- that have one. A window begins at the first event of a burst. It looks at the record itself, not at the hourly counts, so
-- that an alert does not wait for the sealing horizon; `p_back` covers pauses of the scheduler. Asking again changes nothing.
CREATE OR REPLACE FUNCTION audit_raise_alerts(p_back interval DEFAULT '1 hour', OUT raised bigint, OUT counted bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  limits public.audit_alert_rules;
  owner  uuid;
  nil    CONSTANT uuid := '00000000-0000-0000-0000-000000000000';
  since  timestamptz;
  start  timestamptz;
  span   interval;
BEGIN
  PERFORM public.aoer_require_all_tenants('raise alerts of the record');
  PERFORM pg_advisory_xact_lock(hashtextextended('aoer.audit.alerts', 0));
  raised := 0;
  FOR limits IN SELECT r.* FROM public.audit_alert_rules r WHERE r.enabled ORDER BY r.name LOOP
    span := make_interval(secs => limits.window_seconds);
    FOR owner IN
      SELECT coalesce(a.tenant_id, nil) FROM public.audit_logs a
       WHERE a.action IN ('auth.failed', 'access.denied', 'security.threat_detected', 'system.error')
         AND a.action = limits.event_type AND a.at > now() - p_back - span
       GROUP BY 1 HAVING count(*) >= limits.threshold
    LOOP
      LOOP
        SELECT greatest(now() - p_back - span, max(o.window_end)) INTO since
          FROM public.audit_alerts o WHERE o.tenant_id = owner AND o.rule = limits.name;
        SELECT e.at INTO start
          FROM (SELECT a.at, lead(a.at, limits.threshold - 1) OVER (ORDER BY a.at, a.id) AS last_needed FROM public.audit_logs a
                 WHERE a.action IN ('auth.failed', 'access.denied', 'security.threat_detected', 'system.error')
                   AND a.action = limits.event_type AND a.at >= since AND coalesce(a.tenant_id, nil) = owner) e
         WHERE e.last_needed < e.at + span ORDER BY e.at LIMIT 1;
        EXIT WHEN start IS NULL;
        INSERT INTO public.audit_alerts (tenant_id, rule, event_type, severity, message, window_start, window_end, events, last_seen_at)
        VALUES (owner, limits.name, limits.event_type, limits.severity,
                format('%s: %s or more within %s s', limits.title, limits.threshold, limits.window_seconds),
                start, start + span, 1, start);
        raised := raised + 1;
      END LOOP;
    END LOOP;
  END LOOP;
  WITH seen AS (
    SELECT o.tenant_id, o.id, count(*) AS n, max(a.at) AS last_at
      FROM public.audit_alerts o
      JOIN public.audit_logs a ON a.action = o.event_type AND coalesce(a.tenant_id, nil) = o.tenant_id
                              AND a.at >= o.window_start AND a.at < o.window_end
     WHERE a.action IN ('auth.failed', 'access.denied', 'security.threat_detected', 'system.error')
       AND o.window_end > now() - p_back
     GROUP BY o.tenant_id, o.id
  )
  UPDATE public.audit_alerts o SET events = s.n, last_seen_at = s.last_at
    FROM seen s WHERE o.tenant_id = s.tenant_id AND o.id = s.id AND o.events <> s.n;
  GET DIAGNOSTICS counted = ROW_COUNT;
END
$$;

-- The severities of the record in the words that the alerts pane sorts by.
CREATE OR REPLACE FUNCTION audit_alert_level(p_severity text) RETURNS severity_level
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT (CASE p_severity WHEN 'critical' THEN 'critical' WHEN 'error' THEN 'high' ELSE 'medium' END)::severity_level
$$;
