"""Where each key of a TOML text stands: tomllib tells values but no lines.

`locate` walks text that tomllib has already accepted, so it may trust the syntax and only has to find the ends of
strings, arrays, inline tables and comments.
"""

import re
import tomllib
from typing import Any, NamedTuple

Path = tuple[str | int, ...]


class Position(NamedTuple):
    """Both count from 1."""

    line: int
    column: int


_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_STRING = re.compile(
    r'"""(?:[^\\]|\\.)*?"{3,5}' + r"|'''.*?'{3,5}" + r'|"(?:[^"\\\n]|\\.)*"' + r"|'[^'\n]*'",
    re.DOTALL,
)
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_SCALAR = re.compile(r"[^,\]}\r\n#]+")


def locate(text: str) -> dict[Path, Position]:
    """Positions of every table header and key in valid TOML; an index stands for an element of an array of tables."""
    return _Walker(text).walk()


class _Walker:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.found: dict[Path, Position] = {}
        self.counts: dict[Path, int] = {}

    def walk(self) -> dict[Path, Position]:
        table: Path = ()
        while self.blank():
            if self.text[self.at] == "[":
                table = self.header()
            else:
                self.pair(table)
        return self.found

    def blank(self) -> bool:
        """Skip white space, line ends and comments; False at the end of the text."""
        match = _BLANK.match(self.text, self.at)
        self.at = match.end() if match else self.at
        return self.at < len(self.text)

    def mark(self, path: Path, start: int) -> None:
        before = self.text[:start]
        self.found.setdefault(path, Position(before.count("\n") + 1, start - (before.rfind("\n") + 1) + 1))

    def header(self) -> Path:
        start = self.at
        double = self.text.startswith("[[", self.at)
        self.at += 2 if double else 1
        names = self.key()
        self.at += 2 if double else 1
        path: Path = ()
        for depth, name in enumerate(names):
            path += (name,)
            last = depth == len(names) - 1
            if last and double:
                self.counts[path] = self.counts.get(path, -1) + 1
                self.mark(path, start)
            if path in self.counts:  # a header below an array of tables belongs to its newest element
                path += (self.counts[path],)
            self.mark(path, start)
        return path

    def key(self) -> list[str]:
        names: list[str] = []
        while True:
            self.blank()
            if self.text[self.at] in "\"'":
                match = _STRING.match(self.text, self.at)
                raw = match.group() if match else ""
                names.append(str(tomllib.loads(f"k={raw}")["k"]))
            else:
                match = _BARE_KEY.match(self.text, self.at)
                names.append(match.group() if match else "")
            if match is None:  # not valid TOML after all: stop instead of looping
                raise ValueError(f"no key at offset {self.at}")
            self.at = match.end()
            self.blank()
            if self.text[self.at] != ".":
                return names
            self.at += 1

    def pair(self, table: Path) -> None:
        start = self.at
        path = table
        for name in self.key():
            path += (name,)
            self.mark(path, start)
        self.at += 1  # the equals sign
        self.value(path)

    def value(self, path: Path) -> None:
        self.blank()
        opening = self.text[self.at]
        if opening == "{":
            self.items(path, "}", numbered=False)
        elif opening == "[":
            self.items(path, "]", numbered=True)
        else:
            match = (_STRING if opening in "\"'" else _SCALAR).match(self.text, self.at)
            self.at = match.end() if match else len(self.text)

    def items(self, path: Path, closing: str, *, numbered: bool) -> None:
        self.at += 1
        index = 0
        while self.blank() and self.text[self.at] != closing:
            if self.text[self.at] == ",":
                self.at += 1
            elif numbered:
                self.mark((*path, index), self.at)
                self.value((*path, index))
                index += 1
            else:
                self.pair(path)
        self.at += 1


def nearest_position(found: dict[Path, Position], path: Path) -> Position | None:
    """The position of `path`, or of its closest known parent."""
    for end in range(len(path), 0, -1):
        if path[:end] in found:
            return found[path[:end]]
    return None


def flatten(value: Any, path: Path = ()) -> dict[Path, Any]:
    """Leaves of nested tables by their path (arrays count as leaves)."""
    if not isinstance(value, dict):
        return {path: value}
    leaves: dict[Path, Any] = {}
    for key, inner in value.items():
        leaves |= flatten(inner, (*path, key))
    return leaves
