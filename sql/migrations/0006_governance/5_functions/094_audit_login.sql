-- Records that a session of a person or machine begins, and failures to log in that could not be recorded when they happened
-- (`p_failures`: [{"at", "role", "error"}], as kept by the client). The same role, user, program and address is recorded at most
-- once in ten minutes, so that a command called in a loop does not fill the record. True when a row was written.
CREATE OR REPLACE FUNCTION audit_login(p_os_user text, p_origin text, p_failures jsonb DEFAULT '[]') RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  program text := nullif(current_setting('application_name', true), '');
BEGIN
  PERFORM set_config('aoer.actor_os_user', coalesce(p_os_user, ''), true), set_config('aoer.origin', coalesce(p_origin, ''), true);
  PERFORM public.audit_write(NULL, 'auth.failed', 'connection', left(f ->> 'role', 100), NULL,
                             jsonb_build_object('at', f ->> 'at', 'error', left(f ->> 'error', 500)), 'refused')
     FROM jsonb_array_elements(p_failures) AS f LIMIT 100;
  IF EXISTS (SELECT FROM public.audit_logs a
              WHERE a.action = 'auth.login' AND a.at > now() - interval '10 minutes' AND a.db_role = session_user
                AND a.os_user IS NOT DISTINCT FROM nullif(p_os_user, '') AND a.application IS NOT DISTINCT FROM program
                AND a.client_addr IS NOT DISTINCT FROM inet_client_addr()) THEN
    RETURN false;
  END IF;
  PERFORM public.audit_write(NULL, 'auth.login', 'session', session_user::text);
  RETURN true;
END
$$;
