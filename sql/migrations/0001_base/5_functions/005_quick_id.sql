-- A new row's id, for tables that get thousands of rows a second. Not gen_random_uuid(): servers without a library for it open the
-- system's source of randomness for every one, which takes longer than all else about a row. Nor a hash, which some servers are
-- forbidden to compute. Unique whatever random numbers a session asks for: transactions differ by their number, rows of one by
-- the microsecond or the number drawn. One SELECT without settings of its own, so that the planner writes it into its callers.
CREATE OR REPLACE FUNCTION quick_id() RETURNS uuid LANGUAGE sql VOLATILE AS $$
  SELECT encode(substring(xid8send(pg_current_xact_id()) FROM 5) || timestamptz_send(clock_timestamp())
                || substring(float8send(random()) FROM 3 FOR 4), 'hex')::uuid
$$;
