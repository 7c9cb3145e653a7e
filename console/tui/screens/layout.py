"""Where the panes of the overview stand, for any size: pure arithmetic, so that it can be tested without a terminal."""

from dataclasses import dataclass
from typing import Final

PANES: Final = ("queue", "ratings", "alerts", "incidents", "generation")


@dataclass(frozen=True, slots=True)
class Box:
    """Place of one pane in cells."""

    x: int
    y: int
    width: int
    height: int


def arrange(width: int, height: int, zoomed: str | None = None) -> dict[str, Box]:
    """Boxes of the panes that are shown in a body of `width` x `height` cells.

    One pane fills the body when it is zoomed or when there is no room for more; below 140 columns the alerts get a
    band of their own, above it five panes stand in two bands with the tiles in the middle of attention.
    """
    if zoomed is not None:
        return {zoomed: Box(0, 0, width, height)}
    if width < 64 or height < 17:
        return _stacked(width, height)
    return _narrow(width, height) if width < 140 else _wide(width, height)


def _stacked(width: int, height: int) -> dict[str, Box]:
    """Too small for five: ratings over alerts, or alerts alone."""
    if height < 12:
        return {"alerts": Box(0, 0, width, height)}
    upper = height // 2
    return {"ratings": Box(0, 0, width, upper), "alerts": Box(0, upper, width, height - upper)}


def _narrow(width: int, height: int) -> dict[str, Box]:
    left = max(34, width * 36 // 100)
    top = max(7, min(14, height * 36 // 100))
    bottom = max(6, min(10, height * 25 // 100))
    middle = height - top - bottom
    half = width * 53 // 100
    return {
        "queue": Box(0, 0, left, top),
        "ratings": Box(left + 1, 0, width - left - 1, top),
        "alerts": Box(0, top, width, middle),
        "incidents": Box(0, top + middle, half, bottom),
        "generation": Box(half + 1, top + middle, width - half - 1, bottom),
    }


def _wide(width: int, height: int) -> dict[str, Box]:
    left = min(72, width * 31 // 100)
    right = width - left - 1
    top = max(12, height * 52 // 100)
    queue = min(top - 6, max(8, top * 54 // 100))
    bottom = height - top
    alerts = (width - 1) * 58 // 100
    return {
        "queue": Box(0, 0, left, queue),
        "ratings": Box(left + 1, 0, right, top),
        "alerts": Box(0, top, alerts, bottom),
        "incidents": Box(alerts + 1, top, width - alerts - 1, bottom),
        "generation": Box(0, queue, left, top - queue),
    }
