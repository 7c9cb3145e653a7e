"""Meal delivery instances through the dispatch engine: python -m tests.bench.engines.bench_mdrp DIR [--policy NAME]

DIR holds instance directories. Every solution is written, checked against the rules, and measured; the last row is the
mean over instances, to be held against the goal.
"""

import argparse
import tempfile
import time
from pathlib import Path
from typing import Any

from console.automation.replay.check import check_solution
from console.automation.replay.instance import read_instance
from console.automation.replay.measures import measure
from console.automation.replay.policies import policy
from console.automation.replay.simulate import simulate
from console.automation.replay.solution import write_solution
from tests.bench.engines.place import Check, table, verdict

GOAL = {
    "undelivered": 0.15,
    "click_to_door_mean": 31.8,
    "click_to_door_p90": 46.9,
    "ready_to_pickup_mean": 1.9,
    "cost": 11.3,
}


def main() -> None:
    """Run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("directory", type=Path)
    parser.add_argument("--policy", default="rolling")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    raise SystemExit(verdict(measured(args.directory, args.policy, args.seed)))


def measured(directory: Path, name: str = "rolling", seed: int = 1) -> list[Check]:
    """Every instance of the directory."""
    rows: list[list[Any]] = []
    shown = ["undelivered", "click_to_door_mean", "click_to_door_p90", "ready_to_pickup_mean", "ready_to_pickup_p90"]
    shown += ["overage", "cost", "orders_per_bundle"]
    for place in sorted(path for path in directory.iterdir() if path.is_dir()):
        instance, began = read_instance(place), time.perf_counter()
        day = simulate(instance, policy(name, seed))
        seconds = time.perf_counter() - began
        with tempfile.TemporaryDirectory() as out:
            write_solution(Path(out), instance, day)
            faults = check_solution(instance, Path(out))
        row = measure(instance, day).as_dict()
        rows.append([instance.name, *(row[column] for column in shown), len(faults), seconds])
    numbers = [sum(row[i] for row in rows) / len(rows) for i in range(1, len(rows[0]))]
    goal = [GOAL.get(column, "") for column in shown]
    table(["instance", *shown, "faults", "seconds"], [*rows, ["mean", *numbers], ["goal", *goal, 0, ""]])
    means = dict(zip([*shown, "faults", "seconds"], numbers, strict=True))
    checks = [Check(f"{column}, mean over {len(rows)}", means[column], most) for column, most in GOAL.items()]
    slowest = max(row[-1] for row in rows)
    return [*checks, Check("faults", means["faults"], 0.0), Check("slowest instance, seconds", slowest, 60.0)]


if __name__ == "__main__":
    main()
