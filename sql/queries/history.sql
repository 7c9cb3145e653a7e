-- One order's life, from every log that names it.

-- name: order_life
-- Oldest first. Rows of one transaction share a minute of the clock: what was decided stands before what it caused.
WITH o AS (SELECT x.tenant_id, x.id, x.created_at, x.status FROM orders x WHERE x.tenant_id = $1 AND x.id = $2),
life AS (
  SELECT o.created_at AS at, 0 AS rank, 'order' AS log, 'created' AS what, NULL::text AS actor, NULL::uuid AS driver_id,
         NULL::text AS words, NULL::jsonb AS details
    FROM o
   WHERE NOT EXISTS (SELECT FROM order_events e WHERE e.tenant_id = o.tenant_id AND e.order_id = o.id AND e.event_type = 'created')
  UNION ALL
  SELECT e.at, 2, 'event', e.event_type, e.actor, e.driver_id, e.reason,
         jsonb_strip_nulls(jsonb_build_object('from', e.from_status, 'to', e.to_status))
    FROM o JOIN order_events e ON e.tenant_id = o.tenant_id AND e.order_id = o.id
  UNION ALL
  SELECT a.assigned_at, 1, 'decision', a.assignment_type::text, a.assignment_method, a.driver_id, a.assignment_reason,
         jsonb_strip_nulls(jsonb_build_object('score', a.total_score, 'distance', a.distance_score, 'time', a.time_score,
           'load', a.load_score, 'priority', a.priority_score, 'alternatives', a.alternative_drivers,
           'round', a.metadata->>'round'))
    FROM o JOIN assignment_logs a ON a.tenant_id = o.tenant_id AND a.order_id = o.id
  UNION ALL
  SELECT v.at, 1, 'offer', v.what, 'auto_dispatch', f.driver_id, NULL, jsonb_build_object('choice', f.rank, 'score', f.score)
    FROM o JOIN dispatch_offers f ON f.tenant_id = o.tenant_id AND f.order_id = o.id
    CROSS JOIN LATERAL (VALUES (f.offered_at, 'offered'), (f.answered_at, f.status)) AS v (at, what)
   WHERE v.at IS NOT NULL
  UNION ALL
  SELECT r.optimized_at, 1, 'route', r.status, 'routing', r.driver_id, r.optimization_notes,
         jsonb_build_object('stops', r.stop_count, 'moved', r.stops_reordered, 'before', round(r.original_time_minutes::numeric, 1),
           'after', round(r.optimized_time_minutes::numeric, 1))
    FROM o JOIN route_optimizations r ON r.tenant_id = o.tenant_id AND r.order_ids @> ARRAY[o.id]
     AND r.driver_id IN (SELECT a.driver_id FROM assignment_logs a WHERE a.tenant_id = o.tenant_id AND a.order_id = o.id
                         UNION SELECT e.driver_id FROM order_events e WHERE e.tenant_id = o.tenant_id AND e.order_id = o.id)
  UNION ALL
  SELECT v.at, v.rank, 'escalation', v.what, v.actor, g.driver_id, v.words,
         jsonb_strip_nulls(jsonb_build_object('type', g.escalation_type, 'severity', g.severity, 'to', g.escalated_to,
           'minutes_to_breach', round(g.minutes_to_breach::numeric, 1)))
    FROM o JOIN escalation_logs g ON g.tenant_id = o.tenant_id AND g.order_id = o.id
    CROSS JOIN LATERAL (VALUES (g.escalated_at, 1, 'opened', 'escalation', g.reason),
                               (g.resolved_at, 3, 'resolved', g.resolved_by, g.resolution)) AS v (at, rank, what, actor, words)
   WHERE v.at IS NOT NULL
  UNION ALL
  SELECT v.at, v.rank, 'alert', v.what, v.actor, NULL, v.words,
         jsonb_build_object('type', d.alert_type, 'severity', d.severity, 'occurrences', d.occurrences)
    FROM o JOIN dispatch_alerts d ON d.tenant_id = o.tenant_id AND d.order_id = o.id
    CROSS JOIN LATERAL (VALUES (d.created_at, 1, 'opened', NULL, d.message),
                               (d.acknowledged_at, 2, 'acknowledged', d.acknowledged_by, NULL),
                               (d.resolved_at, 3, 'resolved', d.resolved_by, d.resolution)) AS v (at, rank, what, actor, words)
   WHERE v.at IS NOT NULL
  UNION ALL
  SELECT l.at, 4, 'audit', l.action, concat_ws(' ', l.origin, l.os_user), NULL, l.reason,
         jsonb_strip_nulls(jsonb_build_object('role', l.db_role, 'outcome', l.outcome))
    FROM o JOIN audit_logs l ON l.tenant_id = o.tenant_id AND l.object_id = o.id::text AND l.object_type IN ('order', 'orders')
)
SELECT l.at, l.log, l.what, l.actor, d.name AS driver, l.words, l.details
  FROM life l
  LEFT JOIN drivers d ON d.tenant_id = $1 AND d.id = l.driver_id
 ORDER BY l.at, l.rank, l.log, l.what
 LIMIT $3;
