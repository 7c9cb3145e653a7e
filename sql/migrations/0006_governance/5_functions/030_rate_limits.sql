-- One bucket at one moment: what it holds after `p_cost` was asked of it. `level` counts tokens left (token bucket) or use
-- (the others). Pure arithmetic, kept apart from locking so that each strategy can be tested alone.
--   token_bucket    holds limit + burst tokens, refilled at limit / window
--   leaky_bucket    holds burst + 1 waiting requests, drained at limit / window: no more than burst pass at once
--   fixed_window    limit + burst in each window that begins at the first request
--   sliding_window  limit + burst over the last window, estimated from this one and the share of the previous one
-- What a bucket can never hold is refused with an infinite `retry_after`.
CREATE OR REPLACE FUNCTION rate_limit_step(
  p_rule rate_limit_rules, p_cost double precision, p_now timestamptz,
  INOUT level double precision, INOUT previous double precision, INOUT since timestamptz,
  OUT allowed boolean, OUT remaining double precision, OUT retry_after double precision
) LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  capacity double precision := p_rule.limit_count + p_rule.burst;
  rate     double precision := p_rule.limit_count::double precision / p_rule.window_seconds;
  width    double precision := p_rule.window_seconds;
  elapsed  double precision := greatest(extract(epoch FROM p_now - since), 0);
  used     double precision;
BEGIN
  IF p_rule.strategy = 'leaky_bucket' THEN
    capacity := p_rule.burst + 1;
  END IF;
  CASE p_rule.strategy
  WHEN 'token_bucket' THEN
    level := least(capacity, level + elapsed * rate);
    since := greatest(since, p_now);
    allowed := level >= p_cost;
    retry_after := CASE WHEN allowed THEN 0 ELSE (p_cost - level) / rate END;
    level := level - CASE WHEN allowed THEN p_cost ELSE 0 END;
    remaining := level;
  WHEN 'leaky_bucket' THEN
    level := greatest(0, level - elapsed * rate);
    since := greatest(since, p_now);
    allowed := level + p_cost <= capacity;
    retry_after := CASE WHEN allowed THEN 0 ELSE (level + p_cost - capacity) / rate END;
    level := level + CASE WHEN allowed THEN p_cost ELSE 0 END;
    remaining := capacity - level;
  ELSE
    IF elapsed >= width THEN
      previous := CASE WHEN elapsed < 2 * width THEN level ELSE 0 END;
      since := since + floor(elapsed / width) * make_interval(secs => width);
      elapsed := greatest(extract(epoch FROM p_now - since), 0);
      level := 0;
    END IF;
    used := level + CASE WHEN p_rule.strategy = 'sliding_window' THEN previous * (1 - elapsed / width) ELSE 0 END;
    allowed := used + p_cost <= capacity;
    retry_after := CASE WHEN allowed THEN 0
      WHEN p_rule.strategy = 'sliding_window' AND previous > 0 AND level + p_cost <= capacity
        THEN least(width - elapsed, (used + p_cost - capacity) * width / previous)
      ELSE width - elapsed END;
    level := level + CASE WHEN allowed THEN p_cost ELSE 0 END;
    remaining := greatest(0, capacity - used - CASE WHEN allowed THEN p_cost ELSE 0 END);
  END CASE;
  IF p_cost > capacity THEN
    retry_after := 'Infinity';
  END IF;
END
$$;
