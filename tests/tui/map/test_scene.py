"""What is drawn, in which order a driver stops, what is late or old."""

from dataclasses import replace
from datetime import timedelta
from itertools import permutations

from hypothesis import given
from hypothesis import strategies as st

from console.feed.places import MapDetail
from console.tui.look.glyphs import level
from console.tui.map.paint import CLOSED, draw, ground
from console.tui.map.projection import fit
from console.tui.map.scene import Scene, late, stale
from console.tui.map.words import caption
from console.tui.widgets.filters import matcher, parse
from tests.tui.map.town import at, driver, incident, order, town
from tests.tui.sample import NOW


def picture(scene: Scene, width: int = 80, height: int = 24, selected: object = None) -> str:
    canvas = draw(scene, fit(scene.extent(), width, height), selected, NOW)  # type: ignore[arg-type]
    return "\n".join("".join(text for text, _ in canvas.spans(row)) for row in range(height))


def words(scene: Scene) -> str:
    return "".join(text for text, _ in caption(scene, 0, NOW, 200))


LEGS = st.none() | st.tuples(st.integers(-1, 8), st.integers(-1, 8))


@given(st.lists(st.tuples(st.sampled_from(["assigned", "picked_up", "out_for_delivery"]), LEGS), max_size=5))
def test_every_stop_is_made_once_and_pickups_come_first(load: list[tuple[str, tuple[int, int] | None]]) -> None:
    orders = tuple(order(i, status=status, driver_id="d1", legs=legs) for i, (status, legs) in enumerate(load))
    stops = Scene(town(orders=orders)).stops("d1")
    drops = [stop.order.key for stop in stops if not stop.pickup]
    assert sorted(drops) == sorted(o.key for o in orders)
    for one in orders:
        mine = [stop.pickup for stop in stops if stop.order is one]
        assert mine == ([True, False] if one.status == "assigned" else [False])


def test_the_planned_order_of_stops_is_kept() -> None:
    legs = {1: (0, 3), 2: (1, 2)}
    for numbers in permutations((1, 2)):
        orders = tuple(order(n, status="assigned", driver_id="d1", legs=legs[n]) for n in numbers)
        stops = Scene(town(orders=orders)).stops("d1")
        assert [(s.order.key, s.pickup) for s in stops] == [("o1", True), ("o2", True), ("o2", False), ("o1", False)]


def test_nobody_is_dropped_in_silence() -> None:
    detail = town(
        drivers=(driver(1), driver(2, at=None), driver(3, position_at=NOW - timedelta(hours=1))),
        orders=(order(1, pickup=None, dropoff=None),),
        totals=(9, 1, 1),
    )
    scene = Scene(detail)
    assert words(scene).startswith("3 drivers · 1 waiting · 1 incident")
    assert "1 old · 2 nowhere · 6 left out" in words(scene)
    assert "2 outside" in "".join(t for t, _ in caption(scene, 2, NOW, 20))
    shown = picture(scene)
    assert "○" in shown, "an old position is still drawn"


def test_an_order_without_pickup_waits_at_its_drop_off() -> None:
    assert order(1, pickup=None).at == order(1).dropoff


def test_late_and_stale() -> None:
    assert not late(order(1), NOW)
    assert late(order(1, eta_at=NOW + timedelta(minutes=41)), NOW)
    assert late(order(1, promised_at=NOW - timedelta(seconds=1)), NOW)
    assert not late(order(1, promised_at=None), NOW)
    assert stale(driver(1, position_at=None), NOW)
    assert stale(driver(1, position_at=NOW - timedelta(minutes=16)), NOW)
    assert not stale(driver(1), NOW)


def test_shapes_tell_states_apart_without_colour() -> None:
    detail = town(
        drivers=tuple(
            driver(i, status=status) for i, status in enumerate(["available", "busy", "offline", "on_break", "busy"])
        ),
        orders=(order(1), order(3, promised_at=NOW), order(9, status="assigned", driver_id="d4", promised_at=NOW)),
        incidents=(incident(1), incident(3, closed=True, type="road_closure")),
    )
    later = replace(detail, orders=detail.orders)
    canvas = draw(Scene(later), fit(Scene(later).points(), 120, 40), None, NOW + timedelta(seconds=1))
    shown = "".join(text for row in range(40) for text, _ in canvas.spans(row))
    for glyph in ("●", "▶", "■", "◌", "▲", "◇", "◈", CLOSED, level("high")[0], "↑N", "├"):
        assert glyph in shown, glyph


