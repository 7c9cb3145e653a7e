-- The round a lane is serving: the lowest turn that waits in it. Newcomers join that round, whatever the backlog of others.
CREATE OR REPLACE FUNCTION queue_round(p_priority queue_priority) RETURNS integer
LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT coalesce((SELECT turn FROM aoer_queue WHERE status = 'queued' AND priority = p_priority AND turn < 2147483647
                    ORDER BY turn LIMIT 1), 0)
$$;

-- Queues one job of `p_kind` for each tenant, inside the caller's transaction and without NOTIFY (which would serialise
-- every commit of the server). A job that waits already is kept: it takes the higher priority and the earlier time.
-- Returns a row per tenant whose queue changed; `created` is false where a waiting job was raised.
-- `{"force": true}` in the payload asks for a rating that is computed even when nothing changed; it survives the merging.
-- Fairness: the n-th waiting job of a tenant gets the n-th turn of its lane, so lanes serve tenants round robin.
CREATE OR REPLACE FUNCTION queue_enqueue(
  p_tenants uuid[], p_priority queue_priority DEFAULT 'medium', p_kind text DEFAULT 'recompute', p_dedupe_key text DEFAULT '',
  p_scheduled_at timestamptz DEFAULT NULL, p_payload jsonb DEFAULT '{}', p_max_retries integer DEFAULT 3
) RETURNS TABLE (tenant_id uuid, id uuid, created boolean)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
  due  timestamptz := coalesce(p_scheduled_at, now());
  base integer := CASE WHEN due > now() THEN 2147483647 ELSE queue_round(p_priority) END;
BEGIN
  IF p_dedupe_key = '' THEN
    RETURN QUERY
    INSERT INTO aoer_queue AS q (tenant_id, id, kind, priority, turn, dedupe_key, scheduled_at, payload, max_retries)
    SELECT s.t, quick_id(), p_kind, p_priority, base, '', due, p_payload, p_max_retries
      FROM (SELECT DISTINCT t FROM unnest(p_tenants) AS t ORDER BY t) AS s  -- one lock order for all, and neighbours in every index
    ON CONFLICT (tenant_id, kind, dedupe_key) WHERE status = 'queued' DO UPDATE
      SET priority = least(q.priority, excluded.priority), scheduled_at = least(q.scheduled_at, excluded.scheduled_at),
          turn = CASE WHEN excluded.priority < q.priority THEN excluded.turn ELSE least(q.turn, excluded.turn) END,
          payload = CASE WHEN q.payload ? 'force' THEN excluded.payload || '{"force": true}' ELSE excluded.payload END, version = q.version + 1, updated_at = now()
      WHERE excluded.priority < q.priority OR excluded.scheduled_at < q.scheduled_at
         OR (excluded.payload ? 'force' AND NOT q.payload ? 'force')
    RETURNING q.tenant_id, q.id, q.version = 1;
    RETURN;
  END IF;
  RETURN QUERY
  INSERT INTO aoer_queue AS q (tenant_id, id, kind, priority, turn, dedupe_key, scheduled_at, payload, max_retries)
  SELECT t, quick_id(), p_kind, p_priority,
         CASE WHEN base = 2147483647 THEN base
              ELSE greatest(base, 1 + (SELECT max(w.turn) FROM aoer_queue w
                                        WHERE w.tenant_id = t AND w.status = 'queued' AND w.dedupe_key IS DISTINCT FROM ''
                                          AND w.priority = p_priority AND w.turn < 2147483647))
                   + (row_number() OVER (PARTITION BY t))::integer - 1 END,
         p_dedupe_key, due, p_payload, p_max_retries
    FROM (SELECT u AS t FROM unnest(p_tenants) WITH ORDINALITY AS given (u, n)
           WHERE p_dedupe_key IS NULL OR n = (SELECT min(o) FROM unnest(p_tenants) WITH ORDINALITY AS twin (v, o) WHERE v = u)) AS wanted
  ON CONFLICT (tenant_id, kind, dedupe_key) WHERE status = 'queued' DO UPDATE
    SET priority = least(q.priority, excluded.priority), scheduled_at = least(q.scheduled_at, excluded.scheduled_at),
        turn = CASE WHEN excluded.priority < q.priority THEN excluded.turn ELSE least(q.turn, excluded.turn) END,
        payload = CASE WHEN q.payload ? 'force' THEN excluded.payload || '{"force": true}' ELSE excluded.payload END, version = q.version + 1, updated_at = now()
    WHERE excluded.priority < q.priority OR excluded.scheduled_at < q.scheduled_at
         OR (excluded.payload ? 'force' AND NOT q.payload ? 'force')
  RETURNING q.tenant_id, q.id, q.version = 1;
END
$$;

-- For any SQL client, in its own transaction: queues a rating of one tenant and returns the job's id (that of the job
-- which waits already, where there is one; the higher priority wins). Workers find it within their poll interval.
CREATE OR REPLACE FUNCTION queue_tenant_recompute(p_tenant_id uuid, p_priority queue_priority DEFAULT 'medium') RETURNS uuid
LANGUAGE plpgsql AS $$
DECLARE
  job uuid;
BEGIN
  IF p_tenant_id IS NULL THEN
    RAISE EXCEPTION 'a tenant id is needed to queue a recompute' USING ERRCODE = 'null_value_not_allowed';
  END IF;
  SELECT e.id INTO job FROM queue_enqueue(ARRAY[p_tenant_id], coalesce(p_priority, 'medium')) AS e;
  IF job IS NULL THEN
    SELECT q.id INTO job FROM aoer_queue q
     WHERE q.tenant_id = p_tenant_id AND q.kind = 'recompute' AND q.dedupe_key = '' AND q.status = 'queued';
  END IF;
  RETURN job;
END
$$;
