-- Whether every word of `p_words` occurs somewhere in the row's values, whatever the case. Times and the tenant's id are left
-- out: a short number would be found in every row.
CREATE OR REPLACE FUNCTION row_has_words(p_row jsonb, p_words text) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT coalesce(bool_and(strpos(v.line, lower(w.word)) > 0), true)
    FROM (SELECT lower(coalesce(string_agg(e.value, ' '), '')) AS line FROM jsonb_each_text(p_row) AS e
           WHERE e.key NOT LIKE '%\_at' AND e.key NOT IN ('tenant_id', 'version', 'before', 'after')) AS v
   CROSS JOIN regexp_split_to_table(trim(p_words), '\s+') AS w (word)
$$;

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
