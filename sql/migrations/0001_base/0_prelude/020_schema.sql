-- Everything lives in schema public, owned by aoer_owner; other roles may use it and never create in it.
GRANT USAGE, CREATE ON SCHEMA public TO aoer_owner;
GRANT USAGE ON SCHEMA public TO aoer_viewer, aoer_worker;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;

-- Imports stage rows in temporary tables.
DO $$
BEGIN
  EXECUTE format('GRANT CONNECT, TEMPORARY ON DATABASE %I TO aoer_owner, aoer_operator, aoer_worker', current_database());
END
$$;
