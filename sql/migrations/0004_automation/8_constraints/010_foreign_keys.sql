-- Every reference carries the tenant: a row can only point into its own tenant, and the check cannot tell another's rows.
DO $$
DECLARE
  owned text;
  link  record;
BEGIN
  FOREACH owned IN ARRAY ARRAY['drivers', 'service_levels', 'orders', 'order_batches', 'assignment_logs', 'route_optimizations',
                               'traffic_incidents', 'escalation_logs', 'dispatch_alerts'] LOOP
    CALL add_constraint(owned::regclass, (owned || '_tenant_fkey')::name, 'FOREIGN KEY (tenant_id) REFERENCES tenants (id)');
  END LOOP;
  FOR link IN SELECT * FROM (VALUES
    ('orders', 'driver', 'drivers'), ('orders', 'batch', 'order_batches'), ('order_batches', 'driver', 'drivers'),
    ('order_events', 'order', 'orders'), ('order_events', 'driver', 'drivers'),
    ('assignment_logs', 'order', 'orders'), ('assignment_logs', 'driver', 'drivers'),
    ('route_optimizations', 'driver', 'drivers'),
    ('escalation_logs', 'order', 'orders'), ('escalation_logs', 'driver', 'drivers'),
    ('dispatch_alerts', 'order', 'orders')
  ) AS v (source, what, target) LOOP
    CALL add_constraint(link.source::regclass, (link.source || '_' || link.what || '_fkey')::name,
      format('FOREIGN KEY (tenant_id, %s_id) REFERENCES %s (tenant_id, id)', link.what, link.target));
  END LOOP;
END
$$;
