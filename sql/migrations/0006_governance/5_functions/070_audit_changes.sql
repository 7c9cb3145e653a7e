-- The columns of one changed row that differ, as they were and as they became. Bookkeeping columns say nothing of their own.
CREATE OR REPLACE FUNCTION audit_difference(p_before jsonb, p_after jsonb, OUT before jsonb, OUT after jsonb)
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT jsonb_object_agg(k, p_before -> k), jsonb_object_agg(k, p_after -> k)
    FROM jsonb_object_keys(p_after) AS k
   WHERE p_before -> k IS DISTINCT FROM p_after -> k AND k NOT IN ('updated_at', 'version')
$$;

-- One audit row for each row that a statement changed, in the statement's own transaction. The first argument of the trigger
-- names the key column, the second (optional) lists columns whose change alone is not worth a record (a driver's position).
-- Runs with the owner's rights: whoever may change a row need not have any right on the record.
CREATE OR REPLACE FUNCTION audit_changes() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  quiet  text[] := string_to_array(coalesce(TG_ARGV[1], ''), ',') || '{updated_at,version}';
  wanted text := CASE TG_OP
    WHEN 'INSERT' THEN 'SELECT NULL::jsonb AS b, to_jsonb(n) AS a FROM new_rows n'
    WHEN 'DELETE' THEN 'SELECT to_jsonb(o) AS b, NULL::jsonb AS a FROM old_rows o'
    ELSE format('SELECT to_jsonb(o) AS b, to_jsonb(n) AS a FROM old_rows o JOIN new_rows n USING (%s)', TG_ARGV[0]) END;
BEGIN
  IF NOT EXISTS (SELECT FROM pg_class WHERE relnamespace = 'public'::regnamespace
                  AND relname = 'audit_logs_' || to_char(now() AT TIME ZONE 'UTC', 'YYYY"m"MM')) THEN
    PERFORM public.ensure_partitions('audit_logs', (now() AT TIME ZONE 'UTC')::date, (now() AT TIME ZONE 'UTC')::date);
  END IF;
  IF TG_OP = 'UPDATE' AND TG_ARGV[0] = 'tenant_id,id' THEN
    -- Nearly every statement there is: planned once a session, where the general form below is planned every time.
    INSERT INTO public.audit_logs (tenant_id, db_role, os_user, client_addr, application, origin, action, object_type, object_id,
                                   before, after, reason, request_id)
    SELECT nullif(c.tenant_id, '00000000-0000-0000-0000-000000000000'), session_user,
           nullif(current_setting('aoer.actor_os_user', true), ''), inet_client_addr(),
           nullif(current_setting('application_name', true), ''), coalesce(nullif(current_setting('aoer.origin', true), ''), 'sql'),
           TG_TABLE_NAME || '.update', TG_TABLE_NAME, c.id, d.before, d.after, nullif(current_setting('aoer.reason', true), ''),
           nullif(current_setting('aoer.request_id', true), '')
      FROM (SELECT o.tenant_id, o.id, to_jsonb(o) AS b, to_jsonb(n) AS a FROM old_rows o JOIN new_rows n USING (tenant_id, id)) AS c
     CROSS JOIN LATERAL (
       SELECT jsonb_object_agg(k.key, c.b -> k.key) AS before, jsonb_object_agg(k.key, k.value) AS after
         FROM jsonb_each(c.a) AS k (key, value)
        WHERE c.b -> k.key IS DISTINCT FROM k.value AND k.key NOT IN ('updated_at', 'version')) d
     WHERE d.after IS NOT NULL AND NOT (d.after - quiet) = '{}';
    RETURN NULL;
  END IF;
  EXECUTE format($sql$
    INSERT INTO public.audit_logs (tenant_id, db_role, os_user, client_addr, application, origin, action, object_type, object_id,
                                   before, after, reason, request_id)
    SELECT nullif((coalesce(c.a, c.b) ->> $1)::uuid, '00000000-0000-0000-0000-000000000000'), session_user, nullif(current_setting('aoer.actor_os_user', true), ''),
           inet_client_addr(), nullif(current_setting('application_name', true), ''),
           coalesce(nullif(current_setting('aoer.origin', true), ''), 'sql'), $2 || '.' || lower($3), $2,
           coalesce(c.a, c.b) ->> $4,
           CASE WHEN c.a IS NULL THEN c.b ELSE d.before END, CASE WHEN c.b IS NULL THEN c.a ELSE d.after END,
           nullif(current_setting('aoer.reason', true), ''), nullif(current_setting('aoer.request_id', true), '')
      FROM (%s) AS c
      LEFT JOIN LATERAL public.audit_difference(c.b, c.a) d ON c.a IS NOT NULL AND c.b IS NOT NULL
     WHERE c.a IS NULL OR c.b IS NULL OR (d.after IS NOT NULL AND NOT (d.after - $5) = '{}')
  $sql$, wanted)
  USING CASE WHEN TG_TABLE_NAME = 'tenants' THEN 'id' ELSE 'tenant_id' END, TG_TABLE_NAME, TG_OP,
        split_part(TG_ARGV[0], ',', -1), quiet;
  RETURN NULL;
END
$$;

-- Attaches the three triggers; a transition table serves one event only.
CREATE OR REPLACE PROCEDURE audit_table(p_table regclass, p_key text, p_quiet text DEFAULT '')
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  event record;
BEGIN
  FOR event IN
    SELECT * FROM (VALUES
      ('audit_insert', 'INSERT', 'NEW TABLE AS new_rows'),
      ('audit_update', 'UPDATE', 'OLD TABLE AS old_rows NEW TABLE AS new_rows'),
      ('audit_delete', 'DELETE', 'OLD TABLE AS old_rows')) AS e (name, event, tables)
  LOOP
    EXECUTE format('CREATE OR REPLACE TRIGGER %I AFTER %s ON %s REFERENCING %s FOR EACH STATEMENT EXECUTE FUNCTION audit_changes(%L, %L)',
                   event.name, event.event, p_table, event.tables, p_key, p_quiet);
  END LOOP;
END
$$;
