"""Sections about what the machine does on its own: scheduler, recompute queue, rating, delivery automation."""

from typing import Annotated, ClassVar, Literal

from msgspec import Meta

from console.config.sections.core import Section
from console.config.types import (
    Count,
    CountOrZero,
    Cron,
    Fraction,
    Host,
    Minutes,
    Seconds,
    SecondsOrZero,
    Timezone,
    Url,
)


class SchedulerSettings(Section, frozen=True):
    """When cycles run."""

    TITLE = "When cycles run. Crons have five fields: minute hour day month weekday."
    DOCS: ClassVar[dict[str, str]] = {
        "enabled": "run the scheduler inside the terminal as well (--no-scheduler turns it off once)",
        "recompute_cron": "queue every tenant with recent signals",
        "maintenance_cron": "archive finished jobs, make partitions, apply retention",
        "timezone": "time zone of the crons",
        "heartbeat_seconds": "how often a scheduler says that it lives",
        "drain_seconds": "how long running jobs may finish after SIGTERM",
        "misfire_grace_seconds": "a tick later than this is left out",
        "jitter_seconds": "spread ticks of many schedulers by up to this much",
        "metrics_port": "serve /metrics, /healthz and /readyz here in --scheduler-only; 0 = not (--metrics-port)",
        "metrics_host": "address of the metrics port",
    }

    enabled: bool = True
    recompute_cron: Cron = "0 */6 * * *"
    maintenance_cron: Cron = "*/15 * * * *"
    timezone: Timezone = "UTC"
    heartbeat_seconds: Seconds = 10
    drain_seconds: SecondsOrZero = 30
    misfire_grace_seconds: Seconds = 300
    jitter_seconds: SecondsOrZero = 2
    metrics_port: Annotated[int, Meta(ge=0, le=65535)] = 0
    metrics_host: Host = "127.0.0.1"


class QueueSettings(Section, frozen=True):
    """How the recompute queue is worked off."""

    TITLE = "How the recompute queue is worked off."
    DOCS: ClassVar[dict[str, str]] = {
        "batch": "jobs claimed at once",
        "concurrency": "batches in flight, per process",
        "lease_seconds": "a claimed job whose worker is silent for this long is rescued",
        "heartbeat_seconds": "how often a worker renews its leases; must be shorter than lease_seconds",
        "job_timeout_seconds": "hard deadline of one job",
        "poll_seconds": "look for due jobs this often when no notification arrives",
        "backoff_base_minutes": "a failed job waits 2^retries times this long",
        "max_retries": "failures before a job is given up",
        "max_crashes": "lost workers before a job is quarantined",
        "rescue_delay_seconds": "a job lost with its worker waits this long, doubled by each further loss",
        "tenant_slots": "jobs of one tenant that may run at once",
        "aging_minutes": "a job that waited this long in its lane moves up one lane (never into urgent)",
        "archive_minutes": "completed jobs leave the hot table after this long",
        "keep_failed_minutes": "failed, cancelled and quarantined jobs stay retryable for this long",
    }

    batch: Annotated[int, Meta(ge=1, le=1000)] = 400
    concurrency: Annotated[int, Meta(ge=1, le=64)] = 2
    lease_seconds: Seconds = 60
    heartbeat_seconds: Seconds = 10
    job_timeout_seconds: Seconds = 120
    poll_seconds: Seconds = 1.0
    backoff_base_minutes: Minutes = 1
    max_retries: CountOrZero = 3
    max_crashes: Count = 3
    rescue_delay_seconds: SecondsOrZero = 5
    tenant_slots: Annotated[int, Meta(ge=1, le=100)] = 1
    aging_minutes: Minutes = 15
    archive_minutes: Minutes = 15
    keep_failed_minutes: Minutes = 7 * 24 * 60


