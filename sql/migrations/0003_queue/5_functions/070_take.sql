-- The next jobs for a worker, in the order of queue_claim(), and the ordinary recomputes among them already done: locked, rated
-- and completed in this one transaction. Their lock is their claim: nobody else sees, takes, cancels or queues them beside it
-- meanwhile, a worker that dies loses nothing, and an attempt that fails is rolled back whole; the worker then takes the
-- durable way (`p_quick` false), on which attempts are counted and the one bad tenant is found. They never show as running.
-- Rows of the first sort have `ids` to work on; those of the second have the tenants that were `rated`, with the sums of their
-- times in seconds. Slots: a recompute is taken like this only when nothing of its tenant runs.
CREATE OR REPLACE FUNCTION queue_take(
  p_worker uuid, p_limit integer, p_deadline interval, p_kinds text[], p_slots integer, p_quick boolean, p_cache interval,
  p_mark text[] DEFAULT NULL
) RETURNS TABLE (lane queue_priority, kind text, lease_id bigint, tenants uuid[], ids uuid[], payloads text[], retries integer[],
                 rated boolean, waited double precision, max_waited double precision, ran double precision, mark text[])
LANGUAGE plpgsql SET lock_timeout = '250ms' AS $$
#variable_conflict use_column
DECLARE
  found record;
  moment timestamptz;
BEGIN
  FOR found IN SELECT * FROM queue_claim(p_worker, p_limit, p_deadline, p_kinds, p_slots, p_quick, p_mark) LOOP
    IF found.places IS NULL THEN
      RETURN QUERY SELECT found.lane, found.kind, found.lease_id, found.tenants, found.ids, found.payloads, found.retries, false,
                          0::double precision, 0::double precision, 0::double precision, found.mark;
      CONTINUE;
    END IF;
    moment := clock_timestamp();
    -- By place alone, as in queue_claim().
    RETURN QUERY
    WITH ended AS (
      UPDATE aoer_queue q
         SET status = 'completed', lease_id = found.lease_id, worker_id = p_worker, started_at = now(), completed_at = moment,
             version = q.version + 1, updated_at = now()
       WHERE q.ctid = ANY (found.places)
      RETURNING q.tenant_id, q.id, date_part('epoch', now() - q.scheduled_at) AS waited,
                q.priority = 'urgent' OR q.payload ? 'force' AS forced
    ), done AS MATERIALIZED (
      SELECT array_agg(e.tenant_id) AS tenants, array_agg(e.id) AS ids, array_agg(e.forced) AS forced, sum(e.waited) AS waited,
             max(e.waited) AS max_waited
        FROM ended e
    ), rated AS MATERIALIZED (
      SELECT count(*) AS n FROM done d CROSS JOIN LATERAL aoer_serve(d.tenants, d.ids, d.forced, p_cache)
    )
    SELECT found.lane, found.kind, found.lease_id, d.tenants, NULL::uuid[], NULL::text[], NULL::integer[], true, d.waited,
           d.max_waited, date_part('epoch', clock_timestamp() - now()) + 0 * r.n, found.mark
      FROM done d CROSS JOIN rated r;
  END LOOP;
END
$$;
