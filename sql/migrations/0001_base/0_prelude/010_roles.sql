-- Group roles. Nobody logs in as one of these: login roles are members of exactly what they may do.
-- Roles belong to the whole server, so two databases may create them at the same moment: both outcomes are fine.
DO $$
DECLARE
  wanted text;
BEGIN
  FOREACH wanted IN ARRAY ARRAY['aoer_owner', 'aoer_viewer', 'aoer_operator', 'aoer_admin', 'aoer_worker'] LOOP
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = wanted) THEN
      BEGIN
        EXECUTE format('CREATE ROLE %I NOLOGIN', wanted);
      EXCEPTION WHEN duplicate_object OR unique_violation THEN
        NULL;
      END;
    END IF;
  END LOOP;
END
$$;

-- Membership is granted only where it is missing: a repeated GRANT would rewrite a catalogue row that others may be writing.
DO $$
DECLARE
  pair text[];
BEGIN
  FOREACH pair SLICE 1 IN ARRAY ARRAY[['aoer_viewer', 'aoer_operator'], ['aoer_operator', 'aoer_admin']] LOOP
    IF NOT pg_has_role(pair[2], pair[1], 'MEMBER') THEN
      BEGIN
        EXECUTE format('GRANT %I TO %I', pair[1], pair[2]);
      EXCEPTION WHEN unique_violation THEN
        NULL;
      END;
    END IF;
  END LOOP;
  -- Later stages run as the owner; an administrator that is not a superuser must be able to become it.
  IF NOT pg_has_role(current_user, 'aoer_owner', 'MEMBER') THEN
    EXECUTE format('GRANT aoer_owner TO %I', current_user);
  END IF;
END
$$;
