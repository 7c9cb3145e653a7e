-- Makes what keeps one rollup: the trigger on its log, and the functions that fold it and that count tenants anew.
-- `p_measures` are pairs of a column of the rollup and what a row `x` of the log adds to it; `p_part` is an expression too.
-- `p_extreme` names a column whose smallest and largest value are kept. They cannot be taken back, so a changed or deleted
-- row leaves a mark and the tenant is counted anew.
CREATE OR REPLACE PROCEDURE add_daily_rollup(
  p_log regclass, p_rollup name, p_at name, p_part text, p_extreme name, p_measures text[]
) LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  names    text;
  adds     text;
  changed  text;
  merged   text;
  extremes text := CASE WHEN p_extreme IS NULL THEN '' ELSE format(', min(x.%1$I), max(x.%1$I)', p_extreme) END;
  lowest   text := CASE WHEN p_extreme IS NULL THEN '' ELSE ', lowest, highest' END;
  shape    text;
BEGIN
  SELECT string_agg(quote_ident(m[1]), ', '), string_agg(format('coalesce(sum(x.sign * (%s)), 0)', m[2]), ', '),
         string_agg(format('coalesce(sum(x.sign * (%s)), 0) <> 0', m[2]), ' OR '), string_agg(format('sum(%I)', m[1]), ', ')
    INTO names, adds, changed, merged
    FROM (SELECT ARRAY[p_measures[i], p_measures[i + 1]] AS m FROM generate_series(1, cardinality(p_measures), 2) AS i) pairs;
  -- One row a tenant, day and part, of the rows named by %s.
  shape := format($sql$
    INSERT INTO public.%1$I (tenant_id, day, part, zone, %2$s%3$s, folded)
    SELECT x.tenant_id, (x.%4$I AT TIME ZONE t.time_zone)::date, %5$s, t.time_zone, %6$s%7$s, %%2$s
      FROM %%1$s JOIN public.tenants t ON t.id = x.tenant_id GROUP BY 1, 2, 3, 4 %%3$s$sql$,
    p_rollup, names, lowest, p_at, p_part, adds, extremes);
  EXECUTE format($sql$
    CREATE OR REPLACE FUNCTION public.%1$I() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $body$
    BEGIN
      IF TG_OP = 'INSERT' THEN %2$s;
      ELSIF TG_OP = 'UPDATE' THEN %3$s;
      ELSE %4$s;
      END IF;
      RETURN NULL;
    END
    $body$ $sql$, p_rollup || '_changes',
    format(shape, '(SELECT 1 AS sign, n.* FROM new_rows n) x', 'false', ''),
    CASE WHEN p_extreme IS NULL THEN
      format(shape, '(SELECT 1 AS sign, n.* FROM new_rows n UNION ALL SELECT -1, o.* FROM old_rows o) x', 'false', 'HAVING ' || changed)
    ELSE public.daily_mark(p_rollup) END,
    CASE WHEN p_extreme IS NULL THEN format(shape, '(SELECT -1 AS sign, o.* FROM old_rows o) x', 'false', '')
    ELSE public.daily_mark(p_rollup) END);
  -- Deletes and adds within one statement: a reader's snapshot has the rows from before it or the one from after it.
  EXECUTE format($sql$
    CREATE OR REPLACE FUNCTION public.%1$I() RETURNS bigint LANGUAGE sql SET search_path = pg_catalog, public, pg_temp AS $body$
      WITH days AS MATERIALIZED (SELECT DISTINCT tenant_id, day FROM public.%2$I WHERE NOT folded),
      gone AS (DELETE FROM public.%2$I d USING days WHERE d.tenant_id = days.tenant_id AND d.day = days.day RETURNING d.*),
      kept AS (INSERT INTO public.%2$I (tenant_id, day, part, zone, folded, %3$s%4$s)
               SELECT tenant_id, day, part, min(zone), true, %5$s%6$s FROM gone GROUP BY tenant_id, day, part)
      SELECT count(*) FROM gone
    $body$ $sql$, p_rollup || '_fold', p_rollup, names, lowest, merged,
    CASE WHEN p_extreme IS NULL THEN '' ELSE ', min(lowest), max(highest)' END);
  -- The rows that it deletes are those whose log rows it sees: what others have not committed yet stays beside it.
  EXECUTE format($sql$
    CREATE OR REPLACE FUNCTION public.%1$I() RETURNS bigint LANGUAGE sql SET search_path = pg_catalog, public, pg_temp AS $body$
      WITH marks AS MATERIALIZED (DELETE FROM public.daily_stale s WHERE s.rollup = %2$L RETURNING s.tenant_id),
      who AS MATERIALIZED (SELECT DISTINCT tenant_id FROM marks),
      gone AS (DELETE FROM public.%2$I d USING who WHERE d.tenant_id = who.tenant_id),
      made AS (%3$s)
      SELECT count(*) FROM who
    $body$ $sql$, p_rollup || '_count', p_rollup,
    format(shape, format('(SELECT 1 AS sign, l.* FROM who CROSS JOIN LATERAL (SELECT g.* FROM %s g WHERE g.tenant_id = who.tenant_id OFFSET 0) l) x',
                         p_log), 'true', ''));
  EXECUTE format('REVOKE EXECUTE ON FUNCTION public.%I() FROM PUBLIC', p_rollup || '_changes');
  EXECUTE format('REVOKE EXECUTE ON FUNCTION public.%I() FROM PUBLIC', p_rollup || '_fold');
  EXECUTE format('REVOKE EXECUTE ON FUNCTION public.%I() FROM PUBLIC', p_rollup || '_count');
  EXECUTE format('CREATE OR REPLACE TRIGGER daily_insert AFTER INSERT ON %s REFERENCING NEW TABLE AS new_rows'
                 ' FOR EACH STATEMENT EXECUTE FUNCTION public.%I()', p_log, p_rollup || '_changes');
  EXECUTE format('CREATE OR REPLACE TRIGGER daily_update AFTER UPDATE ON %s REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows'
                 ' FOR EACH STATEMENT EXECUTE FUNCTION public.%I()', p_log, p_rollup || '_changes');
  EXECUTE format('CREATE OR REPLACE TRIGGER daily_delete AFTER DELETE ON %s REFERENCING OLD TABLE AS old_rows'
                 ' FOR EACH STATEMENT EXECUTE FUNCTION public.%I()', p_log, p_rollup || '_changes');
