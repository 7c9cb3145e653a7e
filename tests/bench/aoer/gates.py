"""The gates of the rating on fresh seeds of the declared generator, as ratios with pass or fail.

    nice python -m tests.bench.aoer.gates [--seeds 10] [--first 1000]

Errors are walk-forward, from the second row on, pooled over tenants and seeds. "truth" compares with the generator's
true visibility (what the rating is for), "reading" with the next noisy reading; with 48 answers most of the latter is
sampling noise that nobody can predict, so ratios of models are told apart by the former.
"""

import argparse
import sys
from collections import defaultdict
from datetime import date, timedelta
from types import ModuleType
from typing import Any

import numpy as np

from console.aoer.backtest import walk_forward
from console.aoer.panel import Panel
from tests.bench.aoer.generator import generator

RIVALS = ("last", "ewma", "equal_level", "prior_level")
START = date(2025, 10, 6)


def make(tool: ModuleType, seed: int, **scenario: Any) -> tuple[Panel, np.ndarray]:
    x, y, truth = tool.panel(seed, **scenario)
    tenants, weeks = y.shape
    day = np.repeat([(START + timedelta(weeks=t)).toordinal() for t in range(weeks)], tenants)
    names = tuple(f"tenant-{i:04d}" for i in range(tenants))
    rows = np.tile(np.arange(tenants), weeks)
    answers = np.full(day.size, float(scenario.get("answers", 48)))
    panel = Panel(names, rows, day, x.swapaxes(0, 1).reshape(-1, 5), y.T.ravel(), answers)
    return panel, truth.T.ravel()


def score(tool: ModuleType, name: str, seeds: range) -> dict[str, float]:
    """Sums over seeds, then ratios, of one scenario."""
    scenario = tool.SCENARIOS[name]
    repeat = seeds if scenario.get("tenants", 40) > 5 else range(seeds.start, seeds.start + 8 * len(seeds))
    total: dict[str, list[np.ndarray]] = defaultdict(list)
    for seed in repeat:
        panel, truth = make(tool, seed, **scenario)
        walk = walk_forward(panel)
        later = panel.day > panel.day[0]
        late = later & (panel.day >= panel.day[0] + 7 * 26)
        models = {"calibrated": walk.prediction, **walk.rivals}
        for model, column in models.items():
            total[f"truth {model}"].append((column - truth)[later] ** 2)
            total[f"reading {model}"].append((column - panel.y)[later] ** 2)
            total[f"after {model}"].append((column - truth)[late] ** 2)
        dropped = (panel.y < walk.median - 5)[later].astype(float)
        total["drop"].append(dropped)
        total["brier"].append((walk.risk[later] - dropped) ** 2)
        total["covered"].append(((panel.y >= walk.low) & (panel.y <= walk.high))[later].astype(float))
    mean = {key: float(np.concatenate(values).mean()) for key, values in total.items() if np.concatenate(values).size}
    mean["climatology"] = mean["drop"] * (1 - mean["drop"])
    return mean


def gates(name: str, scenario: dict[str, Any], m: dict[str, float]) -> list[tuple[str, float, float, float]]:
    """(gate, value, at least, at most) of one scenario."""

    def ratio(kind: str, rival: str) -> float:
        return float(np.sqrt(m[f"{kind} calibrated"] / m[f"{kind} {rival}"]))

    found = [
        ("truth: over best plain", max(ratio("truth", r) for r in RIVALS), 0, 1.05),
        ("reading: over best plain", max(ratio("reading", r) for r in RIVALS), 0, 1.05),
        ("truth: over classic", ratio("truth", "classic"), 0, 0.5),
        ("coverage of 90 %", m["covered"], 0.87, 0.93),
        ("Brier over climatology", m["brier"] / m["climatology"], 0, 1.0),
    ]
    if scenario.get("answers") == 240 and not scenario.get("shift"):
        found.append(("truth: over equal+level", ratio("truth", "equal_level"), 0, 0.92))
    if name == "strong-n240":
        found.append(("truth: over equal+level, strong", ratio("truth", "equal_level"), 0, 0.80))
    if scenario.get("shift"):
        found.append(("truth: over equal+level after", ratio("after", "equal_level"), 0, 0.65))
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--first", type=int, default=1000)
    parser.add_argument("--seeds", type=int, default=10)
    args = parser.parse_args()
    tool = generator()
    if tool is None:
        print("the panel generator is not here: nothing measured")
        return 0
    failed = 0
    print(f"seeds {args.first} to {args.first + args.seeds - 1} (eight times as many for 1 and 5 tenants)")
    for name, scenario in tool.SCENARIOS.items():
        m = score(tool, name, range(args.first, args.first + args.seeds))
        extra = float(np.sqrt(m["truth calibrated"] / m["truth equal_level"]))
        read = float(np.sqrt(m["reading calibrated"] / m["reading equal_level"]))
        classic = float(np.sqrt(m["reading calibrated"] / m["reading classic"]))
        rmse = f"RMSE truth {m['truth calibrated'] ** 0.5:.2f}, reading {m['reading calibrated'] ** 0.5:.2f}"
        print(f"{name}: {rmse}; over equal+level {extra:.3f} / {read:.3f}; reading over classic {classic:.3f}")
        for gate, value, low, high in gates(name, scenario, m):
            passed = low <= value <= high
            failed += not passed
            bound = f"{low:.2f} to {high:.2f}" if low else f"at most {high:.2f}"
            print(f"    {'pass' if passed else 'FAIL'}  {value:.3f}  {bound:<14} {gate}")
    print("all gates pass" if not failed else f"{failed} gates fail")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
