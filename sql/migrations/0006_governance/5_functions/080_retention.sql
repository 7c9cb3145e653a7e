-- Partitions whose whole span is older than their table's retention and how far their removal has come: 'attached', 'detaching'
-- (begun concurrently and interrupted: it must be finished before another one), 'detached' (only the drop is left). Within a
-- table those that were begun come first, then the oldest.
CREATE OR REPLACE FUNCTION retention_plan(p_now timestamptz DEFAULT now())
RETURNS TABLE (parent name, partition name, starts timestamptz, ends timestamptz, state text)
LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp SET timezone = 'UTC' AS $$
  SELECT v.parent, v.partition, v.starts, v.ends, CASE WHEN v.detaching THEN 'detaching' ELSE 'attached' END
    FROM public.v_partitions v
   -- A caller must not empty the tables by claiming a late date.
   WHERE v.retention IS NOT NULL AND v.ends <= least(p_now, now()) - v.retention
  UNION ALL
  SELECT p.parent, c.relname, s.starts, s.starts + step.length, 'detached'
    FROM public.partition_policies p
    CROSS JOIN LATERAL (SELECT CASE p.period WHEN 'quarter' THEN interval '3 months' ELSE interval '1 month' END AS length) step
    JOIN pg_class c ON c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'
                   AND c.relname ~ ('^' || p.parent || CASE p.period WHEN 'quarter' THEN '_[0-9]{4}q[1-4]$' ELSE '_[0-9]{4}m(0[1-9]|1[0-2])$' END)
    CROSS JOIN LATERAL (
      SELECT make_timestamptz(left(right(c.relname, CASE p.period WHEN 'quarter' THEN 6 ELSE 7 END), 4)::integer,
               CASE p.period WHEN 'quarter' THEN right(c.relname, 1)::integer * 3 - 2 ELSE right(c.relname, 2)::integer END,
               1, 0, 0, 0, 'UTC') AS starts) s
   WHERE p.retention IS NOT NULL AND s.starts + step.length <= least(p_now, now()) - p.retention
     AND NOT EXISTS (SELECT FROM pg_inherits i WHERE i.inhrelid = c.oid)
  ORDER BY 1, 5 DESC, 4
$$;

-- What comes before a partition is detached: months of the audit record are first entered into every chain that has rows in
-- them, so that verification knows of the removal. Asked again it enters nothing twice.
CREATE OR REPLACE FUNCTION retention_prepare(p_partition name) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp SET timezone = 'UTC' AS $$
DECLARE
  old record;
BEGIN
  PERFORM public.aoer_require_all_tenants('apply retention');
  SELECT r.* INTO old FROM public.retention_plan() r WHERE r.partition = p_partition AND r.state <> 'detached';
  IF old.parent = 'audit_logs' THEN
    PERFORM public.audit_seal();
    PERFORM public.audit_record_retention(old.partition, old.starts, old.ends);
  END IF;
END
$$;

-- Removes one partition within a lock on its table that is waited for briefly and held for milliseconds: what a role can do
-- that does not own the tables. The owner detaches concurrently instead (console/governance/retention.py).
-- Returns 'removed', 'busy' (try again), or 'kept' for what is not past its retention.
CREATE OR REPLACE FUNCTION retention_remove(p_partition name) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp SET timezone = 'UTC' AS $$
DECLARE
  old record;
BEGIN
  PERFORM public.aoer_require_all_tenants('apply retention');
  SELECT r.* INTO old FROM public.retention_plan() r WHERE r.partition = p_partition;
  IF old.partition IS NULL THEN
    RETURN 'kept';
  END IF;
  SET LOCAL lock_timeout = '250ms';
  PERFORM public.retention_prepare(old.partition);
  IF old.state <> 'detached' THEN
    EXECUTE format('ALTER TABLE public.%I DETACH PARTITION public.%I %s', old.parent, old.partition,
                   CASE old.state WHEN 'detaching' THEN 'FINALIZE' ELSE '' END);
  END IF;
  EXECUTE format('DROP TABLE public.%I', old.partition);
  RETURN 'removed';
EXCEPTION WHEN lock_not_available THEN
  RETURN 'busy';
END
$$;

-- A block of kind retention in the chain of each tenant that has rows in the month.
CREATE OR REPLACE FUNCTION audit_record_retention(p_partition name, p_from timestamptz, p_to timestamptz) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  EXECUTE format($sql$
    INSERT INTO public.audit_seals (tenant_id, seq, kind, from_at, to_at, row_count, ids, digests, moments, merkle_root,
                                    previous_hash, hash)
    SELECT t.tenant_id, h.seq + 1, 'retention', $1, $2, 0, '{}', '{}', '{}', merkle_root('{}'), h.hash,
           audit_block_hash(t.tenant_id, h.seq + 1, 'retention', $1, $2, 0, merkle_root('{}'), h.hash)
      FROM (SELECT DISTINCT coalesce(a.tenant_id, '00000000-0000-0000-0000-000000000000') AS tenant_id FROM public.%I a) t
      CROSS JOIN LATERAL (SELECT s.seq, s.hash FROM public.audit_seals s WHERE s.tenant_id = t.tenant_id
                           ORDER BY s.seq DESC LIMIT 1) h
     WHERE NOT EXISTS (SELECT FROM public.audit_seals s
                        WHERE s.tenant_id = t.tenant_id AND s.kind = 'retention' AND s.from_at = $1 AND s.to_at = $2)
  $sql$, p_partition) USING p_from, p_to;
END
$$;
