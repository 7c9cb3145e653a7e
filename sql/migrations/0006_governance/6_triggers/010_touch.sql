CALL add_touch_trigger('rate_limit_rules');
