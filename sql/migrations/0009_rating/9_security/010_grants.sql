CALL aoer_protect_table('aoer_panels');
CALL aoer_protect_table('aoer_probe_runs');
CALL aoer_protect_table('aoer_probe_answers');
GRANT SELECT ON aoer_panels, aoer_probe_runs, aoer_probe_answers TO aoer_viewer, aoer_worker;
GRANT INSERT, UPDATE ON aoer_panels TO aoer_operator, aoer_worker;
GRANT INSERT ON aoer_probe_runs, aoer_probe_answers TO aoer_operator, aoer_worker;
-- Probing brings in readings like an import does.
GRANT INSERT, UPDATE ON aiv_raw_signals, aoer_queries TO aoer_worker;
GRANT INSERT ON metrics_events TO aoer_operator;
REVOKE EXECUTE ON FUNCTION aoer_clean_up(interval, interval, interval, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION aoer_clean_up(interval, interval, interval, integer) TO aoer_worker, aoer_admin;
