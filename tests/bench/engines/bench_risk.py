"""Will it be late? python -m tests.bench.engines.bench_risk DIR

Replays meal delivery days with the dispatch engine and asks of every order, 15 minutes before its promise (the target
click-to-door) and with the knowledge of that minute, whether it will be late: precision and recall of the prediction
against rules that look at the elapsed time alone.
"""

import argparse
from pathlib import Path
from typing import Any

from console.automation.escalation.risk import ErrorModel, Thresholds, judge
from console.automation.replay.instance import Instance, read_instance
from console.automation.replay.policies import policy
from console.automation.replay.simulate import Day, simulate
from tests.bench.engines.place import Check, table, verdict

AHEAD = 15.0


def predictions(instance: Instance, day: Day) -> list[tuple[bool, float, float]]:
    """(really late, predicted minutes from then, minutes since ready) for each order, 15 minutes before its promise.

    What is known then: an order not yet decided is expected at ready + a usual ride, one decided at its planned
    drop-off. Reality is slower than the plan by up to 20 %, by the order's number.
    """
    found = []
    decided = {
        order: (b.assigned, drop) for b in day.assignments for order, drop in zip(b.orders, b.dropoffs, strict=True)
    }
    rides = [drop - b.pickup for b in day.assignments for drop in b.dropoffs[:1]]
    usual = sum(rides) / len(rides)
    for key, row in enumerate(instance.orders):
        if key not in decided:
            continue
        assigned, drop = decided[key]
        slip = 1.0 + 0.2 * ((key * 7919) % 100) / 100.0
        real = row.ready + (drop - row.ready) * slip
        promise = row.placed + instance.parameters.target
        now = promise - AHEAD
        if real <= now:
            continue
        ahead = drop - now if assigned <= now else max(row.ready, now) + 6.0 + usual - now
        found.append((real > promise, max(0.0, ahead), now - row.ready))
    return found


def main() -> None:
    """Run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("directory", type=Path)
    raise SystemExit(verdict(measured(parser.parse_args().directory)))


def measured(days: Path) -> list[Check]:
    """Every instance of the directory: the prediction must be right more often and miss less than each other rule."""
    asked: list[tuple[bool, float, float]] = []
    for directory in sorted(path for path in days.iterdir() if path.is_dir()):
        instance = read_instance(directory)
        asked += predictions(instance, simulate(instance, policy("rolling")))
    model, steps = ErrorModel(bias=0.05), Thresholds()
    rules: dict[str, Any] = {
        "predicted arrival": lambda ahead, _: judge(AHEAD, ahead, steps, model).at_risk,
        "ready for 5 minutes": lambda _, since: since >= 5.0,
        "ready for 10 minutes": lambda _, since: since >= 10.0,
        "15 minutes left": lambda _ahead, _since: True,
    }
    rows: list[list[Any]] = []
    for name, rule in rules.items():
        told = [(late, rule(ahead, since)) for late, ahead, since in asked]
        hits = sum(late and says for late, says in told)
        said, real = sum(says for _, says in told), sum(late for late, _ in told)
        precision, recall = 100.0 * hits / max(1, said), 100.0 * hits / max(1, real)
        both = 2.0 * precision * recall / max(1e-9, precision + recall)
        rows.append([name, len(told), real, precision, recall, both])
    table(["rule", "orders", "late", "precision %", "recall %", "F1"], rows)
    others = max(row[-1] for row in rows[1:])
    return [Check("SLA risk, F1 against the best elapsed-time rule", rows[0][-1], others, most=False)]


if __name__ == "__main__":
    main()
