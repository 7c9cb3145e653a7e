GRANT SELECT ON aoer_queries, aiv_raw_signals, aoer_summary, aoer_history, metrics_events, aoer_failures, aoer_model,
  aoer_predictions, v_aoer_dashboard TO aoer_viewer, aoer_worker;

-- What operators bring in; correcting an import is an upsert, removing old rows is retention's.
GRANT INSERT, UPDATE ON aoer_queries, aiv_raw_signals TO aoer_operator;
GRANT DELETE ON aoer_queries, aiv_raw_signals TO aoer_admin;

-- What recomputing and learning write: the scheduler, and an administrator whose console runs one.
GRANT INSERT, UPDATE ON aoer_summary, aoer_model, aoer_predictions TO aoer_worker, aoer_admin;
GRANT INSERT ON aoer_history, metrics_events, aoer_failures TO aoer_worker, aoer_admin;
GRANT UPDATE ON aoer_queries TO aoer_worker;
GRANT DELETE ON aiv_raw_signals, aoer_failures TO aoer_worker;

REVOKE EXECUTE ON FUNCTION aoer_recompute(uuid[], uuid[]) FROM PUBLIC;
REVOKE EXECUTE ON FUNCTION update_aoer_summary(uuid) FROM PUBLIC;
REVOKE EXECUTE ON FUNCTION aoer_serve(uuid[], uuid[], boolean[], interval) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION aoer_recompute(uuid[], uuid[]) TO aoer_worker, aoer_admin;
GRANT EXECUTE ON FUNCTION update_aoer_summary(uuid) TO aoer_worker, aoer_admin;
GRANT EXECUTE ON FUNCTION aoer_serve(uuid[], uuid[], boolean[], interval) TO aoer_worker, aoer_admin;

REVOKE EXECUTE ON FUNCTION import_stage(text) FROM PUBLIC;
REVOKE EXECUTE ON FUNCTION import_signals(text) FROM PUBLIC;
REVOKE EXECUTE ON FUNCTION import_queries(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION import_stage(text) TO aoer_operator;
GRANT EXECUTE ON FUNCTION import_signals(text) TO aoer_operator;
GRANT EXECUTE ON FUNCTION import_queries(text) TO aoer_operator;
