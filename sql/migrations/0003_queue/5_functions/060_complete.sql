-- The acknowledgement of rated jobs of one claim: fenced update, rating, history and event in one statement, so that a client
-- that is stopped in the middle never leaves locks behind. What is no longer ours (rescued, cancelled, done) is left alone.
-- `tenants` are those whose job was completed; `waited` and `ran` are sums over them in seconds. Summaries younger than
-- `p_cache` whose inputs are unchanged are served as they stand (aoer_serve), except to urgent and forced jobs.
-- Rows that somebody else has locked for longer than half a second end the statement: the worker then finds the one tenant.
CREATE OR REPLACE FUNCTION queue_complete_recomputes(p_tenants uuid[], p_ids uuid[], p_lease bigint, p_cache interval DEFAULT '0')
RETURNS TABLE (tenants uuid[], waited double precision, max_waited double precision, ran double precision,
               max_ran double precision, cancelled bigint)
LANGUAGE plpgsql SET lock_timeout = '500ms' AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY
  WITH ended AS (
    UPDATE aoer_queue q
       SET status = CASE WHEN q.cancel_requested THEN 'cancelled' ELSE 'completed' END::queue_status, completed_at = now(),
           slot = NULL, version = q.version + 1, updated_at = now()
      FROM unnest(p_tenants, p_ids) AS k (tenant_id, id)
     WHERE q.tenant_id = k.tenant_id AND q.id = k.id AND q.lease_id = p_lease AND q.status = 'running'
    RETURNING q.tenant_id, q.id, q.status, date_part('epoch', q.started_at - q.scheduled_at) AS waited,
              date_part('epoch', clock_timestamp() - q.started_at) AS ran, q.priority = 'urgent' OR q.payload ? 'force' AS forced
  ), done AS MATERIALIZED (
    SELECT coalesce(array_agg(e.tenant_id), '{}') AS tenants, coalesce(array_agg(e.id), '{}') AS ids, array_agg(e.forced) AS forced,
           coalesce(sum(e.waited), 0) AS waited, coalesce(max(e.waited), 0) AS max_waited,
           coalesce(sum(e.ran), 0) AS ran, coalesce(max(e.ran), 0) AS max_ran
      FROM ended e WHERE e.status = 'completed'
  ), rated AS MATERIALIZED (
    SELECT count(*) AS n FROM done d CROSS JOIN LATERAL aoer_serve(d.tenants, d.ids, d.forced, p_cache)
  )
  SELECT d.tenants, d.waited, d.max_waited, d.ran, d.max_ran,
         (SELECT count(*) FROM ended e WHERE e.status = 'cancelled') + 0 * (SELECT r.n FROM rated r)
    FROM done d;
END
$$;
