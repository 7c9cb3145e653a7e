"""The title rule of a pane, and the text that stands in for rows where there are none.

Heavy rule and bright title = focused; light rule = not. What the operator must know stands at the right: how stale the
rows are, how many wait, the filter, the marks, the place in a long list.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from console.tui.look.spans import Span, clip, length, plain, wrap

if TYPE_CHECKING:
    from console.tui.widgets.live_view import LiveView


def title_line(view: LiveView[Any], width: int) -> list[Span]:
    """The rule with number, title and summary at the left and notices at the right."""
    focused = view.has_focus
    rule, role = ("━", "rule_focus") if focused else ("─", "rule")
    left: list[Span] = [(rule, role)]
    if view.number is not None:
        left.append((f" {view.number}", "key"))
    left += [(f" {view.label} ", "title" if focused else "accent"), *view.summary]
    if view.summary:
        left.append((" ", "text"))
    right = _notices(view)
    gap = width - length(left) - length(right) - 1
    if gap < 0:
        return [*clip(left, max(0, width - length(right))), *right]
    return [*left, (rule * gap, role), *right, (rule, role)]


def _notices(view: LiveView[Any]) -> list[Span]:
    parts: list[Span] = []
    if view.stale:
        parts.append((view.stale, "warn"))
    if view.model.waiting:
        parts.append((f"{view.model.waiting} new", "info"))
    if view.filter_text:
        parts.append((f"/{plain(view.filter_text)}", "key"))
    if view.model.marks:
        parts.append((f"◆ {len(view.model.marks)} marked", "mark"))
    if view.lines > view.room:
        parts.append((view.place_text(), "dim"))
    spans: list[Span] = []
    for text, role in parts:
        spans += [(" · " if spans else " ", "dim"), (text, role)]
    return [*spans, (" ", "dim")] if spans else []


def message_line(view: LiveView[Any], y: int, width: int) -> list[Span]:
    """Line `y` of what is said instead of rows: an error, "connecting…", or what to do next."""
    if view.error:
        text, role = f"✗ {view.error}", "bad"
    elif view.connecting:
        text, role = "not connected" if getattr(view.app, "trouble", "") else "connecting…", "dim"
    elif view.filter_text and view.model.held:
        text, role = f"No row matches “{view.filter_text}”. Press escape to clear the filter.", "dim"
    else:
        text, role = view.empty, "dim"
    lines = wrap(text, max(8, width - 4), limit=max(1, view.body))
    return [("  ", "text"), (lines[y] if y < len(lines) else "", role)]
