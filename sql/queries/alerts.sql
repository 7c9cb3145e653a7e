-- Alerts of the engines: one open row for each fingerprint, counted when seen again, resolved when the cause is gone.

-- name: raise
-- Acknowledged alerts stay acknowledged while the trouble is no worse; a worse one opens them again.
INSERT INTO dispatch_alerts AS a (tenant_id, order_id, alert_type, severity, message, description, fingerprint, metadata)
SELECT $1, w.order_id, w.kind::alert_type, w.severity::severity_level, w.message, w.description, w.fingerprint,
       jsonb_build_object('engine', $8::text)
  FROM unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[])
    AS w (order_id, kind, severity, message, description, fingerprint)
ON CONFLICT (tenant_id, fingerprint) WHERE status <> 'resolved' DO UPDATE
   SET occurrences = a.occurrences + 1, last_seen_at = now(), message = excluded.message, description = excluded.description,
       severity = greatest(a.severity, excluded.severity),
       status = CASE WHEN excluded.severity > a.severity THEN 'open' ELSE a.status END,
       snoozed_until = CASE WHEN excluded.severity > a.severity THEN NULL ELSE a.snoozed_until END
RETURNING a.id, a.order_id, a.alert_type::text AS alert_type, a.severity::text AS severity, a.message, a.fingerprint,
          a.occurrences, a.occurrences = 1 AS fresh,
          (SELECT o.reference FROM orders o WHERE o.tenant_id = a.tenant_id AND o.id = a.order_id) AS "order";

-- name: standing
SELECT a.fingerprint, a.status, a.severity::text AS severity,
       (EXTRACT(epoch FROM now() - a.last_seen_at) / 60)::float8 AS seen_minutes,
       (EXTRACT(epoch FROM now() - a.acknowledged_at) / 60)::float8 AS acknowledged_minutes
  FROM dispatch_alerts a
 WHERE a.tenant_id = $1 AND a.status <> 'resolved' AND a.metadata->>'engine' = $2
 LIMIT 5000;

-- name: settle
-- The cause is gone. Only the engine's own alerts; people's resolutions are theirs.
UPDATE dispatch_alerts a
   SET status = 'resolved', resolved_at = now(), resolved_by = $3, resolution = $4, snoozed_until = NULL
 WHERE a.tenant_id = $1 AND a.fingerprint = ANY ($2::text[]) AND a.status <> 'resolved' AND a.metadata ? 'engine'
RETURNING a.id, a.fingerprint, a.severity::text AS severity, a.message,
          (SELECT o.reference FROM orders o WHERE o.tenant_id = a.tenant_id AND o.id = a.order_id) AS "order";

-- name: reopen
UPDATE dispatch_alerts a
   SET status = 'open', acknowledged_by = NULL, acknowledged_at = NULL
 WHERE a.tenant_id = $1 AND a.fingerprint = ANY ($2::text[]) AND a.status = 'acknowledged'
RETURNING a.id;

-- name: queue_webhook
INSERT INTO webhook_deliveries (tenant_id, event, dedupe_key, body)
SELECT $1, w.event, w.key, w.body
  FROM unnest($2::text[], $3::text[], $4::jsonb[]) AS w (event, key, body);

-- name: due_webhooks
-- Claimed by pushing the next try out: a sender that dies leaves them to the next one.
WITH due AS MATERIALIZED (
  SELECT w.tenant_id, w.id FROM webhook_deliveries w
   WHERE w.status = 'pending' AND w.next_try_at <= now()
   ORDER BY w.next_try_at LIMIT $1 FOR UPDATE SKIP LOCKED
)
UPDATE webhook_deliveries w
   SET attempts = w.attempts + 1, next_try_at = now() + make_interval(secs => 30 * power(2, least(w.attempts, 8)))
  FROM due
 WHERE w.tenant_id = due.tenant_id AND w.id = due.id
RETURNING w.tenant_id, w.id, w.event, w.dedupe_key, w.body, w.attempts;

-- name: webhook_later
-- Held back by a pace, not by the sink: no try is spent, and it is due again when the pace allows.
UPDATE webhook_deliveries w
   SET attempts = greatest(w.attempts - 1, 0), next_try_at = now() + make_interval(secs => $4), last_error = $3,
       body = w.body || jsonb_build_object('told', to_jsonb($5::text[]))
 WHERE w.tenant_id = $1 AND w.id = $2;

-- name: webhook_done
-- `told` keeps a sink that took the message from getting it again when another one did not.
UPDATE webhook_deliveries w
   SET status = CASE WHEN $3::text IS NULL THEN 'sent' WHEN w.attempts >= $4 THEN 'failed' ELSE 'pending' END,
       sent_at = CASE WHEN $3::text IS NULL THEN now() END, last_error = $3,
       body = w.body || jsonb_build_object('told', to_jsonb($5::text[]))
 WHERE w.tenant_id = $1 AND w.id = $2;
