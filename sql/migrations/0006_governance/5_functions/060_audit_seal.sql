-- Seals every audit row whose transaction is surely over into the chain of its tenant: one new block a tenant with new rows.
-- One sealer at a time; writers are never blocked. Returns how many rows and blocks were sealed, and in the form of
-- audit_verify() which of the rows no longer were as they had been written; each is told once, as they are sealed as they stand.
CREATE OR REPLACE FUNCTION audit_seal(OUT rows_sealed bigint, OUT blocks bigint, OUT findings jsonb)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  done  xid8;
  upto  xid8;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('aoer.audit.seal', 0));
  INSERT INTO public.audit_seal_horizon (horizon) VALUES ('0') ON CONFLICT DO NOTHING;
  SELECT horizon INTO STRICT done FROM public.audit_seal_horizon;
  upto := pg_snapshot_xmin(pg_current_snapshot());
  WITH fresh AS MATERIALIZED (
    SELECT coalesce(a.tenant_id, '00000000-0000-0000-0000-000000000000') AS tenant_id, a.id, a.at, a.digest,
           a.digest IS DISTINCT FROM audit_digest(
             a.tenant_id, a.id, a.at, a.db_role, a.os_user, a.client_addr, a.application, a.origin, a.action, a.object_type,
             a.object_id, a.before, a.after, a.reason, a.request_id, a.outcome, a.xid) AS altered
      FROM public.audit_logs a WHERE a.xid >= done AND a.xid < upto
  ), block AS (
    SELECT f.tenant_id, min(f.at) AS from_at, max(f.at) AS to_at, count(*)::integer AS n,
           array_agg(f.id ORDER BY f.at, f.id) AS ids, array_agg(coalesce(f.digest, '\x') ORDER BY f.at, f.id) AS digests,
           array_agg(f.at ORDER BY f.at, f.id) AS moments
      FROM fresh f GROUP BY f.tenant_id
  ), placed AS (
    SELECT b.*, merkle_root(audit_leaves(b.digests, b.moments)) AS root, coalesce(h.seq, 0) + 1 AS seq, coalesce(h.hash, '\x') AS previous
      FROM block b LEFT JOIN LATERAL (
        SELECT s.seq, s.hash FROM public.audit_seals s WHERE s.tenant_id = b.tenant_id ORDER BY s.seq DESC LIMIT 1) h ON true
  ), sealed AS (
    INSERT INTO public.audit_seals (tenant_id, seq, from_at, to_at, row_count, ids, digests, moments, merkle_root, previous_hash,
                                    hash)
    SELECT p.tenant_id, p.seq, p.from_at, p.to_at, p.n, p.ids, p.digests, p.moments, p.root, p.previous,
           public.audit_block_hash(p.tenant_id, p.seq, 'rows', p.from_at, p.to_at, p.n, p.root, p.previous)
      FROM placed p
    RETURNING row_count
  )
  SELECT coalesce(sum(s.row_count), 0), count(*),
         (SELECT coalesce(jsonb_agg(jsonb_build_object('tenant_id', f.tenant_id, 'seq', NULL, 'row_id', f.id, 'finding',
                                                       'row changed since it was written')), '[]')
            FROM fresh f WHERE f.altered)
    INTO rows_sealed, blocks, findings FROM sealed s;
  UPDATE public.audit_seal_horizon SET horizon = upto WHERE horizon < upto;
END
$$;

-- The end of every chain: print it, keep it elsewhere, and give it to audit_verify later.
CREATE OR REPLACE FUNCTION audit_heads() RETURNS TABLE (tenant_id uuid, seq bigint, hash text, sealed_at timestamptz)
LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT DISTINCT ON (s.tenant_id) s.tenant_id, s.seq, encode(s.hash, 'hex'), s.sealed_at
    FROM public.audit_seals s ORDER BY s.tenant_id, s.seq DESC
$$;
