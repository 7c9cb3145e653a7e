CALL add_touch_trigger('rate_limit_rules');
CALL add_touch_trigger('audit_alerts');
CALL add_touch_trigger('audit_alert_rules');
