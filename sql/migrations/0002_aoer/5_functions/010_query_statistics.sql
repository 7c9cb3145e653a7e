-- Statistics of one tenant's queries between two days, both included. Weeks are ISO weeks (Monday).

CREATE OR REPLACE FUNCTION aoer_query_totals(p_tenant uuid, p_from date, p_to date)
RETURNS TABLE (total_queries bigint, distinct_queries bigint, ai_present bigint, ai_observed bigint, cited bigint,
               monthly_volume bigint, first_week date, last_week date)
LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT count(*), count(DISTINCT q.query), count(*) FILTER (WHERE q.ai_present), count(q.ai_present),
         count(*) FILTER (WHERE q.has_our_citation), sum(q.monthly_volume), min(q.week_start), max(q.week_start)
    FROM aoer_queries q
   WHERE q.tenant_id = p_tenant AND q.week_start BETWEEN p_from AND p_to
$$;

CREATE OR REPLACE FUNCTION aoer_query_intents(p_tenant uuid, p_from date, p_to date)
RETURNS TABLE (intent text, total_queries bigint, share numeric, ai_present bigint, cited bigint, monthly_volume bigint)
LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT coalesce(q.intent, 'unclassified'), count(*), round(count(*) / sum(count(*)) OVER (), 4),
         count(*) FILTER (WHERE q.ai_present), count(*) FILTER (WHERE q.has_our_citation), sum(q.monthly_volume)
    FROM aoer_queries q
   WHERE q.tenant_id = p_tenant AND q.week_start BETWEEN p_from AND p_to
   GROUP BY 1 ORDER BY 2 DESC, 1
$$;

-- Weeks without a query are not listed: nothing was observed, which is not the same as zero.
CREATE OR REPLACE FUNCTION aoer_query_trend(p_tenant uuid, p_from date, p_to date)
RETURNS TABLE (week date, total_queries bigint, ai_present bigint, ai_observed bigint, cited bigint, monthly_volume bigint)
LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT date_trunc('week', q.week_start)::date, count(*), count(*) FILTER (WHERE q.ai_present), count(q.ai_present),
         count(*) FILTER (WHERE q.has_our_citation), sum(q.monthly_volume)
    FROM aoer_queries q
   WHERE q.tenant_id = p_tenant AND q.week_start BETWEEN p_from AND p_to
   GROUP BY 1 ORDER BY 1
$$;
