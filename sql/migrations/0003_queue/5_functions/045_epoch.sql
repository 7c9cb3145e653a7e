-- Begins a new epoch of claims once `p_claims` were made in the present one; true when it did. Every worker asks now and then.
--
-- While some transaction is open, index entries of jobs that are done stay in aoer_queue_slot_idx, as many a tenant as it was
-- claimed for since. Both the look for a running job of a tenant and the uniqueness check of a new one would read all of them
-- again and again. With the epoch in the key, the check reads those of the present epoch, the look those from the oldest
-- epoch on that anything running is of.
--
-- Uniqueness within an epoch is enough because claims of two epochs never overlap: a claim holds the lock shared until it is
-- committed, and reads the epoch and then the jobs under it; a new epoch begins under the exclusive lock, when every claim of
-- the one before is there to be seen. The wait is short: claims that come meanwhile stand behind it.
CREATE OR REPLACE FUNCTION queue_next_epoch(p_claims integer) RETURNS boolean
LANGUAGE plpgsql SET lock_timeout = '100ms' SET enable_seqscan = off SET enable_bitmapscan = off SET enable_sort = off AS $$
DECLARE
  present bigint := (SELECT e.last_value FROM aoer_queue_epoch e);
  oldest  bigint;
BEGIN
  IF (SELECT l.last_value FROM aoer_queue_lease l) < present + p_claims THEN
    RETURN false;
  END IF;
  -- Claims that are on their way are of the present epoch or a later one, so that what cannot be seen yet is not left behind.
  oldest := coalesce((SELECT q.epoch FROM aoer_queue q
                       WHERE q.status = 'running' AND q.slot IS NOT NULL AND q.epoch >= (SELECT o.last_value FROM aoer_queue_oldest_epoch o)
                       ORDER BY q.epoch LIMIT 1), present);
  PERFORM pg_advisory_xact_lock(hashtextextended('aoer.queue.epoch', 0));
  PERFORM setval('aoer_queue_oldest_epoch', least(oldest, present)), setval('aoer_queue_epoch', (SELECT l.last_value FROM aoer_queue_lease l));
  RETURN true;
END
$$;
