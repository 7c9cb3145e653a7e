-- Tenants of the role that logged in. session_user, not current_user and not a setting: no client can change it.
-- STABLE and without arguments, so an index condition evaluates it once a scan; the high COST makes the planner choose that
-- over a filter, where it would run for every row.
CREATE OR REPLACE FUNCTION aoer_readable_tenants() RETURNS uuid[]
LANGUAGE sql STABLE SECURITY DEFINER PARALLEL SAFE COST 5000 SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT ARRAY(SELECT m.tenant_id FROM public.tenant_members m WHERE m.member = session_user)
$$;

CREATE OR REPLACE FUNCTION aoer_operable_tenants() RETURNS uuid[]
LANGUAGE sql STABLE SECURITY DEFINER PARALLEL SAFE COST 5000 SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT ARRAY(SELECT m.tenant_id FROM public.tenant_members m WHERE m.member = session_user AND m.access IN ('operator', 'admin'))
$$;

CREATE OR REPLACE FUNCTION aoer_administered_tenants() RETURNS uuid[]
LANGUAGE sql STABLE SECURITY DEFINER PARALLEL SAFE COST 5000 SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT ARRAY(SELECT m.tenant_id FROM public.tenant_members m WHERE m.member = session_user AND m.access = 'admin')
$$;
