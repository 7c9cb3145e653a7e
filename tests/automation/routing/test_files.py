"""Problem files: read, solved near their known best, and refused with the place of the fault."""

import csv
import math
from pathlib import Path

import pytest

from console.automation.routing.formats import read_problem
from console.automation.routing.model import Task, Tour
from console.automation.routing.search import Budget, search_fleet
from console.automation.routing.solve import solve_problem
from console.errors import InputRejected, NotFound
from tests.automation.shared import data

TINY = '{"nodes": ["+0", "-0", "+1", "-1"], "precedence": {"+0": "-0", "+1": "-1"}, "edges": %s}'


def test_small_published_tours_are_optimal() -> None:
    folder = data("tsppdlib")
    with (folder / "optimal_values.csv").open() as file:
        rows = [row for row in csv.DictReader(file) if int(row["pairs"]) <= 9]
    for row in rows:
        solved = solve_problem(read_problem(folder / f"{row['instance']}.json"), Budget(100))
        assert solved.cost == float(row["optimal_cost"]), row["instance"]


def test_a_published_fleet_is_served_within_its_windows() -> None:
    path = data("lilim") / "lc101.txt"
    solved = solve_problem(read_problem(path), Budget(400))
    rows = [[float(cell) for cell in line.split()] for line in path.read_text().splitlines() if line.strip()]
    capacity, nodes = rows[0][1], rows[1:]
    visited: list[int] = []
    for route in solved.routes:
        clock, here, load = 0.0, 0, 0.0
        for stop in (int(name) for name in route):
            clock = max(clock + math.dist(nodes[here][1:3], nodes[stop][1:3]), nodes[stop][4])
            assert clock <= nodes[stop][5]
            clock, load, here = clock + nodes[stop][6], load + nodes[stop][3], stop
            assert 0 <= load <= capacity
            if nodes[stop][3] < 0:
                assert int(nodes[stop][7]) in visited
            visited.append(stop)
    assert sorted(visited) == list(range(1, len(nodes)))
    assert solved.vehicles <= 11


def test_a_tiny_tour_starts_and_ends_where_it_must(tmp_path: Path) -> None:
    path = tmp_path / "tiny.json"
    path.write_text(TINY % "[[0,0,5,9],[0,0,0,0],[5,9,0,3],[9,4,3,0]]")
    solved = solve_problem(read_problem(path), Budget(10))
    assert solved.routes == (("+0", "+1", "-1", "-0"),)
    assert solved.cost == 12


FLEET = "25 200 1\n0 40 50 0 0 900 0 0 0\n1 10 10 5 0 90 1 0 2\n2 20 20 -5 0 90 1 1 0\n"
EVEN = "[[0,0,5,9],[0,0,0,0],[5,9,0,3],[9,4,3,0]]"


