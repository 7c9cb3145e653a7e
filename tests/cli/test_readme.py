"""README.md says what the program says."""

import re
import tomllib

from console.cli.completion import words_of
from console.cli.parser import build
from console.config.source import parse
from tests.cli.readme_tables import README, filled, tables

TEXT = README.read_text(encoding="utf-8")


def test_tables_are_those_of_the_program() -> None:
    assert filled(TEXT) == TEXT, "python -m tests.cli.readme_tables"
    assert all(len(table.splitlines()) > 4 for table in tables().values())


def test_commands_in_code_blocks_exist() -> None:
    tree = dict(words_of(build("*")))
    lines = "\n".join(re.findall(r"```(?:sh|console)\n(.*?)```", TEXT, re.DOTALL)).splitlines()
    commands = [line.split("#")[0].partition("aoer-console ")[2].split() for line in lines if "aoer-console " in line]
    assert len(commands) > 10
    for words in commands:
        path = ""
        for word in words:
            longer = f"{path} {word}".strip()
            if longer in tree:
                path = longer
            elif word.startswith("--"):
                assert word.partition("=")[0] in {name for name, _ in tree[path]}, (words, word)


def test_toml_examples_are_valid_settings() -> None:
    examples = re.findall(r"```toml\n(.*?)```", TEXT, re.DOTALL)
    assert examples
    for example in examples:
        tomllib.loads(example)
        assert parse(example, "README.md").problems == []


def test_pictures_exist() -> None:
    for name in re.findall(r"!\[[^\]]*\]\(([^)]+)\)", TEXT):
        assert (README.parent / name).exists(), name
