CALL add_constraint('tenants', 'tenants_time_zone_known', 'CHECK (is_time_zone(time_zone))');
