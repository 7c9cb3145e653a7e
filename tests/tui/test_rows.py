"""Cursor and marks follow keys; the order holds still while the operator moves."""

from dataclasses import dataclass

from console.tui.widgets.rows import FREEZE_SECONDS, Change, RowModel, sort_rows


@dataclass(frozen=True)
class Item:
    key: str
    version: int = 1
    value: int | None = 0


class Clock:
    def __init__(self) -> None:
        self.time = 100.0

    def __call__(self) -> float:
        return self.time


def items(keys: str, version: int = 1) -> list[Item]:
    return [Item(key, version) for key in keys]


def model(keys: str = "abcd") -> tuple[RowModel[Item], Clock]:
    clock = Clock()
    rows: RowModel[Item] = RowModel(clock)
    rows.replace(items(keys))
    return rows, clock


def test_an_unchanged_order_repaints_only_changed_lines() -> None:
    rows, _ = model()
    fresh = [*items("ab"), Item("c", 2), *items("d")]
    assert rows.replace(fresh) == Change(lines=(2,))
    assert not rows.replace(fresh)


def test_the_cursor_follows_its_row_to_another_line() -> None:
    rows, clock = model()
    rows.move_to(1)
    clock.time += FREEZE_SECONDS
    assert rows.replace(items("dcba")).all
    assert rows.cursor == "b"
    assert rows.index == 2


def test_when_the_row_under_the_cursor_leaves_the_neighbour_takes_over() -> None:
    rows, clock = model()
    rows.move_to(3)
    clock.time += FREEZE_SECONDS
    rows.replace(items("abc"))
    assert rows.cursor == "c"
    rows.replace([])
    assert rows.cursor is None
    assert rows.chosen() == []


def test_marks_are_keys_and_die_with_their_rows() -> None:
    rows, clock = model()
    rows.move_to(1)
    rows.toggle_mark()
    clock.time += FREEZE_SECONDS
    rows.replace(items("dcba"))
    assert [row.key for row in rows.chosen()] == ["b"]
    rows.replace(items("dca"))
    assert rows.marks == set()


def test_nothing_moves_while_the_operator_does() -> None:
    rows, clock = model()
    rows.move_to(2)
    change = rows.replace([Item("x"), Item("d", 2), *items("cb")])
    assert rows.order == list("abcd")
    assert rows.waiting == 1
    assert rows.is_gone("a")
    assert change.lines == (0, 3)
    clock.time += FREEZE_SECONDS - 0.01
    assert not rows.thaw()
    clock.time += 0.02
    assert rows.thaw().all
    assert rows.order == list("xdcb")
    assert rows.cursor == "c"
    assert rows.waiting == 0


def test_a_row_that_has_gone_is_never_acted_on() -> None:
    rows, _ = model()
    rows.move_to(1)
    rows.toggle_mark()
    rows.replace(items("acd"))
    assert rows.current is not None
    assert rows.chosen() == []


def test_a_ghost_that_comes_back_is_a_row_again() -> None:
    rows, _ = model()
    rows.move_to(1)
    rows.replace(items("acd"))
    assert rows.replace(items("abcd")).lines == (1,)
    assert not rows.is_gone("b")


def test_range_and_all_marks() -> None:
    rows, _ = model("abcdef")
    rows.move_to(1)
    rows.toggle_mark()
    rows.move_to(4)
    rows.mark_range()
    assert rows.marks == set("bcde")
    rows.mark_all()
    assert rows.marks == set("abcdef")
    rows.mark_all()
    assert rows.marks == set()


def test_filter_hides_and_keeps_the_cursor_on_something() -> None:
    rows, _ = model()
    rows.move_to(0)
    rows.keep = lambda row: row.key in "cd"
    rows.rearrange()
    assert rows.order == ["c", "d"]
    assert rows.cursor == "c"
    assert rows.held == 4


def test_rows_without_a_value_sort_last_both_ways() -> None:
    rows = [Item("a", 1, 3), Item("b", 1, None), Item("c", 1, 1)]
    assert [r.key for r in sort_rows(rows, lambda r: r.value, False)] == ["c", "a", "b"]
    assert [r.key for r in sort_rows(rows, lambda r: r.value, True)] == ["a", "c", "b"]


def test_mixed_values_sort_as_text_instead_of_failing() -> None:
    values = {"a": 3, "b": "x", "c": 1}
    assert [r.key for r in sort_rows(items("abc"), lambda r: values[r.key], False)] == ["c", "a", "b"]
