-- A slug from a name: letters and digits of any script, lower case, joined by '-'.
CREATE OR REPLACE FUNCTION slugify(p_name text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT coalesce(
    nullif(trim(BOTH '-' FROM regexp_replace(lower(left(p_name, 180)), '[\u0001-\u002f\u003a-\u0060\u007b-\u00bf\s]+', '-', 'g')), ''),
    'tenant-' || left(md5(p_name), 8))
$$;

-- A new tenant, with the role that makes it as its first admin. NULL: the slug is taken.
CREATE OR REPLACE FUNCTION create_tenant(p_name text, p_slug text) RETURNS uuid
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  made uuid;
BEGIN
  INSERT INTO tenants (name, slug) VALUES (p_name, p_slug) ON CONFLICT (slug) DO NOTHING RETURNING tenants.id INTO made;
  IF made IS NULL THEN
    RETURN NULL;
  END IF;
  INSERT INTO tenant_members (tenant_id, member, access) VALUES (made, session_user, 'admin');
  RETURN made;
END
$$;

-- Finds tenants by exact name, slug or id and creates the ones that are missing; one row for each distinct given name.
-- `ambiguous` marks a name that several tenants bear (id is NULL then: use a slug). It runs with the owner's rights because
-- slugs are unique over all tenants; it finds only tenants that the caller is a member of, or all for a role that works for
-- all. The creating role becomes an admin member of what it created.
CREATE OR REPLACE FUNCTION register_tenants(p_names text[], p_create boolean DEFAULT true)
RETURNS TABLE (given text, id uuid, created boolean, ambiguous boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
#variable_conflict use_column
DECLARE
  want text;
  hits uuid[];
  base text;
  made uuid;
  n    integer;
  mine uuid[] := ARRAY(SELECT m.tenant_id FROM tenant_members m WHERE m.member = session_user);
  all_ boolean := EXISTS (SELECT FROM pg_roles r WHERE r.rolname = 'aoer_all_tenants' AND pg_has_role(session_user, r.oid, 'MEMBER'));
BEGIN
  FOR want IN SELECT DISTINCT u FROM unnest(p_names) AS u WHERE u IS NOT NULL AND u <> '' ORDER BY u LOOP
    SELECT array_agg(t.id) INTO hits FROM tenants t WHERE t.name = want AND (all_ OR t.id = ANY (mine));
    IF hits IS NULL THEN
      SELECT array_agg(t.id) INTO hits FROM tenants t WHERE (t.slug = want OR t.id::text = lower(want)) AND (all_ OR t.id = ANY (mine));
    END IF;
    IF hits IS NULL AND p_create THEN
      base := slugify(want);
      made := create_tenant(want, base);
      n := 1;
      WHILE made IS NULL LOOP
        n := n + 1;
        made := create_tenant(want, base || '-' || n);
      END LOOP;
      RETURN QUERY SELECT want, made, true, false;
    ELSE
      RETURN QUERY SELECT want, CASE WHEN cardinality(hits) = 1 THEN hits[1] END, false, coalesce(cardinality(hits) > 1, false);
    END IF;
  END LOOP;
END
$$;
