CREATE INDEX IF NOT EXISTS auto_dispatch_daily_day_idx ON auto_dispatch_daily (day);
CREATE INDEX IF NOT EXISTS auto_dispatch_daily_new_idx ON auto_dispatch_daily (tenant_id, day) WHERE NOT folded;
CREATE INDEX IF NOT EXISTS route_optimization_daily_day_idx ON route_optimization_daily (day);
CREATE INDEX IF NOT EXISTS route_optimization_daily_new_idx ON route_optimization_daily (tenant_id, day) WHERE NOT folded;
CREATE INDEX IF NOT EXISTS batch_performance_daily_day_idx ON batch_performance_daily (day);
CREATE INDEX IF NOT EXISTS batch_performance_daily_new_idx ON batch_performance_daily (tenant_id, day) WHERE NOT folded;
CREATE INDEX IF NOT EXISTS escalation_daily_day_idx ON escalation_daily (day);
CREATE INDEX IF NOT EXISTS escalation_daily_new_idx ON escalation_daily (tenant_id, day) WHERE NOT folded;
