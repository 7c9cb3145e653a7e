-- Whether the row's values are those of `p_fields`: {"status": "open,snoozed", "tenant": "!Acme"}. Words are compared whole,
-- whatever the case; a leading ! excludes; a field that the row does not have matches nothing.
CREATE OR REPLACE FUNCTION row_has_fields(p_row jsonb, p_fields jsonb) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT coalesce(bool_and(
           CASE WHEN left(f.value, 1) = '!'
                THEN lower(coalesce(p_row->>f.key, '')) <> ALL (string_to_array(lower(substr(f.value, 2)), ','))
                ELSE p_row ? f.key AND lower(coalesce(p_row->>f.key, '')) = ANY (string_to_array(lower(f.value), ',')) END), true)
    FROM jsonb_each_text(p_fields) AS f
$$;