def test_many_in_one_cell_are_counted() -> None:
    twelve = tuple(driver(i, at=at(0, 0)) for i in range(12))
    three = tuple(driver(20 + i, at=at(5, 5)) for i in range(3))
    shown = picture(Scene(town(drivers=twelve + three, orders=(), incidents=())))
    assert "●+" in shown
    assert "●3" in shown


def test_a_driver_under_a_waiting_order_steps_aside() -> None:
    detail = town(drivers=(driver(1, at=at(0, 0)),), orders=(order(1, pickup=at(0, 0)),), incidents=())
    shown = picture(Scene(detail))
    assert "◇●" in shown


def test_the_selection_is_labelled_and_its_stops_are_numbered() -> None:
    detail = town(orders=(order(1, status="assigned", driver_id="d1", legs=(0, 1)),))
    scene = Scene(detail)
    canvas = draw(scene, fit(scene.around(scene.drivers[0]), 80, 24), scene.drivers[0], NOW)
    shown = "".join(text for row in range(24) for text, _ in canvas.spans(row))
    assert " Driver 1 " in shown
    assert "▴1" in shown
    assert "▾2" in shown
    assert any(0x2800 < ord(c) < 0x2900 for c in shown)


def test_a_label_at_the_right_edge_goes_to_the_left() -> None:
    detail = town(drivers=(driver(1, at=at(0, 0)), driver(2, at=at(0, 9))), orders=(), incidents=())
    scene = Scene(detail)
    line = next(line for line in picture(scene, 40, 5, scene.drivers[1]).splitlines() if "Driver 2" in line)
    assert line.rstrip().endswith(" Driver 2 ●")


def test_what_lies_outside_the_view_is_counted_not_folded_onto_the_edge() -> None:
    scene = Scene(town())
    view = fit(scene.points(), 80, 24).moved(200, 0)
    assert ground(scene, view, NOW).outside == len(scene.points())
    canvas = draw(scene, view, scene.drivers[0], NOW)
    assert not any(char in "●▶■◌◇" for row in range(24) for text, _ in canvas.spans(row) for char in text)


def test_a_leg_over_the_antimeridian_goes_the_short_way() -> None:
    near = order(1, status="out_for_delivery", driver_id="d1", pickup=None, dropoff=(10.0, -179.9))
    scene = Scene(town(drivers=(driver(1, at=(10.0, 179.9)),), orders=(near,), incidents=()))
    view = fit([(10.0, 179.9), (10.0, -179.9)], 60, 9)
    canvas = draw(scene, view, scene.drivers[0], NOW)
    dots = [x for row in range(9) for x, char in enumerate("".join(t for t, _ in canvas.spans(row))) if char > "\u2800"]
    left, right = view.cell((10.0, 179.9))[0], view.cell((10.0, -179.9))[0]
    assert dots
    assert all(left - 1 <= x <= right + 4 for x in dots)


def test_the_filter_keeps_what_matches_and_asks_again_only_about_changes() -> None:
    from console.tui.map.scene import FIELDS, Filter

    asked: list[str] = []
    matches = matcher(parse("kind:driver status:busy", FIELDS))
    keep = Filter(lambda found: bool(asked.append(found["name"])) or matches(found))
    assert [d.key for d in Scene(town(), keep).drivers] == ["d2"]
    before = len(asked)
    scene = Scene(town(drivers=(driver(1, status="busy", version=2), *town().drivers[1:])), keep)
    assert [d.key for d in scene.drivers] == ["d1", "d2"]
    assert scene.orders == ()
    assert len(asked) == before + 1


def test_lines_of_dots_are_never_underlined() -> None:
    shut = incident(1, severity="SEVERE", closed=True, type="road_closure", radius=1500)
    scene = Scene(town(incidents=(shut,)))
    canvas = draw(scene, fit(scene.extent(), 80, 24), None, NOW)
    roles = {role for row in range(24) for text, role in canvas.spans(row) if any(char > "\u2800" for char in text)}
    assert "crit" not in roles
    assert "bad" in roles


def test_lateness_is_found_anew_as_time_goes_on() -> None:
    promised = NOW + timedelta(minutes=1)
    load = (
        order(1, status="assigned", driver_id="d1", promised_at=promised, eta_at=None),
        order(2, promised_at=promised),
    )
    scene = Scene(MapDetail((driver(1),), load, (), (1, 2, 0)))
    assert (scene.late_orders(NOW), scene.late_drivers(NOW)) == (frozenset(), frozenset())
    after = promised + timedelta(seconds=1)
    assert scene.late_drivers(after) == {"d1"}
    assert scene.late_orders(after) == {order(1).key, order(2).key}
    assert scene.late_orders(None) == frozenset()
