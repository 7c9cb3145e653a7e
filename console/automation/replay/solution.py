"""Solution files of a replayed day: assignments, orders, couriers. Single spaces, one header line, integer minutes."""

from collections.abc import Iterable
from pathlib import Path

from console.automation.replay.instance import Instance
from console.automation.replay.simulate import Day


def assignment_lines(instance: Instance, day: Day) -> Iterable[str]:
    """One line a bundle, by assignment time: orders stand in delivery order."""
    yield "assignment_time pickup_time courier orders"
    for bundle in sorted(day.assignments, key=lambda b: (b.assigned, b.pickup, b.courier)):
        names = " ".join(instance.orders[order].name for order in bundle.orders)
        yield f"{bundle.assigned} {bundle.pickup} {instance.couriers[bundle.courier].name} {names}"


def order_lines(instance: Instance, day: Day) -> Iterable[str]:
    """Delivered orders only, by drop-off."""
    yield "order placement_time ready_time pickup_time dropoff_time courier"
    done = [
        (dropoff, order, bundle.pickup, bundle.courier)
        for bundle in day.assignments
        for order, dropoff in zip(bundle.orders, bundle.dropoffs, strict=True)
    ]
    for dropoff, order, pickup, courier in sorted(done):
        row = instance.orders[order]
        yield f"{row.name} {row.placed} {row.ready} {pickup} {dropoff} {instance.couriers[courier].name}"


def courier_lines(instance: Instance, day: Day) -> Iterable[str]:
    """Trips, courier by courier in time order; origin 0 is the courier's start."""
    yield "courier departure_time origin destination"
    names = [place.name for place in instance.restaurants] + [row.name for row in instance.orders]
    for leg in sorted(day.legs, key=lambda one: (one.courier, one.departure)):
        origin = names[leg.origin] if leg.origin < len(names) else "0"
        yield f"{instance.couriers[leg.courier].name} {leg.departure} {origin} {names[leg.destination]}"


def write_solution(directory: Path, instance: Instance, day: Day) -> list[Path]:
    """Write the three files; the directory is created."""
    directory.mkdir(parents=True, exist_ok=True)
    written: list[Path] = []
    for name, lines in (("assignments", assignment_lines), ("orders", order_lines), ("couriers", courier_lines)):
        path = directory / f"solution_info_{name}.txt"
        path.write_text("\n".join(lines(instance, day)) + "\n", encoding="utf-8")
        written.append(path)
    return written
