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
) LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
#variable_conflict use_variable
DECLARE
  hit     record;
  bucket  public.rate_limit_buckets;
  step    record;
  rules   public.rate_limit_rules[] := '{}';
  keys    text[] := '{}';
  after   public.rate_limit_buckets[] := '{}';
  refused integer;
  cost    double precision;
BEGIN
  IF p_cost IS NULL OR NOT p_cost > 0 OR p_cost = 'Infinity' THEN
    RAISE EXCEPTION 'a rate limit check needs a positive cost, not %', p_cost USING ERRCODE = 'invalid_parameter_value';
  END IF;
  IF p_action IS NULL OR char_length(p_action) NOT BETWEEN 1 AND 100 THEN
    RAISE EXCEPTION 'a rate limit check needs an action of 1 to 100 characters' USING ERRCODE = 'invalid_parameter_value';
  END IF;
  -- One order for everybody, whatever the priorities, so that two callers never wait for each other in a circle; what all
  -- share is locked last and thereby for the shortest time. Buckets that are missing are made before any other is locked.
  FOR hit IN
    SELECT a.r, a.key, b.rule IS NULL AS missing FROM public.rate_limit_applying(p_action, p_keys, p_rule) a
      LEFT JOIN public.rate_limit_buckets b ON b.rule = (a.r).name AND b.key = a.key
     ORDER BY (a.r).scope = 'global', (a.r).name
  LOOP
    rules := rules || hit.r;
    keys := keys || hit.key;
    IF hit.missing THEN
      INSERT INTO public.rate_limit_buckets (rule, key, level, since, touched_at)
      VALUES ((hit.r).name, hit.key,
              CASE WHEN (hit.r).strategy = 'token_bucket' THEN (hit.r).limit_count + (hit.r).burst ELSE 0 END,
              clock_timestamp(), clock_timestamp())
      ON CONFLICT ON CONSTRAINT rate_limit_buckets_pkey DO NOTHING;
    END IF;
  END LOOP;
  allowed := true;
  retry_after := 0;
  FOR i IN 1 .. cardinality(rules) LOOP
    SELECT b.* INTO bucket FROM public.rate_limit_buckets b WHERE b.rule = rules[i].name AND b.key = keys[i] FOR UPDATE;
    cost := CASE WHEN rules[i].action IS NULL AND rules[i].scope <> 'action' THEN 1 ELSE p_cost END;
    -- The clock is read after the lock is held: otherwise a waiter would refill for time that its predecessor has counted.
    step := public.rate_limit_step(rules[i], cost, clock_timestamp(), bucket.level, bucket.previous, bucket.since);
    IF NOT step.allowed THEN
      retry_after := greatest(retry_after, step.retry_after);
      IF allowed OR rules[i].priority < rules[refused].priority THEN
        refused := i;
      END IF;
      allowed := false;
    ELSIF remaining IS NULL OR step.remaining < remaining THEN
      remaining := step.remaining;
      rule := rules[i].name;
    END IF;
    bucket.level := step.level;
    bucket.previous := step.previous;
    bucket.since := step.since;
    after := after || bucket;
  END LOOP;
  IF allowed THEN
    FOR i IN 1 .. cardinality(after) LOOP
      UPDATE public.rate_limit_buckets b
         SET level = after[i].level, previous = after[i].previous, since = after[i].since, touched_at = clock_timestamp()
       WHERE b.rule = after[i].rule AND b.key = after[i].key;
    END LOOP;
    RETURN;
  END IF;
  rule := rules[refused].name;
  remaining := 0;
  retry_after := nullif(retry_after, 'Infinity');
  PERFORM public.record_rate_limit_violation(rule, CASE rules[refused].scope WHEN 'session' THEN 'sessions' ELSE keys[refused] END);
END
$$;

-- The enabled rules that apply to a check, each with the key that it counts by. A scheduler that runs under the login role of a
-- person says so by its origin and has a bucket of its own: a storm of messages must not take an operator's requests away.
CREATE OR REPLACE FUNCTION rate_limit_applying(p_action text, p_keys jsonb, p_rule jsonb, OUT r rate_limit_rules, OUT key text)
RETURNS SETOF record
LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT a.r, k.key
    FROM (SELECT s AS r FROM public.rate_limit_rules s
           WHERE s.enabled AND (s.action IS NULL OR s.action = p_action)
          UNION ALL
          -- Under its own name only: nobody can lend out a bucket of another rule.
          SELECT jsonb_populate_record(NULL::public.rate_limit_rules, p_rule || jsonb_build_object('name', 'action.' || p_action))
           WHERE p_rule IS NOT NULL AND NOT EXISTS (SELECT FROM public.rate_limit_rules s WHERE s.name = 'action.' || p_action)) a
    CROSS JOIN LATERAL (SELECT CASE (a.r).scope
      WHEN 'global' THEN '*'
      WHEN 'user' THEN session_user || CASE WHEN p_keys ->> 'origin' = 'scheduler' THEN ' (scheduler)' ELSE '' END
      WHEN 'ip' THEN coalesce(host(inet_client_addr()), 'local')
      WHEN 'session' THEN pg_backend_pid()::text
      WHEN 'action' THEN p_action
      -- What is left in a tenant's bucket tells how busy it is, and taking from it makes it wait: members only.
      WHEN 'tenant' THEN CASE WHEN public.aoer_for_all_tenants() OR p_keys ->> 'tenant' = ANY (public.aoer_readable_tenants()::text[])
                              THEN left(p_keys ->> 'tenant', 200) END
      ELSE left(p_keys ->> (a.r).scope, 200) END AS key) k
   WHERE k.key IS NOT NULL
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
