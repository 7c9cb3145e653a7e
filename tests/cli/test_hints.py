"""Whatever a message tells people to type exists."""

import re
from pathlib import Path

from console.cli.completion import words_of
from console.cli.nouns import NOUNS, available
from console.cli.parser import build

CONSOLE = Path(__file__).resolve().parents[2] / "console"
_COMMAND = re.compile(r"aoer-console((?: +(?:--)?[a-z][a-z-]*)+)")


def test_commands_in_hints_exist() -> None:
    tree = dict(words_of(build("*")))
    wrong: list[str] = []
    for file in sorted(CONSOLE.rglob("*.py")):
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
            if "aoer-console " not in line or '"' not in line:
                continue
            for match in _COMMAND.finditer(line):
                complaint = _wrong(match[1].split(), tree)
                if complaint:
                    wrong.append(f"{file.relative_to(CONSOLE)}:{number}: {complaint}")
    assert not wrong, "\n".join(wrong)


def _wrong(words: list[str], tree: dict[str, list[tuple[str, str]]]) -> str:
    """Follow the words down the tree; flags must exist where they stand, prose may follow a complete command."""
    path = ""
    for word in words:
        known = {name for name, _ in tree[path]}
        if word.startswith("--"):
            if word not in known:
                return f"no flag {word} after 'aoer-console {path}'"
        elif f"{path} {word}".strip() in tree:
            path = f"{path} {word}".strip()
        elif not path and word in NOUNS and word not in available():
            return ""  # its room has not been built
        elif any(name.startswith(path + " " if path else "") and name != path for name in tree if name):
            verbs = {name for name, _ in tree[path] if not name.startswith("-")}
            return f"no {word!r} after 'aoer-console {path}'" if verbs else ""
    return ""
