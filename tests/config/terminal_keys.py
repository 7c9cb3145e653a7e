"""Write console/config/terminal_keys.py anew from the terminal: python -m tests.config.terminal_keys"""

import json
import sys
from pathlib import Path

from console.actions.registry import all_actions

HEAD = '''"""The terminal's own commands as data, so that settings can be checked without loading it.

A test compares them. Written by: python -m tests.config.terminal_keys
"""

from typing import Final

TERMINAL_KEYS: Final = (
'''
FOOT = ''')
"""(id, default keys, title, place)"""
'''


def text() -> str:
    """The module as it should be."""
    from console.tui.commands import all_commands

    verbs = {action.id for action in all_actions()}
    rows = [(one.id, ",".join(one.keys), one.title, one.place) for one in all_commands() if one.id not in verbs]
    lines = [f"    ({', '.join(json.dumps(part) for part in row)}),\n" for row in rows]
    return HEAD + "".join(lines) + FOOT


if __name__ == "__main__":
    module = Path(__file__).resolve().parents[2] / "console" / "config" / "terminal_keys.py"
    module.write_text(text(), encoding="utf-8")
    sys.stdout.write(f"{module} is written\n")
