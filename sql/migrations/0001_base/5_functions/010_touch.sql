CREATE OR REPLACE FUNCTION touch_updated_at() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  NEW.updated_at := now();
  -- plpgsql resolves NEW.version only when it gets here, so the one function serves tables with and without the column.
  IF TG_NARGS > 0 AND TG_ARGV[0] = 'version' THEN
    NEW.version := OLD.version + 1;
  END IF;
  RETURN NEW;
END
$$;

-- Attaches touch_updated_at() to a table, with the argument that makes it count versions where the column exists.
CREATE OR REPLACE PROCEDURE add_touch_trigger(p_table regclass)
LANGUAGE plpgsql AS $$
DECLARE
  counts boolean := EXISTS (
    SELECT FROM pg_attribute WHERE attrelid = p_table AND attname = 'version' AND atttypid = 'integer'::regtype AND NOT attisdropped);
BEGIN
  IF EXISTS (SELECT FROM pg_trigger WHERE tgrelid = p_table AND tgname = 'touch_updated_at') THEN
    RETURN;
  END IF;
  EXECUTE format('CREATE TRIGGER touch_updated_at BEFORE UPDATE ON %s FOR EACH ROW EXECUTE FUNCTION touch_updated_at(%s)',
                 p_table, CASE WHEN counts THEN quote_literal('version') ELSE '' END);
END
$$;

-- ADD CONSTRAINT has no IF NOT EXISTS. A constraint of the same name with another definition is replaced, not trusted.
CREATE OR REPLACE PROCEDURE add_constraint(p_table regclass, p_name name, p_definition text)
LANGUAGE plpgsql AS $$
DECLARE
  mark CONSTANT text := left(encode(sha256(convert_to(p_definition, 'UTF8')), 'hex'), 32);  -- md5 is not computed everywhere
BEGIN
  IF EXISTS (SELECT FROM pg_constraint WHERE conrelid = p_table AND conname = p_name) THEN
    IF obj_description((SELECT oid FROM pg_constraint WHERE conrelid = p_table AND conname = p_name), 'pg_constraint')
       = mark THEN
      RETURN;
    END IF;
    EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', p_table, p_name);
  END IF;
  EXECUTE format('ALTER TABLE %s ADD CONSTRAINT %I %s', p_table, p_name, p_definition);
  EXECUTE format('COMMENT ON CONSTRAINT %I ON %s IS %L', p_name, p_table, mark);
END
$$;
