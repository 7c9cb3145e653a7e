"""The terminal's own commands as data, so that settings can be checked without loading it.

A test compares them. Written by: python -m tests.config.terminal_keys
"""

from typing import Final

TERMINAL_KEYS: Final = (
    ("list.up", "up,k", "Up", "list"),
    ("list.down", "down,j", "Down", "list"),
    ("list.left", "left", "Left", "list"),
    ("list.right", "right", "Right", "list"),
    ("list.page_up", "pageup,ctrl+u", "Page up", "list"),
    ("list.page_down", "pagedown,ctrl+d", "Page down", "list"),
    ("list.first", "home,g", "First", "list"),
    ("list.last", "end,G", "Last", "list"),
    ("list.mark", "space", "Mark", "list"),
    ("list.mark_range", "v", "Mark range", "list"),
    ("list.mark_all", "asterisk", "Mark all", "list"),
    ("list.open", "enter", "Open", "list"),
    ("list.sort_next", "greater_than_sign", "Sort by next column", "list"),
    ("list.sort_previous", "less_than_sign", "Sort by previous column", "list"),
    ("list.sort_turn", "equals_sign", "Turn the order round", "list"),
    ("screen.next", "tab", "Next pane", "everywhere"),
    ("screen.previous", "shift+tab", "Previous pane", "everywhere"),
    ("screen.filter", "slash", "Filter", "everywhere"),
    ("screen.back", "escape", "Back", "everywhere"),
    ("screen.copy", "y", "Copy row", "everywhere"),
    ("screen.export", "e", "Export list", "everywhere"),
    ("screen.columns", "c", "Columns", "everywhere"),
    ("overview.pane_1", "1", "Queue", "overview"),
    ("overview.pane_2", "2", "Ratings", "overview"),
    ("overview.pane_3", "3", "Alerts", "overview"),
    ("overview.pane_4", "4", "Incidents", "overview"),
    ("overview.pane_5", "5", "Generation", "overview"),
    ("overview.engines", "6", "Engines", "overview"),
    ("overview.zoom", "0", "Zoom", "overview"),
    ("app.quit", "q,ctrl+c", "Quit", "everywhere"),
    ("app.help", "question_mark,f1", "Help", "everywhere"),
    ("app.command", "colon", "Command line", "everywhere"),
    ("app.palette", "ctrl+p", "Palette", "everywhere"),
    ("app.undo", "z", "Undo", "everywhere"),
    ("app.pause", "p", "Pause", "everywhere"),
    ("app.refresh", "R,f5", "Read again now", "everywhere"),
    ("app.faster", "plus", "Poll more often", "everywhere"),
    ("app.slower", "minus", "Poll less often", "everywhere"),
    ("app.theme", "T", "Next theme", "everywhere"),
    ("app.log", "L", "Command log", "everywhere"),
)
"""(id, default keys, title, place)"""
