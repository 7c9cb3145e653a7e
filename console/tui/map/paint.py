"""A scene on a canvas. Shapes tell states apart, colours repeat them. Pure.

From the ground up: incident circles, the selected route, drivers, waiting orders, the route's stops, the selection.
The ground is drawn once for a snapshot and a view; moving the selection only draws on a copy of it.
"""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Final

from console.feed.places import DriverPlace, IncidentPlace, OrderPlace, Place
from console.tui.look.glyphs import level
from console.tui.look.spans import Span, width_of
from console.tui.map.canvas import Canvas
from console.tui.map.projection import Point, View, distance_words, graticule, ruler
from console.tui.map.scene import Scene, late, name_of, stale

CURSOR: Final = "cursor:"
"""Before a role: drawn on the cursor's surface."""

LATE: Final[Span] = ("▲", "bad")
BUSY: Final[Span] = ("▶", "info")
FREE: Final[Span] = ("●", "ok")
PAUSE: Final[Span] = ("◌", "dim")
OLD: Final[Span] = ("○", "dim")
OFF: Final[Span] = ("■", "dim")
ORDER: Final[Span] = ("◇", "warn")
LATE_ORDER: Final[Span] = ("◈", "crit")
PICKUP: Final = "▴"
DROPOFF: Final = "▾"
CLOSED: Final = "⊘"

_RANKED: Final = (LATE, BUSY, FREE, PAUSE, OLD, OFF)
"""Of several drivers in one cell the first of these is drawn."""
_RANKS: Final = {mark: rank for rank, mark in enumerate(_RANKED)}
LEGEND: Final[tuple[tuple[Span, str], ...]] = (
    (FREE, "free"),
    (BUSY, "busy"),
    (LATE, "late"),
    (OLD, "old position"),
    (OFF, "off"),
    (ORDER, "waiting"),
    (LATE_ORDER, "late"),
    ((PICKUP, "accent"), "pickup"),
    ((DROPOFF, "accent"), "drop-off"),
    (level("high"), "slow"),
    ((CLOSED, "crit"), "closed"),
    (("●3", "ok"), "three in one cell"),
)

Cell = tuple[int, int]
Cells = dict[Cell, tuple[int, Span]]
"""How many there are in a cell, and the mark of the most important one."""


def driver_mark(driver: DriverPlace, behind: Container[str], now: datetime | None) -> Span:
    """Glyph and role of a driver."""
    if driver.status == "offline":
        return OFF
    if stale(driver, now):
        return OLD
    if driver.key in behind:
        return LATE
    return {"busy": BUSY, "available": FREE}.get(driver.status, PAUSE)


def incident_mark(incident: IncidentPlace) -> Span:
    """Glyph and role of an incident."""
    glyph, role = level(incident.severity)
    return (CLOSED, "crit") if incident.closed else (glyph, role)


@dataclass(frozen=True, slots=True)
class Ground:
    """What does not depend on the selection. `outside` counts places that are known but not in the view."""

    canvas: Canvas
    outside: int
    behind: frozenset[str]


def ground(scene: Scene, view: View, now: datetime | None) -> Ground:
    """Incidents, waiting orders, drivers. What is outside the view is left out and counted."""
    canvas = Canvas(view.width, view.height)
    _grid(canvas, view)
    outside = 0
    for incident in scene.incidents:
        outside += not _incident(canvas, view, incident)
    orders, beyond = _waiting(view, scene, now)
    _clusters(canvas, orders)
    behind = scene.late_drivers(now)
    drivers, astray = _drivers(view, scene, behind, now)
    _clusters(canvas, drivers, orders)
    return Ground(canvas, outside + beyond + astray, behind)


def draw(scene: Scene, view: View, selected: Place | None, now: datetime | None, base: Ground | None = None) -> Canvas:
    """The picture: the ground, and on it the selection with its route."""
    below = base or ground(scene, view, now)
    canvas = below.canvas.copy()
    _path(canvas, view, scene, selected)
    _stops(canvas, view, scene, selected)
    if selected is not None and selected.at is not None:
        _selection(canvas, view, selected, _mark(below.behind, selected, now))
    _furniture(canvas, view)
    return canvas


def _cell(view: View, point: Point) -> Cell:
    column, row = view.cell(point)
    # Rounding towards zero would fold what lies just outside onto the edge.
    return (int(column) if column >= 0 else -1), (int(row) if row >= 0 else -1)


def _mark(behind: Container[str], place: Place, now: datetime | None) -> Span:
    if isinstance(place, DriverPlace):
        return driver_mark(place, behind, now)
    if isinstance(place, OrderPlace):
        return LATE_ORDER if late(place, now) else ORDER
    return incident_mark(place)


def _incident(canvas: Canvas, view: View, incident: IncidentPlace) -> bool:
    """Whether its middle is in the view (or unknown: that is counted elsewhere)."""
    if incident.at is None:
        return True
    glyph, role = incident_mark(incident)
    radius = incident.radius / view.scale
    place = view.cell(incident.at)
    # Some themes underline what is critical: fine for a word, not for the dots of a line.
    canvas.circle(place, radius, "bad" if role == "crit" else role, filled=incident.closed)
    column, row = _cell(view, incident.at)
    canvas.glyph(column, row, glyph, role)
    if radius >= 10:
        canvas.label(column + 2, row, "closed" if incident.closed else "slow", role)
    return _on(view, (column, row))


