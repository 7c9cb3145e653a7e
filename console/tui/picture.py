"""The screen as an SVG that every renderer draws alike."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING, Final

from rich.cells import cell_len

if TYPE_CHECKING:
    from console.tui.app import ConsoleApp

_CELL: Final = 12.2
_TEXT: Final = re.compile(r'(<text[^>]* x=")([\d.]+)(" y="[^"]*" textLength=")[\d.]+("[^>]*>)([^<]*)(</text>)')
# Words, lines and bars; any other sign alone, because it comes from a font whose widths are others.
_PIECE: Final = re.compile(r"(?:&#160;| )+|(?:[!-%'-~\u2500-\u259f]|&(?!#160;)\w+;|&#\d+;(?<!&#160;))+|.")


def portable(svg: str) -> str:
    """Put every word and every sign at its own cell: some renderers swallow blanks, and all take what the monospaced
    font lacks (braille, arrows) from another one. Names common fonts."""

    def place(match: re.Match[str]) -> str:
        column, out = 0, ""
        for piece in _PIECE.findall(match[5]):
            text = html.unescape(piece)
            cells = cell_len(text.replace("\xa0", " "))
            if text.strip("\xa0 "):
                x = float(match[2]) + column * _CELL
                out += f"{match[1]}{x:g}{match[3]}{cells * _CELL:g}{match[4]}{piece}{match[6]}"
            column += cells
        return out

    fonts = "font-family: Fira Code, DejaVu Sans Mono, monospace"
    return re.sub(r"font-family: Fira Code, monospace", fonts, _TEXT.sub(place, svg))


def picture(app: ConsoleApp) -> str:
    """The present screen."""
    return portable(app.export_screenshot(title="aoer-console"))
