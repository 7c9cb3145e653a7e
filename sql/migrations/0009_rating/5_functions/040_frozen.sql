-- A panel is frozen: another set of prompts is another version. Only whether it is in use may change.
CREATE OR REPLACE FUNCTION aoer_panel_frozen() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  IF (new.tenant_id, new.number, new.hash, new.prompts) IS DISTINCT FROM (old.tenant_id, old.number, old.hash, old.prompts) THEN
    RAISE EXCEPTION 'panel version % is frozen: its prompts cannot be edited', old.number
      USING ERRCODE = 'integrity_constraint_violation', HINT = 'freeze the new prompts as the next version';
  END IF;
  RETURN new;
END
$$;

-- Losses observed in one unit must not be read in another. The unit changes together with the first day of the new series.
CREATE OR REPLACE FUNCTION aoer_revenue_unit_change() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  IF old.revenue_unit IS NOT NULL AND new.revenue_unit IS DISTINCT FROM old.revenue_unit
     AND new.settings ->> 'revenue_since' IS NOT DISTINCT FROM old.settings ->> 'revenue_since'
     AND EXISTS (SELECT FROM aiv_raw_signals s WHERE s.tenant_id = new.id AND s.observed_rar IS NOT NULL
                    AND s.date >= coalesce((old.settings ->> 'revenue_since')::date, '-infinity')) THEN
    RAISE EXCEPTION 'tenant % has losses observed as %, they cannot be read as %', new.name, old.revenue_unit,
      coalesce(new.revenue_unit, 'no unit')
      USING ERRCODE = 'integrity_constraint_violation',
            HINT = 'set settings.revenue_since to the first day of the new unit in the same update: aoer-console aoer rar --unit U --since DAY';
  END IF;
  RETURN new;
END
$$;
