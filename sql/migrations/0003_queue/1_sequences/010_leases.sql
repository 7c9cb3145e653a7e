-- One number a claim, never reused: every later write of the claimer must name it (the fence).
CREATE SEQUENCE IF NOT EXISTS aoer_queue_lease AS bigint CACHE 1;
-- One number a change of holder of a scheduler lease.
CREATE SEQUENCE IF NOT EXISTS scheduler_term AS bigint CACHE 1;
