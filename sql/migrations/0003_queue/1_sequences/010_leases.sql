-- One number a claim, never reused: every later write of the claimer must name it (the fence).
CREATE SEQUENCE IF NOT EXISTS aoer_queue_lease AS bigint CACHE 1;
-- The lease number at which the present epoch of claims began, and the oldest epoch that any running job is of (see
-- queue_next_epoch). Sequences, because they are read and moved at once by everybody, whatever snapshot a transaction has.
CREATE SEQUENCE IF NOT EXISTS aoer_queue_epoch AS bigint CACHE 1;
CREATE SEQUENCE IF NOT EXISTS aoer_queue_oldest_epoch AS bigint CACHE 1;
-- One number a change of holder of a scheduler lease.
CREATE SEQUENCE IF NOT EXISTS scheduler_term AS bigint CACHE 1;
