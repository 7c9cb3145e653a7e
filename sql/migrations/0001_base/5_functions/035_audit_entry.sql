-- What a row says, as 32 bytes: every column but the digest itself, in one unambiguous order. The session's time zone, date style
-- and form of bytea must not change it, so the moment goes in as the microseconds that are stored. One SELECT without settings
-- of its own, so that the planner writes it into the statement that makes the row; its callers pin the search path.
CREATE OR REPLACE FUNCTION audit_digest(
  tenant_id uuid, id uuid, at timestamptz, db_role name, os_user text, client_addr inet, application text, origin text,
  action text, object_type text, object_id text, before jsonb, after jsonb, reason text, request_id text, outcome text, xid xid8
) RETURNS bytea LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT sha256(convert_to(json_build_array(
    tenant_id, id, encode(timestamptz_send(at), 'hex'), db_role, os_user, client_addr, application, origin, action, object_type,
    object_id, before, after, reason, request_id, outcome, xid)::text, 'UTF8'))
$$;

-- The row that an act leaves: who, from where and why come from the session and the transaction's settings, the stamps from the
-- server. The one place that makes rows of audit_logs, for functions with the owner's rights; written into their statements by
-- the planner, as above. OFFSET 0 keeps it from asking everything twice, for the column and for the digest.
CREATE OR REPLACE FUNCTION audit_entry(
  p_id uuid, p_tenant uuid, p_action text, p_object_type text, p_object_id text, p_before jsonb, p_after jsonb, p_outcome text
) RETURNS SETOF audit_logs LANGUAGE sql STABLE ROWS 1 AS $$
  SELECT r.tenant_id, r.id, r.at, r.db_role, r.os_user, r.client_addr, r.application, r.origin, r.action, r.object_type,
         r.object_id, r.before, r.after, r.reason, r.request_id, r.outcome, r.xid,
         public.audit_digest(r.tenant_id, r.id, r.at, r.db_role, r.os_user, r.client_addr, r.application, r.origin, r.action,
                             r.object_type, r.object_id, r.before, r.after, r.reason, r.request_id, r.outcome, r.xid)
    FROM (SELECT nullif(p_tenant, '00000000-0000-0000-0000-000000000000') AS tenant_id, p_id AS id, now() AS at,
                 session_user AS db_role, nullif(current_setting('aoer.actor_os_user', true), '') AS os_user,
                 inet_client_addr() AS client_addr, nullif(current_setting('application_name', true), '') AS application,
                 coalesce(nullif(current_setting('aoer.origin', true), ''), 'sql') AS origin, p_action AS action,
                 p_object_type AS object_type, p_object_id AS object_id, p_before AS before, p_after AS after,
                 nullif(current_setting('aoer.reason', true), '') AS reason,
                 nullif(current_setting('aoer.request_id', true), '') AS request_id, coalesce(p_outcome, 'done') AS outcome,
                 pg_current_xact_id() AS xid
          OFFSET 0) r
$$;

-- The month's partition is made ahead by maintenance; where that did not run, a month without one would refuse every change.
CREATE OR REPLACE FUNCTION audit_lacks_month() RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT to_regclass('public.audit_logs_' || to_char(now() AT TIME ZONE 'UTC', 'YYYY"m"MM')) IS NULL
$$;
