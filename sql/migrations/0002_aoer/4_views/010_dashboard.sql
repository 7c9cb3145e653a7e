-- One line a tenant, rated or not yet; grade and risk band by the published steps. The caller's own rights apply.
CREATE OR REPLACE VIEW v_aoer_dashboard WITH (security_invoker = true) AS
SELECT t.id AS tenant_id, t.name AS tenant_name, t.slug, t.active,
       s.aoer_score, s.visibility_risk,
       CASE WHEN s.aoer_score >= 80 THEN 'Excellent' WHEN s.aoer_score >= 60 THEN 'Good'
            WHEN s.aoer_score >= 40 THEN 'Fair' WHEN s.aoer_score IS NOT NULL THEN 'Poor' END AS grade,
       CASE WHEN s.visibility_risk <= .2 THEN 'Low' WHEN s.visibility_risk <= .5 THEN 'Medium'
            WHEN s.visibility_risk <= .8 THEN 'High' WHEN s.visibility_risk IS NOT NULL THEN 'Critical' END AS risk_band,
       coalesce(s.status, 'no_data') AS status,
       CASE WHEN s.tenant_id IS NULL THEN 'not computed yet' ELSE s.reason END AS reason,
       s.interval_low, s.interval_high, s.level, s.model_version, coalesce(s.metrics, '{}') AS metrics,
       s.last_updated, coalesce(s.version, 0) AS version
FROM tenants t
LEFT JOIN aoer_summary s ON s.tenant_id = t.id;
