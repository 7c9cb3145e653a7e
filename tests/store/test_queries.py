import re
from pathlib import Path

import pytest

from console.errors import UsageError
from console.store import files
from console.store.queries import QueryFileError, load, parse, queries
from console.store.quote import ident, literal, qualified

TEXT = """-- About the file.

-- name: one
-- why
SELECT 1;

-- name: two
SELECT ';'
"""


def test_queries_keep_their_comment_and_lose_their_last_semicolon() -> None:
    assert parse(TEXT, "x.sql") == {"one": "-- why\nSELECT 1", "two": "SELECT ';'"}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("-- name: a\nSELECT 1\n\n-- name: a\nSELECT 2", r"x\.sql:4: query 'a' is defined twice"),
        ("-- name: a\n-- nothing\n-- name: b\nSELECT 1", r"x\.sql:1: query 'a' is empty"),
        ("-- name: Not-a-name\nSELECT 1", "not a lower case identifier"),
    ],
)
def test_a_malformed_file_is_named_with_its_line(text: str, says: str) -> None:
    with pytest.raises(QueryFileError, match=says):
        parse(text, "x.sql")


def test_an_unknown_name_lists_the_known_ones(tmp_path: Path) -> None:
    (tmp_path / "room.sql").write_text(TEXT)
    with pytest.raises(KeyError, match=r"'three' in sql/queries/room\.sql; known: one, two"):
        load(tmp_path / "room.sql")["three"]


def test_files_are_read_once() -> None:
    assert queries("store") is queries("store")


def test_placeholders_become_quoted_identifiers(tmp_path: Path) -> None:
    (tmp_path / "room.sql").write_text("-- name: drop\nDROP TABLE {name}, {name}")
    room = load(tmp_path / "room.sql")
    assert room.named("drop", name='a"; --') == 'DROP TABLE "a""; --", "a""; --"'
    with pytest.raises(KeyError, match=r"has no \{other\}"):
        room.named("drop", other="x")


@pytest.mark.parametrize("path", sorted((files.root() / "sql" / "queries").glob("*.sql")), ids=lambda path: path.name)
def test_every_query_file_of_the_program_can_be_read(path: Path) -> None:
    assert len(load(path)) == len(re.findall(r"(?m)^-- name:", path.read_text()))


def test_identifiers_are_quoted_and_checked() -> None:
    assert ident('we"ird') == '"we""ird"'
    assert qualified("public", "a.b") == '"public"."a.b"'
    for wrong in ("", "a\0b", "ä" * 32):
        with pytest.raises(UsageError):
            ident(wrong)
    assert ident("ä" * 31)


def test_literals_survive_quotes_and_backslashes() -> None:
    assert literal("it's") == "'it''s'"
    assert literal("a\\'b") == " E'a\\\\''b'"
    with pytest.raises(UsageError):
        literal("a\0b")
