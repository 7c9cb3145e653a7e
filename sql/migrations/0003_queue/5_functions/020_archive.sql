-- Moves finished jobs out of the hot table: completed ones after `p_completed`, the ones a person may still want to retry
-- after `p_others`. At most `p_limit` at a time; returns how many moved. Locked rows are left for the next call.
CREATE OR REPLACE FUNCTION queue_archive(p_completed interval, p_others interval, p_limit integer) RETURNS integer
LANGUAGE plpgsql AS $$
DECLARE
  moved  integer;
  oldest timestamptz;
BEGIN
  SELECT min(q.completed_at) INTO oldest FROM aoer_queue q WHERE q.completed_at IS NOT NULL;
  IF oldest IS NULL OR oldest >= now() - least(p_completed, p_others) THEN
    RETURN 0;
  END IF;
  PERFORM ensure_partitions('aoer_queue_archive', (oldest AT TIME ZONE 'UTC')::date, (now() AT TIME ZONE 'UTC')::date);
  WITH old AS MATERIALIZED (
    SELECT q.tenant_id, q.id FROM aoer_queue q
     WHERE q.completed_at IS NOT NULL AND q.completed_at < now() - least(p_completed, p_others)
       AND q.completed_at < now() - CASE q.status WHEN 'completed' THEN p_completed ELSE p_others END
     ORDER BY q.completed_at LIMIT p_limit FOR UPDATE SKIP LOCKED
  ), gone AS (
    DELETE FROM aoer_queue q USING old WHERE q.tenant_id = old.tenant_id AND q.id = old.id RETURNING q.*
  )
  INSERT INTO aoer_queue_archive (tenant_id, id, kind, priority, status, dedupe_key, retry_count, max_retries, crash_count, lease_id,
                                  worker_id, scheduled_at, started_at, completed_at, error_message, payload, metadata, created_at,
                                  updated_at)
  SELECT tenant_id, id, kind, priority, status, dedupe_key, retry_count, max_retries, crash_count, lease_id,
         worker_id, scheduled_at, started_at, completed_at, error_message, payload, metadata, created_at, updated_at
    FROM gone;
  GET DIAGNOSTICS moved = ROW_COUNT;
  RETURN moved;
END
$$;