class AoerSettings(Section, frozen=True):
    """The rating, its retention and the engines it probes."""

    TITLE = "Which rating is computed, how long its data is kept, and which answer engines are probed."
    DOCS: ClassVar[dict[str, str]] = {
        "rating": '"classic" weights, "calibrated" against outcomes, or "auto": calibrated where a panel allows it',
        "cache_seconds": "a stored rating this young is served as it stands, to jobs too, unless its inputs changed",
        "learn_cron": "look whether a new week began or readings wait, and learn",
        "intent_cron": "classify queries that came without an intent",
        "clean_up_cron": "delete what is older than the periods below",
        "keep_signals_days": "signals and readings",
        "keep_failures_days": "failed attempts",
        "keep_models_days": "predictions with their outcome, retired models, probed answers",
        "engines": "file that lists the answer engines to probe (TOML); without it probing is not available",
    }

    rating: Literal["auto", "classic", "calibrated"] = "auto"
    cache_seconds: SecondsOrZero = 300
    learn_cron: Cron = "20 * * * *"
    intent_cron: Cron = "*/10 * * * *"
    clean_up_cron: Cron = "40 3 * * *"
    keep_signals_days: Annotated[int, Meta(ge=7)] = 365
    keep_failures_days: Annotated[int, Meta(ge=7)] = 90
    keep_models_days: Annotated[int, Meta(ge=7)] = 180
    engines: str | None = None


class AutomationSettings(Section, frozen=True):
    """Cadence and limits of the four delivery engines."""

    TITLE = "How often the delivery engines run, and what they may do."
    DOCS: ClassVar[dict[str, str]] = {
        "dispatch_seconds": "auto-dispatch",
        "routing_seconds": "route optimiser",
        "traffic_seconds": "traffic check of the route optimiser",
        "batching_seconds": "smart batching",
        "escalation_seconds": "escalation",
        "max_orders": "open orders looked at in one round",
        "round_seconds": "a round that took this long leaves the other tenants to the next",
        "radius_km": "how far a driver may be from the pickup",
        "max_active": "orders that a driver may have at once",
        "position_fresh_minutes": "a driver whose position is older gets nothing",
        "look_ahead_minutes": "count on drivers who will be free within this time",
        "commit_minutes": "tell the driver this long before the last minute to set out",
        "weight_distance": "share of distance in the score",
        "weight_time": "share of time in the score",
        "weight_load": "share of load in the score",
        "weight_priority": "share of priority in the score",
        "offers": "ask drivers (the best three, one after another) instead of telling them",
        "offer_seconds": "how long a driver has to answer",
        "road_factor": "street distance by straight distance",
        "osrm_url": "base address of an OSRM table service; empty: great circle",
        "route_gain": "a route is changed only for at least this share of its time",
        "route_iterations": "search effort for one driver's route",
        "stuck_minutes": "an order without any event for this long is stuck",
        "silent_minutes": "a driver with orders whose position is this old does not respond",
        "reassign_gain_minutes": "move an order at risk only when it arrives this much earlier",
        "webhook_url": "alerts are posted here as JSON; empty: nowhere",
        "webhook_secret": "key of the signature header of those posts (HMAC-SHA256)",
        "slack_webhook_url": "incoming-webhook address of a Slack channel; empty: none",
        "pagerduty_routing_key": "routing key of a PagerDuty service (events v2); empty: none",
        "pagerduty_url": "where PagerDuty events go",
        "notify_per_minute": "messages to one sink, at most",
        "notify_attempts": "tries before a message is given up",
        "notify_severity": "least severity told outside",
    }

    dispatch_seconds: Seconds = 10
    routing_seconds: Seconds = 300
    traffic_seconds: Seconds = 60
    batching_seconds: Seconds = 600
    escalation_seconds: Seconds = 60
    max_orders: Annotated[int, Meta(ge=1, le=5000)] = 500
    round_seconds: Seconds = 8
    radius_km: Annotated[float, Meta(gt=0, le=1000)] = 20.0
    max_active: Annotated[int, Meta(ge=1, le=1000)] = 5
    position_fresh_minutes: Minutes = 15
    look_ahead_minutes: Minutes = 10
    commit_minutes: Minutes = 2
    weight_distance: Fraction = 0.4
    weight_time: Fraction = 0.3
    weight_load: Fraction = 0.2
    weight_priority: Fraction = 0.1
    offers: bool = False
    offer_seconds: Seconds = 30
    road_factor: Annotated[float, Meta(ge=1, le=5)] = 1.3
    osrm_url: str = ""
    route_gain: Fraction = 0.1
    route_iterations: Count = 200
    stuck_minutes: Minutes = 30
    silent_minutes: Minutes = 15
    reassign_gain_minutes: Minutes = 10
    webhook_url: Url = ""
    webhook_secret: str = ""
    slack_webhook_url: Url = ""
    pagerduty_routing_key: str = ""
    pagerduty_url: str = "https://events.pagerduty.com/v2/enqueue"
    notify_per_minute: Count = 60
    notify_attempts: Count = 8
    notify_severity: Literal["low", "medium", "high", "critical"] = "high"
