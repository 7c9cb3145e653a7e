"""LiveTable against the stock DataTable in the same run: milliseconds of CPU for one refresh that reaches the screen.

    python -m tests.bench.bench_tui_table

Both tables show 8 columns in 40 lines of a 160x42 screen, hold the same rows and get the same changes; what is timed is
the update, the compositor's repaint of the dirty region and the bytes for the terminal. Ratios are what counts.
"""

from __future__ import annotations

import asyncio
import random
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

from textual.app import App, ComposeResult
from textual.widget import Widget
from textual.widgets import DataTable

from console.tui.look.palette import DARK, PALETTES
from console.tui.look.theme import to_theme
from console.tui.widgets.columns import Column
from console.tui.widgets.live_table import LiveTable

COLUMNS = 8
ROUNDS = 40


@dataclass(frozen=True)
class Row:
    key: str
    version: int
    cells: tuple[str, ...]


def rows(count: int) -> list[Row]:
    return [Row(f"k{i}", 0, tuple(f"cell {i}.{c}" for c in range(COLUMNS))) for i in range(count)]


class Bench(App[None]):
    def __init__(self, table: Widget) -> None:
        super().__init__()
        self.table = table
        for palette in PALETTES.values():
            self.register_theme(to_theme(palette))
        self.theme = DARK.name

    def compose(self) -> ComposeResult:
        yield self.table


def live(data: list[Row]) -> tuple[Widget, Callable[[list[int], int], None]]:
    columns = [Column(f"c{c}", f"c{c}", 16, lambda r, _, c=c: (r.cells[c], "text")) for c in range(COLUMNS)]
    table: LiveTable[Row] = LiveTable("Bench", columns)

    def change(lines: list[int], tick: int) -> None:
        for i in lines:
            data[i] = Row(data[i].key, tick, (f"tick {tick}", *data[i].cells[1:]))
        table.show_rows(data)

    return table, change


def stock(data: list[Row]) -> tuple[Widget, Callable[[list[int], int], None]]:
    table: DataTable[str] = DataTable(cursor_type="row")

    def change(lines: list[int], tick: int) -> None:
        if not table.columns:
            for c in range(COLUMNS):
                table.add_column(f"c{c}", key=f"c{c}", width=16)
            for row in data:
                table.add_row(*row.cells, key=row.key)
        for i in lines:
            table.update_cell(data[i].key, "c0", f"tick {tick}")

    return table, change


async def measure(
    make: Callable[[list[Row]], tuple[Widget, Callable[[list[int], int], None]]], n: int, k: int
) -> float:
    data = rows(n)
    table, change = make(data)
    app = Bench(table)
    rng = random.Random(1)
    async with app.run_test(size=(160, 42)) as pilot:
        change([], 0)
        await pilot.pause()
        spent = []
        for tick in range(1, ROUNDS + 1):
            lines = rng.sample(range(min(n, 38)), k)
            started = time.process_time()
            change(lines, tick)
            await pilot.pause()
            spent.append(time.process_time() - started)
    return statistics.median(spent) * 1000


async def idle() -> float:
    """What one round of the harness costs when nothing changes; taken off both."""
    table, change = live(rows(40))
    app = Bench(table)
    async with app.run_test(size=(160, 42)) as pilot:
        change([], 0)
        await pilot.pause()
        spent = []
        for _ in range(ROUNDS):
            started = time.process_time()
            await pilot.pause()
            spent.append(time.process_time() - started)
    return statistics.median(spent) * 1000


async def main() -> None:
    base = await idle()
    print(f"harness alone {base:.2f} ms a round (taken off)")
    print(f"{'rows':>6} {'changed':>8} {'LiveTable ms':>13} {'DataTable ms':>13} {'ratio':>7}")
    for n in (40, 1000, 10000):
        for k in (1, 20):
            ours = max(0.01, await measure(live, n, k) - base)
            theirs = await measure(stock, n, k) - base
            print(f"{n:>6} {k:>8} {ours:>13.2f} {theirs:>13.2f} {theirs / ours:>6.1f}x")


if __name__ == "__main__":
    asyncio.run(main())
