INSERT INTO partition_policies (parent, period, retention) VALUES ('audit_logs', 'month', interval '90 days')
ON CONFLICT (parent) DO NOTHING;

SELECT ensure_partitions('audit_logs', (now() - interval '1 month')::date, (now() + interval '4 months')::date);
