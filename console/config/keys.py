"""Remapped keys: every command has an id, and two commands that one key press could reach must not share a key.

The same rules as the terminal's own, without loading it: `config validate` has to be quick and may run on servers.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Final

from console.config.problems import nearest

EVERYWHERE: Final = "everywhere"
LIST: Final = "list"
MAP: Final = "map"
_MODIFIERS: Final = re.compile(r"(?:(?:ctrl|alt|shift|super|hyper|meta)\+)*")
_NAME: Final = re.compile(r"[a-z][a-z0-9_]*$|[A-Z0-9]$")
_SHORT: Final = {
    "solidus": "slash",
    "reverse_solidus": "backslash",
    "commercial_at": "at",
    "hyphen_minus": "minus",
    "plus_sign": "plus",
    "low_line": "underscore",
}


@dataclass(frozen=True, slots=True)
class Binding:
    """`place` is "everywhere", "list", a kind of row ("alert") or a screen ("overview")."""

    id: str
    keys: tuple[str, ...]
    title: str
    place: str


@cache
def bindings() -> dict[str, Binding]:
    """Default keys of all commands by id. Cheap: neither services nor the terminal are imported."""
    from console.actions.registry import all_actions
    from console.config.terminal_keys import TERMINAL_KEYS

    verbs = [
        Binding(one.id, split(one.key or ""), one.title, EVERYWHERE if one.scope == "global" else one.scope.value)
        for one in all_actions()
    ]
    own = [Binding(name, split(keys), title, place) for name, keys, title, place in TERMINAL_KEYS]
    return {one.id: one for one in (*verbs, *own)}


def split(keys: str) -> tuple[str, ...]:
    """Long names of a comma-separated list of keys; a lone comma is the comma key."""
    parts = [","] if keys.strip() == "," else [part.strip() for part in keys.split(",")]
    return tuple(long_name(part) for part in parts if part)


def long_name(key: str) -> str:
    """The terminal's name of a key: "?" is question_mark, "ctrl+/" is ctrl+slash, letters stay."""
    match = _MODIFIERS.match(key)
    before = match.group() if match else ""
    last = key[len(before) :]
    if len(last) != 1 or last.isalnum():
        return key
    name = unicodedata.name(last, last).lower().replace("-", "_").replace(" ", "_")
    return before + _SHORT.get(name, name)


def is_key(key: str) -> bool:
    """Whether a long name can be a key at all."""
    match = _MODIFIERS.match(key)
    return bool(_NAME.match(key[match.end() if match else 0 :]))


def effective(keys: Mapping[str, str]) -> dict[str, Binding]:
    """The bindings with `keys` put over their defaults; an empty text unbinds."""
    return {name: replace(one, keys=split(keys[name])) if name in keys else one for name, one in bindings().items()}


def check(keys: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    """("keys.ID", message, hint) for unknown ids, words that are no key, and clashes."""
    known = bindings()
    for name, text in keys.items():
        if name not in known:
            yield f"keys.{name}", f"no command is called {name!r}", nearest(name, known) or "aoer-console config keys"
        for key in split(text):
            if not is_key(key):
                hint = 'write for example "r", "R", "ctrl+r" or "f5"; "" takes the key away'
                yield f"keys.{name}", f"{key!r} is not a key", hint
    every = effective(keys)
    for name in keys:
        if name in every:
            yield from _clashes(every[name], every)


def _clashes(mine: Binding, every: Mapping[str, Binding]) -> Iterator[tuple[str, str, str]]:
    for other in every.values():
        shared = set(mine.keys) & set(other.keys)
        if other.id != mine.id and shared and _meet(mine.place, other.place):
            message = f"key {min(shared)!r} of {mine.id!r} is also the key of {other.id!r} ({other.title})"
            yield f"keys.{mine.id}", message, f"give {other.id!r} another key, or choose one for {mine.id!r}"
            return


def _meet(one: str, other: str) -> bool:
    """Whether one key press can reach both places: lists lie inside screens, and every kind of row inside a list."""
    if MAP in (one, other) and one != other:
        return bool({one, other} & {EVERYWHERE, "driver", "order", "incident"})
    if one == other or EVERYWHERE in (one, other) or LIST in (one, other):
        return True
    from console.actions.model import Scope

    kinds = {scope.value for scope in Scope}
    return (one in kinds) != (other in kinds)
