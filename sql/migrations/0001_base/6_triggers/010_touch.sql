CALL add_touch_trigger('tenants');
CALL add_touch_trigger('tenant_members');
CALL add_touch_trigger('partition_policies');
