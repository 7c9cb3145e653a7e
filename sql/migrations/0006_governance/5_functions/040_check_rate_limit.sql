-- Asks every enabled rule that applies to `p_action` for `p_cost`, in one round trip: all of them grant, or nothing is taken.
-- Keys of the scopes: user, ip and session come from the server itself; tenant, api_key and resource from `p_keys`, and a
-- rule whose key is not given does not apply. Call it in a short transaction of its own: buckets stay locked to its end.
-- Returns the tightest rule: allowed, what remains in it, and seconds until `p_cost` would be granted.
CREATE OR REPLACE FUNCTION check_rate_limit(
  p_action text, p_keys jsonb DEFAULT '{}', p_cost double precision DEFAULT 1,
  OUT allowed boolean, OUT remaining double precision, OUT retry_after double precision, OUT rule text
) LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
#variable_conflict use_variable
DECLARE
  hit    record;
  step   record;
  bucket public.rate_limit_buckets;
  denied text;
  wait   double precision := 0;
BEGIN
  IF p_cost IS NULL OR NOT p_cost > 0 OR p_cost = 'Infinity' THEN
    RAISE EXCEPTION 'a rate limit check needs a positive cost, not %', p_cost USING ERRCODE = 'invalid_parameter_value';
  END IF;
  BEGIN
    -- One order for everybody, whatever the priorities, so that two callers never wait for each other.
    FOR hit IN
      SELECT r, k.key FROM public.rate_limit_rules r
        CROSS JOIN LATERAL (SELECT CASE r.scope
          WHEN 'global' THEN '*'
          WHEN 'user' THEN session_user::text
          WHEN 'ip' THEN coalesce(host(inet_client_addr()), 'local')
          WHEN 'session' THEN pg_backend_pid()::text
          WHEN 'action' THEN p_action
          ELSE left(p_keys ->> r.scope, 200) END AS key) k
       WHERE r.enabled AND (r.action IS NULL OR r.action = p_action) AND k.key IS NOT NULL
       ORDER BY r.name, k.key
    LOOP
      INSERT INTO public.rate_limit_buckets AS b (rule, key, level, since, touched_at)
      VALUES ((hit.r).name, hit.key,
              CASE WHEN (hit.r).strategy = 'token_bucket' THEN (hit.r).limit_count + (hit.r).burst ELSE 0 END,
              clock_timestamp(), clock_timestamp())
      ON CONFLICT ON CONSTRAINT rate_limit_buckets_pkey DO UPDATE SET touched_at = clock_timestamp()
      RETURNING b.* INTO bucket;
      -- The clock is read after the lock is held: otherwise a waiter would refill for time that its predecessor has counted.
      SELECT s.* INTO step FROM public.rate_limit_step(hit.r, p_cost, clock_timestamp(), bucket.level, bucket.previous, bucket.since) s;
      UPDATE public.rate_limit_buckets b SET level = step.level, previous = step.previous, since = step.since
       WHERE b.rule = bucket.rule AND b.key = bucket.key;
      IF NOT step.allowed THEN
        wait := greatest(wait, step.retry_after);
        IF denied IS NULL OR (hit.r).priority < (SELECT o.priority FROM public.rate_limit_rules o WHERE o.name = denied) THEN
          denied := (hit.r).name;
        END IF;
      ELSIF remaining IS NULL OR step.remaining < remaining THEN
        remaining := step.remaining;
        rule := (hit.r).name;
      END IF;
    END LOOP;
    IF denied IS NOT NULL THEN
      -- Gives back what other rules granted.
      RAISE EXCEPTION USING ERRCODE = 'RL001';
    END IF;
  EXCEPTION WHEN SQLSTATE 'RL001' THEN
    NULL;
  END;
  allowed := denied IS NULL;
  retry_after := wait;
  IF NOT allowed THEN
    rule := denied;
    remaining := 0;
    PERFORM public.record_rate_limit_violation(denied, p_action, p_keys);
  END IF;
END
$$;

-- Violations are counted, not listed: one row a rule, key and hour.
CREATE OR REPLACE FUNCTION record_rate_limit_violation(p_rule text, p_action text, p_keys jsonb) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  INSERT INTO public.rate_limit_violations AS v (rule, key, hour, first_at, last_at)
  SELECT r.name,
         CASE r.scope WHEN 'global' THEN '*' WHEN 'user' THEN session_user::text
           WHEN 'ip' THEN coalesce(host(inet_client_addr()), 'local') WHEN 'session' THEN 'sessions'
           WHEN 'action' THEN p_action ELSE coalesce(left(p_keys ->> r.scope, 200), '') END,
         date_trunc('hour', clock_timestamp()), clock_timestamp(), clock_timestamp()
    FROM public.rate_limit_rules r WHERE r.name = p_rule
  ON CONFLICT (rule, key, hour) DO UPDATE SET count = v.count + 1, last_at = excluded.last_at
$$;
