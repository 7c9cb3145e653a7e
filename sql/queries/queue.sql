-- name: claim
-- One row a lane and kind. The statement itself lives in queue_claim(), which carries its planner settings.
SELECT lane::text AS lane, kind, lease_id, tenants, ids, payloads, retries
  FROM queue_claim($1::uuid, $2::integer, $3::interval, $4::text[], $5::integer)

-- name: take
-- As claim, with ordinary recomputes already rated and completed: one statement and one commit for both. See queue_take().
SELECT lane::text AS lane, kind, lease_id, tenants, ids, payloads, retries, rated, waited, max_waited, ran, mark
  FROM queue_take($1::uuid, $2::integer, $3::interval, $4::text[], $5::integer, $6::boolean, $7::interval, $8::text[])

-- name: complete_recomputes
-- One row; the statement itself lives in queue_complete_recomputes(), which carries its lock time-out.
SELECT tenants, waited, max_waited, ran, max_ran, cancelled
  FROM queue_complete_recomputes($1::uuid[], $2::uuid[], $3::bigint, $4::interval)

-- name: complete
-- The acknowledgement of jobs whose handler did its own writing; $3 holds the lease of each.
WITH ended AS (
  UPDATE aoer_queue q
     SET status = CASE WHEN q.cancel_requested THEN 'cancelled' ELSE 'completed' END::queue_status, completed_at = now(), slot = NULL,
         version = q.version + 1, updated_at = now()
    FROM unnest($1::uuid[], $2::uuid[], $3::bigint[]) AS k (tenant_id, id, lease_id)
   WHERE q.tenant_id = k.tenant_id AND q.id = k.id AND q.lease_id = k.lease_id AND q.status = 'running'
  RETURNING q.tenant_id, q.id, q.status, q.priority, q.kind, date_part('epoch', q.started_at - q.scheduled_at) AS waited,
            date_part('epoch', clock_timestamp() - q.started_at) AS ran
)
SELECT e.priority::text AS lane, e.kind, array_agg(e.id) FILTER (WHERE e.status = 'completed') AS ids,
       array_agg(e.tenant_id) FILTER (WHERE e.status = 'completed') AS tenants,
       count(*) FILTER (WHERE e.status = 'cancelled') AS cancelled, coalesce(sum(e.waited), 0) AS waited,
       coalesce(max(e.waited), 0) AS max_waited, coalesce(sum(e.ran), 0) AS ran, coalesce(max(e.ran), 0) AS max_ran
  FROM ended e GROUP BY e.priority, e.kind

-- name: fail
-- Spends an attempt of each job and records why ($4). The next try is 2^retry_count times $5 away, +-10 %. A job that has a
-- waiting twin is not queued beside it.
WITH given AS MATERIALIZED (
  SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::text[]) AS k (tenant_id, id, lease_id, error)
), moved AS (
  UPDATE aoer_queue q
     SET retry_count = q.retry_count + 1, slot = NULL, error_message = left(k.error, 2000),
         status = verdict.status, completed_at = CASE WHEN verdict.status = 'queued' THEN NULL ELSE now() END,
         turn = 2147483647,
         scheduled_at = CASE WHEN verdict.status = 'queued'
                             THEN now() + $5::interval * (power(2, least(q.retry_count + 1, 16)) * (0.9 + 0.2 * random()))
                             ELSE q.scheduled_at END,
         version = q.version + 1, updated_at = now()
    FROM given k
         CROSS JOIN LATERAL (
           SELECT CASE WHEN j.cancel_requested THEN 'cancelled' WHEN j.retry_count >= j.max_retries THEN 'failed'
                       WHEN EXISTS (SELECT FROM aoer_queue t WHERE t.tenant_id = j.tenant_id AND t.kind = j.kind
                                       AND t.dedupe_key = j.dedupe_key AND t.status = 'queued') THEN 'cancelled'
                       ELSE 'queued' END::queue_status AS status
             FROM aoer_queue j WHERE j.tenant_id = k.tenant_id AND j.id = k.id) AS verdict
   WHERE q.tenant_id = k.tenant_id AND q.id = k.id AND q.lease_id = k.lease_id AND q.status = 'running'
  RETURNING q.tenant_id, q.id, q.kind, q.priority, q.status, q.retry_count, q.payload, k.error
), logged AS (
  INSERT INTO aoer_failures (tenant_id, job_id, job_name, error_text, payload, retry_count)
  SELECT m.tenant_id, m.id, m.kind, left(m.error, 2000), m.payload, m.retry_count FROM moved m
)
SELECT m.id, m.tenant_id, m.kind, m.priority::text AS lane, m.status::text AS status, m.retry_count FROM moved m

