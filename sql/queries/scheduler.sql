-- name: begin
SELECT answer, tick, note FROM cycle_begin($1, $2, $3::interval, $4, $5::interval, $6::interval, $7)

-- name: end
SELECT cycle_end($1, $2, $3, $4, $5::text::jsonb, $6)

-- name: declare
-- What this program would run; what an operator wants of a cycle is kept.
INSERT INTO cycle_state AS s (cycle, title, schedule, next_run_at, desired) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (cycle) DO UPDATE
  SET title = excluded.title, schedule = excluded.schedule, next_run_at = coalesce(excluded.next_run_at, s.next_run_at)

-- name: next_runs
UPDATE cycle_state s SET next_run_at = n.at
  FROM unnest($1::text[], $2::timestamptz[]) AS n (cycle, at)
 WHERE s.cycle = n.cycle AND s.next_run_at IS DISTINCT FROM n.at

-- name: ran
-- Whether any process had this tick.
SELECT EXISTS (SELECT FROM cycle_runs WHERE cycle = $1 AND tick = $2)

-- name: cycles
SELECT cycle, title, schedule, desired, state, last_tick, last_run_at, last_seconds, last_outcome, next_run_at, message, runs, failures,
       skipped, total_seconds / nullif(runs, 0) AS mean_seconds, version
  FROM cycle_state ORDER BY cycle

-- name: runs
SELECT cycle, tick, outcome, started_at, extract(epoch FROM finished_at - started_at)::float8 AS seconds, stats, error, worker_id
  FROM cycle_runs WHERE ($1::text IS NULL OR cycle = $1) AND ($3 OR outcome <> 'skipped')
 ORDER BY started_at DESC LIMIT $2

-- name: desire
UPDATE cycle_state s SET desired = $2
  FROM (SELECT cycle, desired FROM cycle_state WHERE cycle = ANY ($1::text[]) ORDER BY cycle FOR UPDATE) AS old
 WHERE s.cycle = old.cycle AND old.desired <> $2
RETURNING s.cycle, old.desired AS before, s.version

-- name: audit
SELECT audit_write(NULL, $1, 'cycle', $2, $3::text::jsonb, $4::text::jsonb, 'done')

-- name: lease_take
SELECT lease_take($1, $2, $3::interval)

-- name: lease_give
UPDATE scheduler_leases SET expires_at = now() WHERE name = $1 AND holder = $2 AND term = $3 AND expires_at > now()

-- name: lease_check
SELECT EXISTS (SELECT FROM scheduler_leases WHERE name = $1 AND holder = $2 AND term = $3 AND expires_at > now())

-- name: heartbeat
INSERT INTO queue_workers AS w (worker_id, role, host, pid, application, state) VALUES ($1, 'scheduler', $2, $3, $4, $5)
ON CONFLICT (worker_id) DO UPDATE SET heartbeat_at = now(), state = excluded.state

-- name: prune_runs
-- Frequent cycles leave many rows: those of successful ones go after $1, others after $2.
DELETE FROM cycle_runs
 WHERE outcome <> 'running' AND started_at < now() - CASE WHEN outcome IN ('done', 'skipped') THEN $1::interval ELSE $2::interval END

-- name: partitions
-- Makes the partitions of every registered table, as far ahead as its policy says; returns how many were missing.
SELECT coalesce(sum(ensure_partitions(p.parent, now()::date,
         (now() + p.ahead * CASE p.period WHEN 'quarter' THEN interval '3 months' ELSE interval '1 month' END)::date)), 0)
  FROM partition_policies p
