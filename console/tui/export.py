"""A list as CSV or JSON, the screen as SVG; written without blocking the keyboard."""

from __future__ import annotations

import asyncio
import contextlib
import csv
import io
import json
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from console.domain.limits import EXPORT
from console.errors import DatabaseUnavailable, UsageError
from console.tui.dialogs.confirm import Ask
from console.tui.picture import picture
from console.tui.widgets.live_table import LiveTable
from console.tui.widgets.rows import state_of

if TYPE_CHECKING:
    from console.tui.app import ConsoleApp


def to_csv(table: LiveTable[Any], rows: Sequence[Any]) -> str:
    """What the table shows, with the row keys in front; cells that a spreadsheet would run get an apostrophe."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["key", *(column.id for column in table.columns)])
    for row in rows:
        state = state_of(row)
        cells = (_moment(state.get(name)) or _inert(cell) for name, cell in table.cells_of(row).items())
        writer.writerow([row.key, *cells])
    return out.getvalue()


def _moment(item: Any) -> str:
    """Moments as such: an age is wrong as soon as it has been written."""
    return item.isoformat() if isinstance(item, datetime) else ""


def _inert(cell: str) -> str:
    return f"'{cell}" if cell[:1] in {"=", "+", "@"} else cell


def to_json(table: LiveTable[Any], rows: Sequence[Any]) -> str:  # noqa: ARG001 - same shape as to_csv
    """The rows themselves, not only what is drawn."""
    return json.dumps([{"key": row.key, **state_of(row)} for row in rows], default=str, ensure_ascii=False, indent=2)


_FORMATS: dict[str, Callable[[LiveTable[Any], Sequence[Any]], str]] = {".csv": to_csv, ".json": to_json}


def _path(name: str) -> Path:
    return Path(name).expanduser()


async def export_list(app: ConsoleApp, table: LiveTable[Any]) -> None:
    """Ask for a file name; its ending chooses the format. An existing file is not overwritten.

    Raises:
        UsageError: unknown ending, or the file is there already or cannot be written.
    """
    rows = table.model.chosen() if table.model.marks else table.model.visible()
    name = (table.id or "list").replace("_", "-")
    answer = await app.ask(Ask(f"Export {len(rows)} rows", "File name; .csv or .json.", value=f"{name}.csv"))
    if answer is None:
        return
    path = _path(answer)
    form = _FORMATS.get(path.suffix.lower())
    if form is None:
        raise UsageError(
            f"cannot write {path.suffix or 'a file without an ending'}", hint="end the name in .csv or .json"
        )
    await _ask_limit(app)
    await write_new(path, form(table, rows))
    app.say([("✓ ", "ok"), (f"{len(rows)} rows written to {path}", "text")])


async def export_screen(app: ConsoleApp, name: str) -> None:
    """The present screen as SVG."""
    path = _path(name or "aoer-console.svg")
    await _ask_limit(app)
    await write_new(path, picture(app))
    app.say([("✓ ", "ok"), (f"The screen was written to {path}", "text")])


async def _ask_limit(app: ConsoleApp) -> None:
    """Count the export. What is on the screen of a console without its database can still be kept.

    Raises:
        RateLimited: too many exports; the notice says when to try again.
    """
    if app.actions is None or app.connection.state == "reconnecting":
        return
    with contextlib.suppress(DatabaseUnavailable):
        await app.actions.ask_limit(EXPORT)


async def write_new(path: Path, text: str) -> None:
    """Write a file that must not exist yet.

    Raises:
        UsageError: it exists, or the directory cannot be written.
    """

    def write() -> None:
        with path.open("x", encoding="utf-8", newline="") as file:
            file.write(text)

    try:
        await asyncio.to_thread(write)
    except FileExistsError:
        raise UsageError(f"{path} exists already", hint="choose another name") from None
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}", hint="choose another directory") from error