-- name: rescue
-- Takes back what dead or overrunning workers hold: silent for $1, or past the deadline by $2. An attempt and a crash are
-- spent; after $3 crashes the job is quarantined. The new time is $4 away, doubled by each crash, +-10 %, so that it does
-- not come straight back to the head of its lane.
WITH lost AS MATERIALIZED (
  SELECT q.tenant_id, q.id,
         CASE WHEN q.deadline_at < now() - $2::interval THEN 'ran past its deadline' ELSE 'lost with its worker' END AS error
    FROM aoer_queue q LEFT JOIN queue_workers w ON w.worker_id = q.worker_id
   WHERE q.status = 'running'
     AND (w.worker_id IS NULL OR w.state = 'stopped' OR w.heartbeat_at < now() - $1::interval OR q.deadline_at < now() - $2::interval)
   ORDER BY q.tenant_id, q.slot LIMIT 1000 FOR UPDATE OF q SKIP LOCKED
), judged AS MATERIALIZED (
  SELECT l.*, CASE WHEN j.cancel_requested THEN 'cancelled' WHEN j.crash_count + 1 >= $3::integer THEN 'quarantined'
                   WHEN j.retry_count >= j.max_retries THEN 'failed'
                   WHEN EXISTS (SELECT FROM aoer_queue t WHERE t.tenant_id = j.tenant_id AND t.kind = j.kind
                                   AND t.dedupe_key = j.dedupe_key AND t.status = 'queued')
                        OR (j.dedupe_key IS NOT NULL
                            AND row_number() OVER (PARTITION BY j.tenant_id, j.kind, j.dedupe_key ORDER BY j.id) > 1) THEN 'cancelled'
                   ELSE 'queued' END::queue_status AS status
    FROM lost l JOIN aoer_queue j ON j.tenant_id = l.tenant_id AND j.id = l.id
), moved AS (
  UPDATE aoer_queue q
     SET retry_count = q.retry_count + 1, crash_count = q.crash_count + 1, slot = NULL, error_message = l.error, status = l.status,
         completed_at = CASE WHEN l.status = 'queued' THEN NULL ELSE now() END, turn = 2147483647,
         scheduled_at = CASE WHEN l.status = 'queued'
                             THEN now() + $4::interval * (power(2, least(q.crash_count, 16)) * (0.9 + 0.2 * random()))
                             ELSE q.scheduled_at END,
         version = q.version + 1, updated_at = now()
    FROM judged l WHERE q.tenant_id = l.tenant_id AND q.id = l.id AND q.status = 'running'
  RETURNING q.tenant_id, q.id, q.kind, q.priority, q.status, q.retry_count, q.payload, l.error
), logged AS (
  INSERT INTO aoer_failures (tenant_id, job_id, job_name, error_text, payload, retry_count)
  SELECT m.tenant_id, m.id, m.kind, m.error, m.payload, m.retry_count FROM moved m
)
SELECT m.id, m.tenant_id, m.kind, m.priority::text AS lane, m.status::text AS status, m.error FROM moved m

-- name: release
-- Gives unstarted jobs back, at their old place and without spending an attempt; one with a waiting twin ends instead.
UPDATE aoer_queue q
   SET slot = NULL, version = q.version + 1, updated_at = now(),
       status = CASE WHEN q.cancel_requested OR EXISTS (SELECT FROM aoer_queue t WHERE t.tenant_id = q.tenant_id AND t.kind = q.kind
                       AND t.dedupe_key = q.dedupe_key AND t.status = 'queued') THEN 'cancelled' ELSE 'queued' END::queue_status,
       completed_at = CASE WHEN q.cancel_requested OR EXISTS (SELECT FROM aoer_queue t WHERE t.tenant_id = q.tenant_id AND t.kind = q.kind
                       AND t.dedupe_key = q.dedupe_key AND t.status = 'queued') THEN now() END
  FROM unnest($1::uuid[], $2::uuid[], $3::bigint[]) AS k (tenant_id, id, lease_id)
 WHERE q.tenant_id = k.tenant_id AND q.id = k.id AND q.lease_id = k.lease_id AND q.status = 'running'

