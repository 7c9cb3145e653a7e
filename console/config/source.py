"""Read one TOML file into values that remember their line."""

import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from console.config.locate import Path as KeyPath
from console.config.locate import Position, flatten, locate, nearest_position
from console.config.problems import Problem, nearest
from console.config.sections.core import ProfileSettings
from console.config.settings import SECTIONS

_SYNTAX = re.compile(r"\s*\(at (?:line (\d+), column (\d+)|end of document)\)$")
TABLES = {*SECTIONS, "keys", "profiles"}


@dataclass(slots=True)
class Source:
    """Raw values by dotted key ("queue.batch", "keys.retry", "profiles.prod.dsn") with their positions."""

    name: str
    values: dict[str, Any] = field(default_factory=dict)
    positions: dict[str, Position] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    profiles: list[str] = field(default_factory=list)

    def origin(self, key: str) -> str:
        """file:line of a key."""
        at = self.positions.get(key)
        return f"{self.name}:{at.line}" if at else self.name

    def problem(self, key: str, message: str, hint: str = "") -> Problem:
        """A problem at the position of a key."""
        at = self.positions.get(key)
        return Problem(self.name, message, key, at.line if at else None, at.column if at else None, hint)


def read(path: Path) -> Source:
    """Parse a file. Problems are collected, not raised: unreadable file, bad syntax, unknown tables and keys."""
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        return Source(str(path), problems=[Problem(str(path), f"not UTF-8 text (byte {error.start})")])
    except OSError as error:
        return Source(str(path), problems=[Problem(str(path), f"cannot be read: {error.strerror or error}")])
    return parse(text, str(path))


def parse(text: str, name: str) -> Source:
    """Like `read`, of a text; `name` stands for the file in messages."""
    source = Source(name)
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        source.problems.append(_syntax(text, name, str(error)))
        return source
    found = locate(text.replace("\r\n", "\n"))
    for table, body in document.items():
        _table(source, found, table, body)
    return source


def _syntax(text: str, name: str, message: str) -> Problem:
    at = _SYNTAX.search(message)
    words = _SYNTAX.sub("", message)
    if at and at[1]:
        line, column = int(at[1]), int(at[2])
    else:
        lines = text.split("\n")
        line, column = len(lines), len(lines[-1]) + 1
    return Problem(
        name, f"not valid TOML: {words}", line=line, column=column, hint='strings need quotes: key = "value"'
    )


def _table(source: Source, found: dict[KeyPath, Position], table: str, body: Any) -> None:
    def note(path: KeyPath, message: str, hint: str) -> None:
        at = nearest_position(found, path)
        dotted = ".".join(str(part) for part in path)
        line, column = (at.line, at.column) if at else (None, None)
        source.problems.append(Problem(source.name, message, dotted, line, column, hint))

    def keep(path: KeyPath, dotted: str, value: Any) -> None:
        source.values[dotted] = value
        at = nearest_position(found, path)
        if at:
            source.positions[dotted] = at

    if table not in TABLES:
        kind = "section" if isinstance(body, (dict, list)) else "key outside a section:"
        note((table,), f"unknown {kind} {table!r}", nearest(table, TABLES))
    elif not isinstance(body, dict):
        note((table,), f"{table} is a section, not a value", f"write [{table}] on a line of its own")
    elif table == "keys":
        for path, value in flatten(body, ("keys",)).items():
            if len(path) > 1:
                keep(path, ".".join(str(part) for part in path), value)
    elif table == "profiles":
        _profiles(source, body, note, keep)
    else:
        _section(table, (table,), body, SECTIONS[table].__struct_fields__, note, keep)


def _profiles(source: Source, body: dict[str, Any], note: Any, keep: Any) -> None:
    for name, inner in body.items():
        path = ("profiles", name)
        if not isinstance(inner, dict):
            note(path, f"profile {name!r} is a table, not a value", f"write [profiles.{name}] on a line of its own")
            continue
        source.profiles.append(name)
        _section(f"profile {name!r}", path, inner, ProfileSettings.__struct_fields__, note, keep)


def _section(label: str, at: KeyPath, body: dict[str, Any], known: tuple[str, ...], note: Any, keep: Any) -> None:
    for key, value in body.items():
        path = (*at, key)
        if key not in known:
            place = label if label.startswith("profile") else f"[{label}]"
            note(path, f"unknown key {key!r} in {place}", nearest(key, known))
        else:
            keep(path, ".".join(str(part) for part in path), value)
