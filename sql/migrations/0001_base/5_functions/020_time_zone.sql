-- Stands in a CHECK: an unknown zone in one tenant's row would otherwise break every daily view.
CREATE OR REPLACE FUNCTION is_time_zone(p_name text) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
  PERFORM timestamptz '2000-01-01 00:00:00+00' AT TIME ZONE p_name;
  RETURN true;
EXCEPTION WHEN invalid_parameter_value THEN
  RETURN false;
END
$$;
