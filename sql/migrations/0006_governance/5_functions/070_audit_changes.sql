-- What an update changed in one row, as it was and as it became: {column: value} each, or NULL when nothing worth a record did.
-- Written out for each table, because comparing column by column and making JSON of what differs only takes a fraction of the
-- time of comparing whole rows as JSON. `updated_at` and `version` say nothing of their own; a change of nothing but columns of
-- `p_quiet` (a driver's position) is not worth a record. A row whose key changed has no other side: it is told whole, once as
-- what was there and once as what is.
CREATE OR REPLACE PROCEDURE audit_write_difference(p_table regclass, p_key text[], p_quiet text[])
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  name    text := (SELECT relname FROM pg_class WHERE oid = p_table);
  compare CONSTANT text := 'IF o.%1$I IS DISTINCT FROM n.%1$I THEN before := before || jsonb_build_object(%1$L, o.%1$I);'
                           ' after := after || jsonb_build_object(%1$L, n.%1$I); END IF;';
  loud    text;
  quiet   text;
BEGIN
  SELECT string_agg(format(compare, a.attname), E'\n' ORDER BY a.attnum) FILTER (WHERE a.attname <> ALL (p_quiet)),
         string_agg(format(compare, a.attname), E'\n' ORDER BY a.attnum) FILTER (WHERE a.attname = ANY (p_quiet))
    INTO loud, quiet
    FROM pg_attribute a
   WHERE a.attrelid = p_table AND a.attnum > 0 AND NOT a.attisdropped AND a.attname <> ALL (p_key || '{updated_at,version}'::name[]);
  EXECUTE format($sql$
    CREATE OR REPLACE FUNCTION public.%1$I(o public.%2$I, n public.%2$I, OUT before jsonb, OUT after jsonb)
    LANGUAGE plpgsql STABLE AS $body$
    BEGIN
      IF o.%3$I IS NULL OR n.%3$I IS NULL THEN
        before := to_jsonb(o);
        after := to_jsonb(n);
        RETURN;
      END IF;
      before := '{}';
      after := '{}';
      %4$s
      IF after = '{}' THEN
        before := NULL;
        after := NULL;
        RETURN;
      END IF;
      %5$s
    END
    $body$ $sql$, 'audit_' || name || '_difference', name, p_key[1], loud, coalesce(quiet, ''));
  EXECUTE format('REVOKE EXECUTE ON FUNCTION public.%I FROM PUBLIC', 'audit_' || name || '_difference');
END
$$;

-- One audit row for each row that a statement added, changed or deleted, in the statement's own transaction. Runs with the
-- owner's rights: whoever may change a row need not have any right on the record. Each statement below is planned once a session,
-- when it is first needed. Old and new rows meet in a FULL JOIN for two reasons: rows whose key changed must not slip through,
-- and it cannot be planned as a nested loop, which a plan made for one row would then repeat for ten thousand.
CREATE OR REPLACE PROCEDURE audit_write_changes(p_table regclass, p_key text[])
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  name text := (SELECT relname FROM pg_class WHERE oid = p_table);
BEGIN
  EXECUTE format($sql$
    CREATE OR REPLACE FUNCTION public.%1$I() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $body$
    BEGIN
      IF public.audit_lacks_month() THEN
        PERFORM public.ensure_partitions('audit_logs', (now() AT TIME ZONE 'UTC')::date, (now() AT TIME ZONE 'UTC')::date);
      END IF;
      IF TG_OP = 'UPDATE' THEN
        INSERT INTO public.audit_logs
        SELECT e.*
          FROM (SELECT public.quick_id() AS id, %3$I AS tenant, %4$I::text AS object, public.%2$I(o, n) AS d
                  FROM old_rows o FULL JOIN new_rows n USING (%5$s) OFFSET 0) c
         CROSS JOIN LATERAL public.audit_entry(c.id, c.tenant, %6$L || '.update', %6$L, c.object, (c.d).before, (c.d).after, 'done') e
         WHERE num_nonnulls((c.d).before, (c.d).after) > 0;
      ELSIF TG_OP = 'INSERT' THEN
        INSERT INTO public.audit_logs
        SELECT e.* FROM (SELECT public.quick_id() AS id, n.%3$I AS tenant, n.%4$I::text AS object, to_jsonb(n) AS row FROM new_rows n OFFSET 0) c
         CROSS JOIN LATERAL public.audit_entry(c.id, c.tenant, %6$L || '.insert', %6$L, c.object, NULL, c.row, 'done') e;
      ELSE
        INSERT INTO public.audit_logs
        SELECT e.* FROM (SELECT public.quick_id() AS id, o.%3$I AS tenant, o.%4$I::text AS object, to_jsonb(o) AS row FROM old_rows o OFFSET 0) c
         CROSS JOIN LATERAL public.audit_entry(c.id, c.tenant, %6$L || '.delete', %6$L, c.object, c.row, NULL, 'done') e;
      END IF;
      RETURN NULL;
    END
    $body$ $sql$, 'audit_' || name, 'audit_' || name || '_difference', CASE name WHEN 'tenants' THEN 'id' ELSE 'tenant_id' END,
    p_key[cardinality(p_key)], array_to_string(p_key, ', '), name);
  EXECUTE format('REVOKE EXECUTE ON FUNCTION public.%I() FROM PUBLIC', 'audit_' || name);
END
$$;

-- Puts every change of a table on record; a transition table serves one event only, so there are three triggers. Call it again
-- after adding a column.
CREATE OR REPLACE PROCEDURE audit_table(p_table regclass, p_key text, p_quiet text DEFAULT '')
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  make CONSTANT text := 'CREATE OR REPLACE TRIGGER %I AFTER %s ON %s REFERENCING %s FOR EACH STATEMENT EXECUTE FUNCTION public.%I()';
  run  text := 'audit_' || (SELECT relname FROM pg_class WHERE oid = p_table);
BEGIN
  CALL public.audit_write_difference(p_table, string_to_array(p_key, ','), string_to_array(p_quiet, ','));
  CALL public.audit_write_changes(p_table, string_to_array(p_key, ','));
  EXECUTE format(make, 'audit_insert', 'INSERT', p_table, 'NEW TABLE AS new_rows', run);
  EXECUTE format(make, 'audit_update', 'UPDATE', p_table, 'OLD TABLE AS old_rows NEW TABLE AS new_rows', run);
  EXECUTE format(make, 'audit_delete', 'DELETE', p_table, 'OLD TABLE AS old_rows', run);
END
$$;
