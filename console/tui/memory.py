"""How the operator likes each list: sort, direction, hidden columns; kept in the state directory between sessions.

A missing, damaged or unwritable file is no reason to stop: the lists then look as they come.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from console.tui.widgets.live_table import LiveTable


class Habit(msgspec.Struct, frozen=True):
    """One list."""

    sort: str | None = None
    descending: bool = False
    hidden: list[str] = []


def default_file() -> Path:
    """lists.json in the user's state directory."""
    import platformdirs

    return Path(platformdirs.user_state_dir("aoer-console", appauthor=False)) / "lists.json"


class Memory:
    """Habits by name of the list. `file` None keeps them for this session only."""

    def __init__(self, file: Path | None) -> None:
        self._file = file
        self._habits: dict[str, Habit] = {}
        self._write = asyncio.Lock()
        if file is not None:
            with contextlib.suppress(OSError, msgspec.DecodeError, msgspec.ValidationError):
                self._habits = msgspec.json.decode(file.read_bytes(), type=dict[str, Habit])

    def restore(self, name: str, table: LiveTable[Any]) -> None:
        """Arrange a list as it was left; columns that no longer exist are ignored."""
        habit = self._habits.get(name)
        if habit is None:
            return
        known = {column.id for column in table.columns}
        table.hidden = frozenset(known & set(habit.hidden)) if set(habit.hidden) < known else frozenset()
        table.set_columns(table.columns)
        if habit.sort in known:
            table.sort_on(habit.sort, habit.descending, tell=False)

    def note(self, name: str, table: LiveTable[Any], background: Callable[..., Any]) -> None:
        """The operator arranged a list differently: remember it."""
        self._habits[name] = Habit(table.sort_column, table.model.descending, sorted(table.hidden))
        if self._file is not None:
            background(self._save(self._file), "Remembering the list")

    async def _save(self, file: Path) -> None:
        async with self._write:
            with contextlib.suppress(OSError):
                await asyncio.to_thread(_replace, file, msgspec.json.encode(self._habits))


def _replace(file: Path, content: bytes) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    fresh = file.with_suffix(f".{os.getpid()}")
    fresh.write_bytes(content)
    fresh.replace(file)
