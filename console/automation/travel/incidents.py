"""Traffic incidents: which legs they slow and by how much."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from console.automation.travel.model import Minutes, Point
from console.domain.places import closes

SLOWDOWN = {"LOW": 1.2, "MEDIUM": 1.5, "HIGH": 2.5, "SEVERE": 4.0}
CLOSED = 12.0
"""A closed street is passed around: a large finite factor keeps every stop reachable."""

_KM_PER_DEGREE = 111.195


@dataclass(frozen=True, slots=True)
class Incident:
    """A circle in which traffic is slow or closed."""

    key: str
    lat: float
    lon: float
    radius_km: float
    severity: str
    kind: str

    @property
    def factor(self) -> float:
        """Times slower inside."""
        return CLOSED if closes(self.kind, self.severity) else SLOWDOWN[self.severity]


def _plane(points: Sequence[Point], centre: Point) -> Any:
    import numpy as np

    array = np.asarray(points, dtype=float).reshape(-1, 2)
    flat = np.empty_like(array)
    flat[:, 0] = (array[:, 0] - centre[0]) * _KM_PER_DEGREE
    flat[:, 1] = (array[:, 1] - centre[1]) * _KM_PER_DEGREE * np.cos(np.radians(centre[0]))
    return flat


def share_inside(points: Sequence[Point], incident: Incident) -> Any:
    """For each straight leg i -> j the share of its length inside the circle, shape (points, points)."""
    import numpy as np

    flat = _plane(points, (incident.lat, incident.lon))
    start, step = flat[:, None, :], flat[None, :, :] - flat[:, None, :]
    length2 = (step**2).sum(axis=2)
    along = (start * step).sum(axis=2)
    inside = (start**2).sum(axis=2) - incident.radius_km**2
    with np.errstate(divide="ignore", invalid="ignore"):
        root = np.sqrt(np.maximum(along**2 - length2 * inside, 0.0))
        enter = np.clip((-along - root) / length2, 0.0, 1.0)
        leave = np.clip((-along + root) / length2, 0.0, 1.0)
        share = np.where((along**2 - length2 * inside > 0) & (length2 > 0), leave - enter, 0.0)
    return np.nan_to_num(share)


def slowed(minutes: Minutes, points: Sequence[Point], incidents: Sequence[Incident]) -> Minutes:
    """Travel times with every leg slower on the part that lies inside an incident; of several the worst counts."""
    import numpy as np

    if not incidents or not points:
        return minutes
    table = np.asarray(minutes, dtype=float)
    worst = np.ones_like(table)
    for incident in incidents:
        worst = np.maximum(worst, 1.0 + share_inside(points, incident) * (incident.factor - 1.0))
    result: Minutes = (table * worst).tolist()
    return result


def touched(stops: Sequence[Point], incidents: Sequence[Incident]) -> list[str]:
    """Keys of the incidents that lie on the path through `stops` in this order."""
    found: list[str] = []
    for incident in incidents:
        share = share_inside(stops, incident)
        if any(share[i, i + 1] > 0 for i in range(len(stops) - 1)):
            found.append(incident.key)
    return found
