"""Degrees to cells and back."""

from math import cos, radians

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from console.tui.map.projection import METRES, View, distance_words, fit, ruler, wrapped

LATS = st.floats(-84, 84)
LONS = st.floats(-180, 179.999)
VIEWS = st.builds(View, LATS, LONS, st.floats(0.5, 20_000), st.integers(1, 300), st.integers(1, 100))


@given(VIEWS, st.floats(-50, 350), st.floats(-20, 120))
def test_a_cell_goes_to_the_ground_and_back(view: View, column: float, row: float) -> None:
    across, _ = view.steps
    if abs(column - view.width / 2) / across >= 180:
        return  # once round the world: another place of the same name
    back = view.cell(view.point(column, row))
    assert back == pytest.approx((column, row), abs=1e-3)


@given(VIEWS, LATS, LONS)
def test_a_point_goes_to_the_screen_and_back(view: View, lat: float, lon: float) -> None:
    there = view.point(*view.cell((lat, lon)))
    assert there[0] == pytest.approx(lat, abs=1e-6)
    assert wrapped(there[1] - lon) == pytest.approx(0, abs=1e-6)


@settings(max_examples=50)
@given(st.lists(st.tuples(st.floats(-80, 80), LONS), min_size=1, max_size=8), st.integers(20, 200), st.integers(8, 60))
def test_a_fitted_view_holds_every_point(points: list[tuple[float, float]], width: int, height: int) -> None:
    view = fit(points, width, height)
    assert all(view.holds(point) for point in points)


@given(LATS, LONS, st.floats(1, 500))
def test_metres_are_as_long_upwards_as_sideways(lat: float, lon: float, scale: float) -> None:
    view = View(lat, lon, scale, 100, 50)
    column, row = view.cell((lat, lon))
    metres = scale * 10
    east = view.cell((lat, wrapped(lon + metres / METRES / cos(radians(lat)))))
    south = view.cell((lat - metres / METRES, lon))
    assert east[0] - column == pytest.approx(10, rel=1e-6)
    assert (south[1] - row) * 2 == pytest.approx(10, rel=1e-6)


@given(VIEWS, st.floats(1.01, 4))
def test_zooming_keeps_the_middle_and_pans_by_cells(view: View, factor: float) -> None:
    middle = (view.lat, view.lon)
    assert view.zoomed(factor).cell(middle) == pytest.approx(view.cell(middle))
    assert view.zoomed(factor).scale <= view.scale
    if abs(view.lat) < 60 and view.steps[0] > 1:
        assert view.moved(7, 0).cell(middle)[0] == pytest.approx(view.width / 2 - 7, abs=1e-6)


def test_the_antimeridian_is_no_edge() -> None:
    fiji = [(-17.0, 179.8), (-17.0, -179.9), (-17.2, 180.0 - 360.0)]
    view = fit(fiji, 80, 20)
    assert view.scale < 2_000, "it went round the world the long way"
    columns = [view.cell(point)[0] for point in fiji]
    assert columns[0] < columns[2] < columns[1]
    assert view.moved(100, 0).holds((-17.0, -178.9)) or view.moved(100, 0).lon < 0


def test_one_place_has_a_neighbourhood_and_none_the_world() -> None:
    assert 100 < fit([(52.0, 5.0)], 80, 20).scale * 80 < 5_000
    assert fit([], 80, 20).holds((60.0, 100.0))


@given(st.floats(0.3, 400_000), st.integers(4, 40))
def test_the_ruler_is_round_and_true(scale: float, width: int) -> None:
    columns, metres = ruler(scale, width)
    assert columns <= width
    assert str(int(metres * 1000)).rstrip("0") in {"1", "2", "5"}
    assert abs(columns - metres / scale) <= 1


def test_lengths_in_words() -> None:
    assert [distance_words(m) for m in (0.5, 200.0, 2000.0, 1e6)] == ["0.5 m", "200 m", "2 km", "1000 km"]
