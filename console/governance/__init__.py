"""Who may do what, what they did, how often, and for how long it is kept. Postgres decides; these modules ask it."""
