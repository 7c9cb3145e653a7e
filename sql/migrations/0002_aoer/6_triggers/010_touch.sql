CALL add_touch_trigger('aoer_queries');
CALL add_touch_trigger('aiv_raw_signals');
CALL add_touch_trigger('aoer_summary');
CALL add_touch_trigger('aoer_model');
CALL add_touch_trigger('aoer_predictions');
