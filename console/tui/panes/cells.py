"""Cells that many tables share: levels, states, ages, long texts."""

from datetime import datetime
from typing import Any

from console.tui.look.glyphs import RANK, level, state
from console.tui.look.spans import Span
from console.tui.look.words import NONE, since, until

_FAR_SECONDS = 30 * 86400


def level_cell(word: str) -> list[Span]:
    """A severity: bar and word."""
    glyph, role = level(word)
    return [(glyph, role), (f" {word.lower()}", role)]


def state_cell(word: str) -> list[Span]:
    """A state: shape and word."""
    glyph, role = state(word)
    return [(glyph, role), (f" {word.replace('_', ' ')}", role)]


def age_cell(at: datetime | None, now: datetime | None) -> Span:
    """How long ago."""
    return since(at, now), "dim"


def moment_cell(at: datetime | None, now: datetime | None) -> Span:
    """A moment of any kind: how long ago, how long until, or the day when that is far away."""
    if at is None or now is None:
        return NONE, "dim"
    away = (at - now).total_seconds()
    if abs(away) > _FAR_SECONDS:
        return at.astimezone().strftime("%Y-%m-%d"), "dim"
    return (until(at, now), "text") if away > 0 else (since(at, now), "dim")


def text_cell(text: str | None, role: str = "text") -> Span:
    """Text of the database, or a dash."""
    return (text, role) if text else (NONE, "dim")


def severity_rank(word: str) -> int:
    """0 for the worst; unknown words last."""
    return RANK.get(word.lower(), 9)


def newest_first(at: datetime | None) -> float | None:
    """Sort value that puts the newest first in ascending order."""
    return None if at is None else -at.timestamp()


def kind_title(word: str) -> str:
    """ "SLA_BREACH" -> "sla breach"."""
    return word.replace("_", " ").lower()


def any_text(value: Any) -> str:
    """Sort value of a free value."""
    return str(value).casefold()
