CALL add_constraint('aoer_queue', 'aoer_queue_tenant_fkey', 'FOREIGN KEY (tenant_id) REFERENCES tenants (id) ON DELETE CASCADE');
CALL add_constraint('aoer_queue', 'aoer_queue_running_has_lease',
  'CHECK ((status = ''running'') = (slot IS NOT NULL) AND (status <> ''running'' OR (lease_id IS NOT NULL AND worker_id IS NOT NULL)))');
CALL add_constraint('aoer_queue', 'aoer_queue_finished_has_time', 'CHECK ((status IN (''queued'', ''running'')) = (completed_at IS NULL))');
CALL add_constraint('aoer_queue', 'aoer_queue_counts', 'CHECK (retry_count >= 0 AND max_retries >= 0 AND crash_count >= 0 AND turn >= 0)');
