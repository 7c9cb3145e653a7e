"""Lines of TOML keys, checked against texts whose lines are known and against tomllib's own reading."""

import json
import tomllib
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from console.config.locate import Path, Position, flatten, locate, nearest_position

SAMPLE = """\
# a comment with [brackets] and = signs
top = 1

[queue]  # [not.a.table]
batch = 200   # "quoted = comment
"poll seconds" = '''
[fake]
key = "no"
'''
a.b = { c = 1, "d.e" = [1, { f = 2 }] }
list = [
  "x]", # ]
  'y',
]

[profiles."north pole".deep]
dsn = "a\\"b = [c]"

[[rule]]
name = "first"
[rule.inner]
x = 1
[[rule]]
name = "second"
"""


def test_every_kind_of_line() -> None:
    lines = {path: at.line for path, at in locate(SAMPLE).items()}
    assert lines[("top",)] == 2
    assert lines[("queue",)] == 4
    assert lines[("queue", "batch")] == 5
    assert lines[("queue", "poll seconds")] == 6
    assert lines[("queue", "a", "b", "c")] == 10
    assert lines[("queue", "a", "b", "d.e", 1, "f")] == 10
    assert lines[("queue", "list", 1)] == 13
    assert lines[("profiles", "north pole", "deep", "dsn")] == 17
    assert lines[("rule", 0, "name")] == 20
    assert lines[("rule", 0, "inner", "x")] == 22
    assert lines[("rule", 1, "name")] == 24
    assert ("fake",) not in lines
    assert ("queue", "key") not in lines


def test_columns_count_from_one() -> None:
    assert locate("a = 1\n  b = { cc = 2 }\n")[("b", "cc")] == Position(2, 9)


def test_unknown_paths_fall_back_to_their_parent() -> None:
    found = locate("[queue]\nbatch = 1\n")
    assert nearest_position(found, ("queue", "gone", "deeper")) == Position(1, 1)
    assert nearest_position(found, ("nowhere",)) is None


bare = st.from_regex(r"[A-Za-z0-9_-]{1,6}", fullmatch=True)
keys = bare | st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=6)
scalars = (
    st.booleans()
    | st.integers(-(10**6), 10**6)
    | st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=12)
    | st.sampled_from(["a ] b", "# no comment", "x = [1]", 'quo"te', "it's", "\\", "{", "'''", "[[t]]"])
)
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3), max_leaves=6
)
tables = st.dictionaries(keys, values, max_size=5)
documents = st.dictionaries(keys, tables, max_size=4)


def inline(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{quoted(key)} = {inline(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[ " + ", ".join(inline(item) for item in value) + " ]"
    if isinstance(value, bool):
        return str(value).lower()
    return quoted(value) if isinstance(value, str) else str(value)


def quoted(text: str) -> str:
    """Basic strings, or bare where possible, or literal ones, so that all spellings occur."""
    if text and text.isascii() and text.replace("_", "").isalnum() and len(text) % 2:
        return json.dumps(text)
    if "'" not in text and len(text) % 3 == 0:
        return f"'{text}'"
    return json.dumps(text, ensure_ascii=False)


def leaves(value: Any, path: Path) -> dict[Path, Any]:
    if isinstance(value, dict):
        return {p: v for key, item in value.items() for p, v in leaves(item, (*path, key)).items()} or {path: value}
    if isinstance(value, list):
        return {path: value} | {p: v for i, item in enumerate(value) for p, v in leaves(item, (*path, i)).items()}
    return {path: value}


@given(documents, st.lists(st.sampled_from(["", "# [x] = 'y'", "   "]), min_size=1, max_size=3))
def test_every_key_is_found_on_the_line_that_was_written(document: dict[str, dict[str, Any]], noise: list[str]) -> None:
    written: dict[Path, int] = {}
    lines: list[str] = []
    for table, body in document.items():
        lines += noise
        lines.append(f"[ {quoted(table)} ] # comment")
        written[(table,)] = len(lines)
        for key, value in body.items():
            lines += noise[1:]
            lines.append(f"{quoted(key)} = {inline(value)} # = [")
            written |= dict.fromkeys(leaves(value, (table, key)), len(lines))
            written[(table, key)] = len(lines)
    text = "\n".join(lines)
    assert tomllib.loads(text) == document
    found = locate(text)
    assert {path: at.line for path, at in found.items() if path in written} == written


@given(st.text(max_size=200))
def test_any_text_that_tomllib_accepts_is_walked_to_its_end(text: str) -> None:
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return
    found = locate(text)
    assert {path[0] for path in flatten(document) if path} <= {path[0] for path in found}
