CALL add_touch_trigger('dispatch_offers');
CALL add_touch_trigger('travel_factors');
CALL add_touch_trigger('webhook_deliveries');
