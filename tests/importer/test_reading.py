"""From bytes to rows: headers, delimiters, quoting, line numbers, encodings, compression; no database."""

import gzip
import io
from pathlib import Path
from typing import Any

import pytest

from console.errors import InputRejected, NotFound
from console.importer import source as source_module
from console.importer.catalogue import kind, kinds
from console.importer.header import Header, read_header
from console.importer.prepare import Preparer
from console.importer.report import Reject
from console.importer.source import Source, open_source

HEADER = b"tenant,date,aeo,source\n"


def source(data: bytes) -> Source:
    return Source("f.csv", io.BufferedReader(io.BytesIO(data)), len(data))  # type: ignore[arg-type]


def read(data: bytes, name: str = "signals") -> tuple[list[list[str]], list[Reject], int]:
    """Rows as they would be staged (line first), rejects, rows read."""
    import csv

    opened = source(data)
    header = read_header(kind(name), opened.header(), file="f.csv")
    preparer = Preparer(kind(name), header, opened)
    rows: list[list[str]] = []
    rejects: list[Reject] = []
    count = 0
    while (block := preparer.next()) is not None:
        rows += csv.reader(io.StringIO(block.payload.decode(), newline=""), delimiter=header.delimiter)
        rejects += [fault for faults in block.rejected for fault in faults]
        count += block.read
    return rows, rejects, count


def header_of(line: bytes, name: str = "signals", **options: Any) -> Header:
    return read_header(kind(name), line, file="f.csv", **options)


def problem(line: bytes, name: str = "signals") -> str:
    with pytest.raises(InputRejected) as caught:
        header_of(line, name)
    return caught.value.message


@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_the_delimiter_is_told_from_the_header(mark: str) -> None:
    header = header_of(mark.join(["tenant", "date", "aeo"]).encode())
    assert (header.delimiter, header.names) == (mark, ("tenant", "date", "aeo"))


def test_header_names_are_forgiving_about_case_and_blanks() -> None:
    assert header_of(b'Tenant, Date ,"Sample Size"\r\n').names == ("tenant", "date", "sample_size")


def test_all_problems_of_a_header_are_named_at_once() -> None:
    said = problem(b"tenant,tenant,aeoo,\n")
    assert "unknown column 'aeoo' (did you mean 'aeo'?)" in said
    assert "column 'tenant' is there 2 times" in said
    assert "no column 'date'" in said
    assert "column 4 has no name" in said
    assert "line 1" in said


def test_a_file_of_another_kind_is_recognised() -> None:
    with pytest.raises(InputRejected) as caught:
        header_of(b"query,intent,ai_present,week_start\n", others=kinds())
    assert "columns of queries" in caught.value.hint
    with pytest.raises(InputRejected) as caught:
        header_of(b"tenant,dat,aeo\n", others=kinds())
    assert "import signals --help" in caught.value.hint


def test_a_tenant_given_on_the_command_line_needs_no_column() -> None:
    assert header_of(b"date,aeo\n", given=("tenant",)).names == ("date", "aeo")


def test_ignored_columns_are_skipped() -> None:
    header = header_of(b"tenant,colour,date\n", ignored=("colour",))
    assert header.names == ("tenant", "date")
    assert len(header.cells) == 3


def test_a_canonical_block_passes_through_with_line_numbers() -> None:
    rows, rejects, count = read(HEADER + b"Acme,2026-01-05,54.2,panel\nAcme,2026-01-06,,\n")
    assert rows == [["2", "Acme", "2026-01-05", "54.2", "panel"], ["3", "Acme", "2026-01-06", "", ""]]
    assert (rejects, count) == ([], 2)


def test_careful_and_untouched_readings_agree() -> None:
    """One odd line must not change how its neighbours are read."""
    lines = b'Acme,2026-01-05,54.2,p\n"Acme","2026-01-06","7","p"\nAcme,2026-01-07,,p\n'
    plain, _, _ = read(HEADER + lines)
    careful, _, _ = read(HEADER + lines + b" Acme ,2026-01-08, 3 ,p\n")
    assert careful[:3] == plain
    assert careful[3] == ["5", "Acme", "2026-01-08", "3", "p"]


