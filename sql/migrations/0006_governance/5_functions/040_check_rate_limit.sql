-- What the rarer scopes count apart; NULL where the caller did not name it.
CREATE OR REPLACE FUNCTION rate_limit_key(p_scope text, p_action text, p_keys jsonb) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT CASE p_scope
    WHEN 'ip' THEN coalesce(host(inet_client_addr()), 'local')
    WHEN 'session' THEN pg_backend_pid()::text
    WHEN 'action' THEN p_action
    -- What is left in a tenant's bucket tells how busy it is, and taking from it makes it wait: members only.
    WHEN 'tenant' THEN CASE WHEN public.aoer_for_all_tenants()
                              OR p_keys ->> 'tenant' = ANY (public.aoer_readable_tenants()::text[])
                            THEN left(p_keys ->> 'tenant', 200) END
    ELSE left(p_keys ->> p_scope, 200) END
$$;

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
DECLARE
  rules    public.rate_limit_rules[];
  names    text[];
  ask      public.rate_limit_rules;
  answer   record;
  key_     text;
  cost     double precision;
  capacity double precision;
  rate     double precision;
  moment   timestamptz;
  left_    double precision;
  pressing integer;
  denied   text;
  taken    text[] := '{}';
  keys     text[] := '{}';
  amounts  double precision[] := '{}';
BEGIN
  IF p_cost IS NULL OR NOT p_cost > 0 OR p_cost = 'Infinity' THEN
    RAISE EXCEPTION 'a rate limit check needs a positive cost, not %', p_cost USING ERRCODE = 'invalid_parameter_value';
  END IF;
  IF p_action IS NULL OR char_length(p_action) NOT BETWEEN 1 AND 100 THEN
    RAISE EXCEPTION 'a rate limit check needs an action of 1 to 100 characters' USING ERRCODE = 'invalid_parameter_value';
  END IF;
  allowed := true;
  retry_after := 0;
  -- One order for everybody, whatever the priorities, so that two callers never wait for each other in a circle: first what the
  -- caller configured, then by name; what all share is locked last and thereby for the shortest time.
  SELECT array_agg(r ORDER BY r.scope = 'global', r.name), array_agg(r.name) INTO rules, names
    FROM public.rate_limit_rules r WHERE r.action IS NULL OR r.action = p_action OR r.name = 'action.' || p_action;
  IF p_rule IS NOT NULL THEN
    ask := jsonb_populate_record(NULL::public.rate_limit_rules, p_rule);
    -- Under its own name only: nobody can lend out a bucket of another rule.
    ask.name := 'action.' || p_action;
    ask.action := p_action;
    ask.enabled := coalesce(ask.name <> ALL (names), true);
    rules := ask || rules;
  END IF;
  FOREACH ask IN ARRAY coalesce(rules, '{}') LOOP
    CONTINUE WHEN NOT ask.enabled OR ask.action <> p_action;
    IF ask.scope = 'global' THEN
      key_ := '*';
    ELSIF ask.scope = 'user' THEN
      -- A scheduler that runs under the login role of a person says so by its origin and has a bucket of its own: a storm of
      -- messages must not take an operator's requests away.
      key_ := session_user || CASE WHEN p_keys ->> 'origin' = 'scheduler' THEN ' (scheduler)' ELSE '' END;
    ELSE
      key_ := public.rate_limit_key(ask.scope, p_action, p_keys);
      CONTINUE WHEN key_ IS NULL;
    END IF;
    cost := CASE WHEN ask.action IS NULL AND ask.scope <> 'action' THEN 1 ELSE p_cost END;
    left_ := NULL;
    IF ask.strategy = 'token_bucket' THEN
      -- The usual case in one small statement: refill and take. A caller that had to wait for the lock finds the bucket brought
      -- up to a later moment than its own, and refills nothing.
      capacity := ask.limit_count + ask.burst;
      rate := ask.limit_count::double precision / ask.window_seconds;
      moment := clock_timestamp();
      UPDATE public.rate_limit_buckets b
         SET level = least(capacity, b.level + greatest(extract(epoch FROM moment - b.since)::double precision, 0) * rate) - cost,
             since = greatest(b.since, moment), touched_at = moment
       WHERE b.rule = ask.name AND b.key = key_
         AND least(capacity, b.level + greatest(extract(epoch FROM moment - b.since)::double precision, 0) * rate) >= cost
      RETURNING b.level INTO left_;
    END IF;
    IF left_ IS NULL THEN
      SELECT t.* INTO STRICT answer FROM public.rate_limit_take(ask.name, key_, ask.strategy, ask.limit_count, ask.window_seconds,
                                                                ask.burst, cost) t;
      left_ := CASE WHEN answer.allowed THEN answer.remaining END;
    END IF;
    IF left_ IS NOT NULL THEN
      taken := taken || ask.name;
      keys := keys || key_;
      amounts := amounts || CASE ask.strategy WHEN 'token_bucket' THEN cost ELSE -cost END;
      IF allowed AND (remaining IS NULL OR left_ < remaining) THEN
        remaining := left_;
        rule := ask.name;
      END IF;
    ELSE
      retry_after := greatest(retry_after, answer.retry_after);
      IF allowed OR ask.priority < pressing THEN
        pressing := ask.priority;
        rule := ask.name;
        denied := key_;
      END IF;
      allowed := false;
    END IF;
  END LOOP;
  IF allowed THEN
    RETURN;
  END IF;
  -- The locks are still held: what the other rules granted goes back before anybody sees it gone.
  UPDATE public.rate_limit_buckets b SET level = b.level + u.amount
    FROM unnest(taken, keys, amounts) AS u (rule, key, amount) WHERE b.rule = u.rule AND b.key = u.key;
  remaining := 0;
  retry_after := nullif(retry_after, 'Infinity');
  PERFORM public.record_rate_limit_violation(rule, CASE WHEN denied = pg_backend_pid()::text THEN 'sessions' ELSE denied END);
END
$$;

-- Takes from one bucket of any strategy, or says why not; makes the bucket, which is full, where nobody asked before. The clock
-- is read with the lock held: otherwise a waiter would count time twice that its predecessor has counted.
CREATE OR REPLACE FUNCTION rate_limit_take(
  p_rule text, p_key text, p_strategy text, p_limit integer, p_window integer, p_burst integer, p_cost double precision,
  OUT allowed boolean, OUT remaining double precision, OUT retry_after double precision
) LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp SET enable_seqscan = off SET enable_bitmapscan = off AS $$
DECLARE
  bucket public.rate_limit_buckets;
  moment timestamptz := clock_timestamp();
  step   record;
BEGIN
  INSERT INTO public.rate_limit_buckets (rule, key, level, since, touched_at)
  VALUES (p_rule, p_key, CASE WHEN p_strategy = 'token_bucket' THEN p_limit + p_burst ELSE 0 END, moment, moment)
  ON CONFLICT ON CONSTRAINT rate_limit_buckets_pkey DO NOTHING;
  SELECT b.* INTO STRICT bucket FROM public.rate_limit_buckets b WHERE b.rule = p_rule AND b.key = p_key FOR UPDATE;
  moment := clock_timestamp();
  SELECT s.* INTO STRICT step FROM public.rate_limit_step(p_strategy, p_limit, p_window, p_burst, p_cost, moment, bucket.level,
                                                          bucket.previous, bucket.since) s;
  UPDATE public.rate_limit_buckets b SET level = step.level, previous = step.previous, since = step.since, touched_at = moment
   WHERE b.rule = p_rule AND b.key = p_key;
  allowed := step.allowed;
  remaining := step.remaining;
  retry_after := step.retry_after;
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
