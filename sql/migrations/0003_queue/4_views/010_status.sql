-- Outside names: pending = queued, processing = running.
CREATE OR REPLACE VIEW v_aoer_queue_status WITH (security_invoker = true) AS
SELECT CASE q.status WHEN 'queued' THEN 'pending' WHEN 'running' THEN 'processing' ELSE q.status::text END AS status,
       q.priority,
       count(*) AS jobs,
       count(DISTINCT q.tenant_id) AS tenants,
       min(q.scheduled_at) AS oldest_scheduled_at,
       max(q.updated_at) AS last_change_at,
       avg(q.retry_count)::numeric(6,2) AS average_retries
  FROM aoer_queue q
 GROUP BY q.status, q.priority;

-- Every job there is, live or archived; lists and conservation checks read this one.
CREATE OR REPLACE VIEW v_aoer_jobs WITH (security_invoker = true) AS
SELECT tenant_id, id, kind, priority, status, dedupe_key, retry_count, max_retries, crash_count, lease_id, worker_id, scheduled_at,
       started_at, completed_at, error_message, payload, created_at, updated_at, false AS archived
  FROM aoer_queue
UNION ALL
SELECT tenant_id, id, kind, priority, status, dedupe_key, retry_count, max_retries, crash_count, lease_id, worker_id, scheduled_at,
       started_at, completed_at, error_message, payload, created_at, updated_at, true
  FROM aoer_queue_archive;
