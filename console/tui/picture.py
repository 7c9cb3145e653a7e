"""The screen as an SVG that every renderer draws alike."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from console.tui.app import ConsoleApp

_CELL: Final = 12.2
_INDENTED: Final = re.compile(r'(<text[^>]* x=")([\d.]+)(" y="[^"]*" textLength=")([\d.]+)("[^>]*>)((?:&#160;)+)')


def portable(svg: str) -> str:
    """Move leading blanks of each text into its x coordinate, since some renderers swallow them; name common fonts."""

    def shift(match: re.Match[str]) -> str:
        cells = match[6].count("&#160;")
        x = float(match[2]) + cells * _CELL
        length = max(_CELL, float(match[4]) - cells * _CELL)
        return f"{match[1]}{x:g}{match[3]}{length:g}{match[5]}"

    fonts = "font-family: Fira Code, DejaVu Sans Mono, monospace"
    return re.sub(r"font-family: Fira Code, monospace", fonts, _INDENTED.sub(shift, svg))


def picture(app: ConsoleApp) -> str:
    """The present screen."""
    return portable(app.export_screenshot(title="aoer-console"))
