GRANT SELECT ON aoer_queue, aoer_queue_archive, v_aoer_queue_status, v_aoer_jobs, queue_workers, queue_controls, queue_metrics,
  cycle_state, cycle_runs, scheduler_leases TO aoer_viewer, aoer_worker;
GRANT INSERT, UPDATE ON aoer_queue TO aoer_operator;
GRANT INSERT, UPDATE, DELETE ON queue_controls TO aoer_admin;
GRANT INSERT, UPDATE ON cycle_state TO aoer_admin;
GRANT INSERT, UPDATE, DELETE ON aoer_queue, aoer_queue_archive, queue_workers, queue_metrics, cycle_state, cycle_runs,
  scheduler_leases TO aoer_worker;
GRANT USAGE, SELECT ON SEQUENCE aoer_queue_lease, scheduler_term TO aoer_worker;
GRANT SELECT, UPDATE ON SEQUENCE aoer_queue_epoch, aoer_queue_oldest_epoch TO aoer_worker;
