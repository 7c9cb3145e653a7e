-- The claim reads this one in order, a lane at a time. There is no plain index on status on purpose: with stale statistics
-- the planner would take it and sort the whole backlog. What is due at the same moment goes by tenant: a batch then holds
-- neighbours, and everything that it reads and writes lies on few pages (half the server's work for a rating).
CREATE INDEX IF NOT EXISTS aoer_queue_ready_idx ON aoer_queue (priority, turn, scheduled_at, tenant_id) WHERE status = 'queued';
-- A job that waits already is not queued a second time (NULL key: never merged).
CREATE UNIQUE INDEX IF NOT EXISTS aoer_queue_dedupe_idx ON aoer_queue (tenant_id, kind, dedupe_key) WHERE status = 'queued';
-- Numbered slots bound what runs at once for a tenant; two claimers that race for one get a unique violation, not a count.
-- The epoch keeps what ran long ago out of the way of both the look and the check (see queue_next_epoch).
CREATE UNIQUE INDEX IF NOT EXISTS aoer_queue_slot_idx ON aoer_queue (tenant_id, epoch, slot) WHERE status = 'running';
-- The oldest epoch of what runs. The second condition, true of all that runs, keeps the planner from taking this index for
-- statements that do not name it.
CREATE INDEX IF NOT EXISTS aoer_queue_epoch_idx ON aoer_queue (epoch) WHERE status = 'running' AND slot IS NOT NULL;
-- Next turn of a tenant that may hold many jobs at once; the usual recompute is deduplicated and stays out of it.
CREATE INDEX IF NOT EXISTS aoer_queue_turn_idx ON aoer_queue (tenant_id, priority, turn)
  WHERE status = 'queued' AND dedupe_key IS DISTINCT FROM '';
-- What waits for a person, counted by the panes; most of what is finished is not in here.
CREATE INDEX IF NOT EXISTS aoer_queue_stuck_idx ON aoer_queue (priority, status) WHERE status IN ('failed', 'quarantined');
-- Finished jobs in order of finishing: archiving, and lists of what failed.
CREATE INDEX IF NOT EXISTS aoer_queue_finished_idx ON aoer_queue (completed_at) WHERE completed_at IS NOT NULL;
CREATE INDEX IF NOT EXISTS aoer_queue_archive_finished_idx ON aoer_queue_archive (completed_at DESC);
-- One run of a cycle at a time in the fleet: a long one is reported, never stacked.
CREATE UNIQUE INDEX IF NOT EXISTS cycle_runs_running_idx ON cycle_runs (cycle) WHERE outcome = 'running';
