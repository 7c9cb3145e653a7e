"""The tables of README.md, made from the parser and the key catalogue: python -m tests.cli.readme_tables"""

import argparse
import re
import sys
from pathlib import Path

from console.cli.nouns import available
from console.cli.parser import EXIT_CODES, build
from console.config.keys import bindings
from console.config.settings import SECTIONS

README = Path(__file__).resolve().parents[2] / "README.md"
_SIGNS = {
    "question_mark": "?", "colon": ":", "slash": "/", "plus": "+", "minus": "-", "equals_sign": "=", "asterisk": "*",
    "exclamation_mark": "!", "greater_than_sign": ">", "less_than_sign": "<", "comma": ",", "full_stop": ".",
    "left_parenthesis": "(", "right_parenthesis": ")", "left_square_bracket": "[", "right_square_bracket": "]",
}  # fmt: skip


def tables() -> dict[str, str]:
    """Marker name to the text that belongs between its markers."""
    return {"verbs": verbs(), "keys": keys(), "exit codes": exit_codes(), "sections": sections()}


def verbs() -> str:
    """A row a noun: its verbs and what it is for."""
    parser = build("*")
    nested = next(action for action in parser._actions if isinstance(action, argparse._SubParsersAction))
    rows = ["| noun | verbs | for |", "|---|---|---|"]
    for name, noun in available().items():
        names: list[str] = []
        for action in nested.choices[name]._actions:
            if isinstance(action, argparse._SubParsersAction):
                names += action.choices
        rows.append(f"| `{name}` | {', '.join(names)} | {noun.help} |")
    return "\n".join(rows)


def keys() -> str:
    """A row a place: its keys and commands."""
    places: dict[str, list[str]] = {}
    for one in bindings().values():
        if one.keys:
            shown = " ".join(f"`{_SIGNS.get(key, key)}`" for key in one.keys)
            places.setdefault(one.place, []).append(f"{shown} {one.title.lower()}")
    rows = ["| where | keys |", "|---|---|"]
    rows += [f"| {place} | {', '.join(found)} |" for place, found in places.items()]
    return "\n".join(rows)


def exit_codes() -> str:
    """The list that --help prints."""
    found = re.findall(r"(?:^|\s{2,})(\d+)  (\S.*?)(?=\s{2,}|$)", EXIT_CODES, re.MULTILINE)
    rows = ["| code | meaning |", "|---|---|"]
    return "\n".join(rows + [f"| {code} | {words} |" for code, words in sorted(found, key=lambda row: int(row[0]))])


def sections() -> str:
    """What each section of config.toml is about."""
    rows = ["| section | about |", "|---|---|"]
    return "\n".join(rows + [f"| `[{name}]` | {kind.TITLE} |" for name, kind in SECTIONS.items()])


def filled(text: str) -> str:
    """`text` with every table between its markers replaced."""
    for name, table in tables().items():
        start, end = f"<!-- {name} -->", f"<!-- end of {name} -->"
        head, _, rest = text.partition(start)
        tail = rest.partition(end)[2]
        if not rest or end not in rest:
            raise SystemExit(f"README.md has no markers {start} ... {end}")
        text = f"{head}{start}\n{table}\n{end}{tail}"
    return text


if __name__ == "__main__":
    README.write_text(filled(README.read_text(encoding="utf-8")), encoding="utf-8")
    sys.stdout.write("README.md is filled\n")
