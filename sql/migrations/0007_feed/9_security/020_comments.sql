COMMENT ON FUNCTION row_has_fields(jsonb, jsonb) IS 'Filter of list screens: field values, several separated by commas, ! excludes';
