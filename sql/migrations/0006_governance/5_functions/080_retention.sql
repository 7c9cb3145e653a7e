-- Removes the partitions whose whole span is older than their table's retention: each one detached and dropped within a lock
-- that is waited for briefly and held for milliseconds (a busy table is tried again at the next run). Months of the audit
-- record are first entered into every chain that has rows in them, so that verification knows of the removal.
-- With `p_dry_run` it tells of all; without, it removes the oldest one of a table and returns, because locks last until the
-- caller's commit: call it until no row comes, or a busy one. One row a partition: removed, would be removed, or busy.
CREATE OR REPLACE FUNCTION retention_apply(p_dry_run boolean DEFAULT true, p_now timestamptz DEFAULT now())
RETURNS TABLE (parent name, partition name, ends timestamptz, outcome text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp SET timezone = 'UTC' AS $$
#variable_conflict use_column
DECLARE
  old record;
BEGIN
  -- A caller must not empty the tables by claiming a late date.
  p_now := least(p_now, now());
  FOR old IN
    SELECT v.parent, v.partition, v.starts, v.ends FROM public.v_partitions v
     WHERE v.retention IS NOT NULL AND v.ends <= p_now - v.retention ORDER BY v.parent, v.ends
  LOOP
    parent := old.parent;
    partition := old.partition;
    ends := old.ends;
    outcome := 'would be removed';
    IF NOT p_dry_run THEN
      BEGIN
        SET LOCAL lock_timeout = '250ms';
        IF old.parent = 'audit_logs' THEN
          PERFORM public.audit_seal();
          PERFORM public.audit_record_retention(old.partition, old.starts, old.ends);
        END IF;
        EXECUTE format('ALTER TABLE public.%I DETACH PARTITION public.%I', old.parent, old.partition);
        EXECUTE format('DROP TABLE public.%I', old.partition);
        PERFORM public.audit_write(NULL, 'retention', 'partition', old.partition,
                                   jsonb_build_object('parent', old.parent, 'starts', old.starts, 'ends', old.ends));
        outcome := 'removed';
      EXCEPTION WHEN lock_not_available THEN
        outcome := 'busy';
      END;
    END IF;
    RETURN NEXT;
    EXIT WHEN NOT p_dry_run;
  END LOOP;
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
  $sql$, p_partition) USING p_from, p_to;
END
$$;
