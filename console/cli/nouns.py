"""The table of nouns: where each one's module is and one line about it. A module is imported when its noun is used."""

import sys
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1]


@dataclass(frozen=True, slots=True)
class Noun:
    """`module` has `add_arguments(parser)`; `group` is its heading in --help."""

    module: str
    help: str
    group: str

    @property
    def exists(self) -> bool:
        """Whether the module is there; looked up on disk, because importing parents would cost time."""
        if self.module in sys.modules:
            return True
        parts = self.module.split(".")
        if parts[0] != "console":
            return find_spec(self.module) is not None
        file = PACKAGE.joinpath(*parts[1:])
        return file.with_suffix(".py").exists() or (file / "__init__.py").exists()


WORK, DELIVERY, RATING, CARE = "Day to day", "Delivery", "Rating and results", "Setting up and care"

NOUNS: dict[str, Noun] = {
    "status": Noun("console.cli.status", "health of everything on one screen", WORK),
    "alerts": Noun("console.cli.alerts", "list, acknowledge, snooze, resolve dispatch alerts", WORK),
    "incidents": Noun("console.cli.incidents", "report and resolve traffic incidents", WORK),
    "escalations": Noun("console.cli.escalations", "list and resolve escalations", WORK),
    "audit": Noun("console.cli.audit", "who did what, when and why", WORK),
    "engines": Noun("console.cli.engines", "start, stop and watch the automation engines", WORK),
    "cycles": Noun("console.cli.cycles", "what the scheduler runs, and its last runs", WORK),
    "orders": Noun("console.cli.orders", "list, assign, reassign delivery orders", DELIVERY),
    "drivers": Noun("console.cli.drivers", "list drivers and set their state", DELIVERY),
    "dispatch": Noun("console.cli.dispatch", "decisions of auto-dispatch, offers, one order's best drivers", DELIVERY),
    "batches": Noun("console.cli.batches", "list, run and cancel order batches", DELIVERY),
    "routes": Noun("console.cli.routes", "optimise the route of a driver", DELIVERY),
    "replay": Noun("console.cli.replay", "run the engines over recorded days", DELIVERY),
    "aoer": Noun("console.cli.aoer", "ratings: scores, what they are made of, forecasts, queries", RATING),
    "queue": Noun("console.cli.queue", "the recompute queue: add, list, retry, cancel, drain", RATING),
    "sessions": Noun("console.cli.sessions", "results sessions: progress, generate again", RATING),
    "results": Noun("console.cli.results", "generated results and their progress", RATING),
    "tenants": Noun("console.cli.tenants", "tenants and their settings", CARE),
    "operators": Noun("console.cli.operators", "who may do what in which tenant", CARE),
    "import": Noun("console.cli.import_", "read tenants, signals, queries, drivers or orders from CSV", CARE),
    "demo": Noun("console.cli.demo", "an invented town to watch, in a database of its own", CARE),
    "db": Noun("console.cli.db", "migrate, check and inspect the database", CARE),
    "schema": Noun("console.cli.schema", "compare and move schemas between databases", CARE),
    "limits": Noun("console.cli.limits", "rate limits", CARE),
    "partitions": Noun("console.cli.partitions", "partitions ahead, and how long rows are kept", CARE),
    "config": Noun("console.cli.config", "show and check the settings", CARE),
    "completion": Noun("console.cli.completion", "completion script for bash, zsh or fish", CARE),
    "serve": Noun("console.cli.serve", "the console in a browser on this machine", CARE),
}


def available() -> dict[str, Noun]:
    """The nouns whose module exists."""
    return {name: noun for name, noun in NOUNS.items() if noun.exists}