def _path(canvas: Canvas, view: View, scene: Scene, selected: Place | None) -> None:
    """The selected driver's way through the stops, or the selected order's way, as the crow flies."""
    points = scene.around(selected) if selected is not None else []
    for start, end in pairwise(points):
        one, other = view.cell(start), view.cell(end)
        # Legs over the antimeridian go the short way: both ends are seen from the start of the leg.
        across = view.steps[0] * 360.0
        shift = round((other[0] - one[0]) / across)
        canvas.line(one, (other[0] - shift * across, other[1]), "plot")


def _clusters(canvas: Canvas, cells: Cells, taken: Container[Cell] = ()) -> None:
    """One glyph a cell; how many there are beside it where that is free, in its place where it is not."""
    for (column, row), (count, (glyph, role)) in cells.items():
        at = column
        if (column, row) in taken:  # an order lies here: beside it, or not at all
            beside = [c for c in (column + 1, column - 1) if (c, row) not in cells and canvas.free(c, row)]
            if not beside:
                continue
            at = beside[0]
        if count == 1:
            canvas.glyph(at, row, glyph, role)
            continue
        digit = str(count) if count < 10 else "+"
        roomy = (at + 1, row) not in cells and canvas.free(at + 1, row)
        canvas.glyph(at, row, glyph if roomy else digit, role)
        if roomy:
            canvas.glyph(at + 1, row, digit, role)


def _waiting(view: View, scene: Scene, now: datetime | None) -> tuple[Cells, int]:
    cells: Cells = {}
    outside, cell_of, behind = 0, view.projector(), scene.late_orders(now)
    for order in scene.waiting:
        if order.at is None:
            continue
        x, y = cell_of(order.at)
        if not (0 <= x < view.width and 0 <= y < view.height):
            outside += 1
            continue
        count, mark = cells.get((int(x), int(y)), (0, ORDER))
        cells[int(x), int(y)] = count + 1, LATE_ORDER if order.key in behind else mark
    return cells, outside


def _drivers(view: View, scene: Scene, behind: Container[str], now: datetime | None) -> tuple[Cells, int]:
    cells: Cells = {}
    outside, cell_of = 0, view.projector()
    width, height = view.width, view.height
    for driver in scene.drivers:
        if driver.at is None:
            continue
        x, y = cell_of(driver.at)
        if not (0 <= x < width and 0 <= y < height):
            outside += 1
            continue
        cell = int(x), int(y)
        mark = driver_mark(driver, behind, now)
        known = cells.get(cell)
        if known is None:
            cells[cell] = 1, mark
        else:
            cells[cell] = known[0] + 1, mark if _RANKS[mark] < _RANKS[known[1]] else known[1]
    return cells, outside


def _on(view: View, cell: Cell) -> bool:
    return 0 <= cell[0] < view.width and 0 <= cell[1] < view.height


def _stops(canvas: Canvas, view: View, scene: Scene, selected: Place | None) -> None:
    if isinstance(selected, OrderPlace):
        if selected.dropoff is not None and selected.pickup is not None:
            column, row = _cell(view, selected.dropoff)
            canvas.glyph(column, row, DROPOFF, "accent")
        return
    if not isinstance(selected, DriverPlace):
        return
    numbers: dict[Cell, tuple[str, list[str]]] = {}
    for number, stop in enumerate(scene.stops(selected.key), 1):
        if stop.at is not None:
            sign, found = numbers.setdefault(_cell(view, stop.at), (PICKUP if stop.pickup else DROPOFF, []))
            found.append(str(number))
    for (column, row), (sign, found) in numbers.items():
        canvas.label(column, row, sign + ",".join(found), "key")


def _selection(canvas: Canvas, view: View, place: Place, mark: Span) -> None:
    assert place.at is not None
    column, row = _cell(view, place.at)
    if not _on(view, (column, row)):
        return
    glyph, role = mark
    text = f" {name_of(place)[:24]} "
    size = width_of(text)
    if column + 1 + size > canvas.width:
        canvas.label(column - size, row, text, CURSOR + "title")
    else:
        canvas.label(column + 1, row, text, CURSOR + "title")
    canvas.glyph(column, row, glyph, CURSOR + role)


def _grid(canvas: Canvas, view: View) -> None:
    """Faint dots on the ground, as far apart as the scale bar is long: they move with the map."""
    _, metres = _ruler(view)
    for point in graticule(view, metres):
        column, row = view.cell(point)
        canvas.dot(column, row, "rule")


def _ruler(view: View) -> tuple[int, float]:
    return ruler(view.scale, max(4, view.width // 6))


def _furniture(canvas: Canvas, view: View) -> None:
    """Scale bar and north arrow."""
    columns, metres = _ruler(view)
    bar = "├" + "─" * max(0, columns - 2) + "┤" if columns > 1 else "│"
    canvas.label(1, canvas.height - 1, f"{bar} {distance_words(metres)} ", "dim")
    canvas.label(canvas.width - 4, 0, " ↑N ", "dim")
