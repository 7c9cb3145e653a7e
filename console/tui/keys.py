"""Every key of the terminal by a stable id, remapped by settings, with clashes refused before the first paint.

Ids are those of the registry's verbs ("alert.acknowledge") and of the terminal's own commands ("app.quit",
"list.mark"). Two commands clash when one key would reach both: both global, or both in the same place.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final

from textual.binding import Binding

from console.actions.model import Action, Scope
from console.errors import ConfigError

EVERYWHERE: Final = "everywhere"
LIST: Final = "list"
MAP: Final = "map"

_SIGNS: Final = {
    "question_mark": "?",
    "colon": ":",
    "slash": "/",
    "plus": "+",
    "minus": "-",
    "equals_sign": "=",
    "asterisk": "*",
    "exclamation_mark": "!",
    "greater_than_sign": ">",
    "less_than_sign": "<",
    "comma": ",",
    "left_parenthesis": "(",
    "right_parenthesis": ")",
    "full_stop": ".",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
    "escape": "esc",
    "pageup": "pgup",
    "pagedown": "pgdn",
    "up": "↑",
    "down": "↓",
    "left": "←",
    "right": "→",
}


@dataclass(frozen=True, slots=True)
class Command:
    """One thing a key does. `place` is EVERYWHERE, LIST, a scope or the name of a screen."""

    id: str
    keys: tuple[str, ...]
    title: str
    place: str
    help: str = ""


def normal(key: str) -> str:
    """The framework's long name of one key: "?" -> "question_mark"."""
    return next(iter(Binding.make_bindings([Binding(key, "none")]))).key


def shown(key: str) -> str:
    """A key as people write it."""
    return _SIGNS.get(key, key.replace("ctrl+", "^"))


def split(keys: str) -> tuple[str, ...]:
    """Keys of a comma-separated list; a lone comma is the comma key."""
    parts = ["comma"] if keys.strip() == "," else [part.strip() for part in keys.split(",")]
    return tuple(normal(part) for part in parts if part)


def commands_of(bindings: Iterable[object], place: str) -> list[Command]:
    """The commands behind a class's BINDINGS."""
    found = [b for b in bindings if isinstance(b, Binding)]
    return [Command(b.id or "", split(b.key), b.description, place, b.tooltip) for b in found]


def commands_for(actions: Sequence[Action]) -> list[Command]:
    """The commands of the registry's verbs that have a key."""
    return [
        Command(a.id, split(a.key) if a.key else (), a.title, _place(a.scope), a.help)
        for a in actions
        if a.key or a.scope is not None
    ]


def _place(scope: Scope) -> str:
    return EVERYWHERE if scope is Scope.GLOBAL else scope.value


class Keymap:
    """The keys in force."""

    def __init__(self, commands: Sequence[Command], overrides: Mapping[str, str]) -> None:
        known = {command.id: command for command in commands}
        unknown = next((name for name in overrides if name not in known), None)
        if unknown is not None:
            near = get_close_matches(unknown, known, n=1)
            raise ConfigError(
                f"[keys] names {unknown!r}, which is not a command",
                hint=f"did you mean {near[0]!r}?" if near else "the help screen (?) lists every id",
            )
        self.commands = tuple(
            Command(c.id, split(overrides[c.id]), c.title, c.place, c.help) if c.id in overrides else c
            for c in commands
        )
        self.overrides = {name: ",".join(split(keys)) for name, keys in overrides.items()}
        self._by_id = {c.id: c for c in self.commands}
        self._verbs = {(c.place, key): c.id for c in self.commands for key in c.keys}
        self._refuse_clashes()

    def _refuse_clashes(self) -> None:
        taken: dict[str, list[Command]] = {}
        for command in self.commands:
            for key in command.keys:
                for other in taken.get(key, ()):
                    if other.id != command.id and _meet(other.place, command.place):
                        raise ConfigError(
                            f"key {shown(key)!r} is bound to both {other.id!r} and {command.id!r}",
                            hint="give one of them another key in the [keys] section of config.toml",
                        )
                taken.setdefault(key, []).append(command)

    def keys(self, command_id: str) -> tuple[str, ...]:
        """Keys of a command, none when it has no key."""
        command = self._by_id.get(command_id)
        return command.keys if command else ()

    def label(self, command_id: str) -> str:
        """The first key of a command as people write it, or nothing."""
        keys = self.keys(command_id)
        return shown(keys[0]) if keys else ""

    def labels(self, command_id: str) -> str:
        """All keys of a command as people write them."""
        return " ".join(shown(key) for key in self.keys(command_id))

    def command_at(self, place: str, key: str) -> str | None:
        """Id of the verb on `key` for rows of `place`."""
        return self._verbs.get((place, key))

    def elsewhere(self, key: str) -> list[Command]:
        """Verbs that sit on `key` in other places: what to say when it does not apply here."""
        return [c for c in self.commands if key in c.keys and c.place not in (EVERYWHERE, LIST)]

    def by_place(self, place: str) -> list[Command]:
        """Commands of one place in their order."""
        return [c for c in self.commands if c.place == place]


_SCOPES: Final = frozenset(scope.value for scope in Scope)
_ON_THE_MAP: Final = frozenset({EVERYWHERE, "driver", "order", "incident"})


def _meet(one: str, other: str) -> bool:
    """Whether one key press can reach both places: lists lie inside screens, and every scope's rows inside a list."""
    if MAP in (one, other) and one != other:
        # The map is no list and no board: besides the keys of every screen it takes the verbs of what is drawn on it.
        return bool({one, other} & _ON_THE_MAP)
    if one == other or EVERYWHERE in (one, other) or LIST in (one, other):
        return True
    return (one in _SCOPES) != (other in _SCOPES)
