"""All settings, one nested Struct a section. Values are read by `console.config.loader.load`."""

from collections.abc import Mapping
from typing import Any

import msgspec

from console.config.sections.core import DatabaseSettings, EmbeddedSettings, LogSettings, ProfileSettings, Section
from console.config.sections.limits import LimitsSettings
from console.config.sections.terminal import ServeSettings, UiSettings
from console.config.sections.work import AoerSettings, AutomationSettings, QueueSettings, SchedulerSettings


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Every section; `Settings()` holds the defaults. `keys` maps binding id to key, `profiles` name to profile."""

    database: DatabaseSettings = DatabaseSettings()
    embedded: EmbeddedSettings = EmbeddedSettings()
    scheduler: SchedulerSettings = SchedulerSettings()
    queue: QueueSettings = QueueSettings()
    aoer: AoerSettings = AoerSettings()
    automation: AutomationSettings = AutomationSettings()
    limits: LimitsSettings = LimitsSettings()
    ui: UiSettings = UiSettings()
    serve: ServeSettings = ServeSettings()
    log: LogSettings = LogSettings()
    keys: dict[str, str] = {}
    profiles: dict[str, ProfileSettings] = {}


SECTIONS: dict[str, type[Section]] = {
    name: kind
    for name, kind in Settings.__annotations__.items()
    if isinstance(kind, type) and issubclass(kind, Section)
}
"""Section name to its Struct: everything but the free tables `keys` and `profiles`."""


def override(settings: Settings, values: Mapping[str, Any]) -> Settings:
    """A copy with "section.key" values replaced; values are taken as they are (for programs and tests)."""
    changed: dict[str, dict[str, Any]] = {}
    for dotted, value in values.items():
        section, _, key = dotted.partition(".")
        changed.setdefault(section, {})[key] = value
    parts = {name: msgspec.structs.replace(getattr(settings, name), **keys) for name, keys in changed.items()}
    return msgspec.structs.replace(settings, **parts)
