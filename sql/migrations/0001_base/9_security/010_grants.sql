GRANT SELECT ON tenants, tenant_members, partition_policies TO aoer_viewer, aoer_worker;
GRANT INSERT, UPDATE ON tenants, tenant_members TO aoer_admin;
GRANT DELETE ON tenant_members TO aoer_admin;
GRANT UPDATE ON partition_policies TO aoer_admin;
GRANT SELECT ON audit_logs TO aoer_viewer, aoer_worker;

-- Functions that run with the owner's rights are reachable only by the roles that need them.
REVOKE EXECUTE ON FUNCTION ensure_partitions(name, date, date) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ensure_partitions(name, date, date) TO aoer_operator, aoer_worker;
REVOKE EXECUTE ON FUNCTION audit_write(uuid, text, text, text, jsonb, jsonb, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION audit_write(uuid, text, text, text, jsonb, jsonb, text) TO aoer_viewer, aoer_worker;
REVOKE EXECUTE ON FUNCTION create_tenants(text[], text[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION create_tenants(text[], text[]) TO aoer_admin;
REVOKE EXECUTE ON FUNCTION register_tenants(text[], boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION register_tenants(text[], boolean) TO aoer_admin;
REVOKE EXECUTE ON PROCEDURE create_partition(name, text, date) FROM PUBLIC;
REVOKE EXECUTE ON PROCEDURE copy_truncate_triggers(regclass, regclass) FROM PUBLIC;
REVOKE EXECUTE ON PROCEDURE add_touch_trigger(regclass) FROM PUBLIC;
REVOKE EXECUTE ON PROCEDURE add_constraint(regclass, name, text) FROM PUBLIC;
REVOKE EXECUTE ON FUNCTION audit_entry(uuid, uuid, text, text, text, jsonb, jsonb, text) FROM PUBLIC;
