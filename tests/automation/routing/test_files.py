"""Problem files: read, solved near their known best, and refused with the place of the fault."""

import csv
import math
from pathlib import Path

import pytest

from console.automation.routing.formats import read_problem
from console.automation.routing.search import Budget
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


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.json", "{"),
        ("b.json", TINY % "[[0]]"),
        ("c.json", '{"nodes": ["+0"], "precedence": {"+0": "-9"}, "edges": [[0]]}'),
        ("d.txt", "25 200 1\n0 40 fifty"),
        ("e.txt", "25 200 1\n0 40 50 0 0 10 0 0 0\n1 1 1 5 0 9 1 0 7"),
        ("f.txt", ""),
    ],
)
def test_broken_files_are_refused_by_name(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(InputRejected, match=name):
        read_problem(tmp_path / name)


def test_a_missing_file_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        read_problem(tmp_path / "none.json")
