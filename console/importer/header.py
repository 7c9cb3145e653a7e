"""The first line of a file: which delimiter, which columns in which order."""

import csv
import difflib
from collections.abc import Collection
from dataclasses import dataclass

from console.errors import InputRejected
from console.importer.kinds import Column, Kind

DELIMITERS = (",", ";", "\t")


@dataclass(frozen=True, slots=True)
class Header:
    """`cells` has one entry a cell of a row: its column, or None for a column to be ignored."""

    delimiter: str
    cells: tuple[Column | None, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The columns that are read, in the file's order."""
        return tuple(column.name for column in self.cells if column is not None)


def read_header(
    kind: Kind,
    line: bytes,
    *,
    file: str,
    given: Collection[str] = (),
    ignored: Collection[str] = (),
    others: Collection[Kind] = (),
) -> Header:
    """Understand the header of a file of `kind`.

    Columns in `given` are known otherwise and need not be there; `ignored` ones are skipped. Raises InputRejected with
    every unknown column and its nearest known name, every column that is there twice, and every missing one; its hint
    names the one of `others` that knows more of the columns.
    """
    try:
        text = line.decode("utf-8").strip("\r\n")
    except UnicodeDecodeError:
        raise InputRejected(f"{file}: line 1 is not UTF-8", hint="save the file as UTF-8") from None
    delimiter = max(DELIMITERS, key=lambda mark: _known(kind, _names(text, mark), ignored))
    names = _names(text, delimiter)
    problems = [*_unknown(kind, names, ignored), *_twice(names), *_missing(kind, names, given)]
    if problems:
        raise InputRejected(f"{file}: line 1: " + "; ".join(problems), hint=_hint(kind, names, ignored, others))
    return Header(delimiter, tuple(None if name in ignored else kind.by_name[name] for name in names))


def _hint(kind: Kind, names: list[str], ignored: Collection[str], others: Collection[Kind]) -> str:
    best = max([kind, *others], key=lambda other: _known(other, names, ignored))
    if best.name != kind.name and _known(best, names, ignored) > _known(kind, names, ignored):
        return f"these look like columns of {best.name}: import {best.name} --help describes them"
    return f"import {kind.name} --help describes every column"


def _names(text: str, delimiter: str) -> list[str]:
    row: list[str] = next(csv.reader([text], delimiter=delimiter), [])
    return [name.strip().lower().replace(" ", "_") for name in row]


def _known(kind: Kind, names: list[str], ignored: Collection[str]) -> int:
    return sum(name in kind.by_name or name in ignored for name in names)


def _unknown(kind: Kind, names: list[str], ignored: Collection[str]) -> list[str]:
    found = []
    for place, name in enumerate(names, 1):
        if name in kind.by_name or name in ignored:
            continue
        if not name:
            found.append(f"column {place} has no name")
            continue
        near = difflib.get_close_matches(name, kind.by_name, n=1, cutoff=0.6)
        found.append(f"unknown column {name!r}" + (f" (did you mean {near[0]!r}?)" if near else ""))
    return found


def _twice(names: list[str]) -> list[str]:
    return [
        f"column {name!r} is there {names.count(name)} times"
        for name in dict.fromkeys(names)
        if name and names.count(name) > 1
    ]


def _missing(kind: Kind, names: list[str], given: Collection[str]) -> list[str]:
    wanted = [column.name for column in kind.columns if column.required and column.name not in given]
    return [f"no column {name!r}" for name in wanted if name not in names]
