"""Named queries: SQL lives in `sql/queries/<room>.sql`, Python knows it by name only.

A query starts at a line `-- name: claim_batch` and ends before the next one. Comments directly below the name say why
the query is as it is; they stay in the text that is sent, so that they can be read in `pg_stat_activity`.
"""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

from console.store import files
from console.store.quote import ident

_NAME = re.compile(r"^--\s*name:\s*(\S+)\s*$", re.MULTILINE)
_IDENTIFIER = re.compile(r"[a-z][a-z0-9_]*\Z")


class QueryFileError(ValueError):
    """A query file is malformed: a mistake of the program, not of its user."""


class Queries(Mapping[str, str]):
    """The queries of one room by name."""

    def __init__(self, room: str, texts: Mapping[str, str]) -> None:
        self.room = room
        self._texts = dict(texts)

    def __getitem__(self, name: str) -> str:
        try:
            return self._texts[name]
        except KeyError:
            known = ", ".join(sorted(self._texts)) or "none"
            raise KeyError(f"no query {name!r} in sql/queries/{self.room}.sql; known: {known}") from None

    def named(self, name: str, /, **names: str) -> str:
        """The query with `{placeholder}`s replaced by quoted identifiers: what no parameter can name."""
        text = self[name]
        for placeholder, identifier in names.items():
            if "{" + placeholder + "}" not in text:
                raise KeyError(f"query {name!r} in sql/queries/{self.room}.sql has no {{{placeholder}}}")
            text = text.replace("{" + placeholder + "}", ident(identifier))
        return text

    def __iter__(self) -> Iterator[str]:
        return iter(self._texts)

    def __len__(self) -> int:
        return len(self._texts)


def parse(text: str, source: str) -> dict[str, str]:
    """Split a query file into name -> statement (trailing semicolon removed)."""
    marks = list(_NAME.finditer(text))
    found: dict[str, str] = {}
    for mark, following in zip(marks, [*marks[1:], None], strict=True):
        name = mark.group(1)
        line = text.count("\n", 0, mark.start()) + 1
        body = text[mark.end() : following.start() if following else len(text)].strip()
        body = body.removesuffix(";").rstrip()
        if not _IDENTIFIER.match(name):
            raise QueryFileError(f"{source}:{line}: query name {name!r} is not a lower case identifier")
        if name in found:
            raise QueryFileError(f"{source}:{line}: query {name!r} is defined twice")
        if all(row.lstrip().startswith("--") or not row.strip() for row in body.splitlines()):
            raise QueryFileError(f"{source}:{line}: query {name!r} is empty")
        found[name] = body
    return found


def load(path: Path) -> Queries:
    """Read one query file (not cached)."""
    return Queries(path.stem, parse(path.read_text(encoding="utf-8"), str(path)))


@cache
def queries(room: str) -> Queries:
    """The queries of `sql/queries/<room>.sql`, read once per process."""
    return load(files.query_file(room))
