"""Signals files that cannot be used: every refusal names line and column, nothing is lost, nothing becomes a zero."""

import csv
import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from console.aoer.signals_file import read_signals
from console.cli.main import run
from console.errors import InputRejected, UsageError
from tests.aoer.panels import START, invented, rows_of

HEADER = "tenant,date,seo,aeo,geo,ugc,geolocal,observed_aiv,observed_rar,sample_size,source"
GOOD = "a,2026-01-05,1,2,3,4,5,6,7,48,x"


@pytest.mark.parametrize(
    ("row", "column", "part"),
    [
        ("a,2026-01-12,101,2,3,4,5,6,7,48,x", "seo", "outside 0..100"),
        ("a,2026-01-12,1,-1,3,4,5,6,7,48,x", "aeo", "outside 0..100"),
        ("a,2026-01-12,1,2,NaN,4,5,6,7,48,x", "geo", "not a finite number"),
        ("a,2026-01-12,1,2,3,inf,5,6,7,48,x", "ugc", "not a finite number"),
        ("a,2026-01-12,1,2,3,4,many,6,7,48,x", "geolocal", "not a number"),
        ("a,2026-01-12,1,2,3,4,5,100.5,7,48,x", "observed_aiv", "outside 0..100"),
        ("a,2026-01-12,1,2,3,4,5,6,-7,48,x", "observed_rar", "negative"),
        ("a,2026-01-12,1,2,3,4,5,6,7,0,x", "sample_size", "whole number from 1"),
        ("a,2026-01-12,1,2,3,4,5,6,7,4.5,x", "sample_size", "whole number from 1"),
        ("a,12.01.2026,1,2,3,4,5,6,7,48,x", "date", "not a date"),
        (",2026-01-12,1,2,3,4,5,6,7,48,x", "tenant", "empty"),
        (GOOD, "date", "repeats the row of line 2"),
    ],
)
def test_a_cell_that_cannot_be_used_is_named(row: str, column: str, part: str) -> None:
    found = read_signals([HEADER, GOOD, row], "f.csv")
    assert len(found.rows) == 1
    (rejection,) = found.rejected
    assert (rejection.line, rejection.column) == (3, column) and part in rejection.reason
    with pytest.raises(InputRejected, match=rf"line 3, column {column}"):
        found.require_clean("f.csv")


def test_missing_is_missing_and_other_columns_do_not_matter() -> None:
    found = read_signals(["date,tenant,geo,extra,observed_aiv", "2026-01-05,a,0,zzz,"], "f")
    (row,) = found.rows
    assert row.signals == (None, None, 0.0, None, None) and row.observed_aiv is None and row.sample_size is None
    with pytest.raises(UsageError, match="no column date"):
        read_signals(["tenant,seo", "a,1"], "f")
    with pytest.raises(UsageError, match="no column tenant"):
        read_signals([], "f")


def write(path: Path, missing: float = 0.1) -> Path:
    x, y = invented(3, 6, 15, missing)
    with path.open("w", newline="") as file:
        out = csv.writer(file)
        out.writerow(HEADER.split(","))
        for row in rows_of(x, y):
            cells = ["" if v is None else f"{v:.3f}" for v in (*row.signals, row.observed_aiv)]
            out.writerow([row.tenant, row.date, *cells, "", 48, "test"])
    return path


def test_backtest_writes_every_row_and_prints_one_document(tmp_path: Path, capsys: Any) -> None:
    source, target = write(tmp_path / "signals.csv"), tmp_path / "out.csv"
    assert run(["aoer", "backtest", "--signals", str(source), "--out", str(target), "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert (document["tenants"], document["rows"]) == (6, 90) and 0 < document["n"] < 90
    assert {"calibrated", "classic", "equal_level"} <= {one["model"] for one in document["errors"]}
    with target.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == ["tenant", "date", "prediction", "low", "high", "risk", "classic", "equal_level"]
    assert len(rows) == 90 and rows[0]["date"] == START.isoformat() and rows[0]["low"] == rows[0]["risk"] == ""
    assert float(rows[-1]["low"]) <= float(rows[-1]["prediction"]) <= float(rows[-1]["high"])


def test_backtest_output_up_to_a_week_does_not_know_later_rows(tmp_path: Path) -> None:
    source, target = write(tmp_path / "signals.csv"), tmp_path / "out.csv"
    run(["aoer", "backtest", "--signals", str(source), "--out", str(target)])
    whole = target.read_text().splitlines()
    lines = source.read_text().splitlines()
    kept = [lines[0], *(line for line in lines[1:] if line.split(",")[1] < "2025-03-01")]
    (tmp_path / "part.csv").write_text("\n".join(kept) + "\n")
    with gzip.open(tmp_path / "part.csv.gz", "wt") as file:
        file.write("\n".join(kept) + "\n")
    for name in ("part.csv", "part.csv.gz"):
        run(["aoer", "backtest", "--signals", str(tmp_path / name), "--out", str(target)])
        assert target.read_text().splitlines() == whole[: len(kept)]


def test_backtest_refuses_bad_rows_or_leaves_them_out_by_name(tmp_path: Path, capsys: Any) -> None:
    source = write(tmp_path / "signals.csv", 0.0)
    with source.open("a") as file:
        file.write("t99,2025-02-03,300,,,,,,,,\n")
    target = tmp_path / "out.csv"
    arguments = ["aoer", "backtest", "--signals", str(source), "--out", str(target)]
    assert run(arguments) == 8
    assert "line 92, column seo" in capsys.readouterr().err and not target.exists()
    assert run([*arguments, "--on-error", "skip"]) == 0
    assert "line 92, column seo" in capsys.readouterr().err
    assert len(target.read_text().splitlines()) == 91
    assert run(["aoer", "backtest", "--signals", str(tmp_path / "none.csv")]) == 6
    assert (
        run(
            [
                "aoer",
                "backtest",
                "--signals",
                str(source),
                "--out",
                str(tmp_path / "no" / "dir.csv"),
                "--on-error",
                "skip",
            ]
        )
        == 2
    )


def test_a_file_without_any_reading_says_that_nothing_can_be_measured(tmp_path: Path, capsys: Any) -> None:
    path = tmp_path / "signals.csv"
    path.write_text(f"{HEADER}\na,2026-01-05,1,2,3,4,5,,,,\n")
    assert run(["aoer", "backtest", "--signals", str(path), "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["n"] == 0 and document["coverage"] is None


def test_exposure_of_a_file_needs_no_database(tmp_path: Path, capsys: Any) -> None:
    path = tmp_path / "queries.csv"
    path.write_text("query,monthly_volume,serp_position,ai_present,ai_position\nlease deals,4400,4,true,top\n")
    assert run(["aoer", "exposure", "--file", str(path), "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["exposure"]["exposure"]["value"] == 1.0 and document["exposure"]["click_loss"] == pytest.approx(
        158.4
    )
    path.write_text("query,monthly_volume\nlease deals,many\n")
    assert run(["aoer", "exposure", "--file", str(path)]) == 8
    assert "line 2, column monthly_volume" in capsys.readouterr().err
    assert run(["aoer", "exposure"]) == 2
