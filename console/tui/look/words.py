"""Numbers, ages and times as people read them: short, right-aligned, the same everywhere."""

import json
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any, Final

NONE: Final = "–"

_HEADINGS: Final = {
    "eta_at": "Expected",
    "os_user": "User",
    "db_role": "Login",
    "object_type": "Kind",
    "object_id": "Id",
    "aoer_score": "Score",
    "retry_count": "Retries",
    "crash_count": "Crashes",
    "error_message": "Error",
    "error_text": "Error",
    "weight_kg": "Weight, kg",
    "distance_km": "Distance, km",
    "segments_done": "Segments",
    "segments_total": "Of",
    "dropoff_name": "Drop-off",
    "pickup_name": "Pickup",
    "event_type": "Event",
    "from_status": "From",
    "to_status": "To",
    "risk_band": "Risk band",
    "completed_deliveries": "Deliveries",
    "ack_until": "Acknowledged until",
}
"""Columns whose name in the database is not what people call them."""
_WORDS: Final = {
    *("type", "kind", "alert_type", "event_type", "incident_type", "escalation_type", "object_type", "origin"),
    *("from_status", "to_status", "vehicle_type", "service_type", "actor", "stage", "method", "outcome", "intent"),
}
"""Columns that hold a word of the program rather than somebody's text."""


def duration(seconds: float | None) -> str:
    """`seconds` in one or two units: "0.4 s", "12 s", "4 m", "3 h 05", "2 d 04"."""
    if seconds is None:
        return NONE
    seconds = max(0.0, seconds)
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    return age(seconds)


def age(seconds: float | None) -> str:
    """Like `duration` in steps coarse enough not to repaint a line every second."""
    if seconds is None:
        return NONE
    whole = int(max(0.0, seconds))
    if whole < 10:
        return "now"
    if whole < 60:
        return f"{whole // 10 * 10} s"
    if whole < 3600:
        return f"{whole // 60} m"
    if whole < 86400:
        return f"{whole // 3600} h {whole % 3600 // 60:02d}"
    return f"{whole // 86400} d {whole % 86400 // 3600:02d}"


def since(at: datetime | None, now: datetime | None) -> str:
    """Coarse age of `at` ("4 m"), or how far ahead it lies ("in 4 m"); a dash where either end is unknown."""
    if at is None or now is None:
        return NONE
    seconds = (now - at).total_seconds()
    return age(seconds) if seconds > -10 else f"in {age(-seconds)}"


def until(at: datetime | None, now: datetime | None) -> str:
    """How long until `at`, coarse ("in 4 m"); "due" when it has passed."""
    if at is None or now is None:
        return NONE
    left = (at - now).total_seconds()
    return "due" if left <= 0 else f"in {duration(left) if left < 9.95 else age(left)}"


def number(value: float | None, digits: int = 1) -> str:
    """A number with `digits` decimals; a dash for none."""
    return NONE if value is None else f"{value:.{digits}f}"


def signed(value: float | None, digits: int = 1) -> str:
    """A change with a glyph as well as a sign: "▲ 1.2", "▼ 0.4", "= 0.0"."""
    if value is None:
        return NONE
    text = f"{abs(value):.{digits}f}"
    if float(text) == 0:
        return f"= {text}"
    return f"{'▲' if value > 0 else '▼'} {text}"


def count(value: int | None) -> str:
    """A count in at most five cells: 999, 12.3k, 4.5M."""
    if value is None:
        return NONE
    if abs(value) < 10_000:
        return str(value)
    return f"{value / 1000:.1f}k" if abs(value) < 1_000_000 else f"{value / 1_000_000:.1f}M"


def stamp(at: datetime | None) -> str:
    """A moment in the reader's own time zone, which is named, to the second."""
    return NONE if at is None else at.astimezone().strftime("%Y-%m-%d %H:%M:%S %Z")


def value(item: Any) -> str:
    """Any database value on one line."""
    if item is None:
        return NONE
    if isinstance(item, datetime):
        return stamp(item)
    if isinstance(item, bool):
        return "yes" if item else "no"
    if isinstance(item, float):
        return f"{item:.2f}".rstrip("0").rstrip(".") if abs(item) < 1e6 else f"{item:.4g}"
    if isinstance(item, timedelta):
        return duration(item.total_seconds())
    if isinstance(item, date):
        return item.isoformat()
    if isinstance(item, Mapping | list | tuple):
        return json.dumps(item, default=str, ensure_ascii=False)
    return str(item)


def word(name: str, item: Any) -> Any:
    """A value of column `name`: "ROAD_CLOSURE" of a column of words becomes "road closure", other text stays."""
    return item.replace("_", " ").lower() if name in _WORDS and isinstance(item, str) else item


def title(name: str) -> str:
    """A column name as a heading: "created_at" -> "Created at"."""
    if name in _HEADINGS:
        return _HEADINGS[name]
    words = name.replace("_", " ").strip()
    return words[:1].upper() + words[1:]
