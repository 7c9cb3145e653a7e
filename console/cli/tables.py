"""Tables and progress bars; the only part of the command line that loads rich, and only on a terminal."""

import unicodedata
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Literal

from console.cli.output import plain

if TYPE_CHECKING:
    from console.cli.output import Output


def print_table(out: "Output", columns: Sequence[str], rows: Sequence[Sequence[Any]], title: str) -> None:
    """A rich table on a terminal, aligned plain text anywhere else (never cut off, one line a row)."""
    if out.is_terminal:
        _rich(out, columns, rows, title)
    else:
        _plain(out, columns, rows)


def _numeric(rows: Sequence[Sequence[Any]], index: int) -> bool:
    from decimal import Decimal

    values = [row[index] for row in rows if row[index] is not None]
    return bool(values) and all(isinstance(v, (int, float, Decimal)) and not isinstance(v, bool) for v in values)


def _rich(out: "Output", columns: Sequence[str], rows: Sequence[Sequence[Any]], title: str) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(
        box=box.SIMPLE_HEAD, title=Text(_one_line(title)) if title else None, title_justify="left", pad_edge=False
    )
    for index, column in enumerate(columns):
        table.add_column(Text(_one_line(column)), justify="right" if _numeric(rows, index) else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text(_one_line(value)) for value in row))
    kind: Literal["auto"] | None = "auto" if out.colour else None
    console = Console(file=out.stdout, color_system=kind, highlight=False, markup=False, emoji=False)
    console.print(table)


def _plain(out: "Output", columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    cells = [[_one_line(column) for column in columns], *([_one_line(value) for value in row] for row in rows)]
    widths = [max(_width(line[index]) for line in cells) for index in range(len(columns))]
    right = [_numeric(rows, index) for index in range(len(columns))]
    for line in cells:
        padded = []
        for text, width, to_right in zip(line, widths, right, strict=True):
            gap = " " * (width - _width(text))
            padded.append(gap + text if to_right else text + gap)
        out.stdout.write("  ".join(padded).rstrip() + "\n")


def _one_line(value: Any) -> str:
    return " ".join(plain(value).split()) if isinstance(value, str) else plain(value)


def _width(text: str) -> int:
    """Columns that a text takes: wide characters two, combining ones none."""
    if text.isascii():
        return len(text)
    wide = sum(unicodedata.east_asian_width(character) in "WF" for character in text)
    return len(text) + wide - sum(unicodedata.combining(character) > 0 for character in text)


@contextmanager
def progress(out: "Output", label: str, total: float | None) -> Iterator[Callable[[float], None]]:
    """See Output.progress."""
    if not out.stderr.isatty() or out.is_json:
        yield lambda _done: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    console = Console(file=out.stderr, markup=False, highlight=False)
    words = TextColumn("{task.description}", markup=False)
    with Progress(words, BarColumn(), TextColumn("{task.completed:,.0f}"), TimeElapsedColumn(), console=console) as bar:
        task = bar.add_task(label, total=total)
        yield lambda done: bar.update(task, completed=done)
