"""The course of a rating: a braille line over the band in which the next reading is expected."""

from __future__ import annotations

from datetime import datetime

from textual.strip import Strip
from textual.widget import Widget

from console.tui.look.palette import DARK, PALETTES
from console.tui.look.plot import Curve, band_plot
from console.tui.look.spans import Span, justify, strip
from console.tui.look.theme import style


class PlotView(Widget, inherit_bindings=False):
    """A title rule, the plot, and the dates at its ends."""

    DEFAULT_CSS = "PlotView { width: 1fr; height: 1fr; background: $aoer-base; }"

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.curve = Curve(())
        self.ends: tuple[datetime, datetime] | None = None
        self.reason = "connecting…"
        self._lines: list[list[Span]] = []

    def show_curve(self, curve: Curve, ends: tuple[datetime, datetime] | None, reason: str) -> None:
        """Draw this; `reason` stands there when there is nothing to draw."""
        self.curve, self.ends, self.reason = curve, ends, reason
        self._lines = []
        self.refresh()

    def on_resize(self) -> None:
        """Draw anew."""
        self._lines = []

    def _composed(self) -> list[list[Span]]:
        width, height = self.size.width, self.size.height
        title: list[Span] = [("─ ", "rule"), ("History", "accent"), (" score and its interval ", "dim")]
        rule = [*title, ("─" * max(0, width - 34), "rule")]
        if not any(v is not None for v in self.curve.values):
            return [rule, [("  " + self.reason, "dim")]]
        lines = [rule, *band_plot(self.curve, width, max(1, height - 2))]
        if self.ends is not None:
            first, last = (at.astimezone().strftime("%d %b %H:%M %Z") for at in self.ends)
            lines.append(justify([("     " + first, "dim")], [(last, "dim")], width))
        return lines

    def render_line(self, y: int) -> Strip:
        """One line."""
        if not self._lines:
            self._lines = self._composed()
        name = self.app.theme if self.app.theme in PALETTES else DARK.name
        spans = self._lines[y] if y < len(self._lines) else []
        return strip(spans, self.size.width, lambda role: style(name, role, "base"))
