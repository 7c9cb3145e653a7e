-- Everything that does not fit the seals, one row a finding; no row means that the record is as it was sealed.
-- `p_heads` is what audit_heads() printed earlier, {"tenant": {"seq": n, "hash": "hex"}}: only with heads kept elsewhere can a
-- chain that was cut off at its end, or rebuilt as a whole, be told from a true one.
CREATE OR REPLACE FUNCTION audit_verify(p_heads jsonb DEFAULT NULL)
RETURNS TABLE (tenant_id uuid, seq bigint, row_id uuid, finding text)
LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
  WITH chain AS MATERIALIZED (
    SELECT s.*, lag(s.seq) OVER w AS seq_before, lag(s.hash) OVER w AS hash_before
      FROM public.audit_seals s WINDOW w AS (PARTITION BY s.tenant_id ORDER BY s.seq)
  ), leaves AS MATERIALIZED (
    SELECT c.tenant_id, c.seq, l.id, l.digest, l.moment
      FROM chain c, unnest(c.ids, c.digests, c.moments) AS l (id, digest, moment) WHERE c.kind = 'rows'
  ), gone AS (
    SELECT c.tenant_id, max(c.to_at) AS before FROM chain c WHERE c.kind = 'retention' GROUP BY c.tenant_id
  ), stored AS MATERIALIZED (
    SELECT coalesce(a.tenant_id, '00000000-0000-0000-0000-000000000000') AS tenant_id, a.id, a.xid, a.digest,
           public.audit_digest(a.tenant_id, a.id, a.at, a.db_role, a.os_user, a.client_addr, a.application, a.origin, a.action,
                               a.object_type, a.object_id, a.before, a.after, a.reason, a.request_id, a.outcome, a.xid) AS now_digest
      FROM public.audit_logs a
  )
  SELECT c.tenant_id, c.seq, NULL::uuid, 'block altered: its hash does not fit its contents' FROM chain c
   WHERE c.hash <> public.audit_block_hash(c.tenant_id, c.seq, c.kind, c.from_at, c.to_at, c.row_count, c.merkle_root, c.previous_hash)
  UNION ALL
  SELECT c.tenant_id, c.seq, NULL, 'block altered: its list of digests does not fit its root' FROM chain c
   WHERE c.merkle_root <> merkle_root(audit_leaves(c.digests, c.moments))
  UNION ALL
  SELECT c.tenant_id, c.seq, NULL, 'block missing before this one' FROM chain c
   WHERE c.seq <> coalesce(c.seq_before, 0) + 1 OR c.previous_hash <> coalesce(c.hash_before, '\x')
  UNION ALL
  SELECT l.tenant_id, l.seq, l.id, 'row changed since it was sealed' FROM leaves l JOIN stored a USING (tenant_id, id)
   WHERE a.now_digest <> l.digest
  UNION ALL
  SELECT l.tenant_id, l.seq, l.id, 'row removed since it was sealed' FROM leaves l
    LEFT JOIN stored a ON a.tenant_id = l.tenant_id AND a.id = l.id
    LEFT JOIN gone g ON g.tenant_id = l.tenant_id
   WHERE a.id IS NULL AND (g.before IS NULL OR l.moment >= g.before)
  UNION ALL
  SELECT a.tenant_id, NULL, a.id, 'row inserted below the sealed horizon' FROM stored a
    LEFT JOIN leaves l ON l.tenant_id = a.tenant_id AND l.id = a.id
   WHERE l.id IS NULL AND a.xid < (SELECT h.horizon FROM public.audit_seal_horizon h)
  UNION ALL
  SELECT a.tenant_id, NULL, a.id, 'row changed since it was written (not sealed yet)' FROM stored a
    LEFT JOIN leaves l ON l.tenant_id = a.tenant_id AND l.id = a.id
   WHERE l.id IS NULL AND a.digest IS DISTINCT FROM a.now_digest
  UNION ALL
  SELECT h.tenant::uuid, (h.head ->> 'seq')::bigint, NULL, 'chain does not contain the head that was exported'
    FROM jsonb_each(p_heads) AS h (tenant, head)
    LEFT JOIN chain c ON c.tenant_id = h.tenant::uuid AND c.seq = (h.head ->> 'seq')::bigint
   WHERE c.hash IS NULL OR encode(c.hash, 'hex') <> h.head ->> 'hash'
$$;
