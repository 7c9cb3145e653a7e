-- How much an act matters: four classes of events have a severity of their own, else what came of it tells.
CREATE OR REPLACE FUNCTION audit_severity(p_action text, p_outcome text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
  SELECT CASE
    WHEN p_action LIKE 'security.%' THEN 'critical'
    WHEN p_action LIKE 'system.%' THEN 'error'
    WHEN p_action IN ('auth.failed', 'access.denied') THEN 'warning'
    WHEN p_outcome IN ('refused', 'failed') THEN 'warning'
    ELSE 'info' END
$$;

-- Counts what was written since the last call, each row once: the horizon moves in the same transaction, and below it no row
-- can still appear. At most about `p_rows` rows a call; `more` says that there are others. A cycle rather than a trigger: a
-- statement trigger would make all writers of an hour wait for the same counter rows.
CREATE OR REPLACE FUNCTION audit_aggregate(p_rows integer DEFAULT 50000, OUT rows_read bigint, OUT more boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  done xid8;
  upto xid8;
  cut  xid8;
BEGIN
  PERFORM public.aoer_require_all_tenants('count the record');
  PERFORM pg_advisory_xact_lock(hashtextextended('aoer.audit.aggregate', 0));
  INSERT INTO public.audit_aggregate_horizon (horizon) VALUES ('0') ON CONFLICT DO NOTHING;
  SELECT horizon INTO STRICT done FROM public.audit_aggregate_horizon;
  upto := pg_snapshot_xmin(pg_current_snapshot());
  SELECT a.xid INTO cut FROM public.audit_logs a WHERE a.xid >= done AND a.xid < upto ORDER BY a.xid OFFSET greatest(p_rows, 1) LIMIT 1;
  more := cut IS NOT NULL;
  IF more THEN
    -- A transaction is counted whole, however many rows it wrote.
    upto := CASE WHEN cut > done THEN cut ELSE (done::text::numeric + 1)::text::xid8 END;
  END IF;
  WITH fresh AS (
    SELECT coalesce(a.tenant_id, '00000000-0000-0000-0000-000000000000') AS tenant_id, date_trunc('hour', a.at, 'UTC') AS hour,
           a.action AS event_type, public.audit_severity(a.action, a.outcome) AS severity, count(*) AS n,
           (array_agg(DISTINCT coalesce(a.os_user || '@', '') || a.db_role))[1:1000] AS users, min(a.at) AS first_at, max(a.at) AS last_at
      FROM public.audit_logs a WHERE a.xid >= done AND a.xid < upto
     GROUP BY 1, 2, 3, 4
  ), kept AS (
    INSERT INTO public.audit_aggregates AS g (tenant_id, hour, event_type, severity, count, users, first_at, last_at)
    SELECT f.tenant_id, f.hour, f.event_type, f.severity, f.n, f.users, f.first_at, f.last_at FROM fresh f
    ON CONFLICT (tenant_id, hour, event_type, severity) DO UPDATE
      SET count = g.count + excluded.count, last_at = greatest(g.last_at, excluded.last_at),
          first_at = least(g.first_at, excluded.first_at),
          users = ARRAY(SELECT u FROM unnest(g.users || excluded.users) AS u GROUP BY u ORDER BY u LIMIT 1000)
    RETURNING 1
  )
  SELECT coalesce((SELECT sum(f.n) FROM fresh f), 0) + 0 * (SELECT count(*) FROM kept) INTO rows_read;
  UPDATE public.audit_aggregate_horizon SET horizon = upto WHERE horizon < upto;
END
$$;
