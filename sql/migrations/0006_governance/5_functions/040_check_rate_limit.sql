-- Asks every enabled rule that applies to `p_action`, in one round trip: all of them grant, or nothing is taken.
-- A rule without an action counts requests, one a call; a rule that names one, or counts actions apart, counts `p_cost`.
-- Keys of the scopes: user, ip and session come from the server itself; tenant, api_key and resource from `p_keys`, and a
-- rule whose key is not given does not apply. `p_rule` is a rule that the caller has configured for this action, called
-- action.<p_action>; a stored rule of that name, enabled or not, takes its place.
-- Call it in a short transaction of its own: buckets stay locked to its end.
-- Returns the tightest rule and what remains in it. When refused: of the rules that deny, the one of the lowest priority, and
-- the seconds until all of them would grant (NULL: never, one of them cannot hold so much).
CREATE OR REPLACE FUNCTION check_rate_limit(
  p_action text, p_keys jsonb DEFAULT '{}', p_cost double precision DEFAULT 1, p_rule jsonb DEFAULT NULL,
  OUT allowed boolean, OUT remaining double precision, OUT retry_after double precision, OUT rule text
) LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
-- A handful of rows with thousands of dead versions: statistics of it are always wrong, one key is always one index look-up.
SET enable_seqscan = off SET enable_bitmapscan = off AS $$
#variable_conflict use_variable
DECLARE
  hit          record;
  pressing     integer;
  denied_key   text;
  granted      text[] := '{}';
  granted_keys text[] := '{}';
