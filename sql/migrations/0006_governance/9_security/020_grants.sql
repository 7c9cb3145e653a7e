GRANT SELECT ON rate_limit_rules, rate_limit_violations TO aoer_viewer, aoer_worker;
GRANT INSERT, UPDATE ON rate_limit_rules TO aoer_admin;
GRANT SELECT, DELETE ON rate_limit_buckets, rate_limit_violations TO aoer_worker;
REVOKE EXECUTE ON FUNCTION check_rate_limit(text, jsonb, double precision, jsonb) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION check_rate_limit(text, jsonb, double precision, jsonb) TO aoer_viewer, aoer_worker;
REVOKE EXECUTE ON FUNCTION record_rate_limit_violation(text, text) FROM PUBLIC;
REVOKE EXECUTE ON FUNCTION rate_limit_applying(text, jsonb, jsonb) FROM PUBLIC;

GRANT SELECT ON audit_seals, audit_seal_horizon TO aoer_viewer, aoer_worker;
REVOKE EXECUTE ON FUNCTION audit_seal() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION audit_seal() TO aoer_admin, aoer_worker;
REVOKE EXECUTE ON FUNCTION audit_changes() FROM PUBLIC;
REVOKE EXECUTE ON PROCEDURE audit_table(regclass, text, text) FROM PUBLIC;
REVOKE EXECUTE ON FUNCTION retention_apply(boolean, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION retention_apply(boolean, timestamptz) TO aoer_admin, aoer_worker;
GRANT SELECT ON v_partitions TO aoer_viewer, aoer_worker;
REVOKE EXECUTE ON FUNCTION audit_record_retention(name, timestamptz, timestamptz) FROM PUBLIC;