END
$$;

-- The statement that has the tenants of changed rows counted anew.
CREATE OR REPLACE FUNCTION daily_mark(p_rollup name) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT format('INSERT INTO public.daily_stale (tenant_id, rollup) SELECT DISTINCT o.tenant_id, %L FROM old_rows o', p_rollup)
$$;

-- Another time zone moves every day of a tenant.
CREATE OR REPLACE FUNCTION daily_zone_changed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  INSERT INTO public.daily_stale (tenant_id, rollup)
  SELECT NEW.id, r FROM unnest(ARRAY['auto_dispatch_daily', 'route_optimization_daily', 'batch_performance_daily', 'escalation_daily']) r;
  RETURN NULL;
END
$$;

-- Adds up what has come since the last time, and counts anew what is marked. One at a time; another caller gets NULL.
-- Returns how many rows were added up and how many tenants were counted anew.
CREATE OR REPLACE FUNCTION fold_daily_statistics(OUT added bigint, OUT counted bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  -- The numbers that it returns are of every tenant.
  PERFORM public.aoer_require_all_tenants('add up daily statistics');
  IF NOT pg_try_advisory_xact_lock(hashtextextended('aoer fold_daily_statistics', 0)) THEN
    RETURN;
  END IF;
  -- A row that was on its way while the zone changed has its day by the old one.
  INSERT INTO public.daily_stale (tenant_id, rollup)
  SELECT DISTINCT d.tenant_id, d.rollup
    FROM (SELECT tenant_id, zone, 'auto_dispatch_daily' AS rollup FROM public.auto_dispatch_daily WHERE NOT folded
          UNION ALL SELECT tenant_id, zone, 'route_optimization_daily' FROM public.route_optimization_daily WHERE NOT folded
          UNION ALL SELECT tenant_id, zone, 'batch_performance_daily' FROM public.batch_performance_daily WHERE NOT folded
          UNION ALL SELECT tenant_id, zone, 'escalation_daily' FROM public.escalation_daily WHERE NOT folded) d
    JOIN public.tenants t ON t.id = d.tenant_id AND t.time_zone <> d.zone;
  counted := public.auto_dispatch_daily_count() + public.route_optimization_daily_count() + public.batch_performance_daily_count()
             + public.escalation_daily_count();
  added := public.auto_dispatch_daily_fold() + public.route_optimization_daily_fold() + public.batch_performance_daily_fold()
            + public.escalation_daily_fold();
END
$$;
