-- The queue's own statements count versions themselves; the trigger is for everybody else's and costs them nothing.
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_trigger WHERE tgrelid = 'aoer_queue'::regclass AND tgname = 'touch_updated_at') THEN
    CREATE TRIGGER touch_updated_at BEFORE UPDATE ON aoer_queue FOR EACH ROW
      WHEN (NEW.version = OLD.version) EXECUTE FUNCTION touch_updated_at('version');
  END IF;
END
$$;
CALL add_touch_trigger('aoer_queue_archive');
CALL add_touch_trigger('queue_workers');
CALL add_touch_trigger('queue_controls');
CALL add_touch_trigger('cycle_state');
CALL add_touch_trigger('scheduler_leases');
