-- What should run, for the whole fleet: any console writes it, every scheduler obeys it.
CREATE TABLE IF NOT EXISTS engine_control (
  engine        text        PRIMARY KEY CHECK (engine IN ('auto_dispatch', 'routing', 'batching', 'escalation')),
  desired_state text        NOT NULL DEFAULT 'stopped' CHECK (desired_state IN ('running', 'stopped')),
  config        jsonb       NOT NULL DEFAULT '{}',
  changed_by    text,
  changed_at    timestamptz,
  reason        text,
  metadata      jsonb       NOT NULL DEFAULT '{}',
  version       integer     NOT NULL DEFAULT 1,
  created_at    timestamptz NOT NULL DEFAULT now(),
  updated_at    timestamptz NOT NULL DEFAULT now()
);

-- Nothing moves an order before somebody has started the engine.
INSERT INTO engine_control (engine) VALUES ('auto_dispatch'), ('routing'), ('batching'), ('escalation')
ON CONFLICT (engine) DO NOTHING;
