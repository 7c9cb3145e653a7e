-- A role that works for every tenant (the scheduler, the local user of an embedded server) is not listed tenant by tenant:
-- ten thousand memberships would turn every index condition into an array of ten thousand keys. Its policy is plain `true`,
-- which the planner drops. What such a role may do is still limited by the grants of viewer, operator, admin or worker.
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'aoer_all_tenants') THEN
    BEGIN
      CREATE ROLE aoer_all_tenants NOLOGIN;
    EXCEPTION WHEN duplicate_object OR unique_violation THEN
      NULL;
    END;
  END IF;
  IF NOT pg_has_role('aoer_worker', 'aoer_all_tenants', 'MEMBER') THEN
    BEGIN
      GRANT aoer_all_tenants TO aoer_worker;
    EXCEPTION WHEN unique_violation THEN
      NULL;
    END;
  END IF;
END
$$;
