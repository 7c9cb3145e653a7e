-- Jobs of `p_tenant` that may run at once: what queue_controls says of it, else `p_default`.
CREATE OR REPLACE FUNCTION queue_slots(p_tenant uuid, p_default integer) RETURNS integer
LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT coalesce((SELECT c.max_running FROM queue_controls c WHERE c.scope = 'tenant' AND c.key = p_tenant::text), p_default)
$$;

-- Enters the present epoch of claims until the end of the transaction and returns it. What runs must be looked at in a later
-- statement, with a snapshot of its own: see queue_next_epoch.
CREATE OR REPLACE FUNCTION queue_enter_epoch() RETURNS bigint
LANGUAGE plpgsql AS $$
BEGIN
  IF current_setting('transaction_isolation') <> 'read committed' THEN
    RAISE EXCEPTION 'jobs are claimed in READ COMMITTED transactions only' USING ERRCODE = 'feature_not_supported',
      HINT = 'an older snapshot cannot tell whether something of the tenant runs already';
  END IF;
  PERFORM pg_advisory_xact_lock_shared(hashtextextended('aoer.queue.epoch', 0));
  RETURN (SELECT e.last_value FROM aoer_queue_epoch e);
END
$$;

-- Gives up to `p_limit` due jobs of `p_kinds` to a worker: one row a lane and kind, with the number of this claim (the fence).
-- `payloads` and `retries` are NULL for recomputes, which need neither.
--
-- Lanes are served in order, each in the order of aoer_queue_ready_idx; candidates are locked (SKIP LOCKED) and updated by
-- their place in the table, so that nothing is joined. The lane is named in ORDER BY as well: under row level security the
-- planner does not conclude from an equality that it needs no sorting. All this is forced: with statistics taken at another
-- moment of the queue's life the planner would sort the backlog or scan the table. A scalar subquery asks the slot index
-- tenant by tenant, where an anti-join would be free to read all running jobs for each candidate. At most `p_slots` jobs of
-- a tenant run at once (or what queue_controls says of it); who loses a race for a slot gets a unique violation of
-- aoer_queue_slot_idx: claim again.
--
-- Index entries of jobs that are done stay in front of a lane for as long as any transaction might still see them. A claim that
-- filled up says where in its lane it stopped; the next one, given that as `p_mark`, begins there instead of reading all of those
-- again. What may wait further ahead (retried, given back) is looked for every second, and whenever there is not enough behind.
--
-- With `p_quick` ordinary recomputes are not marked as running: their rows are locked and come back as `places`, for the
-- caller to end in this very transaction (queue_take). One that failed or crashed before is claimed, so that its next attempt
-- is on record before it begins.
CREATE OR REPLACE FUNCTION queue_claim(
  p_worker uuid, p_limit integer, p_deadline interval, p_kinds text[], p_slots integer, p_quick boolean DEFAULT false,
  p_mark text[] DEFAULT NULL
) RETURNS TABLE (lane queue_priority, kind text, lease_id bigint, tenants uuid[], ids uuid[], payloads text[], retries integer[],
                 places tid[], mark text[])
LANGUAGE plpgsql
SET enable_seqscan = off SET enable_bitmapscan = off SET enable_sort = off SET enable_hashjoin = off SET enable_mergejoin = off
SET enable_material = off SET jit = off SET plan_cache_mode = force_generic_plan
AS $$
#variable_conflict use_column
DECLARE
  served queue_priority;
  lanes  queue_priority[] := enum_range(NULL::queue_priority);
  kinds  text[] := p_kinds;
  held   uuid[];
  single boolean := p_slots = 1;
  chosen tid[];
  quick  tid[];
  slots  jsonb;
  lease  bigint;
  room   integer := p_limit;
  stopped text[];
  looked timestamptz;
  from_turn   integer;
  from_time   timestamptz;
  from_tenant uuid;
  this_epoch   bigint;
  oldest_epoch bigint := (SELECT o.last_value FROM aoer_queue_oldest_epoch o);
