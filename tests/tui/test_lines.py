"""The lines around the panes: engines at the top, keys at the bottom, fields of a detail."""

from dataclasses import replace

from console.feed.model import Record, Section
from console.tui.look.spans import length
from console.tui.panes.engines import EnginesStrip
from console.tui.widgets.facts import Facts
from console.tui.widgets.key_bar import Hint, KeyBar
from tests.tui import sample

VERBS = [Hint("r", "reassign", off=True), Hint("a", "assign", off=True), Hint("t", "prioritise"), Hint("x", "cancel")]
GENERAL = [Hint("/", "filter"), Hint(":", "command"), Hint("?", "help"), Hint("q", "quit")]


def words(spans: object) -> str:
    return "".join(text for text, _ in spans)  # type: ignore[attr-defined]


def keys(width: int) -> str:
    bar = KeyBar()
    bar._verbs, bar._general = tuple(VERBS), tuple(GENERAL)
    line = bar.line(width)
    assert length(line) == width
    return words(line)


def test_keys_that_do_nothing_now_give_way_first() -> None:
    assert "(r reassign)" in keys(90)
    narrow = keys(68)
    assert "(" not in narrow
    assert all(key in narrow for key in ("t prioritise", "x cancel", "/ filter", ": command", "? help", "q quit"))
    tight = keys(46)
    assert "/ filter" not in tight and "t prioritise" in tight and "? help" in tight


def strip(width: int, **changed: object) -> str:
    rows = [sample.engine(entry) for entry in sample.ENGINES]
    rows = [replace(row, **changed.get(row.key, {})) for row in rows]  # type: ignore[call-overload]
    made = EnginesStrip()
    made._rows, made._now = Section(tuple(rows), len(rows)), sample.NOW
    return words(made._compose_line(width))


def test_the_strip_tells_more_of_engines_and_counts_cycles_that_are_well() -> None:
    wide = strip(200)
    assert "routing idle 2 m next in 2 m" in wide
    assert "routing idle 2 m took 0.8 s next in 2 m" in strip(230)
    assert "1 cycle ok, 1 stopped" in wide and "recompute" not in wide
    assert "▲ escalation late" in strip(80)
    assert "recompute failing" in strip(200, recompute={"health": "failing"})
    assert len(strip(40)) <= 40


def test_a_position_is_one_field_to_the_metre() -> None:
    facts = Facts("Order", None)
    cells = {"pickup_lat": 52.3725161, "pickup_lon": 4.8812, "lat": None, "lon": 2.0, "type": "ROAD_CLOSURE"}
    lines = [words(line) for line in facts._compose_lines(Record("o", 1, cells), 60)]
    assert "Pickup position  52.37252, 4.88120" in lines
    assert "Type             road closure" in lines
    assert not any("Pickup lon" in line for line in lines)
    assert any(line.startswith("Lon  ") for line in lines), "half a position is shown as what it is"
