"""Messages to the outside: webhook, Slack and PagerDuty sinks over httpx."""
