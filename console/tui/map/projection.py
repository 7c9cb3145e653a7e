"""From degrees to terminal cells and back. Pure.

Equirectangular around the middle of the view: longitudes shrink by the cosine of the middle latitude, so that a circle
of some hundred kilometres is a circle. A cell is twice as high as it is wide; a place is (column, row) with fractions.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from math import ceil, cos, floor, log10, radians
from typing import Final

Point = tuple[float, float]
"""Latitude and longitude in degrees."""

METRES: Final = 111_195.0
"""Of one degree of latitude, on a sphere of mean earth radius."""
FINEST: Final = 0.25
COARSEST: Final = 4_000_000.0
"""Metres a column, the limits of zooming."""
CELL: Final = 2.0
"""Height of a cell in widths."""
_STEEPEST: Final = 85.0


def wrapped(degrees: float) -> float:
    """A difference of longitudes in -180 .. 180: the shorter way round."""
    return (degrees + 180.0) % 360.0 - 180.0


@dataclass(frozen=True, slots=True)
class View:
    """What the map looks at: its middle, its scale in metres a column, its size in cells."""

    lat: float
    lon: float
    scale: float
    width: int
    height: int

    @property
    def steps(self) -> tuple[float, float]:
        """Columns a degree of longitude, rows a degree of latitude."""
        return METRES * max(0.01, cos(radians(self.lat))) / self.scale, METRES / (CELL * self.scale)

    def cell(self, point: Point) -> tuple[float, float]:
        """Column and row of a point; may lie outside."""
        return self.projector()(point)

    def projector(self) -> Callable[[Point], tuple[float, float]]:
        """`cell` for many points: what does not depend on the point is worked out once."""
        across, down = self.steps
        x, y, lat, lon = self.width / 2, self.height / 2, self.lat, self.lon - 180.0
        return lambda point: (x + ((point[1] - lon) % 360.0 - 180.0) * across, y - (point[0] - lat) * down)

    def point(self, column: float, row: float) -> Point:
        """The point under a place of the view."""
        across, down = self.steps
        return (
            self.lat - (row - self.height / 2) / down,
            wrapped(self.lon + (column - self.width / 2) / across),
        )

    def holds(self, point: Point, margin: float = 0.0) -> bool:
        """Whether a point is on the map, at least `margin` cells from its edge."""
        column, row = self.cell(point)
        return margin <= column < self.width - margin and margin <= row < self.height - margin

    def moved(self, columns: float, rows: float) -> "View":
        """The view so many cells to the right and down; it stays away from the poles."""
        lat, lon = self.point(self.width / 2 + columns, self.height / 2 + rows)
        return replace(self, lat=max(-_STEEPEST, min(_STEEPEST, lat)), lon=lon)

    def zoomed(self, factor: float) -> "View":
        """Closer for factors above 1; the middle stays."""
        return replace(self, scale=max(FINEST, min(COARSEST, self.scale / factor)))

    def centred(self, point: Point) -> "View":
        """The same scale around another middle."""
        return replace(self, lat=max(-_STEEPEST, min(_STEEPEST, point[0])), lon=point[1])

    def sized(self, width: int, height: int) -> "View":
        """The same middle and scale on a canvas of another size."""
        return replace(self, width=max(1, width), height=max(1, height))


def fit(points: Iterable[Point], width: int, height: int) -> View:
    """The closest view that holds all `points` (latitudes and longitudes in range) with a little air around them.

    Longitudes may straddle the antimeridian: the arc taken is the one that leaves out the widest empty stretch.
    """
    width, height = max(1, width), max(1, height)
    known = list(points)
    if not known:
        return View(0.0, 0.0, 40_000_000.0 / width, width, height)
    south, north = min(p[0] for p in known), max(p[0] for p in known)
    middle, span = _arc(sorted(p[1] for p in known))
    lat = max(-_STEEPEST, min(_STEEPEST, (south + north) / 2))
    room_x, room_y = max(1.0, width * 0.88 - 2), max(1.0, height * 0.88 - 1)
    wide = span * METRES * max(0.01, cos(radians(lat))) / room_x
    high = (north - south) * METRES / (CELL * room_y)
    least = 500.0 / width  # a single point: its neighbourhood of half a kilometre
    return View(lat, middle, max(least, min(COARSEST, max(wide, high))), width, height)


def _arc(lons: list[float]) -> tuple[float, float]:
    """Middle and width in degrees of the shortest arc that holds all of these sorted longitudes."""
    gaps = [(b - a, i) for i, (a, b) in enumerate(pairwise(lons))]
    gaps.append((lons[0] + 360.0 - lons[-1], len(lons) - 1))
    gap, place = max(gaps)
    start = lons[(place + 1) % len(lons)]
    span = max(0.0, 360.0 - gap)
    return wrapped(start + span / 2), span


def ruler(scale: float, width: int) -> tuple[int, float]:
    """Columns and metres of a scale bar: a round length (1, 2, 5 x 10^n) in at most `width` columns, one at least."""
    most = scale * max(1, width)
    power = 10.0 ** floor(log10(most))
    metres = next((step * power for step in (5.0, 2.0, 1.0) if step * power <= most), power)
    return max(1, round(metres / scale)), metres


def graticule(view: View, metres: float) -> Iterator[Point]:
    """Points of a grid that is fixed to the ground, about `metres` apart, within the view."""
    # The cosine of a rounded latitude, so that the grid does not creep while the map is moved.
    step = metres / METRES
    aside = step / max(0.01, cos(radians(round(view.lat))))
    (north, west), (south, _) = view.point(0, 0), view.point(view.width, view.height)
    wide = min(360.0, view.width / view.steps[0])
    for i in range(ceil(south / step), floor(north / step) + 1):
        for j in range(ceil(west / aside), floor((west + wide) / aside) + 1):
            yield i * step, wrapped(j * aside)


def distance_words(metres: float) -> str:
    """ "500 m", "2 km"; metres below ten keep one decimal."""
    if metres >= 1000:
        return f"{metres / 1000:g} km"
    return f"{metres:g} m"
