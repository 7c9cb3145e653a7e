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

-- A new row's id. Not gen_random_uuid(): servers without a library for it open the system's source of randomness for every one,
-- which took longer than the digest. Unique whatever random numbers a session asks for: transactions differ by their number,
-- rows of one by the clock or the number drawn.
CREATE OR REPLACE FUNCTION audit_id() RETURNS uuid LANGUAGE sql VOLATILE AS $$
  SELECT md5(xid8send(pg_current_xact_id()) || timestamptz_send(clock_timestamp()) || float8send(random()))::uuid
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

-- Until when every moment has its partition of audit_logs. The answer is written into the function, because every change of a row
-- asks it: looking a partition up by name took a tenth of the time of recording a change. Too early an answer only costs time.
DO $$
BEGIN
  IF to_regprocedure('public.audit_has_room_until()') IS NULL THEN
    CREATE FUNCTION audit_has_room_until() RETURNS timestamptz LANGUAGE sql IMMUTABLE AS $body$ SELECT timestamptz '-infinity' $body$;
  END IF;
END
$$;

-- Maintenance makes the months ahead; where that did not run, a month without a partition would refuse every change. Called when
-- the present answer of audit_has_room_until() is over: makes the month if need be, and answers anew.
CREATE OR REPLACE FUNCTION audit_make_room() RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp SET timezone = 'UTC' AS $$
DECLARE
  month date := date_trunc('month', now());
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('aoer.partitions.audit_logs', 0));
  PERFORM public.ensure_partitions('audit_logs', month, month);
  WHILE to_regclass(format('public.%I', public.partition_name('audit_logs', 'month', month))) IS NOT NULL LOOP
    month := month + interval '1 month';
  END LOOP;
  EXECUTE format('CREATE OR REPLACE FUNCTION public.audit_has_room_until() RETURNS timestamptz LANGUAGE sql IMMUTABLE'
                 ' AS $body$ SELECT timestamptz %L $body$', month::timestamptz);
END
$$;
