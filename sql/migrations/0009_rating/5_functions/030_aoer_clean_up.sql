-- Retention: signals, failures, and what audits models (predictions with their outcome, retired models, probe answers). At most
-- `p_rows` rows of each kind go in one call, so that a call stays short; call again while a count equals `p_rows`.
-- A row goes when it is older than its period; NULL keeps that kind for ever.
CREATE OR REPLACE FUNCTION aoer_clean_up(p_signals interval, p_failures interval, p_models interval, p_rows integer DEFAULT 10000)
RETURNS TABLE (signals bigint, failures bigint, predictions bigint, models bigint, answers bigint)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
#variable_conflict use_column
BEGIN
  PERFORM aoer_require_all_tenants('delete what is too old');
  IF least(p_signals, p_failures, p_models) < interval '7 days' OR p_rows IS NULL OR p_rows < 1 THEN
    RAISE EXCEPTION 'clean-up keeps at least 7 days and takes at least one row at once' USING ERRCODE = 'invalid_parameter_value';
  END IF;
  RETURN QUERY
  WITH s AS (
    DELETE FROM aiv_raw_signals d USING (
      SELECT x.tenant_id, x.date FROM aiv_raw_signals x WHERE x.date < (now() - p_signals)::date LIMIT p_rows FOR UPDATE SKIP LOCKED) o
     WHERE d.tenant_id = o.tenant_id AND d.date = o.date RETURNING 1
  ), f AS (
    DELETE FROM aoer_failures d USING (
      SELECT x.tenant_id, x.id FROM aoer_failures x WHERE x.created_at < now() - p_failures LIMIT p_rows FOR UPDATE SKIP LOCKED) o
     WHERE d.tenant_id = o.tenant_id AND d.id = o.id RETURNING 1
  ), p AS (
    DELETE FROM aoer_predictions d USING (
      SELECT x.tenant_id, x.id FROM aoer_predictions x WHERE x.created_at < now() - p_models LIMIT p_rows FOR UPDATE SKIP LOCKED) o
     WHERE d.tenant_id = o.tenant_id AND d.id = o.id RETURNING 1
  ), m AS (
    DELETE FROM aoer_model d USING (
      SELECT x.tenant_id, x.id FROM aoer_model x WHERE x.role = 'retired' AND x.updated_at < now() - p_models
       LIMIT p_rows FOR UPDATE SKIP LOCKED) o
     WHERE d.tenant_id = o.tenant_id AND d.id = o.id RETURNING 1
  ), a AS (
    DELETE FROM aoer_probe_answers d USING (
      SELECT x.tenant_id, x.id FROM aoer_probe_answers x WHERE x.created_at < now() - p_models LIMIT p_rows FOR UPDATE SKIP LOCKED) o
     WHERE d.tenant_id = o.tenant_id AND d.id = o.id RETURNING 1
  )
  SELECT (SELECT count(*) FROM s), (SELECT count(*) FROM f), (SELECT count(*) FROM p), (SELECT count(*) FROM m), (SELECT count(*) FROM a);
END
$$;