BEGIN
  IF EXISTS (SELECT FROM queue_controls) THEN
    IF EXISTS (SELECT FROM queue_controls c WHERE c.scope = 'all' AND c.paused) THEN
      RETURN;
    END IF;
    held := array(SELECT c.key::uuid FROM queue_controls c WHERE c.scope = 'tenant' AND c.paused);
    lanes := array(SELECT l FROM unnest(lanes) AS l
                    WHERE NOT EXISTS (SELECT FROM queue_controls c WHERE c.scope = 'lane' AND c.key = l::text AND c.paused) ORDER BY l);
    kinds := array(SELECT k FROM unnest(kinds) AS k
                    WHERE NOT EXISTS (SELECT FROM queue_controls c WHERE c.scope = 'kind' AND c.key = k AND c.paused));
    single := single AND NOT EXISTS (SELECT FROM queue_controls c WHERE c.scope = 'tenant' AND c.max_running > 1);
  END IF;
  IF NOT (p_quick AND single) THEN
    this_epoch := queue_enter_epoch();
  END IF;
  FOREACH served IN ARRAY lanes LOOP
    EXIT WHEN room <= 0;
    IF single THEN
      IF p_mark[1] = served::text AND p_mark[5]::timestamptz BETWEEN now() - interval '1 second' AND now() THEN
        from_turn := p_mark[2]; from_time := p_mark[3]; from_tenant := p_mark[4]; looked := p_mark[5];
      ELSE
        from_turn := -1; from_time := '-infinity'; from_tenant := '00000000-0000-0000-0000-000000000000'; looked := now();
      END IF;
      LOOP
        WITH got AS MATERIALIZED (
          SELECT q.ctid AS place, q.tenant_id, q.turn, q.scheduled_at,
                 p_quick AND q.kind = 'recompute' AND q.dedupe_key = '' AND q.retry_count + q.crash_count = 0 AS quick
            FROM aoer_queue q
           WHERE q.status = 'queued' AND q.priority = served AND q.turn < 2147483647 AND q.scheduled_at <= now()
             AND (q.turn, q.scheduled_at, q.tenant_id) > (from_turn, from_time, from_tenant)
             AND q.kind = ANY (kinds) AND (held IS NULL OR q.tenant_id <> ALL (held))
             AND (SELECT r.slot FROM aoer_queue r
                   WHERE r.tenant_id = q.tenant_id AND r.status = 'running' AND r.epoch >= oldest_epoch LIMIT 1) IS NULL
           ORDER BY q.priority, q.turn, q.scheduled_at, q.tenant_id LIMIT room FOR UPDATE OF q SKIP LOCKED
        )
        SELECT array_agg(n.place) FILTER (WHERE NOT n.quick), array_agg(n.place) FILTER (WHERE n.quick),
               (SELECT ARRAY[served::text, g.turn::text, g.scheduled_at::text, g.tenant_id::text, looked::text] FROM got g
                 WHERE (SELECT count(*) FROM got) >= room
                 ORDER BY g.turn DESC, g.scheduled_at DESC, g.tenant_id DESC LIMIT 1)
          INTO chosen, quick, stopped
          FROM (SELECT g.place, g.quick, row_number() OVER (PARTITION BY g.tenant_id) AS nth FROM got g) AS n
         WHERE n.nth = 1;
        IF chosen IS NOT NULL AND this_epoch IS NULL THEN
          this_epoch := queue_enter_epoch();  -- some are put on record: what runs is looked at once more under its lock
          CONTINUE;
        END IF;
        EXIT WHEN stopped IS NOT NULL OR from_turn = -1;
        from_turn := -1; from_time := '-infinity'; from_tenant := '00000000-0000-0000-0000-000000000000'; looked := now();
      END LOOP;
    ELSE
      -- The free slots of each tenant, numbered, meet its candidates in their order.
      WITH locked AS MATERIALIZED (
        SELECT q.ctid AS place, q.tenant_id, q.id, q.turn FROM aoer_queue q
         WHERE q.status = 'queued' AND q.priority = served AND q.turn < 2147483647 AND q.scheduled_at <= now()
           AND q.kind = ANY (kinds) AND (held IS NULL OR q.tenant_id <> ALL (held))
           AND (SELECT count(*) FROM aoer_queue r
                 WHERE r.tenant_id = q.tenant_id AND r.status = 'running' AND r.epoch >= oldest_epoch)
               < queue_slots(q.tenant_id, p_slots)
         ORDER BY q.priority, q.turn, q.scheduled_at, q.tenant_id LIMIT room FOR UPDATE OF q SKIP LOCKED
      ), numbered AS (
        SELECT l.*, row_number() OVER (PARTITION BY l.tenant_id ORDER BY l.turn, l.id) AS nth FROM locked l
      ), free AS (
        SELECT t.tenant_id, s.slot, row_number() OVER (PARTITION BY t.tenant_id ORDER BY s.slot) AS nth
          FROM (SELECT DISTINCT l.tenant_id FROM locked l) AS t
               CROSS JOIN LATERAL generate_series(0, queue_slots(t.tenant_id, p_slots) - 1) AS s (slot)
         WHERE NOT EXISTS (SELECT FROM aoer_queue r WHERE r.tenant_id = t.tenant_id AND r.status = 'running'
                              AND r.epoch >= oldest_epoch AND r.slot = s.slot)
      )
      SELECT array_agg(n.place), jsonb_object_agg(n.id, f.slot) INTO chosen, slots
        FROM numbered n JOIN free f ON f.tenant_id = n.tenant_id AND f.nth = n.nth;
    END IF;
    CONTINUE WHEN chosen IS NULL AND quick IS NULL;
    lease := coalesce(lease, nextval('aoer_queue_lease'));
    IF quick IS NOT NULL THEN
      RETURN QUERY SELECT served, 'recompute', lease, NULL::uuid[], NULL::uuid[], NULL::text[], NULL::integer[], quick, stopped;
      room := room - cardinality(quick);
    END IF;
    CONTINUE WHEN chosen IS NULL;
    -- By place alone: the rows are locked, and a condition on the status would offer the planner an index over the backlog.
    RETURN QUERY
    WITH claimed AS (
      UPDATE aoer_queue q
         SET status = 'running', slot = CASE WHEN single THEN 0 ELSE (slots ->> q.id::text)::smallint END, epoch = this_epoch,
             lease_id = lease, worker_id = p_worker, started_at = now(), deadline_at = now() + p_deadline, version = q.version + 1, updated_at = now()
       WHERE q.ctid = ANY (chosen)
      RETURNING q.tenant_id, q.id, q.kind, q.retry_count, q.payload
    )
    SELECT served, c.kind, lease, array_agg(c.tenant_id), array_agg(c.id),
           CASE WHEN c.kind <> 'recompute' THEN array_agg(c.payload::text) END,
           CASE WHEN c.kind <> 'recompute' THEN array_agg(c.retry_count) END, NULL::tid[], stopped
      FROM claimed c GROUP BY c.kind;
    room := room - cardinality(chosen);
  END LOOP;
END
$$;
