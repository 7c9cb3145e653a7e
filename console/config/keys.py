"""Remapped keys: every binding has an id, and two bindings that can meet must not share a key."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from console.config.problems import nearest

_KEY = re.compile(r"(?:(?:ctrl|alt|shift|super|meta)\+)*(?:[!-~]|[a-z]+[a-z0-9_]*)$")
GLOBAL = "global"


@dataclass(frozen=True, slots=True)
class Binding:
    """`scope` is the kind of row it acts on; "global" ones meet every other."""

    id: str
    key: str | None
    scope: str
    title: str


@cache
def bindings() -> dict[str, Binding]:
    """Default bindings of the operator verbs, by id. Cheap: no service is imported."""
    from console.actions.registry import all_actions

    return {one.id: Binding(one.id, one.key, one.scope.value, one.title) for one in all_actions()}


@cache
def reserved() -> frozenset[str]:
    """Keys that the terminal keeps for itself."""
    from console.actions.registry import RESERVED_KEYS

    return RESERVED_KEYS


def effective(keys: Mapping[str, str]) -> dict[str, Binding]:
    """The bindings with `keys` put over their defaults; an empty key unbinds."""
    return {
        name: Binding(one.id, keys.get(name, one.key) or None, one.scope, one.title) for name, one in bindings().items()
    }


def check(keys: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    """("keys.ID", message, hint) for unknown ids, words that are no key, and clashes."""
    known = bindings()
    for name, key in keys.items():
        if name not in known:
            yield f"keys.{name}", f"no binding is called {name!r}", nearest(name, known)
        elif key and not _KEY.match(key):
            yield f"keys.{name}", f"{key!r} is not a key", 'write for example "r", "R", "ctrl+r" or "f5"; "" unbinds'
        elif key in reserved():
            yield f"keys.{name}", f"the terminal keeps {key!r} for itself", "choose another key"
    yield from _clashes(keys)


def _clashes(keys: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    every = effective(keys)
    for name in keys:
        mine = every.get(name)
        if mine is None or mine.key is None:
            continue
        for other in every.values():
            meets = other.scope == mine.scope or GLOBAL in {other.scope, mine.scope}
            if other.id != name and other.key == mine.key and meets:
                message = f"key {mine.key!r} of {name!r} is also the key of {other.id!r} ({other.title})"
                yield f"keys.{name}", message, f"give {other.id!r} another key, or choose one for {name!r}"
                break
