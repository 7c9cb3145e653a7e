"""The catalogue of everything a key can do: the terminal's own bindings and the registry's verbs."""

from functools import cache

from console.actions.registry import all_actions
from console.tui.keys import EVERYWHERE, LIST, MAP, Command, commands_for, commands_of


@cache
def all_commands() -> tuple[Command, ...]:
    """Every command with its default keys, in the order of the help screen."""
    from console.tui.app import ConsoleApp
    from console.tui.map.view import MapView
    from console.tui.screens.base import ConsoleScreen
    from console.tui.screens.overview import OverviewScreen
    from console.tui.widgets.deck import Deck
    from console.tui.widgets.live_table import LiveTable
    from console.tui.widgets.live_view import LiveView

    return (
        *commands_for(all_actions()),
        *commands_of(LiveView.BINDINGS, LIST),
        *commands_of(LiveTable.__dict__["BINDINGS"], LIST),
        *commands_of(Deck.__dict__["BINDINGS"], "deck"),
        *commands_of(MapView.__dict__["BINDINGS"], MAP),
        *commands_of(ConsoleScreen.BINDINGS, EVERYWHERE),
        *commands_of(OverviewScreen.__dict__["BINDINGS"], "overview"),
        *commands_of(ConsoleApp.BINDINGS, EVERYWHERE),
    )
