-- A month without its partition would refuse every change.
CREATE OR REPLACE FUNCTION audit_has_room() RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_catalog.pg_class WHERE relnamespace = 'public'::regnamespace
                  AND relname = 'audit_logs_' || pg_catalog.to_char(now() AT TIME ZONE 'UTC', 'YYYY"m"MM')) THEN
    PERFORM public.ensure_partitions('audit_logs', (now() AT TIME ZONE 'UTC')::date, (now() AT TIME ZONE 'UTC')::date);
  END IF;
END
$$;

-- One audit row for each row that a statement added or deleted, in the statement's own transaction. The argument of the trigger
-- names the key columns. Runs with the owner's rights: whoever may change a row need not have any right on the record.
CREATE OR REPLACE FUNCTION audit_changes() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  PERFORM public.audit_has_room();
  EXECUTE format($sql$
    INSERT INTO public.audit_logs (tenant_id, db_role, os_user, client_addr, application, origin, action, object_type, object_id,
                                   before, after, reason, request_id)
    SELECT nullif((c.row ->> $1)::uuid, '00000000-0000-0000-0000-000000000000'), session_user,
           nullif(current_setting('aoer.actor_os_user', true), ''), inet_client_addr(),
           nullif(current_setting('application_name', true), ''), coalesce(nullif(current_setting('aoer.origin', true), ''), 'sql'),
           $2 || '.' || lower($3), $2, c.row ->> $4, CASE $3 WHEN 'DELETE' THEN c.row END, CASE $3 WHEN 'INSERT' THEN c.row END,
           nullif(current_setting('aoer.reason', true), ''), nullif(current_setting('aoer.request_id', true), '')
      FROM (SELECT to_jsonb(r) AS row FROM %I r) AS c
  $sql$, CASE TG_OP WHEN 'INSERT' THEN 'new_rows' ELSE 'old_rows' END)
  USING CASE WHEN TG_TABLE_NAME = 'tenants' THEN 'id' ELSE 'tenant_id' END, TG_TABLE_NAME, TG_OP, split_part(TG_ARGV[0], ',', -1);
  RETURN NULL;
END
$$;

-- Updates are most of the work there is, so their function is written out for each table: it compares column by column and makes
-- JSON of what differs only, which takes a third of the time of comparing whole rows as JSON, and is planned once a session.
-- `updated_at` and `version` say nothing of their own; a change of nothing but columns of `p_quiet` (a driver's position) is not
-- worth a record. Call audit_table() again after adding a column.
CREATE OR REPLACE PROCEDURE audit_updates(p_table regclass, p_key text, p_quiet text)
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  name  text := (SELECT relname FROM pg_class WHERE oid = p_table);
  pairs text;
BEGIN
  SELECT string_agg(format('CASE WHEN o.%1$I IS DISTINCT FROM n.%1$I THEN jsonb_build_array(%1$L, o.%1$I, n.%1$I) END', a.attname), ', '
                    ORDER BY a.attnum)
    INTO pairs
    FROM pg_attribute a
   WHERE a.attrelid = p_table AND a.attnum > 0 AND NOT a.attisdropped
     AND a.attname <> ALL (string_to_array(p_key, ',') || '{updated_at,version}');
  EXECUTE format($sql$
    CREATE OR REPLACE FUNCTION public.%1$I() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $body$
    BEGIN
      PERFORM public.audit_has_room();
      INSERT INTO public.audit_logs (tenant_id, db_role, os_user, client_addr, application, origin, action, object_type, object_id,
                                     before, after, reason, request_id)
      SELECT nullif(c.tenant, '00000000-0000-0000-0000-000000000000'), session_user,
             nullif(current_setting('aoer.actor_os_user', true), ''), inet_client_addr(),
             nullif(current_setting('application_name', true), ''), coalesce(nullif(current_setting('aoer.origin', true), ''), 'sql'),
             %2$L || '.update', %2$L, c.object, d.before, d.after,
             nullif(current_setting('aoer.reason', true), ''), nullif(current_setting('aoer.request_id', true), '')
        FROM (SELECT o.%3$I AS tenant, o.%4$I::text AS object, ARRAY[%5$s] AS changed FROM old_rows o JOIN new_rows n USING (%6$s)) c
       CROSS JOIN LATERAL (SELECT jsonb_object_agg(u ->> 0, u -> 1) AS before, jsonb_object_agg(u ->> 0, u -> 2) AS after,
                                  bool_or(u ->> 0 <> ALL (%7$L::text[])) AS worth
                             FROM unnest(c.changed) AS u WHERE u IS NOT NULL) d
       WHERE d.worth;
      RETURN NULL;
    END
    $body$ $sql$, 'audit_' || name || '_update', name, CASE name WHEN 'tenants' THEN 'id' ELSE 'tenant_id' END,
    split_part(p_key, ',', -1), pairs, p_key, string_to_array(p_quiet, ','));
  EXECUTE format('REVOKE EXECUTE ON FUNCTION public.%I() FROM PUBLIC', 'audit_' || name || '_update');
  EXECUTE format('CREATE OR REPLACE TRIGGER audit_update AFTER UPDATE ON %s REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows'
                 ' FOR EACH STATEMENT EXECUTE FUNCTION public.%I()', p_table, 'audit_' || name || '_update');
END
$$;

-- Attaches the three triggers; a transition table serves one event only.
CREATE OR REPLACE PROCEDURE audit_table(p_table regclass, p_key text, p_quiet text DEFAULT '')
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  EXECUTE format('CREATE OR REPLACE TRIGGER audit_insert AFTER INSERT ON %s REFERENCING NEW TABLE AS new_rows'
                 ' FOR EACH STATEMENT EXECUTE FUNCTION public.audit_changes(%L)', p_table, p_key);
  EXECUTE format('CREATE OR REPLACE TRIGGER audit_delete AFTER DELETE ON %s REFERENCING OLD TABLE AS old_rows'
                 ' FOR EACH STATEMENT EXECUTE FUNCTION public.audit_changes(%L)', p_table, p_key);
  CALL public.audit_updates(p_table, p_key, p_quiet);
END
$$;