@pytest.mark.parametrize(
    "line", [b"Acme ,2026-01-05,1,p", b"Acme,2026-01-05,1, p", b'" Acme",2026-01-05,1,p', b'Acme,2026-01-05,1,"p "']
)
def test_outer_blanks_belong_to_no_cell(line: bytes) -> None:
    """A name with a blank behind it would become a tenant of its own."""
    assert read(HEADER + line + b"\n")[0] == [["2", "Acme", "2026-01-05", "1", "p"]]


def test_bom_crlf_and_a_missing_last_line_end() -> None:
    rows, rejects, count = read(
        b"\xef\xbb\xbf" + HEADER.replace(b"\n", b"\r\n") + b"Acme,2026-01-05,1,p\r\nAcme,2026-01-06,2,p"
    )
    assert [row[:4] for row in rows] == [["2", "Acme", "2026-01-05", "1"], ["3", "Acme", "2026-01-06", "2"]]
    assert (rejects, count) == ([], 2)


def test_line_numbers_stay_right_after_quoted_line_ends_and_blank_lines() -> None:
    data = HEADER + b'Acme,2026-01-05,1,"two\nlines"\n\nAcme,2026-01-06,bad,p\n'
    rows, rejects, count = read(data)
    assert rows == [["2", "Acme", "2026-01-05", "1", "two\nlines"]]
    assert rejects == [Reject(5, "aeo", "bad", "not a number")]
    assert count == 2


def test_a_quoted_cell_may_run_over_the_end_of_a_block(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source_module, "BLOCK", 40)
    data = (
        HEADER
        + b'Acme,2026-01-05,1,"one\ntwo\nthree\nfour\nfive\nsix\nseven"\nAcme,2026-01-06,x,p\nAcme,2026-01-07,1,p\n'
    )
    rows, rejects, count = read(data)
    assert [(row[0], row[4]) for row in rows] == [("2", "one\ntwo\nthree\nfour\nfive\nsix\nseven"), ("10", "p")]
    assert [(fault.line, fault.column) for fault in rejects] == [(9, "aeo")]
    assert count == 3


@pytest.mark.parametrize("block", [1, 7, 30, 64, 1000])
def test_the_size_of_blocks_changes_nothing(monkeypatch: pytest.MonkeyPatch, block: int) -> None:
    lines = [f"Acme,2026-01-{day:02d},{day}.5,p" for day in range(1, 29)]
    lines[10] = 'Acme,2026-01-11,11.5,"a ""quoted"" p"'
    lines[20] = "Acme,2026-01-21,200x,p"
    data = HEADER + "\n".join(lines).encode()
    whole = read(data)
    monkeypatch.setattr(source_module, "BLOCK", block)
    assert read(data) == whole
    assert whole[0][10] == ["12", "Acme", "2026-01-11", "11.5", 'a "quoted" p']
    assert [fault.line for fault in whole[1]] == [22]


def test_a_quote_that_is_never_closed_costs_one_row() -> None:
    rows, rejects, count = read(HEADER + b'Acme,2026-01-05,1,"open\nAcme,2026-01-06,2,p\nAcme,2026-01-07,3,p\n')
    assert [row[0] for row in rows] == ["3", "4"]
    assert [(fault.line, fault.reason) for fault in rejects] == [(2, "a quoted cell opens here and is not closed")]
    assert count == 3


def test_wrong_numbers_of_cells_and_broken_quoting() -> None:
    rows, rejects, _ = read(
        HEADER + b'Acme,2026-01-05,1\nAcme,2026-01-06,1,p,x\nAcme,2026-01-07,1,"p"x\nAcme,2026-01-08,1,p\n'
    )
    assert [row[0] for row in rows] == ["5"]
    assert [fault.line for fault in rejects] == [2, 3, 4]
    assert rejects[0].reason == "3 cells where the header has 4"
    assert rejects[2].reason.startswith("not CSV")


