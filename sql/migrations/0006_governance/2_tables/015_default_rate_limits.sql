-- What holds for everything that is asked. Rules of single actions are settings ([limits]); `limits set` changes these.
INSERT INTO rate_limit_rules (name, scope, strategy, limit_count, window_seconds, burst, priority) VALUES
  ('global.default', 'global', 'token_bucket', 10000, 60, 0, 200),
  ('user.default', 'user', 'token_bucket', 100, 60, 20, 150)
ON CONFLICT (name) DO NOTHING;
