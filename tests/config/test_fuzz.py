"""Any TOML at all is judged: problems are listed, nothing crashes, what is right stays right."""

import json
from datetime import date
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from console.config.convert import hints
from console.config.loader import Loaded, examine
from console.config.settings import SECTIONS
from console.config.source import TABLES

words = st.sampled_from(
    sorted(TABLES) + sorted({key for kind in SECTIONS.values() for key in hints(kind)}) + ["x", "dsn"]
)
scalars = (
    st.booleans() | st.integers(-5, 10**12) | st.floats(allow_nan=False, allow_infinity=False) | st.dates()
    | st.sampled_from(["", "5m", "0 0 * * *", "UTC", "postgresql://h/d", "dark", "a\x00b", "é"])
)  # fmt: skip
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(words, inner, max_size=3), max_leaves=4
)
documents = st.dictionaries(words, st.dictionaries(words, values, max_size=4) | scalars, max_size=4)


def toml(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(key)} = {toml(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(toml(item) for item in value) + "]"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, date):
        return value.isoformat()
    return json.dumps(value) if isinstance(value, (str, float)) else str(value)


def judged(text: str, tmp: Any) -> Loaded:
    file = tmp / "fuzz.toml"
    file.write_text(text, encoding="utf-8")
    return examine(env={}, file=file)


@settings(max_examples=150, deadline=None)
@given(documents)
def test_no_document_crashes_the_loader(tmp_path_factory: Any, document: dict[str, Any]) -> None:
    text = "\n".join(f"{json.dumps(key)} = {toml(value)}" for key, value in document.items())
    loaded = judged(text, tmp_path_factory.getbasetemp())
    for problem in loaded.problems:
        assert problem.line is not None, problem
        assert 1 <= problem.line <= len(document), problem
    for key, origin in loaded.origins.items():
        if origin.endswith(tuple(f"fuzz.toml:{number}" for number in range(1, 6))) and "profile" not in origin:
            section, name = key.partition(".")[0], key.rpartition(".")[2]
            assert name in str(document[section]), (key, origin)


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=60))
def test_no_text_crashes_the_loader(tmp_path_factory: Any, text: str) -> None:
    text = text.encode("utf-8", "replace").decode()
    loaded = judged(text, tmp_path_factory.getbasetemp())
    assert loaded.settings is not None
