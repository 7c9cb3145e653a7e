-- One audit row in the caller's transaction. Who acted on which machine and why comes from the transaction's settings;
-- the database role comes from session_user, which no client can change. Callers need no right on audit_logs itself.
CREATE OR REPLACE FUNCTION audit_write(
  p_tenant uuid, p_action text, p_object_type text, p_object_id text DEFAULT NULL,
  p_before jsonb DEFAULT NULL, p_after jsonb DEFAULT NULL, p_outcome text DEFAULT 'done'
) RETURNS uuid
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  entry uuid := gen_random_uuid();
BEGIN
  -- The month's partition is made ahead by maintenance; a console must stay able to write when maintenance did not run.
  PERFORM ensure_partitions('audit_logs', (now() AT TIME ZONE 'UTC')::date, (now() AT TIME ZONE 'UTC')::date);
  INSERT INTO audit_logs (tenant_id, id, at, db_role, os_user, client_addr, application, origin, action, object_type,
                          object_id, before, after, reason, request_id, outcome)
  VALUES (p_tenant, entry, now(), session_user, nullif(current_setting('aoer.actor_os_user', true), ''), inet_client_addr(),
          nullif(current_setting('application_name', true), ''), coalesce(nullif(current_setting('aoer.origin', true), ''), 'sql'),
          p_action, p_object_type, p_object_id, p_before, p_after, nullif(current_setting('aoer.reason', true), ''),
          nullif(current_setting('aoer.request_id', true), ''), coalesce(p_outcome, 'done'));
  RETURN entry;
END
$$;
