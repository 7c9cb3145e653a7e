"""Words of the rate limits, as the database spells them."""

SCOPES = ("global", "user", "ip", "session", "api_key", "resource", "action", "tenant")
"""What a rule counts apart."""

STRATEGIES = ("token_bucket", "sliding_window", "fixed_window", "leaky_bucket")
"""How a rule counts; see rate_limit_step() in the schema."""

ENQUEUE = "enqueue"
EXPORT = "export"
BULK = "bulk"
WEBHOOK = "webhook"
PROBE = "probe"
ACTIONS = (ENQUEUE, EXPORT, BULK, WEBHOOK, PROBE)
"""What the program asks for before it does it. `check_rate_limit()` takes any other word too."""
