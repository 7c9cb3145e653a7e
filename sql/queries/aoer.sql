-- name: tenant
SELECT t.id, t.name, t.slug, t.domains, t.brand_terms, t.revenue_unit, t.settings, t.version FROM tenants t WHERE t.id = $1

-- name: tenants_with_readings
-- Tenants that learning takes in, in one order; pooling is opted out of by settings.pooling = false.
SELECT t.id, coalesce(t.settings ->> 'pooling', 'true') <> 'false' AS pooled
  FROM tenants t
 WHERE t.active AND EXISTS (SELECT FROM aiv_raw_signals s WHERE s.tenant_id = t.id AND s.observed_aiv IS NOT NULL AND s.date <= $1)
 ORDER BY t.id

-- name: signals_of
-- All rows of some tenants up to a day, of the last years. Asked in chunks of tenants, so that no statement and no snapshot is long.
SELECT s.tenant_id, s.date, s.seo, s.aeo, s.geo, s.ugc, s.geolocal, s.observed_aiv, s.sample_size
  FROM aiv_raw_signals s
 WHERE s.tenant_id = ANY ($1::uuid[]) AND s.date <= $2 AND s.date > $2 - $3::integer
 ORDER BY s.date, s.tenant_id

-- name: database_day
SELECT (now() AT TIME ZONE 'UTC')::date

-- name: future_rows
SELECT count(*) FROM aiv_raw_signals s WHERE s.date > $1

-- name: resolve_predictions
-- The outcome of a prediction is the first reading within its week, told after the prediction was stored.
WITH found AS (
  SELECT p.tenant_id, p.id, r.observed_aiv
    FROM aoer_predictions p
    CROSS JOIN LATERAL (
      SELECT s.observed_aiv, s.updated_at FROM aiv_raw_signals s
       WHERE s.tenant_id = p.tenant_id AND s.date >= p.date AND s.date < p.date + 7 AND s.observed_aiv IS NOT NULL
       ORDER BY s.date LIMIT 1) r
   WHERE p.outcome IS NULL AND r.updated_at > p.predicted_at
)
UPDATE aoer_predictions p SET outcome = f.observed_aiv, outcome_at = now()
  FROM found f WHERE p.tenant_id = f.tenant_id AND p.id = f.id

-- name: store_model
-- The role of a version that is known already is left to promotion.
INSERT INTO aoer_model AS m (tenant_id, model_version, role, level, weights, prior_weights, signal_means, half_life_weeks,
                             residual_scale, interval_alpha, interval_radius, outcomes, pooled, trained_to, risk_median, risk_cdf,
                             parameters)
