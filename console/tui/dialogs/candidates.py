"""Parameters whose choices live in the database: the driver for an order, a tenant."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from console.actions.model import Action, Param, Scope, Target
from console.errors import ConsoleError
from console.feed.model import Record, Section
from console.feed.ports import FeedPort
from console.tui.dialogs.choose import Choose
from console.tui.panes.records import columns_for

if TYPE_CHECKING:
    from console.tui.app import ConsoleApp

_FIRST = ("name", "fits", "distance_km", "active", "capacity", "status", "on_time_rate", "caution", "reason")


async def _candidates(feed: FeedPort, param: Param, targets: Sequence[Target]) -> Section[Record]:
    if param.choices == "drivers" and targets and targets[0].scope is Scope.ORDER:
        return await feed.candidates(targets[0].key)
    if param.choices == "drivers":
        return await feed.drivers()
    return await feed.tenants()


async def pick(app: ConsoleApp, action: Action, param: Param, targets: Sequence[Target]) -> str | None:
    """Key of the chosen row, or None when nothing was chosen or the list could not be read."""
    if app.feed is None:
        return None
    try:
        section = await _candidates(app.feed, param, targets)
    except ConsoleError as error:
        app.say_error(error)
        return None
    if section.error:
        app.say([("✗ ", "bad"), (section.error, "text")])
        return None
    rows = section.rows
    what = targets[0].label if len(targets) == 1 else f"{len(targets)} rows"
    row = await app.ask(
        Choose(
            f"{action.title} {what}: choose a {param.name}",
            rows,
            details=param.help,
            columns=columns_for(rows, _FIRST),
            empty=f"No {param.choices} can be chosen now.",
        )
    )
    return None if row is None else row.key
