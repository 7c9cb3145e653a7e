-- Enumerations that other programs know by name. Types belong to the owner like everything else.
SET LOCAL ROLE aoer_owner;
DO $$
DECLARE
  wanted record;
BEGIN
  FOR wanted IN SELECT * FROM (VALUES
    ('assignment_type',  ARRAY['AUTO_ASSIGNED', 'FORCE_ASSIGNED', 'MANUAL']),
    ('escalation_type',  ARRAY['SLA_RISK', 'STUCK_ORDER', 'UNRESPONSIVE_DRIVER', 'FAILED_DELIVERY']),
    ('alert_type',       ARRAY['DISPATCH_FAILED', 'OPTIMIZATION_NEEDED', 'SLA_BREACH', 'DRIVER_UNRESPONSIVE']),
    ('severity_level',   ARRAY['low', 'medium', 'high', 'critical']),
    ('traffic_severity', ARRAY['LOW', 'MEDIUM', 'HIGH', 'SEVERE']),
    ('batch_status',     ARRAY['pending', 'processing', 'completed', 'failed', 'cancelled'])
  ) AS v (name, labels) LOOP
    IF to_regtype('public.' || wanted.name) IS NULL THEN
      EXECUTE format('CREATE TYPE public.%I AS ENUM (%s)', wanted.name,
                     (SELECT string_agg(quote_literal(l), ', ' ORDER BY o) FROM unnest(wanted.labels) WITH ORDINALITY AS u (l, o)));
    END IF;
  END LOOP;
END
$$;
RESET ROLE;
