"""Plots in characters: sparklines, bars, and a braille line with an interval band. Pure: numbers in, spans out."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from console.tui.look.spans import Span

_EIGHTHS: Final = " ▁▂▃▄▅▆▇█"
_LEFT_EIGHTHS: Final = " ▏▎▍▌▋▊▉█"
# Bits of a braille cell, [column][row], rows from the top (Unicode block "Braille Patterns").
_DOTS: Final = ((0x01, 0x02, 0x04, 0x40), (0x08, 0x10, 0x20, 0x80))
_MISSING: Final = "·"


def resample(values: Sequence[float | None], width: int) -> list[float | None]:
    """The last `width` values, or bucket means where there are more; None where a bucket holds none."""
    if len(values) <= width:
        return list(values)
    out: list[float | None] = []
    for i in range(width):
        bucket = [v for v in values[i * len(values) // width : (i + 1) * len(values) // width] if v is not None]
        out.append(sum(bucket) / len(bucket) if bucket else None)
    return out


def sparkline(
    values: Sequence[float | None],
    width: int,
    *,
    low: float | None = None,
    high: float | None = None,
    least: float = 0.0,
) -> str:
    """One line of block characters, newest at the right edge, `width` cells; missing values are dots. The height stands
    for `least` units or more: what hardly moves shall not look as if it leapt."""
    points = resample(values, width)
    known = [p for p in points if p is not None]
    if len(known) < 2:
        return " " * width  # one point is no course
    floor = min(known) if low is None else low
    span = (max(known) if high is None else high) - floor
    if low is None and 0 < span < least:
        floor, span = floor - (least - span) / 2, least
    flat = 4 if low is None else 1  # all alike: in the middle, or on the ground where the ground is given

    def step(point: float) -> int:
        return 1 + round(7 * min(1.0, max(0.0, (point - floor) / span))) if span > 0 else flat

    cells = [_MISSING if p is None else _EIGHTHS[step(p)] for p in points]
    return "".join(cells).rjust(width)


def bar(fraction: float, width: int) -> tuple[str, str]:
    """(filled, empty) parts of a horizontal bar of `width` cells with eighth steps; fraction 0..1."""
    eighths = round(min(1.0, max(0.0, fraction)) * width * 8)
    if fraction > 0 and eighths == 0:
        eighths = 1
    full, rest = divmod(eighths, 8)
    filled = "█" * full + (_LEFT_EIGHTHS[rest] if rest else "")
    return filled, " " * (width - len(filled))


def columns(values: Sequence[float | None], width: int, height: int, *, high: float | None = None) -> list[str]:
    """A column chart from zero, `height` lines of `width` cells, newest at the right edge."""
    points = resample(values, width)
    top = high if high else max((p for p in points if p is not None), default=0.0)
    lines = []
    for row in range(height - 1, -1, -1):
        cells = []
        for p in points:
            eighths = 0.0 if p is None or top <= 0 else p / top * height * 8
            step = min(8, max(0, round(eighths - row * 8)))
            if row == 0 and p is not None and p > 0:
                step = max(1, step)
            cells.append(_EIGHTHS[step])
        lines.append("".join(cells).rjust(width))
    return lines


@dataclass(frozen=True, slots=True)
class Curve:
    """Points of a line, oldest first; `low`/`high` are the interval at each point. None leaves a gap."""

    values: Sequence[float | None]
    low: Sequence[float | None] = ()
    high: Sequence[float | None] = ()


def bounds(curve: Curve) -> tuple[float, float]:
    """The value range that shows the whole curve with a little air, at least 2 wide."""
    known = [v for series in (curve.values, curve.low, curve.high) for v in series if v is not None]
    if not known:
        return 0.0, 100.0
    low, high = min(known), max(known)
    air = max(1.0, (high - low) * 0.08)
    return low - air, high + air


def _paint_line(points: Sequence[float | None], low: float, high: float, width: int, height: int) -> list[list[int]]:
    grid = [[0] * width for _ in range(height)]
    dots_high = height * 4 - 1
    last: tuple[int, int] | None = None
    for x, point in enumerate(points):
        if point is None:
            last = None
            continue
        y = round((high - point) / (high - low) * dots_high)
        y = min(dots_high, max(0, y))
        column = [y] if last is None else range(min(y, last[1]), max(y, last[1]) + 1)
        for dot in column:
            grid[dot // 4][x // 2] |= _DOTS[x % 2][dot % 4]
        last = (x, y)
    return grid


def _stretch(values: Sequence[float | None], width: int) -> list[float | None]:
    """Linear interpolation of known neighbours onto `width` samples."""
    if not values:
        return [None] * width
    if len(values) == 1:
        return [values[0]] * width
    out: list[float | None] = []
    for i in range(width):
        place = i * (len(values) - 1) / max(1, width - 1)
        left = int(place)
        one, two = values[left], values[min(left + 1, len(values) - 1)]
        if one is None or two is None:
            out.append(one if place - left < 0.5 else two)
        else:
            out.append(one + (two - one) * (place - left))
    return out


def band_plot(curve: Curve, width: int, height: int) -> list[list[Span]]:
    """The curve in braille over its interval band (a shaded background), with a value axis at the left.

    Returns `height` lines of `width` cells; roles "dim" axis, "plot" line, "plot_band" line over the interval.
    """
    low, high = bounds(curve)
    labels = [""] * height
    digits = 0 if high - low >= height else 1
    for row, shown in ((0, high), (height // 2, (low + high) / 2), (height - 1, low)):
        labels[row] = f"{shown:.{digits}f}"
    axis = max(map(len, labels)) + 1
    inner = max(1, width - axis - 1)
    grid = _paint_line(_stretch(curve.values, inner * 2), low, high, inner, height)
    bottoms, tops = _stretch(curve.low, inner), _stretch(curve.high, inner)
    lines: list[list[Span]] = []
    for row in range(height):
        upper = high - (high - low) * row / height
        lower = high - (high - low) * (row + 1) / height
        spans: list[Span] = [(labels[row].rjust(axis) + "│", "dim")]
        for x in range(inner):
            bottom, top = bottoms[x], tops[x]
            inside = bottom is not None and top is not None and bottom < upper and top > lower
            dots = grid[row][x]
            spans.append((chr(0x2800 + dots) if dots else " ", "plot_band" if inside else "plot"))
        lines.append(_merge(spans))
    return lines


def _merge(spans: Sequence[Span]) -> list[Span]:
    merged: list[Span] = []
    for text, role in spans:
        if merged and merged[-1][1] == role:
            merged[-1] = (merged[-1][0] + text, role)
        else:
            merged.append((text, role))
    return merged