-- name: admit
-- Delayed jobs whose time has come join the round that their lane is serving.
WITH due AS MATERIALIZED (
  SELECT q.tenant_id, q.id, q.priority, q.scheduled_at FROM aoer_queue q
   WHERE q.status = 'queued' AND q.turn = 2147483647 AND q.scheduled_at <= now()
     AND q.priority IN ('urgent', 'high', 'medium', 'low')
   LIMIT 1000 FOR UPDATE SKIP LOCKED
), base AS MATERIALIZED (
  SELECT l AS priority, queue_round(l) AS turn FROM unnest(enum_range(NULL::queue_priority)) AS l
), placed AS (
  SELECT d.tenant_id, d.id, b.turn + (row_number() OVER (PARTITION BY d.tenant_id, d.priority ORDER BY d.scheduled_at))::integer - 1 AS turn
    FROM due d JOIN base b ON b.priority = d.priority
)
UPDATE aoer_queue q SET turn = p.turn, version = q.version + 1, updated_at = now()
  FROM placed p WHERE q.tenant_id = p.tenant_id AND q.id = p.id AND q.status = 'queued'
RETURNING q.id

-- name: next_epoch
-- Keeps what ran long ago out of the way of claims; $1 claims are worth a new epoch.
SELECT queue_next_epoch($1::integer)

-- name: promote
-- Ageing: what waited in its lane for $1 since it was due (or last promoted) moves up one lane, never into urgent.
WITH old AS MATERIALIZED (
  SELECT q.tenant_id, q.id, q.priority FROM aoer_queue q
   WHERE q.status = 'queued' AND q.priority IN ('medium', 'low') AND q.turn < 2147483647
     AND greatest(q.scheduled_at, q.promoted_at) < now() - $1::interval
   ORDER BY q.priority, q.turn, q.scheduled_at, q.tenant_id LIMIT $2::integer FOR UPDATE SKIP LOCKED
), base AS MATERIALIZED (
  SELECT l AS priority, queue_round(l) AS turn FROM unnest(enum_range(NULL::queue_priority)) AS l
), up AS (
  SELECT o.tenant_id, o.id, b.priority,
         b.turn + (row_number() OVER (PARTITION BY o.tenant_id, o.priority ORDER BY o.id))::integer - 1 AS turn
    FROM old o JOIN base b ON b.priority = CASE o.priority WHEN 'low' THEN 'medium' ELSE 'high' END::queue_priority
)
UPDATE aoer_queue q SET priority = u.priority, turn = u.turn, promoted_at = now(), version = q.version + 1, updated_at = now()
  FROM up u WHERE q.tenant_id = u.tenant_id AND q.id = u.id AND q.status = 'queued'
RETURNING q.id

-- name: heartbeat
INSERT INTO queue_workers AS w (worker_id, role, host, pid, application, state, kinds, completed, failed)
VALUES ($1, $2, $3, $4, $5, $6, $7::text[], $8, $9)
ON CONFLICT (worker_id) DO UPDATE
  SET heartbeat_at = now(), state = excluded.state, completed = excluded.completed, failed = excluded.failed

-- name: held
-- What the database believes this worker runs; a job that is missing here was taken away.
SELECT id, lease_id, cancel_requested FROM aoer_queue WHERE status = 'running' AND worker_id = $1

-- name: forget_workers
DELETE FROM queue_workers w
 WHERE w.heartbeat_at < now() - $1::interval
   AND NOT EXISTS (SELECT FROM aoer_queue q WHERE q.status = 'running' AND q.worker_id = w.worker_id)

