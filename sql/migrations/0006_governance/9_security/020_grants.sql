GRANT SELECT ON rate_limit_rules, rate_limit_violations TO aoer_viewer, aoer_worker;
GRANT INSERT, UPDATE ON rate_limit_rules TO aoer_admin;
GRANT SELECT, DELETE ON rate_limit_buckets, rate_limit_violations TO aoer_worker;
REVOKE EXECUTE ON FUNCTION check_rate_limit(text, jsonb, double precision, jsonb) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION check_rate_limit(text, jsonb, double precision, jsonb) TO aoer_viewer, aoer_worker;
REVOKE EXECUTE ON FUNCTION rate_limit_take(text, text, text, integer, integer, integer, double precision) FROM PUBLIC;
REVOKE EXECUTE ON FUNCTION record_rate_limit_violation(text, text) FROM PUBLIC;

GRANT SELECT ON audit_seals, audit_seal_horizon TO aoer_viewer, aoer_worker;
REVOKE EXECUTE ON FUNCTION audit_seal() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION audit_seal() TO aoer_admin, aoer_worker;
REVOKE EXECUTE ON PROCEDURE audit_table(regclass, text, text) FROM PUBLIC;
REVOKE EXECUTE ON PROCEDURE audit_write_difference(regclass, text[], text[]) FROM PUBLIC;
REVOKE EXECUTE ON PROCEDURE audit_write_changes(regclass, text[]) FROM PUBLIC;
REVOKE EXECUTE ON FUNCTION retention_prepare(name) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION retention_prepare(name) TO aoer_admin, aoer_worker;
REVOKE EXECUTE ON FUNCTION retention_remove(name) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION retention_remove(name) TO aoer_admin, aoer_worker;
GRANT SELECT ON v_partitions TO aoer_viewer, aoer_worker;
REVOKE EXECUTE ON FUNCTION audit_record_retention(name, timestamptz, timestamptz) FROM PUBLIC;

GRANT SELECT ON audit_aggregates, audit_aggregate_horizon, audit_alert_rules, audit_alerts, v_recent_logins TO aoer_viewer, aoer_worker;
-- What an alert says is not for people to change, only where it stands.
GRANT UPDATE (status, acknowledged_by, acknowledged_at, snoozed_until, assignee, resolved_at, resolved_by, resolution, metadata)
  ON audit_alerts TO aoer_operator, aoer_worker;
GRANT DELETE ON audit_aggregates, audit_alerts TO aoer_worker;
REVOKE EXECUTE ON FUNCTION aoer_require_all_tenants(text) FROM PUBLIC;
REVOKE EXECUTE ON FUNCTION audit_aggregate(integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION audit_aggregate(integer) TO aoer_admin, aoer_worker;
REVOKE EXECUTE ON FUNCTION audit_raise_alerts(interval) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION audit_raise_alerts(interval) TO aoer_admin, aoer_worker;
REVOKE EXECUTE ON FUNCTION audit_login(text, text, jsonb) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION audit_login(text, text, jsonb) TO aoer_viewer, aoer_worker;
