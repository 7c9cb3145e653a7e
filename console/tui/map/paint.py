"""A scene on a canvas. Shapes tell states apart, colours repeat them. Pure.

From the ground up: incident circles, the selected route, drivers, waiting orders, the route's stops, the selection.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from itertools import pairwise
from typing import Final

from console.feed.places import DriverPlace, IncidentPlace, OrderPlace, Place
from console.tui.look.glyphs import level
from console.tui.look.spans import Span, width_of
from console.tui.map.canvas import Canvas
from console.tui.map.projection import Point, View, distance_words, ruler
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


def driver_mark(driver: DriverPlace, behind: set[str], now: datetime | None) -> Span:
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


def draw(scene: Scene, view: View, selected: Place | None, now: datetime | None) -> Canvas:
    """The picture. A place outside the view is left out; `outside` counts those."""
    canvas = Canvas(view.width, view.height)
    for incident in scene.incidents:
        _incident(canvas, view, incident)
    _path(canvas, view, scene, selected)
    orders = _waiting(canvas, view, scene, now)
    _drivers(canvas, view, scene, orders, now)
    _stops(canvas, view, scene, selected)
    if selected is not None and selected.at is not None:
        _selection(canvas, view, selected, _mark(scene, selected, now))
    _furniture(canvas, view)
    return canvas


def outside(scene: Scene, view: View) -> int:
    """Places that are known but not in the view."""
    return sum(1 for point in scene.points() if not view.holds(point))


def _cell(view: View, point: Point) -> Cell:
    column, row = view.cell(point)
    # Rounding towards zero would fold what lies just outside onto the edge.
    return (int(column) if column >= 0 else -1), (int(row) if row >= 0 else -1)


def _mark(scene: Scene, place: Place, now: datetime | None) -> Span:
    if isinstance(place, DriverPlace):
        return driver_mark(place, scene.late_drivers(now), now)
    if isinstance(place, OrderPlace):
        return LATE_ORDER if late(place, now) else ORDER
    return incident_mark(place)


def _incident(canvas: Canvas, view: View, incident: IncidentPlace) -> None:
    if incident.at is None:
        return
    glyph, role = incident_mark(incident)
    radius = incident.radius / view.scale
    place = view.cell(incident.at)
    canvas.circle(place, radius, role, filled=incident.closed)
    column, row = _cell(view, incident.at)
    canvas.glyph(column, row, glyph, role)
    if radius >= 5:
        canvas.label(column + 2, row, "closed" if incident.closed else "slow", role)


def _path(canvas: Canvas, view: View, scene: Scene, selected: Place | None) -> None:
    """The selected driver's way through the stops, or the selected order's way, as the crow flies."""
    points = scene.around(selected) if selected is not None else []
    for start, end in pairwise(points):
        one, other = view.cell(start), view.cell(end)
        # Legs over the antimeridian go the short way: both ends are seen from the start of the leg.
        across = view.steps[0] * 360.0
        shift = round((other[0] - one[0]) / across)
        canvas.line(one, (other[0] - shift * across, other[1]), "plot")


def _clusters(canvas: Canvas, cells: dict[Cell, tuple[int, Span]], aside: Iterable[Cell] = ()) -> None:
    """One glyph a cell; how many there are beside it where that is free, in its place where it is not."""
    taken = set(aside)
    for (column, row), (count, (glyph, role)) in cells.items():
        at = column
        if (column, row) in taken:  # an order lies here: beside it, or not at all
            beside = [c for c in (column + 1, column - 1) if (c, row) not in cells and canvas.free(c, row)]
            if not beside:
                continue
            at = beside[0]
        digit = "" if count == 1 else str(count) if count < 10 else "+"
        roomy = (at + 1, row) not in cells and canvas.free(at + 1, row)
        canvas.glyph(at, row, digit if digit and not roomy else glyph, role)
        if digit and roomy:
            canvas.glyph(at + 1, row, digit, role)


def _waiting(canvas: Canvas, view: View, scene: Scene, now: datetime | None) -> dict[Cell, tuple[int, Span]]:
    cells: dict[Cell, tuple[int, Span]] = {}
    for order in scene.waiting:
        if order.at is not None and _on(view, cell := _cell(view, order.at)):
            count, mark = cells.get(cell, (0, ORDER))
            cells[cell] = count + 1, LATE_ORDER if late(order, now) else mark
    _clusters(canvas, cells)
    return cells


def _drivers(canvas: Canvas, view: View, scene: Scene, orders: Iterable[Cell], now: datetime | None) -> None:
    behind = scene.late_drivers(now)
    ranks = {mark: rank for rank, mark in enumerate(_RANKED)}
    cells: dict[Cell, tuple[int, Span]] = {}
    for driver in scene.drivers:
        if driver.at is None or not _on(view, cell := _cell(view, driver.at)):
            continue
        mark = driver_mark(driver, behind, now)
        known = cells.get(cell)
        if known is None:
            cells[cell] = 1, mark
        else:
            cells[cell] = known[0] + 1, mark if ranks[mark] < ranks[known[1]] else known[1]
    _clusters(canvas, cells, orders)


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


def _furniture(canvas: Canvas, view: View) -> None:
    """Scale bar and north arrow."""
    columns, metres = ruler(view.scale, max(4, canvas.width // 6))
    bar = "├" + "─" * max(0, columns - 2) + "┤" if columns > 1 else "│"
    canvas.label(1, canvas.height - 1, f"{bar} {distance_words(metres)} ", "dim")
    canvas.label(canvas.width - 4, 0, " ↑N ", "dim")
