-- Whether the role that logged in works for every tenant: the scheduler, the local user, administrators of the installation.
-- Group roles alone do not say that: an admin of one tenant has aoer_admin as well.
CREATE OR REPLACE FUNCTION aoer_for_all_tenants() RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT pg_has_role(session_user, 'aoer_all_tenants', 'MEMBER')
$$;

-- Functions with the owner's rights that act on rows of every tenant begin with this.
CREATE OR REPLACE FUNCTION aoer_require_all_tenants(p_what text) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF NOT public.aoer_for_all_tenants() THEN
    RAISE EXCEPTION 'only a role that works for all tenants may %', p_what USING ERRCODE = 'insufficient_privilege',
      HINT = 'an administrator gives it: aoer-console operators grant NAME --all-tenants --access admin';
  END IF;
END
$$;

-- On tables that hold for every tenant: says so, where row level security alone would change no row without a word. What runs
-- with the owner's rights has asked before.
CREATE OR REPLACE FUNCTION aoer_installation_only() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF current_user <> 'aoer_owner' AND NOT public.aoer_for_all_tenants() THEN
    RAISE EXCEPTION 'only a role that works for all tenants may change %', TG_ARGV[0] USING ERRCODE = 'insufficient_privilege',
      HINT = 'an administrator gives it: aoer-console operators grant NAME --all-tenants --access admin';
  END IF;
  RETURN NULL;
END
$$;
