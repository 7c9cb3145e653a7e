CREATE OR REPLACE TRIGGER audit_refuse BEFORE UPDATE OR DELETE ON audit_logs FOR EACH ROW EXECUTE FUNCTION audit_refuse();
CREATE OR REPLACE TRIGGER audit_refuse_truncate BEFORE TRUNCATE ON audit_logs FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse();
CREATE OR REPLACE TRIGGER audit_refuse BEFORE UPDATE OR DELETE ON audit_seals FOR EACH ROW EXECUTE FUNCTION audit_refuse();
CREATE OR REPLACE TRIGGER audit_refuse_truncate BEFORE TRUNCATE ON audit_seals FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse();

-- Partitions that were made before the refusal.
DO $$
DECLARE
  child regclass;
BEGIN
  FOR child IN SELECT inhrelid FROM pg_inherits WHERE inhparent = 'audit_logs'::regclass LOOP
    CALL copy_truncate_triggers('audit_logs', child);
  END LOOP;
END
$$;

-- What people decide or engines decide for them. Not here, because every row of theirs is itself a record of what happened, or
-- changes many times a second: the queue, heartbeats, ratings, events, logs of assignments and routes.
CALL audit_table('tenants', 'id');
CALL audit_table('tenant_members', 'tenant_id,member');
CALL audit_table('drivers', 'tenant_id,id', 'lat,lon,position_at');
CALL audit_table('service_levels', 'tenant_id,id');
CALL audit_table('orders', 'tenant_id,id');
CALL audit_table('order_batches', 'tenant_id,id');
CALL audit_table('traffic_incidents', 'tenant_id,id');
CALL audit_table('escalation_logs', 'tenant_id,id');
CALL audit_table('dispatch_alerts', 'tenant_id,id', 'occurrences,metadata');
CALL audit_table('results_sessions', 'tenant_id,id');
CALL audit_table('audit_alerts', 'tenant_id,id', 'events,last_seen_at,metadata');
