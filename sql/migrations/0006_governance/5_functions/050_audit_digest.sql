-- Append only. The retention job drops whole partitions, which fires no row trigger, and writes that into the chain first.
CREATE OR REPLACE FUNCTION audit_refuse() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% of % is refused: the audit record is append-only', TG_OP, TG_TABLE_NAME
    USING ERRCODE = 'insufficient_privilege', HINT = 'old months are removed by the retention job as whole partitions';
END
$$;

-- Root of a binary hash tree over leaves in the given order; a lone leaf at the end of a level moves up as it is.
CREATE OR REPLACE FUNCTION merkle_root(p_leaves bytea[]) RETURNS bytea
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  level bytea[] := p_leaves;
BEGIN
  IF cardinality(level) = 0 THEN
    RETURN sha256('\x');
  END IF;
  WHILE cardinality(level) > 1 LOOP
    SELECT array_agg(CASE WHEN right_leaf IS NULL THEN left_leaf ELSE sha256('\x01' || left_leaf || right_leaf) END ORDER BY i)
      INTO level
      FROM (SELECT i, level[i] AS left_leaf, level[i + 1] AS right_leaf
              FROM generate_series(1, cardinality(level), 2) AS i) AS pairs;
  END LOOP;
  RETURN level[1];
END
$$;

-- The leaves of a block: digest of the row and the moment it bears, together.
CREATE OR REPLACE FUNCTION audit_leaves(p_digests bytea[], p_moments timestamptz[]) RETURNS bytea[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT coalesce(array_agg(sha256(l.digest || int8send((extract(epoch FROM l.moment) * 1000000)::bigint)) ORDER BY l.n), '{}')
    FROM unnest(p_digests, p_moments) WITH ORDINALITY AS l (digest, moment, n)
$$;

-- What one block commits to: its place, its span, its rows and everything before it.
CREATE OR REPLACE FUNCTION audit_block_hash(
  p_tenant uuid, p_seq bigint, p_kind text, p_from timestamptz, p_to timestamptz, p_rows integer, p_root bytea, p_previous bytea
) RETURNS bytea
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT sha256(convert_to(format('%s|%s|%s|%s|%s|%s|', p_tenant, p_seq, p_kind,
                                  (extract(epoch FROM p_from) * 1000000)::bigint, (extract(epoch FROM p_to) * 1000000)::bigint,
                                  p_rows), 'UTF8') || p_root || p_previous)
$$;
