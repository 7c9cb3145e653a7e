-- One bucket at one moment: what it holds after `p_cost` was asked of it. `level` counts tokens left (token bucket) or use
-- (the others). Pure arithmetic, kept apart from locking so that each strategy can be tested alone; one SELECT without
-- settings of its own, so that the planner merges it into the statement that takes. OFFSET 0 keeps the planner from writing the
-- inner expressions out again wherever they are used: setting up hundreds of them took longer than anything else.
--   token_bucket    holds limit + burst tokens, refilled at limit / window
--   leaky_bucket    holds burst + 1 waiting requests, drained at limit / window: no more than burst pass at once
--   fixed_window    limit + burst in each window that begins at the first request
--   sliding_window  limit + burst over the last window, estimated from this one and the share of the previous one
-- What a bucket can never hold is refused with an infinite `retry_after`.
CREATE OR REPLACE FUNCTION rate_limit_step(
  p_strategy text, p_limit integer, p_window integer, p_burst integer, p_cost double precision, p_now timestamptz,
  INOUT level double precision, INOUT previous double precision, INOUT since timestamptz,
  OUT allowed boolean, OUT remaining double precision, OUT retry_after double precision
) RETURNS SETOF record LANGUAGE sql STABLE PARALLEL SAFE ROWS 1 AS $$
  SELECT d.level + CASE WHEN NOT g.allowed THEN 0 WHEN p_strategy = 'token_bucket' THEN -p_cost ELSE p_cost END,
         d.previous, d.since, g.allowed,
         greatest(0, f.free - CASE WHEN g.allowed THEN p_cost ELSE 0 END),
         CASE WHEN g.allowed THEN 0
              WHEN p_cost > a.capacity THEN 'Infinity'
              WHEN NOT a.windows THEN (p_cost - f.free) / a.rate
              WHEN p_strategy = 'sliding_window' AND d.previous > 0 AND d.level + p_cost <= a.capacity
                THEN least(p_window - f.into, (p_cost - f.free) * p_window / d.previous)
              ELSE p_window - f.into END
    FROM (SELECT p_strategy IN ('fixed_window', 'sliding_window') AS windows,
                 (CASE p_strategy WHEN 'leaky_bucket' THEN p_burst + 1 ELSE p_limit + p_burst END)::double precision AS capacity,
                 p_limit::double precision / p_window AS rate,
                 greatest(extract(epoch FROM p_now - since), 0)::double precision AS elapsed OFFSET 0) a
   -- Time passes: tokens come, use drains, or a window ends.
   CROSS JOIN LATERAL (
     SELECT CASE WHEN p_strategy = 'token_bucket' THEN least(a.capacity, level + a.elapsed * a.rate)
                 WHEN p_strategy = 'leaky_bucket' THEN greatest(0, level - a.elapsed * a.rate)
                 WHEN a.elapsed >= p_window THEN 0 ELSE level END AS level,
            CASE WHEN NOT a.windows OR a.elapsed < p_window THEN previous
                 WHEN a.elapsed < 2 * p_window THEN level ELSE 0 END AS previous,
            CASE WHEN NOT a.windows THEN greatest(since, p_now)
                 ELSE since + floor(a.elapsed / p_window) * make_interval(secs => p_window) END AS since OFFSET 0) d
   -- What is free, and how far the present window has come.
   CROSS JOIN LATERAL (
     SELECT CASE p_strategy WHEN 'token_bucket' THEN d.level WHEN 'sliding_window'
                 THEN a.capacity - d.level - d.previous * (1 - (a.elapsed - floor(a.elapsed / p_window) * p_window) / p_window)
                 ELSE a.capacity - d.level END AS free,
            a.elapsed - floor(a.elapsed / p_window) * p_window AS into OFFSET 0) f
   CROSS JOIN LATERAL (SELECT f.free >= p_cost AS allowed) g
$$;
