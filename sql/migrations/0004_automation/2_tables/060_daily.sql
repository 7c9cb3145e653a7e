-- Daily statistics must stay fast at ten million rows, and a view over the logs does not. Beside each log stand its sums by
-- tenant and day, kept by triggers (6_triggers/020_daily.sql): every statement that changes the log *adds* a row with the
-- difference it makes, so writers never wait for each other, and fold_daily_statistics() adds rows of one day up. The sum over
-- all rows of a day is exact at every moment, to every snapshot. Fractions are summed as numeric: what is added and taken away
-- again leaves nothing.
-- `part` splits a day where a smallest and largest value is wanted of rows that may change (batches by their size).
-- No foreign key to tenants: the log has it, and a second one would be checked at every insert.
CREATE TABLE IF NOT EXISTS auto_dispatch_daily (
  tenant_id uuid NOT NULL, day date NOT NULL, part integer NOT NULL DEFAULT 0, id uuid NOT NULL DEFAULT gen_random_uuid(),
  folded boolean NOT NULL DEFAULT false, zone text NOT NULL,
  total bigint NOT NULL, auto bigint NOT NULL, forced bigint NOT NULL, manual bigint NOT NULL,
  score numeric NOT NULL, score_n bigint NOT NULL, distance numeric NOT NULL, distance_n bigint NOT NULL,
  time numeric NOT NULL, time_n bigint NOT NULL, load numeric NOT NULL, load_n bigint NOT NULL,
  priority numeric NOT NULL, priority_n bigint NOT NULL, lowest numeric, highest numeric,
  PRIMARY KEY (tenant_id, day, id)
);

CREATE TABLE IF NOT EXISTS route_optimization_daily (
  tenant_id uuid NOT NULL, day date NOT NULL, part integer NOT NULL DEFAULT 0, id uuid NOT NULL DEFAULT gen_random_uuid(),
  folded boolean NOT NULL DEFAULT false, zone text NOT NULL,
  total bigint NOT NULL, completed bigint NOT NULL, failed bigint NOT NULL,
  distance numeric NOT NULL, distance_n bigint NOT NULL, minutes numeric NOT NULL, minutes_n bigint NOT NULL,
  reordered bigint NOT NULL, reordered_n bigint NOT NULL, gain numeric NOT NULL, gain_n bigint NOT NULL,
  PRIMARY KEY (tenant_id, day, id)
);

CREATE TABLE IF NOT EXISTS batch_performance_daily (
  tenant_id uuid NOT NULL, day date NOT NULL, part integer NOT NULL DEFAULT 0, id uuid NOT NULL DEFAULT gen_random_uuid(),
  folded boolean NOT NULL DEFAULT false, zone text NOT NULL,
  total bigint NOT NULL, completed bigint NOT NULL, failed bigint NOT NULL,
  distance numeric NOT NULL, distance_n bigint NOT NULL, value numeric NOT NULL, value_n bigint NOT NULL,
  success numeric NOT NULL, success_n bigint NOT NULL,
  PRIMARY KEY (tenant_id, day, id)
);

CREATE TABLE IF NOT EXISTS escalation_daily (
  tenant_id uuid NOT NULL, day date NOT NULL, part integer NOT NULL DEFAULT 0, id uuid NOT NULL DEFAULT gen_random_uuid(),
  folded boolean NOT NULL DEFAULT false, zone text NOT NULL,
  total bigint NOT NULL, sla_risk bigint NOT NULL, stuck_order bigint NOT NULL, unresponsive_driver bigint NOT NULL,
  failed_delivery bigint NOT NULL, critical bigint NOT NULL, high bigint NOT NULL, resolved bigint NOT NULL, open bigint NOT NULL,
  delay numeric NOT NULL, delay_n bigint NOT NULL,
  PRIMARY KEY (tenant_id, day, id)
);

-- Tenants whose days must be counted anew (another time zone, a log row changed that is never changed): the statistics read
-- their logs until fold_daily_statistics() has done it. One row a cause, so that none is lost that comes while it counts.
CREATE TABLE IF NOT EXISTS daily_stale (
  tenant_id uuid NOT NULL, id uuid NOT NULL DEFAULT gen_random_uuid(), rollup text NOT NULL,
  PRIMARY KEY (tenant_id, id)
);
