"""What is wrong with a setting, where it stands and what was probably meant."""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass

from console.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Problem:
    """`source` is a file, an environment variable or a flag; `line` and `column` count from 1."""

    source: str
    message: str
    key: str = ""
    line: int | None = None
    column: int | None = None
    hint: str = ""

    @property
    def where(self) -> str:
        """file:line:column, as far as known."""
        return ":".join(str(part) for part in (self.source, self.line, self.column) if part is not None)

    def __str__(self) -> str:
        return f"{self.where}: {self.message}"


def nearest(word: str, known: Iterable[str]) -> str:
    """A hint naming the closest known word, or all of them when they are few."""
    names = sorted(known)
    close = difflib.get_close_matches(word, names, n=1, cutoff=0.6)
    if close:
        return f"did you mean {close[0]!r}?"
    return f"known here: {', '.join(names)}" if 0 < len(names) <= 12 else ""


def raise_first(problems: list[Problem]) -> None:
    """Raise ConfigError for the first problem, saying how many more there are."""
    if not problems:
        return
    first = problems[0]
    more = len(problems) - 1
    message = str(first) + (f" (and {more} more: aoer-console config validate)" if more else "")
    raise ConfigError(message, hint=first.hint)
