-- Lanes sort as they are served: urgent first.
DO $$
BEGIN
  IF to_regtype('public.queue_priority') IS NULL THEN
    CREATE TYPE public.queue_priority AS ENUM ('urgent', 'high', 'medium', 'low');
  END IF;
  IF to_regtype('public.queue_status') IS NULL THEN
    CREATE TYPE public.queue_status AS ENUM ('queued', 'running', 'completed', 'failed', 'cancelled', 'quarantined');
  END IF;
EXCEPTION WHEN duplicate_object THEN
  NULL;
END
$$;
ALTER TYPE public.queue_priority OWNER TO aoer_owner;
ALTER TYPE public.queue_status OWNER TO aoer_owner;
