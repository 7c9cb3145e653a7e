"""Positions that can be believed, and streets that are shut. Pure."""

from math import isfinite


def usable(lat: float | None, lon: float | None) -> bool:
    """Whether a position can be believed: given, in range, and not 0/0 (where broken devices say they are)."""
    if lat is None or lon is None or not (isfinite(lat) and isfinite(lon)):
        return False
    return -90 <= lat <= 90 and -180 <= lon <= 180 and not (abs(lat) < 1e-4 and abs(lon) < 1e-4)


def closes(kind: str, severity: str) -> bool:
    """Whether a traffic incident shuts its streets; every other one only slows them."""
    return kind == "road_closure" and severity in ("HIGH", "SEVERE")