VALUES ($1, $2, CASE WHEN $3 AND NOT EXISTS (SELECT FROM aoer_model c WHERE c.tenant_id = $1 AND c.role = 'champion')
                     THEN 'champion' ELSE 'challenger' END,
        $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
ON CONFLICT (tenant_id, model_version) DO UPDATE SET
  level = excluded.level, weights = excluded.weights, prior_weights = excluded.prior_weights, signal_means = excluded.signal_means,
  half_life_weeks = excluded.half_life_weeks, residual_scale = excluded.residual_scale, interval_alpha = excluded.interval_alpha,
  interval_radius = excluded.interval_radius, outcomes = excluded.outcomes, pooled = excluded.pooled,
  trained_to = excluded.trained_to, risk_median = excluded.risk_median, risk_cdf = excluded.risk_cdf,
  parameters = excluded.parameters

-- name: store_prediction
-- A prediction is never rewritten: the first one stands.
INSERT INTO aoer_predictions (tenant_id, date, model_version, role, predicted, level, interval_low, interval_high, metadata)
VALUES ($1, $2, $3, coalesce((SELECT m.role FROM aoer_model m WHERE m.tenant_id = $1 AND m.model_version = $3), 'challenger'),
        $4, $5, $6, $7, $8)
ON CONFLICT (tenant_id, date, model_version) DO NOTHING

-- name: trained_to
SELECT m.tenant_id, m.trained_to FROM aoer_model m WHERE m.role = 'champion' AND m.trained_to IS NOT NULL

-- name: store_event
INSERT INTO metrics_events (tenant_id, event_type, event_data) VALUES ($1, $2, $3)

-- name: ensure_event_partition
SELECT ensure_partitions('metrics_events', (now() AT TIME ZONE 'UTC')::date, (now() AT TIME ZONE 'UTC')::date)

-- name: contests
-- Squared errors of champion and challenger on the same readings, told since the champion took the role.
SELECT c.tenant_id, c.model_version AS champion, h.model_version AS challenger,
       array_agg((a.predicted - a.outcome) ^ 2 ORDER BY a.date) AS champion_losses,
       array_agg((b.predicted - b.outcome) ^ 2 ORDER BY a.date) AS challenger_losses
  FROM aoer_model c
  JOIN aoer_model h ON h.tenant_id = c.tenant_id AND h.role = 'challenger'
  JOIN aoer_predictions a ON a.tenant_id = c.tenant_id AND a.model_version = c.model_version AND a.outcome IS NOT NULL
       AND a.predicted_at >= coalesce(c.promoted_at, '-infinity')
  JOIN aoer_predictions b ON b.tenant_id = h.tenant_id AND b.model_version = h.model_version AND b.date = a.date
 WHERE c.role = 'champion'
 GROUP BY 1, 2, 3

-- name: dethrone
UPDATE aoer_model SET role = 'challenger' WHERE tenant_id = $1 AND model_version = $2 AND role = 'champion'

-- name: crown
UPDATE aoer_model SET role = 'champion', promoted_at = now() WHERE tenant_id = $1 AND model_version = $2

-- name: audit
SELECT audit_write($1, $2, $3, $4, $5, $6, $7)

-- name: learning_due
-- Learning is due when a new ISO week began, or when readings wait that were never learnt.
SELECT coalesce(max(m.updated_at) < date_trunc('week', now()), true) AS week_began,
       EXISTS (SELECT FROM tenants t WHERE t.active
                  AND NOT EXISTS (SELECT FROM aoer_model x WHERE x.tenant_id = t.id AND x.role = 'champion')
                  AND EXISTS (SELECT FROM aiv_raw_signals s WHERE s.tenant_id = t.id AND s.observed_aiv IS NOT NULL
                                 AND s.date <= (now() AT TIME ZONE 'UTC')::date)) AS newcomers
  FROM aoer_model m WHERE m.role = 'champion'

-- name: logged_predictions
SELECT p.tenant_id, p.date, p.outcome,
       max(p.predicted) FILTER (WHERE p.role = 'champion') AS calibrated,
       max(p.interval_low) FILTER (WHERE p.role = 'champion') AS low,
       max(p.interval_high) FILTER (WHERE p.role = 'champion') AS high,
       max((p.metadata ->> 'risk')::double precision) FILTER (WHERE p.role = 'champion') AS risk,
       max((p.metadata ->> 'median')::double precision) FILTER (WHERE p.role = 'champion') AS median,
       max(p.predicted) FILTER (WHERE p.model_version = 'classic-1') AS classic,
       max(p.predicted) FILTER (WHERE p.model_version = 'equal-level-1') AS equal_level
  FROM aoer_predictions p
 WHERE p.outcome IS NOT NULL AND ($1::uuid IS NULL OR p.tenant_id = $1) AND p.date >= $2
 GROUP BY p.tenant_id, p.date, p.outcome
 ORDER BY p.date, p.tenant_id

-- name: stored_summary
SELECT s.aoer_score, s.visibility_risk, s.status, s.reason, s.interval_low, s.interval_high, s.level, s.model_version, s.metrics,
       s.last_updated, extract(epoch FROM now() - s.last_updated)::float8 AS age_seconds
  FROM aoer_summary s WHERE s.tenant_id = $1

-- name: compute
SELECT * FROM compute_aoer_for_tenant($1)

-- name: history
SELECT h.as_of, h.score, h.risk, h.status, h.reason, h.interval_low, h.interval_high, h.level, h.contributions, h.model_version
  FROM aoer_history h WHERE h.tenant_id = $1 AND h.as_of >= $2 ORDER BY h.as_of DESC LIMIT $3

-- name: champion
SELECT m.model_version, m.level, m.weights, m.signal_means, m.residual_scale, m.interval_radius, m.interval_alpha,
       m.half_life_weeks, m.outcomes, m.pooled, m.trained_to, m.risk_median, m.risk_cdf, m.parameters, m.promoted_at
  FROM aoer_model m WHERE m.tenant_id = $1 AND m.role = 'champion'

-- name: newest_signals
SELECT s.date, s.seo, s.aeo, s.geo, s.ugc, s.geolocal, s.observed_aiv, s.sample_size
  FROM aiv_raw_signals s WHERE s.tenant_id = $1 AND s.date <= $2 ORDER BY s.date DESC LIMIT 1

-- name: queries_of
SELECT q.query, q.week_start, q.intent, q.monthly_volume, q.serp_position, q.ai_present, q.ai_position, q.has_our_citation,
       q.ai_tokens, q.metadata -> 'mentions' AS mentions,
       CASE WHEN jsonb_typeof(q.metadata -> 'panel_version') = 'number' THEN (q.metadata -> 'panel_version')::integer END AS panel
  FROM aoer_queries q WHERE q.tenant_id = $1 AND q.week_start BETWEEN $2 AND $3
 ORDER BY q.week_start, q.query

-- name: query_totals
SELECT * FROM aoer_query_totals($1, $2, $3)

-- name: query_intents
SELECT * FROM aoer_query_intents($1, $2, $3)

-- name: query_trend
SELECT * FROM aoer_query_trend($1, $2, $3)

-- name: unclassified
-- Queries without an intent. Keyset paging by query text and week, so that what is classified meanwhile moves nothing.
SELECT q.tenant_id, q.query, q.week_start, t.brand_terms, t.domains
  FROM aoer_queries q JOIN tenants t ON t.id = q.tenant_id
 WHERE q.intent IS NULL AND ($1::uuid IS NULL OR q.tenant_id = $1)
   AND (q.tenant_id, q.query, q.week_start) > ($2::uuid, $3::text, $4::date)
 ORDER BY q.tenant_id, q.query, q.week_start LIMIT $5

-- name: store_intents
-- A stated intent is never overwritten, nor one that somebody stated meanwhile.
UPDATE aoer_queries q
   SET intent = k.intent, intent_source = k.source, intent_confidence = k.confidence,
       metadata = CASE WHEN k.source = 'review' THEN q.metadata || jsonb_build_object('intent_guess', k.guess) ELSE q.metadata END
  FROM unnest($1::uuid[], $2::text[], $3::date[], $4::text[], $5::text[], $6::real[], $7::text[])
       AS k (tenant_id, query, week_start, intent, source, confidence, guess)
 WHERE q.tenant_id = k.tenant_id AND q.query = k.query AND q.week_start = k.week_start AND q.intent IS NULL

-- name: review_list
SELECT q.query, max(q.week_start) AS last_week, count(*) AS weeks, max(q.monthly_volume) AS monthly_volume,
       (array_agg(q.metadata ->> 'intent_guess' ORDER BY q.week_start DESC))[1] AS guess, min(q.intent_confidence) AS confidence
  FROM aoer_queries q WHERE q.tenant_id = $1 AND q.intent_source = 'review'
 GROUP BY q.query ORDER BY max(q.monthly_volume) DESC NULLS LAST, q.query LIMIT $2

-- name: state_intent
UPDATE aoer_queries q SET intent = $3, intent_source = 'stated', intent_confidence = NULL, metadata = q.metadata - 'intent_guess'
 WHERE q.tenant_id = $1 AND q.query = $2 AND q.intent_source IS DISTINCT FROM 'stated'

-- name: losses_of
-- Observed losses with a reading of visibility, of the declared unit's own series only.
SELECT s.date, s.observed_rar, s.observed_aiv
  FROM aiv_raw_signals s JOIN tenants t ON t.id = s.tenant_id
 WHERE s.tenant_id = $1 AND s.observed_rar IS NOT NULL AND s.observed_aiv IS NOT NULL AND s.date <= $2
   AND s.date >= coalesce((t.settings ->> 'revenue_since')::date, '-infinity')
 ORDER BY s.date

-- name: declare_revenue
UPDATE tenants t
   SET revenue_unit = $2, settings = t.settings || $3::jsonb
 WHERE t.id = $1 AND t.version = $4
RETURNING t.revenue_unit, t.settings, t.version

-- name: clean_up
SELECT signals, failures, predictions, models, answers
  FROM aoer_clean_up(make_interval(days => $1), make_interval(days => $2), make_interval(days => $3), $4)

-- name: next_panel_version
SELECT coalesce(max(p.number), 0) + 1 FROM aoer_panels p WHERE p.tenant_id = $1

-- name: store_panel
INSERT INTO aoer_panels (tenant_id, number, hash, prompts, metadata) VALUES ($1, $2, $3, $4, $5) RETURNING id

-- name: retire_panels
UPDATE aoer_panels SET active = false WHERE tenant_id = $1 AND number < $2 AND active

-- name: panel
SELECT p.number AS version, p.hash, p.prompts, p.created_at FROM aoer_panels p
 WHERE p.tenant_id = $1 AND ($2::integer IS NULL OR p.number = $2) ORDER BY p.number DESC LIMIT 1

-- name: store_run
INSERT INTO aoer_probe_runs (tenant_id, panel_version, panel_hash, engine, week_start, status, asked, answered, mentioned, cost, error,
                             started_at, finished_at, metadata)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) RETURNING id

