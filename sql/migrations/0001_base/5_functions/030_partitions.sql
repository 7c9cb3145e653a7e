-- Name of the child of `p_parent` that holds `p_day`: aoer_queries_2026q1, audit_logs_2026m02.
CREATE OR REPLACE FUNCTION partition_name(p_parent name, p_period text, p_day date) RETURNS name
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT (p_parent || '_' || CASE p_period
            WHEN 'quarter' THEN to_char(p_day, 'YYYY"q"Q')
            ELSE to_char(p_day, 'YYYY"m"MM') END)::name
$$;

-- Triggers on TRUNCATE are not inherited: a child that is named directly would be emptied past its parent's refusal.
CREATE OR REPLACE PROCEDURE copy_truncate_triggers(p_parent regclass, p_child regclass)
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  wanted record;
BEGIN
  FOR wanted IN
    SELECT t.tgname AS name, t.tgfoid::regproc AS function FROM pg_trigger t
     WHERE t.tgrelid = p_parent AND t.tgtype & 32 <> 0 AND NOT t.tgisinternal
       AND NOT EXISTS (SELECT FROM pg_trigger o WHERE o.tgrelid = p_child AND o.tgname = t.tgname)
  LOOP
    EXECUTE format('CREATE TRIGGER %I BEFORE TRUNCATE ON %s FOR EACH STATEMENT EXECUTE FUNCTION %s()', wanted.name, p_child,
                   wanted.function);
  END LOOP;
END
$$;

-- One child, made beside the parent and attached: CREATE ... PARTITION OF would block every reader and writer of the parent.
-- The CHECK proves the bounds, so that ATTACH does not scan.
CREATE OR REPLACE PROCEDURE create_partition(p_parent name, p_period text, p_start date)
LANGUAGE plpgsql SET search_path = public, pg_temp SET timezone = 'UTC' AS $$
DECLARE
  child  name := partition_name(p_parent, p_period, p_start);
  finish date := (p_start + CASE p_period WHEN 'quarter' THEN interval '3 months' ELSE interval '1 month' END)::date;
  key    name;
BEGIN
  SELECT a.attname INTO STRICT key
    FROM pg_partitioned_table p JOIN pg_attribute a ON a.attrelid = p.partrelid AND a.attnum = p.partattrs[0]
   WHERE p.partrelid = format('public.%I', p_parent)::regclass;
  EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING ALL EXCLUDING COMMENTS,
                    CONSTRAINT partition_bounds CHECK (%3$I IS NOT NULL AND %3$I >= %4$L AND %3$I < %5$L))',
                 child, p_parent, key, p_start, finish);
  IF (SELECT relrowsecurity FROM pg_class WHERE oid = format('public.%I', p_parent)::regclass) THEN
    -- A child that is named directly is checked by its own policies, not by its parent's.
    CALL aoer_protect_table(child::regclass);
  END IF;
  CALL copy_truncate_triggers(p_parent::regclass, child::regclass);
  EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', p_parent, child, p_start, finish);
  EXECUTE format('ALTER TABLE %I DROP CONSTRAINT partition_bounds', child);
  EXECUTE format('COMMENT ON TABLE %I IS %L', child, format('%s from %s, before %s', p_parent, p_start, finish));
END
$$;

-- Makes every missing partition of `p_parent` between two days, both included, and returns how many it made.
-- Runs with the owner's rights so that an importer or a worker can land any date; only registered parents, at most 100 years.
CREATE OR REPLACE FUNCTION ensure_partitions(p_parent name, p_from date, p_to date) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  unit   text;
  step   interval;
  start  date;
  made   integer := 0;
  locked boolean := false;
BEGIN
  SELECT period INTO unit FROM partition_policies WHERE parent = p_parent;
  IF unit IS NULL THEN
    RAISE EXCEPTION '% is not a partitioned table of this schema', p_parent USING ERRCODE = 'invalid_parameter_value';
  END IF;
  IF p_from IS NULL OR p_to IS NULL OR NOT isfinite(p_from) OR NOT isfinite(p_to)
     OR p_from < date '1900-01-01' OR p_to > date '2200-12-31' OR p_to - p_from > 36525 THEN
    RAISE EXCEPTION 'partitions of % can be made for days of 1900 to 2200, at most 100 years at once; asked: % to %',
      p_parent, p_from, p_to USING ERRCODE = 'invalid_parameter_value';
  END IF;
  step := CASE unit WHEN 'quarter' THEN interval '3 months' ELSE interval '1 month' END;
  start := date_trunc(unit, p_from)::date;
  WHILE start <= p_to LOOP
    IF to_regclass(format('public.%I', partition_name(p_parent, unit, start))) IS NULL THEN
      IF NOT locked THEN
        -- Two importers that need the same quarter: the second waits, then finds it made.
        PERFORM pg_advisory_xact_lock(hashtextextended('aoer.partitions.' || p_parent, 0));
        locked := true;
      END IF;
      -- Asked of the catalogue's table: to_regclass() may still remember what was true before the wait.
      IF NOT EXISTS (SELECT FROM pg_class c WHERE c.relname = partition_name(p_parent, unit, start)
                        AND c.relnamespace = 'public'::regnamespace) THEN
        CALL create_partition(p_parent, unit, start);
        made := made + 1;
      END IF;
    END IF;
    start := (start + step)::date;
  END LOOP;
  RETURN made;
END
$$;
