"""Cells that many tables share: levels, states, ages, long texts."""

from datetime import datetime
from typing import Any

from console.tui.look.glyphs import RANK, level, state
from console.tui.look.spans import Span
from console.tui.look.words import NONE, since


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