def test_every_bad_cell_of_a_row_is_named() -> None:
    _, rejects, count = read(HEADER + b",2026-02-30,101,p\n")
    assert [(fault.column, fault.reason) for fault in rejects] == [
        ("tenant", "empty, but required"),
        ("date", "there is no such day"),
        ("aeo", "above 100"),
    ]
    assert count == 1


def test_bytes_that_are_not_utf8_and_nul_bytes_are_named() -> None:
    _, rejects, _ = read(HEADER + b"Caf\xe9,2026-01-05,1,p\nA\x00B,2026-01-06,1,p\nAcme,2026-01-07,1,p\n")
    assert [(fault.line, fault.reason) for fault in rejects] == [
        (2, "not UTF-8: byte 0xE9"),
        (3, "contains a NUL byte"),
    ]


def test_unusual_line_separators_are_text() -> None:
    """Python's splitlines would break lines at them."""
    rows, rejects, _ = read(HEADER + "Ac\u2028me,2026-01-05,1,p\nB\x85,2026-01-06,x,p\n".encode())
    assert [row[1] for row in rows] == ["Ac\u2028me"]
    assert [fault.line for fault in rejects] == [3]


def test_gzip_is_told_by_its_content(tmp_path: Path) -> None:
    file = tmp_path / "signals.csv"
    file.write_bytes(gzip.compress(HEADER + b"Acme,2026-01-05,1,p\n"))
    with open_source(str(file)) as opened:
        assert opened.header() == HEADER
        block = opened.block()
    assert block is not None
    assert (block.first_line, block.data) == (2, b"Acme,2026-01-05,1,p\n")


def test_damaged_compression_is_an_error_that_says_so(tmp_path: Path) -> None:
    file = tmp_path / "signals.csv.gz"
    file.write_bytes(gzip.compress(HEADER * 1000)[:-20])
    with open_source(str(file)) as opened, pytest.raises(InputRejected, match="damaged"):
        opened.header()
        while opened.block() is not None:
            pass


@pytest.mark.parametrize("data", [b"", b"\n", b"\xef\xbb\xbf\r\n"])
def test_a_file_without_header_says_so(data: bytes) -> None:
    with pytest.raises(InputRejected, match="no header"):
        source(data).header()


def test_utf16_says_so() -> None:
    with pytest.raises(InputRejected, match="UTF-16"):
        source("tenant,date\n".encode("utf-16")).header()


def test_a_file_of_one_endless_line_is_no_csv() -> None:
    with pytest.raises(InputRejected, match="longer than"):
        source(HEADER.rstrip() + b"x" * (1 << 20) + b"\n").header()


def test_missing_files_and_directories(tmp_path: Path) -> None:
    for name in (tmp_path / "none.csv", tmp_path):
        with pytest.raises(NotFound), open_source(str(name)):
            pass


def test_rules_that_tie_columns_together() -> None:
    head = b"reference,status,driver_reference,ready_at,delivered_at,pickup_lat,pickup_lon\n"
    time = b"2022-05-29T08:00:00+08:00"
    lines = [
        b"A,,,,,1.5,",
        b"B,,,,,0,0.0",
        b"C,pending,,," + time + b",,",
        b"D,assigned,,,,,",
        b"E,pending,C1,,,,",
        b"F,,,2022-05-29T09:00:00+08:00," + time + b",,",
        b"G,,,,2199-01-01T00:00:00Z,,",
        b"H,,,2022-05-29T00:30:00+01:00," + time + b",1.5,2.5",
    ]
    rows, rejects, _ = read(head + b"\n".join(lines), "orders")
    assert [row[1] for row in rows] == ["H"]
    assert [(fault.line, fault.column) for fault in rejects] == [
        (2, "pickup_lon"),
        (3, "pickup_lat"),
        (4, "status"),
        (5, "driver_reference"),
        (6, "status"),
        (7, "delivered_at"),
        (8, "delivered_at"),
    ]
