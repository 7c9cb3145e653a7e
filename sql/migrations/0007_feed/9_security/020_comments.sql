COMMENT ON FUNCTION row_has_words(jsonb, text) IS 'Filter of list screens: every word occurs somewhere in the row';
COMMENT ON FUNCTION row_has_fields(jsonb, jsonb) IS 'Filter of list screens: field values, several separated by commas, ! excludes';
