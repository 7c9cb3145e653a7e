-- A slug from a name: letters and digits of any script, lower case, joined by '-'.
CREATE OR REPLACE FUNCTION slugify(p_name text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT coalesce(
    nullif(trim(BOTH '-' FROM regexp_replace(lower(left(p_name, 180)), '[\u0001-\u002f\u003a-\u0060\u007b-\u00bf\s]+', '-', 'g')), ''),
    'tenant-' || left(encode(sha256(convert_to(p_name, 'UTF8')), 'hex'), 8))
$$;

-- New tenants, with the role that makes them as their first admin: one statement for all, because every statement on tenants
-- also writes the audit record. A slug that is taken makes no tenant and no row here.
CREATE OR REPLACE FUNCTION create_tenants(p_names text[], p_slugs text[]) RETURNS TABLE (made_slug text, made_id uuid)
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  WITH made AS (
    INSERT INTO tenants (name, slug) SELECT u.name, u.slug FROM unnest(p_names, p_slugs) AS u (name, slug)
    ON CONFLICT (slug) DO NOTHING RETURNING tenants.id, tenants.slug
  ), joined AS (
    INSERT INTO tenant_members (tenant_id, member, access) SELECT id, session_user, 'admin' FROM made
  )
  SELECT slug, id FROM made
$$;

-- Tenants whose id, slug or name is `p_word`, in that order of preference, among those that the caller may see: what names one
-- tenant for certain comes first, so that a tenant whose name others bear too can always be meant by its slug.
CREATE OR REPLACE FUNCTION tenants_called(p_word text, p_all boolean, p_mine uuid[]) RETURNS uuid[]
LANGUAGE plpgsql STABLE SET search_path = public, pg_temp AS $$
DECLARE
  hits uuid[];
BEGIN
  -- Cast before comparing: id::text would read the whole table for every name.
  IF p_word ~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' THEN
    SELECT array_agg(t.id) INTO hits FROM tenants t WHERE t.id = p_word::uuid AND (p_all OR t.id = ANY (p_mine));
  END IF;
  IF hits IS NULL THEN
    SELECT array_agg(t.id) INTO hits FROM tenants t WHERE t.slug = p_word AND (p_all OR t.id = ANY (p_mine));
  END IF;
  IF hits IS NULL THEN
    SELECT array_agg(t.id) INTO hits FROM tenants t WHERE t.name = p_word AND (p_all OR t.id = ANY (p_mine));
  END IF;
  RETURN hits;
END
$$;

-- Finds tenants by exact id, slug or name and creates the ones that are missing; one row for each distinct given name.
-- `ambiguous` marks a name that several tenants bear (id is NULL then: use a slug). It runs with the owner's rights because
-- slugs are unique over all tenants; it finds only tenants that the caller is a member of, or all for a role that works for
-- all. The creating role becomes an admin member of what it created.
CREATE OR REPLACE FUNCTION register_tenants(p_names text[], p_create boolean DEFAULT true)
RETURNS TABLE (given text, id uuid, created boolean, ambiguous boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
#variable_conflict use_column
DECLARE
  want  text;
  hits  uuid[];
  made  uuid;
  n     integer;
  names text[] := '{}';
  ids   uuid[] := '{}';
  mine  uuid[] := ARRAY(SELECT m.tenant_id FROM tenant_members m WHERE m.member = session_user);
  all_  boolean := EXISTS (SELECT FROM pg_roles r WHERE r.rolname = 'aoer_all_tenants' AND pg_has_role(session_user, r.oid, 'MEMBER'));
BEGIN
  IF p_create THEN
    -- All whose slug is free and wanted by one name only, at once.
    WITH fresh AS (
      SELECT w.name, slugify(w.name) AS slug, count(*) OVER (PARTITION BY slugify(w.name)) AS alike
        FROM (SELECT DISTINCT u AS name FROM unnest(p_names) AS u WHERE u <> '') AS w
       WHERE tenants_called(w.name, all_, mine) IS NULL
    ), single AS (
      SELECT array_agg(f.name ORDER BY f.name) AS names, array_agg(f.slug ORDER BY f.name) AS slugs FROM fresh f WHERE f.alike = 1
    )
    SELECT coalesce(array_agg(f.name), '{}'), coalesce(array_agg(c.made_id), '{}') INTO names, ids
      FROM single s, create_tenants(s.names, s.slugs) c JOIN fresh f ON f.slug = c.made_slug AND f.alike = 1;
    RETURN QUERY SELECT u.name, u.id, true, false FROM unnest(names, ids) AS u (name, id);
  END IF;
  -- What is left was there before, or wants a slug that is taken.
  FOR want IN (SELECT u FROM unnest(p_names) AS u WHERE u <> '' EXCEPT SELECT u FROM unnest(names) AS u) ORDER BY 1 LOOP
    hits := tenants_called(want, all_, mine);
    IF hits IS NULL AND p_create THEN
      made := NULL;
      n := 0;
      WHILE made IS NULL LOOP
        n := n + 1;
        SELECT c.made_id INTO made
          FROM create_tenants(ARRAY[want], ARRAY[slugify(want) || CASE n WHEN 1 THEN '' ELSE '-' || n END]) c;
      END LOOP;
      RETURN QUERY SELECT want, made, true, false;
    ELSE
      RETURN QUERY SELECT want, CASE WHEN cardinality(hits) = 1 THEN hits[1] END, false, coalesce(cardinality(hits) > 1, false);
    END IF;
  END LOOP;
END
$$;
