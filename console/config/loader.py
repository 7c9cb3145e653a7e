"""Put the layers together: command line > environment > profile > file > default."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from console.config import environment, paths
from console.config.checks_across import across
from console.config.convert import BadValue, convert, hints
from console.config.problems import Problem, nearest, raise_first
from console.config.sections.core import PROFILE_TARGETS, ProfileSettings
from console.config.settings import SECTIONS, Settings
from console.config.source import Source, read

DEFAULT = "default"


@dataclass(frozen=True, slots=True)
class Loaded:
    """`origins` tells for every "section.key" where its value came from; `file` is None when there was none."""

    settings: Settings
    origins: dict[str, str]
    profile: str | None = None
    file: Path | None = None
    problems: list[Problem] = field(default_factory=list)


def load(
    cli: Mapping[str, str] | None = None,
    env: Mapping[str, str] = os.environ,
    file: Path | None = None,
    profile: str | None = None,
) -> Loaded:
    """Settings from all layers. `cli` maps "section.key" to text. Raises ConfigError naming file, line and key."""
    loaded = examine(cli, env, file, profile)
    raise_first(loaded.problems)
    return loaded


def examine(
    cli: Mapping[str, str] | None = None,
    env: Mapping[str, str] = os.environ,
    file: Path | None = None,
    profile: str | None = None,
) -> Loaded:
    """Like `load`, but wrong values are left out and reported in `problems`."""
    path, named = paths.chosen_file(file, env)
    build = _Build()
    packaged = paths.packaged_file()
    if packaged.exists() and not (path.exists() and packaged.samefile(path)):
        build.file(read(packaged), shipped=True)
    present = named or path.exists()
    if present:
        build.file(read(path))
    build.profile(profile, env)
    given = environment.read(env)
    build.problems += given.problems
    for key, (text, variable) in given.values.items():
        build.text(key, text, f"environment {variable}")
    for key, text in (cli or {}).items():
        build.text(key, text, "command line")
    settings = build.settings()
    build.problems.sort(key=lambda problem: (problem.source, problem.line or 0))
    return Loaded(settings, build.origins, build.chosen, path if present else None, build.problems)


class _Build:
    def __init__(self) -> None:
        self.values: dict[str, Any] = {}
        self.origins: dict[str, str] = {
            f"{name}.{key}": DEFAULT for name, kind in SECTIONS.items() for key in hints(kind)
        }
        self.sources: dict[str, Source] = {}
        self.problems: list[Problem] = []
        self.profiles: dict[str, dict[str, Any]] = {}
        self.chosen: str | None = None

    def file(self, source: Source, *, shipped: bool = False) -> None:
        self.problems += source.problems
        for name in source.profiles:
            self.profiles.setdefault(name, {})
        for dotted, raw in source.values.items():
            table, _, rest = dotted.partition(".")
            if table == "profiles":
                self.profile_value(source, rest, raw)
                continue
            kind = str if table == "keys" else hints(SECTIONS[table])[rest]
            try:
                value = convert(kind, raw, text=False)
            except BadValue as error:
                self.problems.append(source.problem(dotted, f"{dotted}: {error}", error.hint))
                continue
            if shipped and table != "keys" and value == getattr(SECTIONS[table](), rest):
                continue
            self.keep(dotted, value, source.origin(dotted), source)

    def profile_value(self, source: Source, rest: str, raw: Any) -> None:
        name, _, key = rest.rpartition(".")
        dotted = f"profiles.{rest}"
        try:
            self.profiles.setdefault(name, {})[key] = convert(hints(ProfileSettings)[key], raw, text=False)
        except BadValue as error:
            self.problems.append(source.problem(dotted, f"{dotted}: {error}", error.hint))
            return
        self.origins[dotted] = source.origin(dotted)
        self.sources[dotted] = source

    def profile(self, flag: str | None, env: Mapping[str, str]) -> None:
        """Overlay the chosen profile; it is chosen by flag, environment or database.profile."""
        name = flag or env.get("AOER_PROFILE") or self.values.get("database.profile")
        if not name:
            return
        origin = "command line" if flag else "environment AOER_PROFILE" if env.get("AOER_PROFILE") else ""
        if name not in self.profiles:
            key = "database.profile"
            hint = nearest(name, self.profiles) or "add [profiles.NAME] to your config.toml"
            place = self.sources[key].problem(key, "", "") if not origin else Problem(origin, "")
            self.problems.append(Problem(place.source, f"no profile {name!r}", key, place.line, place.column, hint))
            return
        self.chosen = name
        self.values["database.profile"] = name
        if origin:
            self.origins["database.profile"] = origin
        for key, value in self.profiles[name].items():
            if value is not None:
                where = self.origins.get(f"profiles.{name}.{key}", "")
                self.keep(PROFILE_TARGETS[key], value, f"profile {name} ({where})")

    def text(self, dotted: str, text: str, origin: str) -> None:
        """A value from the environment or the command line."""
        section, _, key = dotted.partition(".")
        if section == "keys":
            self.keep(dotted, text, origin)
            return
        try:
            value = convert(hints(SECTIONS[section])[key], text, text=True)
        except BadValue as error:
            self.problems.append(Problem(origin, f"{dotted}: {error}", dotted, hint=error.hint))
            return
        self.keep(dotted, value, origin)

    def keep(self, dotted: str, value: Any, origin: str, source: Source | None = None) -> None:
        self.values[dotted] = value
        self.origins[dotted] = origin
        if source:
            self.sources[dotted] = source

    def settings(self) -> Settings:
        parts: dict[str, dict[str, Any]] = {name: {} for name in SECTIONS}
        keys: dict[str, str] = {}
        for dotted, value in self.values.items():
            section, _, key = dotted.partition(".")
            if section == "keys":
                keys[key] = value
            else:
                parts[section][key] = value
        built = {name: SECTIONS[name](**values) for name, values in parts.items()}
        profiles = {name: ProfileSettings(**values) for name, values in self.profiles.items()}
        settings = msgspec.structs.replace(Settings(), **built, keys=keys, profiles=profiles)
        for dotted, message, hint in across(settings):
            self.problems.append(self.at(dotted, message, hint))
        return settings

    def at(self, dotted: str, message: str, hint: str) -> Problem:
        source = self.sources.get(dotted)
        if source:
            return source.problem(dotted, message, hint)
        return Problem(self.origins.get(dotted, DEFAULT), message, dotted, hint=hint)
