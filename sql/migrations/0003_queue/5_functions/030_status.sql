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
