"""Where the third-party data of the tests is, and small generators of our own."""

import os
import random
from pathlib import Path

import pytest

from console.automation.replay.instance import CourierRow, Instance, OrderRow, Parameters, Place, travel_table

DATA = Path(os.environ.get("AOER_TEST_DATA", Path(__file__).resolve().parents[2].parent / "shared" / "data"))


def data(name: str) -> Path:
    """A folder of the shared data; the test is skipped where it is absent."""
    if not (DATA / name).is_dir():
        pytest.skip(f"{DATA / name} is not there (set AOER_TEST_DATA)")
    return DATA / name


USUAL = Parameters(320.0, 4, 4, 40, 90, 10.0, 15.0)


def small_day(seed: int, orders: int = 30, couriers: int = 5, rules: Parameters = USUAL) -> Instance:
    """An invented evening: a few restaurants, orders over two hours, staggered shifts."""
    dice = random.Random(seed)
    spot = lambda: (dice.randrange(6000), dice.randrange(6000))  # noqa: E731
    restaurants = tuple(Place(f"r{i + 1}", *spot()) for i in range(4))
    rows = []
    for index in range(orders):
        placed = dice.randrange(10, 130)
        x, y = spot()
        rows.append(
            OrderRow(f"o{index + 1}", x, y, placed, f"r{dice.randrange(4) + 1}", placed + dice.randrange(0, 30))
        )
    crew = []
    for index in range(couriers):
        on = dice.randrange(0, 60)
        crew.append(CourierRow(f"c{index + 1}", *spot(), on, on + dice.randrange(60, 160)))
    places = [(p.x, p.y) for p in restaurants] + [(o.x, o.y) for o in rows] + [(c.x, c.y) for c in crew]
    return Instance(f"small-{seed}", tuple(rows), tuple(crew), restaurants, rules, travel_table(places, rules.speed))


def write_instance(directory: Path, instance: Instance) -> Path:
    """The four files of an instance."""
    directory.mkdir(parents=True, exist_ok=True)
    rules = instance.parameters
    files = {
        "orders": ["order\tx\ty\tplacement_time\trestaurant\tready_time"]
        + [f"{o.name}\t{o.x}\t{o.y}\t{o.placed}\t{o.restaurant}\t{o.ready}" for o in instance.orders],
        "couriers": ["courier\tx\ty\ton_time\toff_time"]
        + [f"{c.name}\t{c.x}\t{c.y}\t{c.on}\t{c.off}" for c in instance.couriers],
        "restaurants": ["restaurant\tx\ty"] + [f"{r.name}\t{r.x}\t{r.y}" for r in instance.restaurants],
        "instance_parameters": [
            "meters_per_minute\tpickup\tdropoff\ttarget\tmaximum\tpay\tguarantee",
            f"{rules.speed:g}\t{rules.pickup_service}\t{rules.dropoff_service}\t{rules.target}\t{rules.maximum}"
            f"\t{rules.pay_per_order:g}\t{rules.pay_per_hour:g}",
        ],
    }
    for name, lines in files.items():
        (directory / f"{name}.txt").write_text("\n".join(lines) + "\n")
    return directory
