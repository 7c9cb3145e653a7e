INSERT INTO partition_policies (parent, period, retention) VALUES
  ('aoer_queries', 'quarter', NULL), ('aoer_history', 'month', NULL), ('metrics_events', 'month', interval '1 year')
ON CONFLICT (parent) DO NOTHING;

SELECT ensure_partitions('aoer_queries', (now() - interval '1 year')::date, (now() + interval '1 year')::date);
SELECT ensure_partitions('aoer_history', (now() - interval '1 month')::date, (now() + interval '4 months')::date);
SELECT ensure_partitions('metrics_events', (now() - interval '1 month')::date, (now() + interval '4 months')::date);
