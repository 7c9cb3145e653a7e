-- Offer/accept mode: an order is offered to one driver after another, for a short time each.
CREATE TABLE IF NOT EXISTS dispatch_offers (
  tenant_id   uuid          NOT NULL,
  id          uuid          NOT NULL DEFAULT gen_random_uuid(),
  order_id    uuid          NOT NULL,
  driver_id   uuid          NOT NULL,
  rank        integer       NOT NULL CHECK (rank >= 1),
  status      text          NOT NULL DEFAULT 'offered' CHECK (status IN ('offered', 'accepted', 'declined', 'expired', 'withdrawn')),
  score       numeric(10,4),
  offered_at  timestamptz   NOT NULL DEFAULT now(),
  expires_at  timestamptz   NOT NULL,
  answered_at timestamptz,
  metadata    jsonb         NOT NULL DEFAULT '{}',
  version     integer       NOT NULL DEFAULT 1,
  created_at  timestamptz   NOT NULL DEFAULT now(),
  updated_at  timestamptz   NOT NULL DEFAULT now(),
  CONSTRAINT dispatch_offers_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT dispatch_offers_answered CHECK ((status = 'offered') = (answered_at IS NULL))
);

-- How much slower than assumed trips really are, learned from finished deliveries. Hour -1 stands for the whole day.
CREATE TABLE IF NOT EXISTS travel_factors (
  tenant_id    uuid             NOT NULL,
  vehicle_type text             NOT NULL,
  hour         integer          NOT NULL CHECK (hour BETWEEN -1 AND 23),
  factor       double precision NOT NULL CHECK (factor BETWEEN 0.001 AND 1000),
  trips        integer          NOT NULL DEFAULT 0 CHECK (trips >= 0),
  created_at   timestamptz      NOT NULL DEFAULT now(),
  updated_at   timestamptz      NOT NULL DEFAULT now(),
  CONSTRAINT travel_factors_pkey PRIMARY KEY (tenant_id, vehicle_type, hour)
);

-- Messages to sinks outside. Written in the transaction of their cause, sent afterwards, tried again until they are accepted.
CREATE TABLE IF NOT EXISTS webhook_deliveries (
  tenant_id    uuid        NOT NULL,
  id           uuid        NOT NULL DEFAULT gen_random_uuid(),
  event        text        NOT NULL,
  dedupe_key   text        NOT NULL,
  body         jsonb       NOT NULL,
  status       text        NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'sent', 'failed')),
  attempts     integer     NOT NULL DEFAULT 0 CHECK (attempts >= 0),
  next_try_at  timestamptz NOT NULL DEFAULT now(),
  sent_at      timestamptz,
  last_error   text,
  created_at   timestamptz NOT NULL DEFAULT now(),
  updated_at   timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT webhook_deliveries_pkey PRIMARY KEY (tenant_id, id)
);
