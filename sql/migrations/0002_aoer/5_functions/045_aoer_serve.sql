-- What a job that asks for a rating gets: `p_jobs[i]` asks for `p_tenants[i]`. A summary younger than `p_cache` whose inputs have
-- not changed since is served as it stands, unless `p_forced[i]`; everybody else is computed (aoer_recompute). Either way the job
-- has exactly one aoer_recompute event. One served from the cache says `cached`, writes no history row (nothing was computed) and
-- leaves the summary alone. Returns how many were served from the cache.
-- What is committed after this statement began is not seen: whoever writes it queues the tenant afterwards, or in the same
-- transaction, and that job sees other inputs.
CREATE OR REPLACE FUNCTION aoer_serve(p_tenants uuid[], p_jobs uuid[], p_forced boolean[], p_cache interval) RETURNS bigint
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  young  uuid[];
  cached uuid[];
  served bigint := 0;
BEGIN
  IF p_cache > '0' THEN
    young := array(SELECT s.tenant_id FROM unnest(p_tenants, p_forced) AS u (tenant, forced) JOIN aoer_summary s ON s.tenant_id = u.tenant
                    WHERE NOT u.forced AND s.inputs IS NOT NULL AND s.last_updated BETWEEN now() - p_cache AND clock_timestamp());
  END IF;
  IF cardinality(young) > 0 THEN
    WITH same AS MATERIALIZED (
      SELECT s.* FROM aoer_inputs(young) i JOIN aoer_summary s ON s.tenant_id = i.tenant_id AND s.inputs = i.inputs
    ), events AS (
      INSERT INTO metrics_events (tenant_id, id, event_type, event_data)
      SELECT s.tenant_id, u.job, 'aoer_recompute', jsonb_strip_nulls(jsonb_build_object(
               'job_id', u.job, 'score', s.aoer_score, 'risk', s.visibility_risk, 'status', s.status, 'changed', false, 'cached', true,
               'model_version', s.model_version))
        FROM unnest(p_tenants, p_jobs, p_forced) AS u (tenant, job, forced) JOIN same s ON s.tenant_id = u.tenant WHERE NOT u.forced
      RETURNING tenant_id, id
    )
    SELECT array_agg(e.id), count(*) INTO cached, served FROM events e;
  END IF;
  IF served = 0 THEN
    PERFORM count(*) FROM aoer_recompute(p_tenants, p_jobs);
  ELSIF served < cardinality(p_tenants) THEN
    PERFORM count(*) FROM (SELECT array_agg(u.tenant) AS tenants, array_agg(u.job) AS jobs
                             FROM unnest(p_tenants, p_jobs) AS u (tenant, job) WHERE u.job <> ALL (cached)) AS rest
            CROSS JOIN LATERAL aoer_recompute(rest.tenants, rest.jobs);
  END IF;
  RETURN served;
END
$$;