@pytest.mark.parametrize(
    ("text", "before", "after", "words"),
    [
        (TINY, EVEN, "", r"tour\.x:1: not JSON"),
        (TINY, EVEN, "[[0]]", r"edges must be a list of 4 rows"),
        (TINY, EVEN, "7", r"edges must be a list"),
        (TINY, "[0,0,0,0]", "7", r"the row of '-0' must have 4 costs"),
        (TINY, "9,4,3", "9,NaN,3", r"from '-1' to '-0' costs nan"),
        (TINY, "9,4,3", "9,-4,3", r"from '-1' to '-0' costs -4"),
        (TINY, "9,4,3", "9,1e300,3", r"from '-1' to '-0' costs 1e\+300"),
        (TINY, "9,4,3", "9,true,3", r"from '-1' to '-0' costs True"),
        (TINY, '"-0", "+1", "-1"]', '"-0", "+1", "+1"]', r"names '\+1' more than once"),
        (TINY, '["+0", "-0",', '[["+0"], "-0",', r"nodes must be a list of names"),
        (TINY, '"+1": "-1"', '"+1": "-9"', r"precedence names '-9'"),
        (TINY, '"+1": "-1"', '"+1": "+1"', r"precedence has '\+1' more than once"),
        (TINY, ', "+1": "-1"', "", r"'\+1' is in no pair"),
        (TINY, '"+0": "-0"', '"-0": "+0"', r"no '\+0', where the tour starts"),
        (TINY, '{"+0": "-0", "+1": "-1"}', '["+0"]', r"precedence must be an object"),
        (TINY, TINY, "[1]", r"no JSON object"),
        (TINY, TINY, '{"nodes":' + "[" * 100_000, r"nested too deeply"),
        (FLEET, FLEET, "", r"no head and depot"),
        (FLEET, "25 200", "25 0", r"tour\.x:1: capacity is 0, not from 1"),
        (FLEET, "25 200", "nan 200", r"tour\.x:1: vehicles is nan"),
        (FLEET, "0 40 50", "0 40 fifty", r"tour\.x:2: y is 'fifty', not a number"),
        (FLEET, "1 10 10", "1 10 inf", r"tour\.x:3: y is inf"),
        (FLEET, "1 10 10", "7 10 10", r"tour\.x:3: stop 7 where 1 is due"),
        (FLEET, "5 0 90 1 0 2", "5.5 0 90 1 0 2", r"tour\.x:3: demand is 5.5, not a whole number"),
        (FLEET, "5 0 90 1 0 2", "6 0 90 1 0 2", r"tour\.x:3: stop 1 picks up 6, its delivery brings 5"),
        (FLEET, "5 0 90 1 0 2", "5 99 90 1 0 2", r"tour\.x:3: stop 1 closes \(90\) before it opens \(99\)"),
        (FLEET, "5 0 90 1 0 2", "5 0 90 -1 0 2", r"tour\.x:3: service is -1"),
        (FLEET, "5 0 90 1 0 2", "5 0 90 1 0 9", r"tour\.x:3: stop 1 and its delivery 9 do not name each other"),
        (FLEET, "5 0 90 1 0 2", "5 0 90 1 0", r"tour\.x:3: 8 columns where 9 are needed"),
        (FLEET, "-5 0 90 1 1 0", "-5 0 90 1 0 0", r"tour\.x:3: stop 1 and its delivery 2 do not name each other"),
        (FLEET, "5 0 90 1 0 2", "0 0 90 1 0 2", r"tour\.x:3: stop 1 is the delivery of no pickup"),
    ],
)
def test_broken_files_are_refused_with_the_place_of_the_fault(
    tmp_path: Path, text: str, before: str, after: str, words: str
) -> None:
    whole = text % EVEN if text is TINY else text
    path = tmp_path / "tour.x"
    path.write_text(whole)
    assert read_problem(path)
    cut = whole if before in (TINY, FLEET) else before
    assert cut in whole
    path.write_text(whole.replace(cut, after, 1))
    kind = "tsppd" if text is TINY else "lilim"
    with pytest.raises(InputRejected, match=words) as caught:
        read_problem(path, kind)
    assert caught.value.hint


def test_line_ends_and_what_a_stop_costs_to_itself_change_nothing(tmp_path: Path) -> None:
    path = tmp_path / "tour.x"
    path.write_text(FLEET)
    plain = solve_problem(read_problem(path), Budget(20))
    path.write_bytes(b"\xef\xbb\xbf" + FLEET.rstrip("\n").replace("\n", "\r\n\r\n").encode())
    assert solve_problem(read_problem(path), Budget(20)) == plain
    matrix = [[0.0, 1.0, 2.0], [1.0, 7.0, 1.0], [2.0, 1.0, 7.0]]
    found = search_fleet(Tour(matrix, (Task(1, 2, load=1),), 0, 0), Budget(20))
    assert (found.routes, found.distance) == (((1, 2),), 4.0)


def test_more_vehicles_than_orders_are_no_burden(tmp_path: Path) -> None:
    path = tmp_path / "tour.x"
    path.write_text(FLEET.replace("25 200", "1000000000 200"))
    assert solve_problem(read_problem(path), Budget(20)).vehicles == 1


def test_time_spent_on_preparing_counts() -> None:
    assert Budget(seconds=5.0).stop(9.0)(1.0) is True
    assert Budget(seconds=5.0).stop(1.0)(1.0) is False


def test_a_missing_file_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        read_problem(tmp_path / "none.json")
