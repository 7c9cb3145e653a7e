-- Who logged in lately and from where, and who tried to. A log-in is recorded when a terminal, a scheduler or a command begins,
-- at most once in ten minutes for the same person, program and address.
CREATE OR REPLACE VIEW v_recent_logins WITH (security_invoker = true) AS
SELECT a.db_role, a.os_user, a.application, a.client_addr, a.origin,
       max(a.at) FILTER (WHERE a.action = 'auth.login') AS last_login,
       count(*) FILTER (WHERE a.action = 'auth.login') AS logins,
       max(a.at) FILTER (WHERE a.action = 'auth.failed') AS last_failure,
       count(*) FILTER (WHERE a.action = 'auth.failed') AS failures
  FROM audit_logs a
 WHERE a.action IN ('auth.login', 'auth.failed') AND a.at > now() - interval '30 days'
 GROUP BY a.db_role, a.os_user, a.application, a.client_addr, a.origin;