-- name: store_answer
INSERT INTO aoer_probe_answers (tenant_id, run_id, prompt, engine, model, asked_at, answer_hash, urls, mentions, mentioned, position,
                                cited, prompt_tokens, answer_tokens, cost, attempts, error)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)

-- name: store_probed_query
-- What an answer showed about a query. An intent that is stated already stays.
INSERT INTO aoer_queries AS q (tenant_id, query, week_start, intent, intent_source, monthly_volume, ai_present, ai_position,
                               has_our_citation, ai_tokens, engine, observed_at, metadata)
VALUES ($1, $2, $3, $4, CASE WHEN $4::text IS NULL THEN NULL ELSE 'stated' END, $5, $6, $7, $8, $9, $10, $11, $12)
ON CONFLICT (tenant_id, query, week_start) DO UPDATE SET
  ai_present = excluded.ai_present, ai_position = excluded.ai_position, has_our_citation = excluded.has_our_citation,
  ai_tokens = excluded.ai_tokens, engine = excluded.engine, observed_at = excluded.observed_at,
  metadata = q.metadata || excluded.metadata, intent = coalesce(q.intent, excluded.intent),
  intent_source = coalesce(q.intent_source, excluded.intent_source),
  monthly_volume = coalesce(q.monthly_volume, excluded.monthly_volume)

-- name: store_reading
-- The reading of a week from a probe. Signals of that day stay as they are, and so does a reading from elsewhere.
INSERT INTO aiv_raw_signals AS s (tenant_id, date, observed_aiv, sample_size, source)
VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (tenant_id, date) DO UPDATE SET observed_aiv = excluded.observed_aiv, sample_size = excluded.sample_size,
  source = excluded.source
  WHERE s.observed_aiv IS NULL OR s.source LIKE 'probe panel v%'

-- name: ensure_query_partition
SELECT ensure_partitions('aoer_queries', $1, $1)
