"""Text with roles, cut and padded to cells: the only way from data to the screen.

A span is (text, role). Nothing here reads markup: whatever the database holds is drawn as the characters it is, without
the ones that steer terminals or reorder lines.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import Final

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from console.domain.text import clean

Span = tuple[str, str]
Spans = Sequence[Span]
Paint = Callable[[str], Style]

ELLIPSIS: Final = "…"
# Joiners and variation selectors change the width of what is before them in some terminals and not in others.
_UNSTEADY: Final = re.compile("[\u00ad\u034f\u061c\u180e\u200c\u200d\ufe00-\ufe0f\U000e0000-\U000e01ef]")


@lru_cache(maxsize=4096)
def plain(text: str) -> str:
    """`text` as one line of characters whose width every terminal agrees on: no controls, no bidi marks, no joiners."""
    if text.isascii() and text.isprintable():
        return text
    return _UNSTEADY.sub("", clean(text))


def width_of(text: str) -> int:
    """Cells `text` takes."""
    return len(text) if text.isascii() else cell_len(text)


def cut(text: str, width: int, *, end: str = ELLIPSIS) -> str:
    """`text` in at most `width` cells, with an ellipsis where something was left out."""
    if width_of(text) <= width:
        return text
    if width <= 1:
        return end if width == 1 else ""
    return set_cell_size(text, width - 1).rstrip() + end


def fit(text: str, width: int, *, right: bool = False) -> str:
    """`text` in exactly `width` cells."""
    shown = cut(plain(text), width)
    gap = " " * (width - width_of(shown))
    return gap + shown if right else shown + gap


def length(spans: Iterable[Span]) -> int:
    """Cells all spans take."""
    return sum(width_of(text) for text, _ in spans)


def clip(spans: Spans, width: int) -> list[Span]:
    """The spans in exactly `width` cells: cut at the end or padded with blanks."""
    out: list[Span] = []
    left = width
    for text, role in spans:
        if left <= 0:
            break
        shown = plain(text)
        size = width_of(shown)
        if size > left:
            shown = cut(shown, left)
            out.append((shown, role))
            left -= width_of(shown)
            break  # what is left over is a blank at most: no second ellipsis
        out.append((shown, role))
        left -= size
    if left > 0:
        out.append((" " * left, "text"))
    return out


def justify(left: Spans, right: Spans, width: int) -> list[Span]:
    """`left` at the left and `right` at the right edge; the left side gives way."""
    tail = clip(right, min(width, length((plain(t), r) for t, r in right)))
    return [*clip(left, width - length(tail)), *tail]


def strip(spans: Spans, width: int, paint: Paint) -> Strip:
    """One line of the screen, exactly `width` cells.

    Blanks join the text before them where that looks the same: fewer changes of style, fewer bytes to the terminal.
    """
    texts: list[str] = []
    styles: list[Style] = []
    for text, role in clip(spans, width):
        style = paint(role)
        if styles and (styles[-1] is style or (text.isspace() and _looks_the_same(styles[-1], style))):
            texts[-1] += text
        else:
            texts.append(text)
            styles.append(style)
    return Strip([Segment(text, style) for text, style in zip(texts, styles, strict=True)], width)


def _looks_the_same(before: Style, blank: Style) -> bool:
    return before.bgcolor == blank.bgcolor and not before.underline and not before.strike


def _pieces(word: str, width: int) -> list[str]:
    pieces, piece, size = [], "", 0
    for char in word:
        cells = width_of(char)
        if size + cells > width:
            pieces.append(piece)
            piece, size = "", 0
        piece += char
        size += cells
    return [*pieces, piece]


def wrap(text: str, width: int, *, limit: int = 200) -> list[str]:
    """Words of `text` in lines of at most `width` cells (2 at least); line breaks of the text are kept."""
    width = max(2, width)
    lines: list[str] = []
    for paragraph in text.replace("\r\n", "\n").split("\n"):
        line = ""
        for word in plain(paragraph).split(" "):
            joined = f"{line} {word}" if line else word
            if width_of(joined) <= width:
                line = joined
                continue
            if line:
                lines.append(line)
            *full, line = _pieces(word, width)
            lines += full
        lines.append(line)
        if len(lines) >= limit:
            break
    return lines[:limit]
