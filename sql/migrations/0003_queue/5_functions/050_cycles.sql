-- Whether this caller runs a tick of a cycle. Inserting (cycle, tick) is the lock: once in the whole fleet.
-- Answers: 'run'; 'taken' (somebody has this tick); 'paused'; 'busy' (the run before has not ended: the tick is left out and
-- reported, never stacked). Runs of dead processes are closed first. `p_tick` NULL: the bin of `p_every` that now() is in,
-- so that machines with different clocks agree. A tick that the database's clock has not reached is 'early' (a machine whose clock
-- is ahead); the note tells by how many seconds.
CREATE OR REPLACE FUNCTION cycle_begin(
  p_cycle text, p_tick timestamptz, p_every interval, p_worker uuid, p_timeout interval, p_silence interval, p_forced boolean
) RETURNS TABLE (answer text, tick timestamptz, note text)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
  wanted timestamptz := coalesce(p_tick, date_bin(p_every, now(), timestamptz '2000-01-01 00:00:00+00'));
  other  cycle_runs;
  verdict text;
BEGIN
  UPDATE cycle_runs r SET outcome = 'abandoned', finished_at = now(), error = 'the process that ran it is gone'
   WHERE r.cycle = p_cycle AND r.outcome = 'running'
     AND NOT EXISTS (SELECT FROM queue_workers w WHERE w.worker_id = r.worker_id AND w.state <> 'stopped'
                        AND w.heartbeat_at > now() - p_silence)
     AND r.started_at < now() - p_silence;
  IF FOUND THEN
    PERFORM cycle_failed(p_cycle, 'abandoned: the process that ran it is gone');
  END IF;
  IF NOT p_forced AND EXISTS (SELECT FROM cycle_state s WHERE s.cycle = p_cycle AND s.desired = 'paused') THEN
    RETURN QUERY SELECT 'paused'::text, wanted, NULL::text;
    RETURN;
  END IF;
  IF NOT p_forced AND wanted > now() + interval '5 seconds' THEN
    RETURN QUERY SELECT 'early'::text, wanted, extract(epoch FROM wanted - now())::numeric(20,3)::text;
    RETURN;
  END IF;
  INSERT INTO cycle_runs (cycle, tick, worker_id) VALUES (p_cycle, wanted, p_worker) ON CONFLICT DO NOTHING;
  IF FOUND THEN
    UPDATE cycle_state s SET state = 'running', last_tick = wanted, last_run_at = now(), message = NULL WHERE s.cycle = p_cycle;
    RETURN QUERY SELECT 'run'::text, wanted, NULL::text;
    RETURN;
  END IF;
  SELECT * INTO other FROM cycle_runs r WHERE r.cycle = p_cycle AND r.outcome = 'running' AND r.tick <> wanted;
  IF other.cycle IS NULL OR EXISTS (SELECT FROM cycle_runs r WHERE r.cycle = p_cycle AND r.tick = wanted) THEN
    RETURN QUERY SELECT 'taken'::text, wanted, NULL::text;
    RETURN;
  END IF;
  verdict := CASE WHEN other.started_at < now() - p_timeout THEN 'stuck' ELSE 'running' END;
  INSERT INTO cycle_runs (cycle, tick, worker_id, outcome, finished_at, error)
  VALUES (p_cycle, wanted, p_worker, 'skipped', now(), 'the run of ' || other.tick || ' had not ended') ON CONFLICT DO NOTHING;
  IF FOUND THEN
    UPDATE cycle_state s
       SET skipped = s.skipped + 1, state = verdict,
           message = format('tick left out: the run before has taken %s s', round(extract(epoch FROM now() - other.started_at)))
     WHERE s.cycle = p_cycle;
  END IF;
  RETURN QUERY SELECT 'busy'::text, wanted, format('still running after %s s', round(extract(epoch FROM now() - other.started_at)));
END
$$;

-- A failure is an event of the audit record, from which alerts are raised; being stopped with its process is none.
CREATE OR REPLACE FUNCTION cycle_failed(p_cycle text, p_error text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  PERFORM set_config('aoer.origin', 'scheduler', true);
  PERFORM audit_write(NULL, 'system.error', 'cycle', p_cycle, NULL, jsonb_build_object('error', left(p_error, 500)), 'failed');
END
$$;

-- Closes a run that is still ours and adds it up.
CREATE OR REPLACE FUNCTION cycle_end(
  p_cycle text, p_tick timestamptz, p_worker uuid, p_outcome text, p_stats jsonb, p_error text
) RETURNS boolean
LANGUAGE plpgsql AS $$
DECLARE
  seconds double precision;
BEGIN
  UPDATE cycle_runs r SET outcome = p_outcome, finished_at = clock_timestamp(), stats = coalesce(p_stats, '{}'), error = left(p_error, 2000)
   WHERE r.cycle = p_cycle AND r.tick = p_tick AND r.worker_id = p_worker AND r.outcome = 'running'
  RETURNING extract(epoch FROM clock_timestamp() - r.started_at) INTO seconds;
  IF NOT FOUND THEN
    RETURN false;
  END IF;
  UPDATE cycle_state s
     SET state = 'idle', last_outcome = p_outcome, last_seconds = seconds, runs = s.runs + 1, message = left(p_error, 500),
         failures = s.failures + (p_outcome <> 'done')::integer, total_seconds = s.total_seconds + seconds
   WHERE s.cycle = p_cycle;
  IF p_outcome IN ('failed', 'timeout') AND p_error IS DISTINCT FROM 'the process ended' THEN
    PERFORM cycle_failed(p_cycle, p_outcome || ': ' || coalesce(p_error, ''));
  END IF;
  RETURN true;
END
$$;

-- Takes or renews a lease; the term is new whenever the holder changes. NULL: somebody else holds it.
CREATE OR REPLACE FUNCTION lease_take(p_name text, p_holder uuid, p_length interval) RETURNS bigint
LANGUAGE sql AS $$
  INSERT INTO scheduler_leases AS l (name, holder, term, expires_at)
  VALUES (p_name, p_holder, nextval('scheduler_term'), now() + p_length)
  ON CONFLICT (name) DO UPDATE
    SET holder = excluded.holder, expires_at = excluded.expires_at,
        term = CASE WHEN l.holder = excluded.holder AND l.expires_at > now() THEN l.term ELSE excluded.term END
    WHERE l.holder = excluded.holder OR l.expires_at <= now()
  RETURNING l.term
$$;
