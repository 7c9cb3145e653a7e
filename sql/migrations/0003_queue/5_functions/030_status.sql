-- One row: how the queue stands. Finished counts are those still in the hot table; the archive has the rest.
CREATE OR REPLACE FUNCTION get_aoer_queue_status()
RETURNS TABLE (pending bigint, processing bigint, completed bigint, failed bigint, cancelled bigint, quarantined bigint,
               delayed bigint, oldest_pending_seconds double precision, workers bigint, paused boolean)
LANGUAGE sql STABLE AS $$
  SELECT count(*) FILTER (WHERE q.status = 'queued'), count(*) FILTER (WHERE q.status = 'running'),
         count(*) FILTER (WHERE q.status = 'completed'), count(*) FILTER (WHERE q.status = 'failed'),
         count(*) FILTER (WHERE q.status = 'cancelled'), count(*) FILTER (WHERE q.status = 'quarantined'),
         count(*) FILTER (WHERE q.status = 'queued' AND q.scheduled_at > now()),
         extract(epoch FROM now() - min(q.scheduled_at) FILTER (WHERE q.status = 'queued' AND q.scheduled_at <= now()))::double precision,
         (SELECT count(*) FROM queue_workers w WHERE w.role = 'worker' AND w.state <> 'stopped' AND w.heartbeat_at > now() - interval '1 minute'),
         EXISTS (SELECT FROM queue_controls c WHERE c.scope = 'all' AND c.paused)
    FROM aoer_queue q
$$;

-- Every lane, also an empty one, counted off the partial indexes alone: what is finished, most of the table, is not read.
CREATE OR REPLACE FUNCTION queue_lanes()
RETURNS TABLE (lane queue_priority, queued bigint, delayed bigint, running bigint, failed bigint, quarantined bigint,
               oldest_seconds double precision)
LANGUAGE sql STABLE AS $$
  WITH waiting AS (
    SELECT q.priority, count(*) AS queued, count(*) FILTER (WHERE q.scheduled_at > now()) AS delayed,
           min(q.scheduled_at) FILTER (WHERE q.scheduled_at <= now()) AS oldest
      FROM aoer_queue q WHERE q.status = 'queued' GROUP BY q.priority
  ), working AS (
    SELECT q.priority, count(*) AS running FROM aoer_queue q WHERE q.status = 'running' GROUP BY q.priority
  ), stuck AS (
    SELECT q.priority, count(*) FILTER (WHERE q.status = 'failed') AS failed,
           count(*) FILTER (WHERE q.status = 'quarantined') AS quarantined
      FROM aoer_queue q WHERE q.status IN ('failed', 'quarantined') GROUP BY q.priority
  )
  SELECT l.lane, coalesce(w.queued, 0), coalesce(w.delayed, 0), coalesce(r.running, 0), coalesce(s.failed, 0),
         coalesce(s.quarantined, 0), extract(epoch FROM now() - w.oldest)::double precision
    FROM unnest(enum_range(NULL::queue_priority)) AS l (lane)
    LEFT JOIN waiting w ON w.priority = l.lane LEFT JOIN working r ON r.priority = l.lane LEFT JOIN stuck s ON s.priority = l.lane
$$;