BEGIN
  IF p_cost IS NULL OR NOT p_cost > 0 OR p_cost = 'Infinity' THEN
    RAISE EXCEPTION 'a rate limit check needs a positive cost, not %', p_cost USING ERRCODE = 'invalid_parameter_value';
  END IF;
  IF p_action IS NULL OR char_length(p_action) NOT BETWEEN 1 AND 100 THEN
    RAISE EXCEPTION 'a rate limit check needs an action of 1 to 100 characters' USING ERRCODE = 'invalid_parameter_value';
  END IF;
  allowed := true;
  retry_after := 0;
  FOR hit IN
    INSERT INTO public.rate_limit_buckets AS b (rule, key, strategy, limit_count, window_seconds, burst, priority, cost, touched_at,
                                                level, previous, since, granted, remaining, retry_after)
    SELECT a.name, k.key, a.strategy, a.limit_count, a.window_seconds, a.burst, a.priority, c.cost, c.moment,
           CASE WHEN a.strategy = 'token_bucket' THEN c.capacity ELSE 0 END
             + CASE WHEN c.cost > c.capacity THEN 0 WHEN a.strategy = 'token_bucket' THEN -c.cost ELSE c.cost END,
           0, c.moment, c.cost <= c.capacity, c.capacity - c.cost, CASE WHEN c.cost <= c.capacity THEN 0 ELSE float8 'Infinity' END
      FROM (SELECT s.name, s.scope, s.strategy, s.action, s.limit_count, s.window_seconds, s.burst, s.priority
              FROM public.rate_limit_rules s WHERE s.enabled AND (s.action IS NULL OR s.action = p_action)
            UNION ALL
            -- Under its own name only: nobody can lend out a bucket of another rule.
            SELECT 'action.' || p_action, j.scope, j.strategy, p_action, j.limit_count, j.window_seconds, j.burst, j.priority
              FROM jsonb_to_record(p_rule) AS j (scope text, strategy text, limit_count integer, window_seconds integer,
                                                 burst integer, priority integer)
             WHERE p_rule IS NOT NULL AND NOT EXISTS (SELECT FROM public.rate_limit_rules s WHERE s.name = 'action.' || p_action)) a
      CROSS JOIN LATERAL (SELECT CASE a.scope
        WHEN 'global' THEN '*'
        -- A scheduler that runs under the login role of a person says so by its origin and has a bucket of its own: a storm of
        -- messages must not take an operator's requests away.
        WHEN 'user' THEN session_user || CASE WHEN p_keys ->> 'origin' = 'scheduler' THEN ' (scheduler)' ELSE '' END
        WHEN 'ip' THEN coalesce(host(inet_client_addr()), 'local')
        WHEN 'session' THEN pg_backend_pid()::text
        WHEN 'action' THEN p_action
        -- What is left in a tenant's bucket tells how busy it is, and taking from it makes it wait: members only.
        WHEN 'tenant' THEN CASE WHEN public.aoer_for_all_tenants()
                                  OR p_keys ->> 'tenant' = ANY (public.aoer_readable_tenants()::text[])
                                THEN left(p_keys ->> 'tenant', 200) END
        ELSE left(p_keys ->> a.scope, 200) END AS key) k
      -- A bucket that nobody asked before is full; what it was asked now is taken at once.
      CROSS JOIN LATERAL (
        SELECT CASE WHEN a.action IS NULL AND a.scope <> 'action' THEN 1 ELSE p_cost END AS cost, clock_timestamp() AS moment,
               (CASE a.strategy WHEN 'leaky_bucket' THEN 1 ELSE a.limit_count END + a.burst)::double precision AS capacity
         OFFSET 0) c
     WHERE k.key IS NOT NULL
     -- One order for everybody, whatever the priorities, so that two callers never wait for each other in a circle; what all
     -- share is locked last and thereby for the shortest time.
     ORDER BY a.scope = 'global', a.name
    ON CONFLICT ON CONSTRAINT rate_limit_buckets_pkey DO UPDATE SET
      strategy = excluded.strategy, limit_count = excluded.limit_count, window_seconds = excluded.window_seconds,
      burst = excluded.burst, priority = excluded.priority, cost = excluded.cost,
      -- The clock is read again, with the lock held: otherwise a waiter would refill for time that its predecessor has counted.
      (touched_at, level, previous, since, granted, remaining, retry_after) = (
        SELECT n.moment, s.* FROM (SELECT clock_timestamp() AS moment OFFSET 0) n
         CROSS JOIN LATERAL public.rate_limit_step(excluded.strategy, excluded.limit_count, excluded.window_seconds,
           excluded.burst, excluded.cost, n.moment, b.level, b.previous, b.since) s)
    RETURNING b.rule, b.key, b.priority, b.granted, b.remaining, b.retry_after
  LOOP
    IF NOT hit.granted THEN
      retry_after := greatest(retry_after, hit.retry_after);
      IF allowed OR hit.priority < pressing THEN
        pressing := hit.priority;
        rule := hit.rule;
        denied_key := hit.key;
      END IF;
      allowed := false;
    ELSE
      granted := granted || hit.rule;
      granted_keys := granted_keys || hit.key;
      IF allowed AND (remaining IS NULL OR hit.remaining < remaining) THEN
        remaining := hit.remaining;
        rule := hit.rule;
      END IF;
    END IF;
  END LOOP;
  IF allowed THEN
    RETURN;
  END IF;
  -- The locks are still held: what the other rules granted goes back before anybody sees it gone.
  UPDATE public.rate_limit_buckets b SET level = b.level + CASE b.strategy WHEN 'token_bucket' THEN b.cost ELSE -b.cost END
    FROM unnest(granted, granted_keys) AS u (rule, key) WHERE b.rule = u.rule AND b.key = u.key;
  remaining := 0;
  retry_after := nullif(retry_after, 'Infinity');
  PERFORM public.record_rate_limit_violation(
    rule, CASE WHEN denied_key = pg_backend_pid()::text THEN 'sessions' ELSE denied_key END);
END
$$;

-- Violations are counted, not listed: one row a rule, key and hour. A refusal does not wait for the disk: many who are refused
-- at once would wait for each other, and a count of the last half second may be lost with the server.
CREATE OR REPLACE FUNCTION record_rate_limit_violation(p_rule text, p_key text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  PERFORM set_config('synchronous_commit', 'off', true);
  INSERT INTO public.rate_limit_violations AS v (rule, key, hour, first_at, last_at)
  VALUES (p_rule, p_key, date_trunc('hour', clock_timestamp()), clock_timestamp(), clock_timestamp())
  ON CONFLICT (rule, key, hour) DO UPDATE SET count = v.count + 1, last_at = excluded.last_at;
END
$$;
