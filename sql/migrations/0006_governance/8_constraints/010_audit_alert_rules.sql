-- A threat found again within the hour is the same one: nobody needs an alert for each time that somebody looks.
INSERT INTO audit_alert_rules (name, event_type, threshold, window_seconds, severity, title) VALUES
  ('failed_logins', 'auth.failed', 5, 300, 'warning', 'Failed log-ins'),
  ('denied_access', 'access.denied', 10, 600, 'warning', 'Refused acts'),
  ('threats', 'security.threat_detected', 1, 3600, 'critical', 'The audit record does not fit its seals'),
  ('system_errors', 'system.error', 3, 300, 'error', 'Errors of cycles and workers')
ON CONFLICT (name) DO NOTHING;
