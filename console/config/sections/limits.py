"""The section [limits]: how often people and machines may ask for what is dear."""

from typing import ClassVar

from console.config.sections.core import Section
from console.config.types import CountOrZero


class LimitsSettings(Section, frozen=True):
    """Rules of single actions. The database's own rules hold beside them."""

    TITLE = "How often one may ask; 0 = no rule. A rule action.NAME made with `limits set` takes its place."
    DOCS: ClassVar[dict[str, str]] = {
        "enqueue_per_minute": "calls of one login role that queue recomputes by hand (action enqueue)",
        "exports_per_minute": "exports of one login role (action export)",
        "bulk_per_minute": "verbs on several rows at once, of one login role (action bulk)",
        "webhooks_per_minute": "messages to one sink, from all processes together (action webhook)",
        "probe_prompts_per_hour": "prompts to one answer engine, from everybody together (action probe)",
    }

    enqueue_per_minute: CountOrZero = 60
    exports_per_minute: CountOrZero = 10
    bulk_per_minute: CountOrZero = 20
    webhooks_per_minute: CountOrZero = 120
    probe_prompts_per_hour: CountOrZero = 2000
