"""A tenant: what its rating is made of, how it went, and how far it can be trusted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from textual.widget import Widget

from console.feed.details import TenantDetail
from console.tui.look.plot import Curve, bar
from console.tui.look.spans import Span, wrap
from console.tui.look.words import number
from console.tui.screens.detail import DetailScreen
from console.tui.screens.details import heading
from console.tui.widgets.deck import Deck, Page
from console.tui.widgets.facts import Facts
from console.tui.widgets.plot_view import PlotView

_HIDE = frozenset({"id", "key", "tenant_id", "version", "row_version", "metrics", "reason", "tenant"})
_FIRST = ("name", "aoer_score", "score", "grade", "change", "risk_band", "visibility_risk", "risk", "status")


class TenantScreen(DetailScreen):
    """History with its interval, contributions, and the tables behind them."""

    scope: ClassVar[str | None] = "tenant"
    heading: ClassVar[str] = "Tenant"
    DEFAULT_CSS = "TenantScreen PlotView { height: 48%; min-height: 7; }"

    def compose_main(self) -> list[Widget]:
        """Plot over the deck."""
        return [PlotView(id="plot"), Deck(self.console.now)]

    async def read(self) -> TenantDetail:
        """Ask the feed."""
        assert self.console.feed is not None
        return await self.console.feed.tenant(self.key)

    def take(self, detail: TenantDetail) -> None:
        """Show it."""
        cells = detail.record.cells
        name = str(cells.get("name") or cells.get("tenant") or "tenant")
        self.crumbs = f"tenant › {name}"
        facts = self.query_one(Facts)
        facts.label = name
        facts.first, facts.hide = _FIRST, _HIDE
        facts.extra = lambda width: _explanation(detail, width)
        facts.show_record(detail.record)
        history = detail.history
        curve = Curve([p.score for p in history], [p.low for p in history], [p.high for p in history])
        ends = (history[0].at, history[-1].at) if history else None
        self.query_one(PlotView).show_curve(curve, ends, str(cells.get("reason") or "No rating has been computed yet."))
        self.query_one(Deck).show_pages(
            [
                Page("Jobs", detail.jobs, "job", ("status", "priority"), "No jobs; r queues a recompute."),
                Page("Failures", detail.failures, empty="No failed attempts."),
                Page("Queries", detail.queries, first=("query",), empty="No queries imported for this tenant."),
                Page("Signals", detail.signals, first=("date",), empty="No signals imported for this tenant."),
                Page(
                    "Audit",
                    detail.audit,
                    first=("at", "os_user", "action", "object", "change", "reason"),
                    empty="No changes by people yet.",
                ),
            ]
        )
        self.show_status()


def _explanation(detail: TenantDetail, width: int) -> Sequence[Sequence[Span]]:
    cells: Any = detail.record.cells
    lines: list[list[Span]] = []
    if cells.get("reason"):
        lines += [[], heading("Why there is no rating" if cells.get("score") is None else "Note")]
        lines += [[(line, "text")] for line in wrap(str(cells["reason"]), width)]
    if detail.contributions:
        lines += [[], heading("What the score is made of")]
        if detail.level is not None:
            lines.append([("level".ljust(12), "dim"), (number(detail.level).rjust(6), "text")])
        largest = max(abs(points) for _, points in detail.contributions) or 1.0
        room = max(4, min(20, width - 22))
        for signal, points in sorted(detail.contributions, key=lambda part: -abs(part[1])):
            filled, _ = bar(abs(points) / largest, room)
            sign, role = ("+", "ok") if points >= 0 else ("−", "bad")
            amount = f"{sign}{abs(points):.1f}"
            lines.append([(signal[:11].ljust(12), "dim"), (amount.rjust(6), role), ("  ", "text"), (filled, "chart")])
        lines += [
            [],
            *(
                [(line, "dim")]
                for line in wrap("Associated with the score; not a promise of what a change will do.", width)
            ),
        ]
    return lines
