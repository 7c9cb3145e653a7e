import re
from pathlib import Path

import pytest

from console.errors import MigrationError
from console.store import files
from console.store.migrate import discover
from tests.store.migrate.conftest import Write


def test_order_is_version_then_stage_then_file(write: Write) -> None:
    found = write(
        {
            "0002_b/0_prelude/a.sql": "SELECT 1",
            "0001_a/9_security/a.sql": "SELECT 1",
            "0001_a/2_tables/z.sql": "SELECT 1",
            "0001_a/2_tables/b.sql": "SELECT 1",
        }
    )
    assert [file.name for file in found] == [
        "0001_a/2_tables/b.sql",
        "0001_a/2_tables/z.sql",
        "0001_a/9_security/a.sql",
        "0002_b/0_prelude/a.sql",
    ]


def test_checksum_knows_content_but_not_line_ends(write: Write) -> None:
    (one,) = write({"0001_a/2_tables/t.sql": "SELECT 1;\nSELECT 2;\n"})
    (two,) = write({"0001_a/2_tables/t.sql": "SELECT 1;\r\nSELECT 2;\r\n"})
    (three,) = write({"0001_a/2_tables/t.sql": "SELECT 1;\nSELECT 3;\n"})
    assert one.checksum == two.checksum != three.checksum


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("first/2_tables/t.sql", "is no version"),
        ("0001_a/tables/t.sql", "is no stage"),
        ("0001_b/2_tables/t.sql", "two versions are numbered 0001"),
    ],
)
def test_a_file_that_would_silently_be_left_out_is_an_error(write: Write, name: str, says: str) -> None:
    write({"0001_a/2_tables/t.sql": "SELECT 1"})
    with pytest.raises(MigrationError, match=says):
        write({name: "SELECT 1"})


def test_every_sql_file_of_the_program_is_in_the_plan() -> None:
    top = files.migrations()
    assert {file.name for file in discover()} == {str(path.relative_to(top)) for path in top.rglob("*.sql")}


@pytest.mark.parametrize("file", discover(), ids=lambda file: file.name)
def test_no_file_ends_its_transaction(file: object) -> None:
    text = re.sub(r"--[^\n]*|/\*.*?\*/|\$(\w*)\$.*?\$\1\$|'[^']*'", "", file.text, flags=re.DOTALL)  # type: ignore[attr-defined]
    assert not re.search(r"(?im)^\s*(begin|commit|rollback|start\s+transaction)\b\s*;", text)


def test_the_plan_is_empty_without_a_directory(tmp_path: Path) -> None:
    assert discover.__wrapped__(tmp_path / "none") == ()
