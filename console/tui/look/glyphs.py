"""One glyph language: height says how bad, shape says which state. A word always stands beside the glyph.

Levels rise as bars (▂ ▄ ▆ █); states are shapes (● open, ◐ in hand, ◌ waiting, ✓ done, ✗ failed, ▶ running, ■ stopped).
"""

from typing import Final

Mark = tuple[str, str]

_UNKNOWN: Final[Mark] = ("·", "dim")

LEVELS: Final[dict[str, Mark]] = {
    "urgent": ("█", "crit"),
    "low": ("▂", "info"),
    "medium": ("▄", "warn"),
    "moderate": ("▄", "warn"),
    "high": ("▆", "bad"),
    "critical": ("█", "crit"),
    "severe": ("█", "crit"),
}

RANK: Final = {"urgent": -1, "critical": 0, "severe": 0, "high": 1, "medium": 2, "moderate": 2, "low": 3}

STATES: Final[dict[str, Mark]] = {
    "open": ("●", "bad"),
    "active": ("●", "bad"),
    "investigating": ("◐", "warn"),
    "acknowledged": ("◐", "warn"),
    "snoozed": ("◌", "dim"),
    "resolved": ("✓", "ok"),
    "queued": ("◌", "text"),
    "pending": ("◌", "text"),
    "running": ("▶", "info"),
    "processing": ("▶", "info"),
    "in_progress": ("▶", "info"),
    "generating": ("▶", "info"),
    "assigned": ("◐", "info"),
    "picked_up": ("◑", "info"),
    "out_for_delivery": ("▶", "info"),
    "delivered": ("✓", "ok"),
    "completed": ("✓", "ok"),
    "complete": ("✓", "ok"),
    "done": ("✓", "ok"),
    "failed": ("✗", "crit"),
    "error": ("✗", "crit"),
    "cancelled": ("⊘", "dim"),
    "quarantined": ("⊗", "bad"),
    "available": ("●", "ok"),
    "busy": ("▶", "info"),
    "offline": ("■", "dim"),
    "on_break": ("◌", "dim"),
    "calibrated": ("✓", "ok"),
    "uncalibrated": ("◌", "dim"),
    "stale": ("◌", "warn"),
    "no_data": ("·", "dim"),
    "stopped": ("■", "dim"),
    "stop": ("■", "dim"),
    "start": ("▶", "info"),
    "idle": ("●", "ok"),
    "waiting": ("●", "ok"),
    "never": ("·", "dim"),
    "paused": ("◌", "warn"),
    "ok": ("●", "ok"),
    "healthy": ("●", "ok"),
    "late": ("▲", "warn"),
    "overdue": ("▲", "warn"),
    "degraded": ("▲", "warn"),
    "unhealthy": ("✗", "crit"),
    "down": ("✗", "crit"),
}

GRADES: Final[dict[str, str]] = {"excellent": "ok", "good": "ok", "fair": "warn", "poor": "bad"}

CURSOR: Final = "▌"
MARKED: Final = "◆"
PENDING: Final = "◍"


def level(word: str) -> Mark:
    """Glyph and role of a severity or a risk band, in any spelling case."""
    return LEVELS.get(word.lower(), _UNKNOWN)


def state(word: str) -> Mark:
    """Glyph and role of a state word."""
    return STATES.get(word.lower(), _UNKNOWN)


def grade(word: str | None) -> str:
    """Role of a grade word."""
    return GRADES.get((word or "").lower(), "dim")
