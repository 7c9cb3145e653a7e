-- Bulk import of signals and queries. A row level policy checks every inserted row by itself, which costs a member of many
-- tenants ten times the insert. So membership is asked once here, and the rows are inserted with the owner's rights.
-- What makes that safe: the staging tables are made by import_stage() and belong to the owner, so the caller can fill them but
-- not replace them by a view, a trigger or a type of its own; rows of tenants the caller may not operate are never taken.

CREATE OR REPLACE FUNCTION import_stage(p_kind text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  -- The constraints are those of the table: a block that breaks one is read again carefully, so that each cell can be named.
  CASE p_kind
  WHEN 'signals' THEN
    CREATE TEMP TABLE import_stage (
      line         bigint NOT NULL,
      tenant       text,
      date         date NOT NULL,
      seo          double precision CHECK (seo BETWEEN 0 AND 100),
      aeo          double precision CHECK (aeo BETWEEN 0 AND 100),
      geo          double precision CHECK (geo BETWEEN 0 AND 100),
      ugc          double precision CHECK (ugc BETWEEN 0 AND 100),
      geolocal     double precision CHECK (geolocal BETWEEN 0 AND 100),
      observed_aiv double precision CHECK (observed_aiv BETWEEN 0 AND 100),
      observed_rar double precision CHECK (observed_rar BETWEEN 0 AND 1e15),
      sample_size  integer CHECK (sample_size >= 1),
      source       text);
  WHEN 'queries' THEN
    CREATE TEMP TABLE import_stage (
      line             bigint NOT NULL,
      tenant           text,
      query            text NOT NULL,
      week_start       date NOT NULL,
      intent           text,
      monthly_volume   integer,
      serp_position    integer CHECK (serp_position >= 1),
      ai_present       boolean,
      ai_position      text,
      has_our_citation boolean,
      ai_tokens        integer,
      engine           text,
      observed_at      timestamptz CHECK (observed_at >= '1900-01-01' AND observed_at < '2201-01-01'));
  END CASE;
  CREATE TEMP TABLE import_tenants (
    given text PRIMARY KEY, tenant_id uuid, ambiguous boolean NOT NULL DEFAULT false, watched boolean NOT NULL DEFAULT false);
  EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON pg_temp.import_stage, pg_temp.import_tenants TO %I', session_user);
END
$$;

-- Refuses staging tables that the caller made.
CREATE OR REPLACE FUNCTION import_own_stage() RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF (SELECT count(*) FROM pg_class c
       WHERE c.relnamespace = pg_my_temp_schema() AND c.relname IN ('import_stage', 'import_tenants')
         AND c.relkind = 'r' AND c.relowner = 'aoer_owner'::regrole) <> 2 THEN
    RAISE EXCEPTION 'there is no staging table of import_stage() in this session' USING ERRCODE = 'insufficient_privilege';
  END IF;
END
$$;

-- Tenants the caller may write for; NULL means all.
CREATE OR REPLACE FUNCTION import_writable() RETURNS uuid[]
LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT CASE WHEN NOT pg_has_role(session_user, 'aoer_all_tenants', 'MEMBER') THEN public.aoer_operable_tenants() END
$$;

-- New rows only, by a plain insert: half the cost of one that is prepared to meet a conflict. A key that is twice in the file,
-- or that somebody else inserts at this moment, breaks the unique key. `p_tenant` is the tenant of rows that name none.
CREATE OR REPLACE FUNCTION import_signals(p_tenant text) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  mine  uuid[] := import_writable();
  taken bigint;
BEGIN
  PERFORM import_own_stage();
  INSERT INTO public.aiv_raw_signals (tenant_id, date, seo, aeo, geo, ugc, geolocal, observed_aiv, observed_rar, sample_size, source)
  SELECT m.tenant_id, s.date, s.seo, s.aeo, s.geo, s.ugc, s.geolocal, s.observed_aiv, s.observed_rar, s.sample_size, s.source
    FROM pg_temp.import_stage s JOIN pg_temp.import_tenants m ON m.given = coalesce(s.tenant, p_tenant)
   WHERE (mine IS NULL OR m.tenant_id = ANY (mine))
     AND NOT EXISTS (SELECT FROM public.aiv_raw_signals a WHERE a.tenant_id = m.tenant_id AND a.date = s.date);
  GET DIAGNOSTICS taken = ROW_COUNT;
  RETURN taken;
END
$$;

CREATE OR REPLACE FUNCTION import_queries(p_tenant text) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  mine  uuid[] := import_writable();
  taken bigint;
BEGIN
  PERFORM import_own_stage();
  INSERT INTO public.aoer_queries (tenant_id, query, week_start, intent, intent_source, monthly_volume, serp_position,
                                   ai_present, ai_position, has_our_citation, ai_tokens, engine, observed_at)
  SELECT m.tenant_id, s.query, s.week_start, s.intent, CASE WHEN s.intent IS NOT NULL THEN 'stated' END, s.monthly_volume,
         s.serp_position, s.ai_present, s.ai_position, s.has_our_citation, s.ai_tokens, s.engine, s.observed_at
    FROM pg_temp.import_stage s JOIN pg_temp.import_tenants m ON m.given = coalesce(s.tenant, p_tenant)
   WHERE (mine IS NULL OR m.tenant_id = ANY (mine))
     AND NOT EXISTS (SELECT FROM public.aoer_queries q
                      WHERE q.tenant_id = m.tenant_id AND q.query = s.query AND q.week_start = s.week_start);
  GET DIAGNOSTICS taken = ROW_COUNT;
  RETURN taken;
END
$$;
