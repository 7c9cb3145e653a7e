"""Routes: python -m tests.bench.engines.bench_routes DATA

Gaps to the exact optima of TSPPDLIB by size and effort, Li & Lim against the best known, and 500 drivers with up to ten
open orders each, re-optimised on one core.
"""

import argparse
import csv
import random
import statistics
import time
from pathlib import Path
from typing import Any

from console.automation.routing.formats import read_problem
from console.automation.routing.model import NEVER, Task, Tour
from console.automation.routing.reroute import reroute
from console.automation.routing.search import Budget
from console.automation.routing.solve import solve_problem
from tests.bench.engines.place import Check, table, verdict


def tours(folder: Path) -> list[Check]:
    """Gap and time by size."""
    with (folder / "optimal_values.csv").open() as file:
        best = list(csv.DictReader(file))
    rows: list[list[Any]] = []
    for iterations in (200, 500, 2000):
        found: dict[str, list[tuple[float, float]]] = {"2-5": [], "6-10": [], "11-15": []}
        for row in best:
            problem, began = read_problem(folder / f"{row['instance']}.json"), time.perf_counter()
            solved = solve_problem(problem, Budget(iterations))
            pairs = int(row["pairs"])
            size = "2-5" if pairs <= 5 else "6-10" if pairs <= 10 else "11-15"
            gap = 100.0 * (solved.cost / float(row["optimal_cost"]) - 1.0)
            found[size].append((gap, 1000.0 * (time.perf_counter() - began)))
        for size, pairs_of in found.items():
            gaps, times = [gap for gap, _ in pairs_of], [ms for _, ms in pairs_of]
            rows.append([iterations, size, len(gaps), statistics.mean(gaps), max(gaps), statistics.median(times)])
    table(["iterations", "pairs", "tours", "gap %", "worst %", "median ms"], rows)
    usual = {row[1]: row[3] for row in rows if row[0] == 500}
    goals = {"2-5": 0.0, "6-10": 0.0, "11-15": 0.1}
    return [Check(f"tours of {size} pairs, mean gap %", usual[size] + 0.0, goal + 1e-9) for size, goal in goals.items()]


def fleets(folder: Path, seconds: float) -> list[Check]:
    """Vehicles and distance against the best known."""
    rows: list[list[Any]] = []
    with (folder / "best_known.csv").open() as file:
        for row in csv.DictReader(file):
            began = time.perf_counter()
            solved = solve_problem(read_problem(folder / f"{row['instance']}.txt"), Budget(None, seconds))
            known = float(row["distance"])
            gap, seconds_taken = 100.0 * (solved.cost / known - 1.0), time.perf_counter() - began
            found = [solved.vehicles, known, solved.cost, gap, str(solved.feasible), seconds_taken]
            rows.append([row["instance"], int(row["vehicles"]), *found])
    table(["instance", "vehicles", "found", "distance", "found", "gap %", "feasible", "seconds"], rows)
    unserved = sum(row[6] != "True" for row in rows)
    return [
        Check("Li & Lim, not all stops in time", unserved, 0),
        Check("Li & Lim, worst gap %", max(r[5] for r in rows), 1),
    ]


def drivers(count: int) -> list[Check]:
    """A fleet in need of better orders of stops."""
    dice = random.Random(1)
    began, gain, late = time.perf_counter(), 0.0, 0
    for _ in range(count):
        pairs = dice.randint(2, 10)
        tasks = tuple(Task(2 * i + 1, 2 * i + 2, due=dice.choice([NEVER, dice.uniform(30, 200)])) for i in range(pairs))
        points = [(dice.uniform(0, 30), dice.uniform(0, 30)) for _ in range(2 * pairs + 1)]
        matrix = [[abs(a[0] - b[0]) + abs(a[1] - b[1]) for b in points] for a in points]
        present = tuple(stop for task in tasks for stop in (task.pickup or 0, task.dropoff))
        result = reroute(Tour(matrix, tasks, 0), present)
        gain += result.share
        late += result.late_after > result.late_before + 1e-6
    seconds = time.perf_counter() - began
    table(["drivers", "seconds", "mean gain %", "made late"], [[count, seconds, 100.0 * gain / count, late]])
    return [Check("500 drivers, seconds", seconds, 30.0), Check("500 drivers, made later", late, 0)]


def main() -> None:
    """Run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--seconds", type=float, default=5.0)
    args = parser.parse_args()
    raise SystemExit(verdict(measured(args.data, args.seconds)))


def measured(data: Path, seconds: float = 5.0) -> list[Check]:
    """All three."""
    return [*tours(data / "tsppdlib"), *fleets(data / "lilim", seconds), *drivers(500)]


if __name__ == "__main__":
    main()