-- name: count
-- Adds counters of one worker: arrays of equal length, one element a (lane, kind).
INSERT INTO queue_metrics AS m (minute, priority, kind, worker_id, completed, failed, cancelled, lost, wait_ms, run_ms, max_wait_ms, max_run_ms)
SELECT date_trunc('minute', now()), lane::queue_priority, kind, $1, completed, failed, cancelled, lost, wait_ms, run_ms, max_wait_ms, max_run_ms
  FROM unnest($2::text[], $3::text[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[], $8::float8[], $9::float8[], $10::float8[],
              $11::float8[]) AS c (lane, kind, completed, failed, cancelled, lost, wait_ms, run_ms, max_wait_ms, max_run_ms)
ON CONFLICT (minute, priority, kind, worker_id) DO UPDATE
  SET completed = m.completed + excluded.completed, failed = m.failed + excluded.failed, cancelled = m.cancelled + excluded.cancelled,
      lost = m.lost + excluded.lost, wait_ms = m.wait_ms + excluded.wait_ms, run_ms = m.run_ms + excluded.run_ms,
      max_wait_ms = greatest(m.max_wait_ms, excluded.max_wait_ms), max_run_ms = greatest(m.max_run_ms, excluded.max_run_ms)

-- name: enqueue
SELECT tenant_id, id, created FROM queue_enqueue($1::uuid[], $2::text::queue_priority, $3, $4, $5, $6::text::jsonb, $7)

-- name: active_tenants
SELECT t.id FROM tenants t WHERE t.active AND t.id > $1::uuid ORDER BY t.id LIMIT $2

-- name: tenants_with_signals
-- Active tenants with a signal since $1 days ago, in pages by id.
SELECT t.id FROM tenants t
 WHERE t.active AND t.id > $2::uuid
   AND EXISTS (SELECT FROM aiv_raw_signals s WHERE s.tenant_id = t.id AND s.date >= (now() AT TIME ZONE 'UTC')::date - $1::integer)
 ORDER BY t.id LIMIT $3

-- name: status
SELECT * FROM get_aoer_queue_status()

-- name: depth
-- Live jobs by lane, what failed, the age of the oldest due job, and whether the lane is held back.
SELECT l.lane::text AS lane, l.queued, l.running, l.failed, l.quarantined, l.oldest_seconds,
       EXISTS (SELECT FROM queue_controls c WHERE c.paused AND (c.scope = 'all' OR (c.scope = 'lane' AND c.key = l.lane::text))) AS paused
  FROM queue_lanes() l ORDER BY l.lane

-- name: rates
-- Throughput and latencies of the last $1 by lane and kind, from the counters.
SELECT m.priority::text AS lane, m.kind, sum(m.completed)::bigint AS completed, sum(m.failed)::bigint AS failed,
       sum(m.cancelled)::bigint AS cancelled, sum(m.lost)::bigint AS lost,
       sum(m.wait_ms) / nullif(sum(m.completed), 0) AS mean_wait_ms, sum(m.run_ms) / nullif(sum(m.completed), 0) AS mean_run_ms,
       max(m.max_wait_ms) AS max_wait_ms, max(m.max_run_ms) AS max_run_ms
  FROM queue_metrics m WHERE m.minute > now() - $1::interval
 GROUP BY m.priority, m.kind ORDER BY m.priority, m.kind

-- name: workers
SELECT worker_id, role, host, pid, application, state, kinds, started_at, heartbeat_at, completed, failed,
       extract(epoch FROM now() - heartbeat_at)::float8 AS silent_seconds
  FROM queue_workers WHERE heartbeat_at > now() - $1::interval ORDER BY started_at

-- name: controls
SELECT scope, key, paused, max_running, reason, updated_at FROM queue_controls ORDER BY scope, key

-- name: list
-- Live and recently finished jobs, most pressing first; $1 statuses (NULL: all), $2 tenant (NULL: all), $3 rows.
SELECT q.id, q.tenant_id, t.name AS tenant, q.kind, q.priority::text AS priority,
       CASE q.status WHEN 'queued' THEN 'pending' WHEN 'running' THEN 'processing' ELSE q.status::text END AS status,
       q.retry_count, q.max_retries, q.crash_count, q.scheduled_at, q.started_at, q.completed_at, q.error_message, q.version
  FROM aoer_queue q JOIN tenants t ON t.id = q.tenant_id
 WHERE ($1::text[] IS NULL OR q.status = ANY ($1::text[]::queue_status[])) AND ($2::uuid IS NULL OR q.tenant_id = $2)
 ORDER BY (q.status = 'running') DESC, (q.completed_at IS NULL) DESC, q.priority, q.completed_at DESC, q.turn, q.scheduled_at, q.id
 LIMIT $3

-- name: job
SELECT q.id, q.tenant_id, q.kind, q.priority::text AS priority, q.status::text AS status, q.retry_count, q.crash_count, q.lease_id,
       q.cancel_requested, q.dedupe_key, q.scheduled_at, q.version
  FROM aoer_queue q WHERE q.id = ANY ($1::uuid[]) ORDER BY q.tenant_id, q.id FOR UPDATE

-- name: jobs_by_status
-- Locks what a bulk verb will act on; $1 statuses, $2 tenant (NULL: all), $3 at most.
SELECT q.id, q.tenant_id, q.kind, q.priority::text AS priority, q.status::text AS status, q.retry_count, q.crash_count, q.lease_id,
       q.cancel_requested, q.dedupe_key, q.scheduled_at, q.version
  FROM aoer_queue q
 WHERE q.status = ANY ($1::text[]::queue_status[]) AND ($2::uuid IS NULL OR q.tenant_id = $2)
 ORDER BY q.tenant_id, q.id LIMIT $3 FOR UPDATE SKIP LOCKED

-- name: cancel
-- A waiting job ends now; a running one is marked, and its worker (or rescue) carries that out.
UPDATE aoer_queue q
   SET cancel_requested = true, status = CASE q.status WHEN 'queued' THEN 'cancelled' ELSE q.status END,
       completed_at = CASE q.status WHEN 'queued' THEN now() END, version = q.version + 1, updated_at = now()
 WHERE q.tenant_id = ANY ($1::uuid[]) AND q.id = ANY ($2::uuid[]) AND q.status IN ('queued', 'running')
RETURNING q.tenant_id, q.id, q.status::text AS status, q.version

-- name: retry
-- Queues ended jobs again with a fresh count. One whose twin waits already is left as it is (not returned).
UPDATE aoer_queue q
   SET status = 'queued', retry_count = 0, crash_count = 0, cancel_requested = false, completed_at = NULL, scheduled_at = now(),
       promoted_at = NULL, turn = queue_round(q.priority), version = q.version + 1, updated_at = now()
 WHERE q.tenant_id = ANY ($1::uuid[]) AND q.id = ANY ($2::uuid[]) AND q.status IN ('failed', 'cancelled', 'quarantined')
   AND NOT EXISTS (SELECT FROM aoer_queue t WHERE t.tenant_id = q.tenant_id AND t.kind = q.kind AND t.dedupe_key = q.dedupe_key
                      AND t.status = 'queued')
RETURNING q.tenant_id, q.id, q.status::text AS status, q.version

-- name: control
INSERT INTO queue_controls AS c (scope, key, paused, max_running, reason) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (scope, key) DO UPDATE SET paused = excluded.paused, max_running = excluded.max_running, reason = excluded.reason

-- name: control_of
SELECT paused, max_running FROM queue_controls WHERE scope = $1 AND key = $2 FOR UPDATE

-- name: drop_control
DELETE FROM queue_controls WHERE scope = $1 AND key = $2 AND NOT paused AND max_running IS NULL

-- name: archive
SELECT queue_archive($1::interval, $2::interval, $3)

-- name: prune_metrics
DELETE FROM queue_metrics WHERE minute < now() - $1::interval

-- name: audit
-- One audit row an element; a NULL tenant is the whole installation.
SELECT audit_write(t, $2, 'job', o, b::jsonb, a::jsonb, $6)
  FROM unnest($1::uuid[], $3::text[], $4::text[], $5::text[]) AS u (t, o, b, a)

-- name: live
-- Whether anything is due or runs: what a drain waits for. Jobs of paused lanes and tenants do not count.
SELECT EXISTS (SELECT FROM aoer_queue q WHERE q.status = 'running')
    OR EXISTS (SELECT FROM aoer_queue q
                WHERE q.status = 'queued' AND q.scheduled_at <= now()
                  AND NOT EXISTS (SELECT FROM queue_controls c
                                   WHERE c.paused AND (c.scope = 'all' OR (c.scope = 'lane' AND c.key = q.priority::text)
                                                       OR (c.scope = 'tenant' AND c.key = q.tenant_id::text)
                                                       OR (c.scope = 'kind' AND c.key = q.kind))))

-- name: disown
-- Jobs that were given to this worker by a claim whose answer it never got; $2 are the leases it knows of.
UPDATE aoer_queue q
   SET slot = NULL, version = q.version + 1, updated_at = now(),
       status = CASE WHEN q.cancel_requested OR EXISTS (SELECT FROM aoer_queue t WHERE t.tenant_id = q.tenant_id AND t.kind = q.kind
                       AND t.dedupe_key = q.dedupe_key AND t.status = 'queued') THEN 'cancelled' ELSE 'queued' END::queue_status,
       completed_at = CASE WHEN q.cancel_requested OR EXISTS (SELECT FROM aoer_queue t WHERE t.tenant_id = q.tenant_id AND t.kind = q.kind
                       AND t.dedupe_key = q.dedupe_key AND t.status = 'queued') THEN now() END
 WHERE q.status = 'running' AND q.worker_id = $1 AND q.lease_id <> ALL ($2::bigint[])
RETURNING q.id
