-- Every partition of the registered tables with its bounds. No tenant data, so no policy is needed.
CREATE OR REPLACE VIEW v_partitions WITH (security_invoker = true) AS
SELECT p.parent, c.relname AS partition, b.starts, b.ends, p.retention, p.ahead,
       greatest(c.reltuples, 0)::bigint AS rows_estimated, pg_total_relation_size(c.oid) AS bytes,
       i.inhdetachpending AS detaching
  FROM partition_policies p
  JOIN pg_inherits i ON i.inhparent = to_regclass(format('public.%I', p.parent))
  JOIN pg_class c ON c.oid = i.inhrelid
  CROSS JOIN LATERAL (
    SELECT m[1]::timestamptz AS starts, m[2]::timestamptz AS ends
      FROM regexp_match(pg_get_expr(c.relpartbound, c.oid), 'FROM \(''([^'']+)''\) TO \(''([^'']+)''\)') AS m) b;
