CALL add_touch_trigger('aoer_queries');
CALL add_touch_trigger('aiv_raw_signals');
-- Recomputes count versions themselves; the trigger is for everybody else's updates and costs them nothing.
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_trigger WHERE tgrelid = 'aoer_summary'::regclass AND tgname = 'touch_updated_at') THEN
    CREATE TRIGGER touch_updated_at BEFORE UPDATE ON aoer_summary FOR EACH ROW
      WHEN (NEW.version = OLD.version) EXECUTE FUNCTION touch_updated_at('version');
  END IF;
END
$$;
CALL add_touch_trigger('aoer_model');
CALL add_touch_trigger('aoer_predictions');
