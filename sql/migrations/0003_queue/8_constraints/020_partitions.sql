INSERT INTO partition_policies (parent, period, retention) VALUES ('aoer_queue_archive', 'month', interval '30 days')
ON CONFLICT (parent) DO NOTHING;

SELECT ensure_partitions('aoer_queue_archive', (now() - interval '1 month')::date, (now() + interval '4 months')::date);
