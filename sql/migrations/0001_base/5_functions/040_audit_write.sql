-- One audit row in the caller's transaction. Who acted on which machine and why comes from the transaction's settings;
-- the database role comes from session_user, which no client can change. Callers need no right on audit_logs itself.
-- Rows of a tenant are written by its members only, and the refusal does not tell whether the tenant exists. A row without a
-- tenant is a statement of somebody about himself; only roles that work for all tenants can read it. The names that the
-- triggers of tables use (orders.update) are theirs alone, so that nobody can claim a change that did not happen.
CREATE OR REPLACE FUNCTION audit_write(
  p_tenant uuid, p_action text, p_object_type text, p_object_id text DEFAULT NULL,
  p_before jsonb DEFAULT NULL, p_after jsonb DEFAULT NULL, p_outcome text DEFAULT 'done'
) RETURNS uuid
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  entry uuid := quick_id();
BEGIN
  IF nullif(p_tenant, '00000000-0000-0000-0000-000000000000') IS NOT NULL
     AND NOT coalesce(pg_has_role(session_user, to_regrole('aoer_all_tenants'), 'MEMBER'), false)
     AND NOT EXISTS (SELECT FROM tenant_members m WHERE m.tenant_id = p_tenant AND m.member = session_user) THEN
    RAISE EXCEPTION 'the audit record of a tenant is written by its members only' USING ERRCODE = 'insufficient_privilege';
  END IF;
  IF p_action ~ '\.(insert|update|delete)$' THEN
    RAISE EXCEPTION 'the action % is written by triggers only', p_action USING ERRCODE = 'insufficient_privilege';
  END IF;
  IF audit_lacks_month() THEN
    PERFORM ensure_partitions('audit_logs', (now() AT TIME ZONE 'UTC')::date, (now() AT TIME ZONE 'UTC')::date);
  END IF;
  INSERT INTO audit_logs
  SELECT e.* FROM audit_entry(entry, p_tenant, p_action, p_object_type, p_object_id, p_before, p_after, p_outcome) e;
  RETURN entry;
END
$$;
