-- What jobs that ask for a rating get, all in one statement: `p_jobs[i]` asks for `p_tenants[i]` (NULL: nobody's job). A summary
-- younger than `p_cache` whose inputs have not changed since is served as it stands, unless a job with `p_forced[i]` asks for its
-- tenant too; everybody else is computed: summary, and one history row a tenant. Either way each (tenant, job) pair has exactly
-- one aoer_recompute event. One served from the cache says `cached` and writes nothing else.
-- `changed` tells whether anything but the time of computing differs from the stored summary. History row and event have the id
-- of their job (one of them, where several asked), a random one without jobs.
-- What is committed after this statement began is not seen: whoever writes it queues the tenant afterwards, or in the same
-- transaction, and that job sees other inputs.
-- One plan for all batches: making one takes longer than rating a dozen tenants, and no array of ids deserves another.
CREATE OR REPLACE FUNCTION aoer_serve(p_tenants uuid[], p_jobs uuid[], p_forced boolean[], p_cache interval)
RETURNS TABLE (tenant_id uuid, aoer_score numeric, visibility_risk numeric, status text, reason text, interval_low numeric,
               interval_high numeric, level numeric, contributions jsonb, metrics jsonb, model_version text, changed boolean,
               cached boolean)
LANGUAGE plpgsql VOLATILE SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
BEGIN
  -- Maintenance makes months ahead; ratings must go on where it did not run.
  PERFORM ensure_partitions('aoer_history', (now() AT TIME ZONE 'UTC')::date, (now() AT TIME ZONE 'UTC')::date);
  PERFORM ensure_partitions('metrics_events', (now() AT TIME ZONE 'UTC')::date, (now() AT TIME ZONE 'UTC')::date);
  RETURN QUERY
  WITH asked AS MATERIALIZED (
    SELECT DISTINCT u.tenant, u.job FROM unnest(p_tenants, p_jobs) AS u (tenant, job)
  ), told AS MATERIALIZED (
    SELECT * FROM aoer_assess(p_tenants, p_forced, p_cache) a
     ORDER BY a.tenant_id  -- one lock order for workers whose batches share tenants
  ), first AS (
    -- The arbitration of ON CONFLICT costs as much as the rest of the upsert: only those without a summary go through it.
    INSERT INTO aoer_summary AS s (tenant_id, aoer_score, visibility_risk, status, reason, interval_low, interval_high,
                                   level, model_version, metrics, inputs, last_updated)
    SELECT t.tenant_id, t.aoer_score, t.visibility_risk, t.status, t.reason, t.interval_low, t.interval_high,
           t.level, t.model_version, t.metrics, t.inputs, clock_timestamp()
      FROM told t WHERE NOT t.known
    ON CONFLICT (tenant_id) DO UPDATE SET
      aoer_score = excluded.aoer_score, visibility_risk = excluded.visibility_risk, status = excluded.status,
      reason = excluded.reason, interval_low = excluded.interval_low, interval_high = excluded.interval_high,
      level = excluded.level, model_version = excluded.model_version, metrics = excluded.metrics, inputs = excluded.inputs,
      last_updated = excluded.last_updated, version = s.version + 1, updated_at = now()
  ), again AS (
    UPDATE aoer_summary s SET
      aoer_score = t.aoer_score, visibility_risk = t.visibility_risk, status = t.status, reason = t.reason,
      interval_low = t.interval_low, interval_high = t.interval_high, level = t.level, model_version = t.model_version,
      metrics = t.metrics, inputs = t.inputs, last_updated = clock_timestamp(), version = s.version + 1, updated_at = now()
      FROM told t WHERE t.known AND NOT t.cached AND s.tenant_id = t.tenant_id
  ), history AS (
    INSERT INTO aoer_history (tenant_id, id, as_of, score, risk, status, reason, interval_low, interval_high, level,
                              contributions, model_version)
    SELECT t.tenant_id, coalesce(a.job, gen_random_uuid()), now(), t.aoer_score, t.visibility_risk, t.status, t.reason,
           t.interval_low, t.interval_high, t.level, t.contributions, t.model_version
      FROM told t JOIN (SELECT DISTINCT ON (u.tenant) u.tenant, u.job FROM asked u) a ON a.tenant = t.tenant_id
     WHERE NOT t.cached
  ), events AS (
    INSERT INTO metrics_events (tenant_id, id, event_type, event_data)
    SELECT t.tenant_id, coalesce(a.job, gen_random_uuid()), 'aoer_recompute',
           CASE WHEN t.cached THEN jsonb_strip_nulls(d.data || '{"cached": true}')
                WHEN a.job IS NULL OR t.aoer_score IS NULL THEN jsonb_strip_nulls(d.data) ELSE d.data END
      FROM asked a JOIN told t ON t.tenant_id = a.tenant
           CROSS JOIN LATERAL (SELECT jsonb_build_object(
             'job_id', a.job, 'score', t.aoer_score, 'risk', t.visibility_risk, 'status', t.status, 'changed', t.changed,
             'model_version', t.model_version) AS data) d
  )
  SELECT t.tenant_id, t.aoer_score, t.visibility_risk, t.status, t.reason, t.interval_low, t.interval_high, t.level,
         t.contributions, t.metrics, t.model_version, t.changed, t.cached
    FROM told t;
END
$$;

-- Computes and stores the rating of all given tenants, for the jobs that asked for them (see aoer_serve).
CREATE OR REPLACE FUNCTION aoer_recompute(p_tenants uuid[], p_jobs uuid[] DEFAULT NULL)
RETURNS TABLE (tenant_id uuid, aoer_score numeric, visibility_risk numeric, status text, reason text, interval_low numeric,
               interval_high numeric, level numeric, contributions jsonb, metrics jsonb, model_version text, changed boolean)
LANGUAGE sql VOLATILE AS $$
  SELECT s.tenant_id, s.aoer_score, s.visibility_risk, s.status, s.reason, s.interval_low, s.interval_high, s.level,
         s.contributions, s.metrics, s.model_version, s.changed
    FROM aoer_serve(p_tenants, p_jobs, NULL, '0') s
$$;

-- The rating of one tenant, computed now and not stored. No row: there is no such tenant.
CREATE OR REPLACE FUNCTION compute_aoer_for_tenant(p_tenant uuid)
RETURNS TABLE (tenant_id uuid, aoer_score numeric, visibility_risk numeric, status text, reason text, interval_low numeric,
               interval_high numeric, level numeric, contributions jsonb, metrics jsonb, model_version text)
LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT * FROM aoer_compute(ARRAY[p_tenant])
$$;

-- Recomputes and stores the rating of one tenant and returns what is stored.
CREATE OR REPLACE FUNCTION update_aoer_summary(p_tenant uuid) RETURNS aoer_summary
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  stored aoer_summary;
BEGIN
  PERFORM aoer_recompute(ARRAY[p_tenant]);
  SELECT * INTO stored FROM aoer_summary s WHERE s.tenant_id = p_tenant;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'no tenant has the id %', p_tenant USING ERRCODE = 'no_data_found';
  END IF;
  RETURN stored;
END
$$;
