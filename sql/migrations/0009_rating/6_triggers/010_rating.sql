CALL add_touch_trigger('aoer_panels');
CALL add_touch_trigger('aoer_probe_runs');
CALL add_touch_trigger('aoer_probe_answers');
CREATE OR REPLACE TRIGGER aoer_panel_frozen BEFORE UPDATE ON aoer_panels FOR EACH ROW EXECUTE FUNCTION aoer_panel_frozen();
CREATE OR REPLACE TRIGGER aoer_revenue_unit_change BEFORE UPDATE ON tenants FOR EACH ROW EXECUTE FUNCTION aoer_revenue_unit_change();
